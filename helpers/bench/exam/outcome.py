"""From what an examination has seen to a verdict: each wish asked, the first that fails is the cause."""

from collections.abc import Sequence
from typing import Any

from helpers.bench.catalogue import CATALOGUE
from helpers.bench.exam.starts import Start
from helpers.bench.exam.wish import Wish, record
from helpers.bench.lab import Lab
from helpers.bench.report import Finding, Report, Verdict


def ask(wishes: Sequence[Wish], seen: Any, report: Report) -> None:
    """Put the wishes and what was found into the report."""
    for wish in wishes:
        kept = record(wish, seen)
        report.wishes.append(kept)
        if kept.found is not None and report.cause is None:
            report.findings.append(kept.found)


def conclude(lab: Lab, report: Report, place: Any, starts: Sequence[Start], limit: float) -> None:
    """The verdict on a program that sets something up. First match wins."""
    from helpers.bench.verdict import describe

    last = starts[-1]
    complete = len(starts) == 2 and (last.ready if place.ready else last.status == 0) and not last.program.over_limit
    place.seen.starts = list(starts)
    wishes = list(lab.wishes)
    if complete:
        ask(wishes, place.seen, report)
    else:  # what is not there may only not have come so far: accuse of nothing but what stopped it
        first = [w for w in wishes if getattr(w, "about_starts", False)]
        ask(first, place.seen, report)
        ask([w for w in wishes if w not in first], None, report)
    for start in starts:
        told = describe(last.program.role, start.program)
        told.starts = len(starts)
        if start is last or told.error:
            report.programs = [told]
    if not all(start.stopped_in_time for start in starts):
        mistake = CATALOGUE["ignores-sigterm"]
        report.findings.append(Finding(mistake.name, mistake.severity, mistake.title, mistake.tell(""), mistake.fix,
                                       mistake.page))
    report.verdict, report.reason = _decide(report, place, last, complete, limit)


def _decide(report: Report, place: Any, last: Start, complete: bool, limit: float) -> tuple[str, str]:
    error = report.programs[0].error
    again = " when it was started a second time" if last.number > 1 else ""
    if report.cause is not None and (complete or not last.program.over_limit):
        if complete and getattr(place.seen, "nothing", False):
            return "unknown", ("Your program ended, and nothing stands there that was not there before: did it connect "
                               "elsewhere?")
        return "fail", reason(report)
    if last.program.over_limit:
        return "error", f"Your program was ended{again}: {last.program.over_limit}."
    if error:
        return "error", f"Your program ended{again}: {error}."
    if not complete and place.ready:
        how = f"ended by itself{again} with exit status 0" if last.status == 0 else f"was not ready within {limit:g} s{again}"
        return "unknown", f"Your program {how}: {place.waits_for}."
    if not complete:
        return "error", (f"Your program did not end within {limit:g} s{again}. A program that sets things up must come to "
                         "an end.")
    return verdict(report), reason(report)


def verdict(report: Report) -> Verdict:
    """Where every start went well: what could not be examined is never taken for granted."""
    if any(wish.ok is False for wish in report.wishes):
        return "fail"
    return "unknown" if any(wish.ok is None for wish in report.wishes) else "pass"


def reason(report: Report) -> str:
    """One sentence: how many wishes hold."""
    failed = [w for w in report.wishes if w.ok is False]
    unseen = [w for w in report.wishes if w.ok is None]
    if not failed and unseen:
        return f"{len(unseen)} of {len(report.wishes)} wishes could not be examined: {unseen[0].title}."
    if not failed:
        return f"All {len(report.wishes)} wishes hold."
    text = f"{len(failed)} of {len(report.wishes)} wishes " + ("does not hold" if len(failed) == 1 else "do not hold")
    text += f", {len(unseen)} could not be examined" if unseen else ""
    return f"{text}. {report.cause.sentence}" if report.cause else f"{text}."
