"""The page that is kept of a run whose faults were drawn: what came, when, and what it cost. Markdown, beside report.json."""

from helpers import paths
from helpers.bench.report import FaultRecord, Report
from helpers.bench.text import MARKS


def page(report: Report) -> str:
    """The whole page."""
    broker = f"{report.broker.get('title', report.broker.get('name', ''))} {report.broker.get('version', '')}".strip()
    calm = " · without faults (`--calm`)" if report.calm else ""
    lines = [f"# {MARKS[report.verdict]}: {report.title}", "",
             f"{report.guarantee.replace('-', ' ').capitalize()} · {broker} · seed {report.seed}{calm} · {report.seconds:.1f} s",
             "", report.reason, ""]
    if report.cause:
        lines += [f"**Why:** {report.cause.title} (`{report.cause.name}`). {report.cause.sentence}", "",
                  f"**Instead:** {report.cause.fix}", ""]
    lines += _account(report) + _faults(report)
    lines += ["## Again", "", "The same faults at the same orders:", "", f"    {_short(report.again)}", "",
              f"The programs as they ran are kept in `{_short(report.run_dir)}/program/`. As one page, picture and all: "
              f"`python -m helpers export {_short(report.run_dir)}`.", ""]
    return "\n".join(lines)


def _account(report: Report) -> list[str]:
    lines = ["## The orders", "", f"| | promised | {report.effect} | dead letters | twice | left over | lost | |",
             "|---" * 8 + "|"]
    for s in report.scenarios:
        counts = [s.accepted, s.charged, s.dead_lettered, s.duplicated, s.left_over, s.lost]
        lines.append(f"| {s.title} | {' | '.join(map(str, counts))} | {MARKS[s.verdict]} |")
    return [*lines, *(f"| {title} | | | | | | | not run |" for title in report.not_run), ""]


def _faults(report: Report) -> list[str]:
    faults = [fault for scenario in report.scenarios for fault in scenario.faults]
    return ["## What the bench did", "", *(f"{number}. {_fault(fault)}" for number, fault in enumerate(faults, 1)), ""]


def _fault(fault: FaultRecord) -> str:
    told = f"{fault.words[:1].upper()}{fault.words[1:]}"
    if not fault.fired:
        return f"{told}: **never came about**"
    return f"{told}: at {fault.at:.3f} s" if fault.at is not None else told


def _short(text: str) -> str:
    """Without the place where the workbook lies."""
    return text.replace(f"{paths.ROOT}/", "")
