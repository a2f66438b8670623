"""One run as a single HTML file: nothing to install, no network, the same picture and the same code as in the notebook."""

import json
import re
from html import escape
from pathlib import Path

from helpers import paths
from helpers.bench.report import Report
from helpers.notebook.theme import style
from helpers.notebook.timeline import HERE, code
from helpers.notebook.timeline.figure import payload
from helpers.notebook.timeline.source import model_of

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
{style}<style>{css}
html {{ color-scheme: light dark; }} body {{ margin: 0; padding: 20px; }}
body.mqw {{ max-width: none; }} body > main {{ max-width: 1240px; margin: auto; }}
.mqw.mqw-card {{ max-width: none; }} @media screen {{ .js .still {{ display: none; }} }}</style>
<script>document.documentElement.classList.add('js')</script></head>
<body class="mqw"><main>{card}</main>
<script type="application/json" id="run">{data}</script>
<script type="module">
{code}
const figure = document.querySelector('.mqw-figure');
if (figure) figure.timeline = mount(figure, JSON.parse(document.getElementById('run').textContent));
</script></body></html>
"""


class NoRun(LookupError):
    """There is no such run; the message says what was looked for."""


def find(run: str) -> Path:
    """The folder of a run: the folder itself, its report.json, or a lab's name or number for its newest run. Raises NoRun."""
    path = Path(run)
    if path.name == "report.json":
        path = path.parent
    if (path / "report.json").is_file():
        return path
    kept = [p for p in paths.RUNS.glob("*/*/report.json") if p.parts[-3] == run or p.parts[-3].split("_")[0] == run]
    if not kept:
        raise NoRun(f"no run {run!r}: give its folder (the card names it), or a lab's number; runs are kept in {paths.RUNS}")
    return max(kept, key=lambda p: p.stat().st_mtime).parent


def load(folder: Path) -> Report:
    """The report of a kept run, wherever its folder lies now. Raises NoRun for one that cannot be read."""
    try:
        report = Report.load(folder / "report.json")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoRun(f"{folder} holds no report that this workbook can read: {error}") from None
    report.run_dir = str(folder)
    return report


def page(report: Report) -> str:
    """The file's text."""
    from helpers.notebook import card

    model = model_of(report)
    data = payload([model], [report], [report.scenario_title]) if model is not None else {"words": {}, "runs": []}
    return PAGE.format(
        title=escape(f"{card.headline(report)}: {report.title}"), style=style(), css=(HERE / "timeline.css").read_text(),
        card=without_places(card.html(report)), code=code(),
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
    )


def without_places(html: str) -> str:
    """Links to the workbook's pages lead nowhere from another folder, and this machine's folders are nobody's business."""
    html = re.sub(r' <a href="[^"]*">Read more</a>| · as one page: <code>[^<]*</code>', "", html)
    return html.replace(f"{paths.ROOT}/", "")


def name(report: Report) -> str:
    """A file name for the run: lab and time."""
    return f"{report.lab}-{Path(report.run_dir).name}.html"


def write(run: str, target: Path | None = None) -> Path:
    """Write the run's file, into the current folder where no target is given. Raises NoRun, OSError."""
    report = load(find(run))
    target = target or Path(name(report))
    if target.is_dir():
        target = target / name(report)
    target.write_text(page(report), encoding="utf-8")
    return target
