"""The page that is kept of a run whose faults were drawn: what came, when, and what it cost. Markdown, beside report.json."""

from collections.abc import Sequence

from helpers import paths
from helpers.bench.report import FaultRecord, Report, ScenarioRecord
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
    lines = ["## The orders", "", f"| run | promised | {report.effect} | dead letters | twice | left over | lost | |",
             "|---" * 8 + "|"]
    for number, s in enumerate(report.scenarios, 1):
        counts = [s.accepted, s.charged, s.dead_lettered, s.duplicated, s.left_over, s.lost]
        lines.append(f"| {number}. {s.title} | {' | '.join(map(str, counts))} | {MARKS[s.verdict]} |")
    lines += [f"| {number}. {title} | | | | | | | not run |"
              for number, title in enumerate(report.not_run, len(report.scenarios) + 1)]
    told = [f"- Run {number}: {_told(report, s)}." for number, s in enumerate(report.scenarios, 1)]
    return [*lines, "", *told, ""]


def _told(report: Report, s: ScenarioRecord) -> str:
    """Which orders the counts stand for. Those that came through without more are not named."""
    twice = f"{report.effect} twice" + (", which at least once allows" if report.guarantee == "at-least-once" else "")
    words = {"dead_lettered": "among the dead letters", "duplicated": twice, "left_over": "left over", "lost": "**lost**"}
    said = [f"{_orders(s.fates[name])} {what}" for name, what in words.items() if s.fates.get(name)]
    return "; ".join(said) if said else f"each promised order {report.effect} once"


def _orders(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"orders {', '.join(most)} and {last}" if most else f"order {last}"


def _faults(report: Report) -> list[str]:
    """Numbered through; times begin anew with each run."""
    lines, number = ["## What the bench did", ""], 0
    for run, scenario in enumerate(report.scenarios, 1):
        lines += [f"Run {run}, in seconds from its start:", ""]
        for fault in sorted(scenario.faults, key=lambda fault: (fault.at is None, fault.at or 0)):
            number += 1
            lines.append(f"{number}. {_fault(fault)}")
        lines.append("")
    return lines


def _fault(fault: FaultRecord) -> str:
    told = f"{fault.words[:1].upper()}{fault.words[1:]}"
    if not fault.fired:
        return f"{told}: **never came about**"
    met = f" (order {fault.order})" if fault.order is not None else ""
    return f"{told}{met}: at {fault.at:.3f} s" if fault.at is not None else f"{told}{met}"


def _short(text: str) -> str:
    """Without the place where the workbook lies."""
    return text.replace(f"{paths.ROOT}/", "")
