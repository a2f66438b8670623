"""A report as plain text: good in a terminal, in a log, and for a screen reader."""

import textwrap

from helpers.bench import text_wishes
from helpers.bench.report import Finding, Report

MARKS = {"pass": "✓ PASS", "fail": "✗ FAIL", "unknown": "? UNKNOWN", "error": "! ERROR"}
_COLOURS = {"pass": "32", "fail": "31", "unknown": "33", "error": "35"}


def render(report: Report, width: int = 100, colour: bool = False) -> str:
    """The whole report. `width`: columns; `colour`: ANSI colours for the verdict."""
    paint = (lambda text, code: f"\033[1;{code}m{text}\033[0m") if colour else (lambda text, code: text)
    mark = paint(MARKS[report.verdict], _COLOURS[report.verdict])
    if report.kind != "orders":
        return text_wishes.render(report, width, mark)
    broker = f"{report.broker.get('title', report.broker.get('name', ''))} {report.broker.get('version', '')}".strip()
    calm = " · no faults (--calm)" if report.calm else ""
    lines = [f"{mark}  {report.lab} · {report.guarantee.replace('-', ' ')} · {broker}{calm} · seed {report.seed}", ""]
    lines += _wrap(report.reason, width)
    if report.verdict != "pass" and report.scenario_title:
        lines += _wrap(f"In the scenario: {report.scenario_title}.", width)
    if report.cause:
        lines += ["", *_finding("Why", report.cause, width)]
    lines += _program(report, width)
    for remark in (f for f in report.findings if f.severity == "remark"):
        lines += ["", *_finding("Remark", remark, width)]
    lines += ["", *_scenarios(report, width)]
    lines += [""] + [f"Again: {report.again}"] * bool(report.again) + [f"Kept:  {report.run_dir}"] * bool(report.run_dir)
    return "\n".join(lines).rstrip() + "\n"


def _finding(label: str, finding: Finding, width: int) -> list[str]:
    lines = [f"{label}: {finding.title}  [{finding.name}]"]
    for moment in finding.proof:
        at = "   never" if moment.at is None else f"{moment.at:7.3f} s"
        lines += _wrap(f"{at:>9}  {moment.text}", width, "  ", " " * 13)
    lines += _wrap(finding.sentence, width, "  ")
    lines += _wrap(f"Fix:  {finding.fix}", width, "  ", " " * 8)
    lines.append(f"  Read: {finding.page}")
    return lines


def _program(report: Report, width: int) -> list[str]:
    lines: list[str] = []
    for program in report.programs:
        if not program.error:
            continue
        where = f"{program.error_file}, line {program.error_line}" if program.error_line else program.file
        lines += ["", *_wrap(f"Your {program.role}: {where}", width)]
        tail = [line for line in program.output_tail.splitlines() if line.strip()][-8:]
        lines += ["  | " + line[: width - 4] for line in tail]
    return lines


def _scenarios(report: Report, width: int) -> list[str]:
    lines = []
    for s in report.scenarios:
        lines += _wrap(f"{MARKS[s.verdict][0]} {s.title}: {s.account(report.effect)} ({s.seconds:.1f} s)", width, "", "  ")
    lines += [f"- not run: {title}" for title in report.not_run]
    return lines


def _wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=first if rest is None else rest,
                         break_long_words=False, break_on_hyphens=False) or [""]
