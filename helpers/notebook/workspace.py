"""Lays the learner's copies of notebooks and labs into work/, and never over what the learner has written."""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from helpers import paths
from helpers.notebook.programs import write

LAID = ".laid.json"
"""In work/: what was laid there, by fingerprint."""
SIGNATURES, SECRET = "nbsignatures.db", "notebook_secret"
LAB_CONFIG = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
    # No question about news, no news: nothing is sent anywhere, and nothing lies over the first page.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/toc-extension:registry": {"includeOutput": False},  # headings of cards are no headings of the lesson
}
"""Defaults of JupyterLab here; what a reader sets otherwise in its Settings wins."""
SOLVED = "solution.ipynb"
KERNEL_CONFIG = '''"""Written by the workbook: every kernel of this environment knows %%check from its first cell on."""

c = get_config()  # noqa: F821
c.IPKernelApp.exec_lines = ["__import__('helpers.notebook').notebook.register()"]
'''


def lay(progress: Callable[[str], None] | None = None) -> list[Path]:
    """Copy what is new, renew what the learner has not changed, keep and name what they have.

    Returns the files kept although the workbook has a newer one; that one lies beside it as NAME.new.SUFFIX.
    """
    say = progress or (lambda text: None)
    book = paths.WORK / LAID
    laid: dict[str, str] = json.loads(book.read_text()) if book.exists() else {}
    kept, fresh = [], 0
    for source in sources():
        name = source.relative_to(paths.ROOT).as_posix()
        target = paths.WORK / name
        new = fingerprint(source)
        if target.exists():
            theirs = fingerprint(target)
            if laid.get(name) == new or theirs == new:
                laid[name] = new
                continue
            if theirs != laid.get(name):
                beside = target.with_name(f"{target.stem}.new{target.suffix}")
                _copy(source, beside)
                laid[name] = new
                kept.append(target)
                say(f"kept as you have it: work/{name} (the workbook's newer one: {beside.name})")
                continue
        _copy(source, target)
        laid[name] = new
        fresh += 1
    write(book, json.dumps(laid, indent=1) + "\n")
    configure()
    say(f"work/: {fresh} files new or renewed" if fresh else "work/ is up to date")
    return kept


def sources() -> Iterator[Path]:
    """What a learner gets: lessons, labs with their starters, worked solutions, pages."""
    yield from sorted(paths.NOTEBOOKS.glob("*.ipynb"))
    for lab in sorted(paths.LABS.glob("*/lab.ipynb")):
        yield lab
        yield from sorted(p for p in lab.parent.iterdir() if p.suffix in (".py", ".md", ".conf", ".properties") and p.name != "lab.py")
    yield from sorted(paths.SOLUTIONS.glob("*/solution.ipynb"))
    yield from sorted((paths.ROOT / "docs").glob("*.md"))


def fingerprint(path: Path) -> str:
    """Of a notebook only its cells count: running it is no change. Unreadable notebooks count as they are."""
    data = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            cells = nbformat.reads(data.decode(), as_version=4).cells
            data = json.dumps([(c.cell_type, c.source) for c in cells]).encode()
        except Exception:  # whatever is wrong with the learner's file, it is theirs
            pass
    return hashlib.sha256(data).hexdigest()


def configure(prefix: Path | None = None) -> None:
    """For this environment: every kernel loads the magics at its start, so that a first cell can be a check; a page
    such as docs/mistakes.md opens to be read, not to be edited."""
    etc = (prefix or Path(sys.prefix)) / "etc"
    wanted = {
        etc / "ipython" / "ipython_kernel_config.py": KERNEL_CONFIG,
        etc / "jupyter" / "labconfig" / "default_setting_overrides.json": json.dumps(LAB_CONFIG, indent=1) + "\n",
    }
    for target, content in wanted.items():
        if not target.exists() or target.read_text() != content:
            write(target, content)


def trust(notebook: Path) -> None:
    """Sign it as ours: JupyterLab then shows its HTML before anything has run."""
    folder = paths.STATE / "jupyter"
    folder.mkdir(parents=True, exist_ok=True)
    notary = NotebookNotary(db_file=str(folder / SIGNATURES), secret_file=str(folder / SECRET))
    notary.sign(nbformat.read(notebook, as_version=4))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    if target.suffix == ".ipynb":
        if target.name != SOLVED:
            _without_outputs(target)
        trust(target)


def _without_outputs(path: Path) -> None:
    """What a reader on the web should see, a learner should make: and a shipped result would answer a prediction."""
    node = nbformat.read(path, as_version=4)
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(node, path)
