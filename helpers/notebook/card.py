"""The verdict of a check as a card: the verdict first, then what was lost, why, the price, and how to run it again."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path

from helpers import paths
from helpers.bench.report import FaultRecord, Finding, Moment, Report
from helpers.notebook import card_wishes, topologies
from helpers.notebook.theme import style
from helpers.notebook.timeline import figure, source
from helpers.notebook.timeline.words import named

SHAPES = {"pass": "✓", "fail": "✗", "unknown": "?", "error": "!"}
WORDS = {"pass": "pass", "fail": "fail", "unknown": "no verdict", "error": "error"}
GUARANTEES = {"at-most-once": "at most once", "at-least-once": "at least once", "effectively-once": "effectively once"}
BROKERS = {"rabbitmq": "RabbitMQ", "kafka": "Kafka", "redis": "Redis", "all": "RabbitMQ, Kafka and Redis"}
TOLD = 4
"""Orders that are told with their ids in the open; the others unfold."""
SECTIONS: list[Callable[[Report], str]] = []


def html(report: Report, notes: Sequence[str] = ()) -> str:
    """The card. Everything that comes from outside is escaped."""
    r = report
    head = (
        f'<header><span class="sign" aria-hidden="true">{SHAPES[r.verdict]}</span><div><h3>{escape(headline(r))}</h3>'
        f"<p>{escape(subline(r))}</p></div></header>"
    )
    body = "".join(section(r) for section in (SECTIONS if r.kind == "orders" else SECTIONS_OF_WISHES))
    told = "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
    return (
        f'{style()}<article class="mqw mqw-card {r.verdict}" aria-label="verdict of lab {escape(r.lab)}: {WORDS[r.verdict]}">'
        f"{head}{told}{body}{_foot(r)}</article>"
    )


def plain(report: Report, notes: Sequence[str] = ()) -> str:
    """The same as text, as the terminal shows it."""
    try:
        from helpers.bench.text import render
    except ImportError:
        said = "\n".join((headline(report), subline(report)))
    else:
        said = render(report, width=100, colour=False)
    return "\n".join((said.rstrip("\n"), *notes))


def headline(r: Report) -> str:
    """The verdict in a few words, from the report's counts."""
    if r.kind != "orders":
        return card_wishes.headline(r)
    o, all_ = r.orders, len(r.orders.accepted)
    if r.verdict == "pass":
        return _kept(r, all_)
    if r.verdict == "error":
        return "The program ended with an error"
    if r.verdict == "unknown":
        return "No verdict"
    if o.lost:
        return f"{len(o.lost)} of {all_} orders lost"
    if o.unexpected:
        return f"{_count(len(o.unexpected))} {r.effect} that nobody ordered"
    if o.duplicated and r.guarantee != "at-least-once":
        return f"{len(o.duplicated)} of {all_} orders {r.effect} twice"
    if o.left_over:
        return f"{len(o.left_over)} of {all_} orders left in the {_place(r)}"
    if o.never_accepted and r.effect == "arrived":
        return f"{len(o.never_accepted)} of {len(r.numbers)} orders never accepted"
    return f"Not {GUARANTEES.get(r.guarantee, r.guarantee)}"


def _kept(r: Report, all_: int) -> str:
    """What holds in each of the runs, not only in the one that is drawn."""
    if r.scenarios and all(s.charged >= s.accepted for s in r.scenarios):
        return f"All {all_} orders {r.effect}"
    if r.scenarios and all(s.charged + s.dead_lettered >= s.accepted for s in r.scenarios):
        return f"All {all_} orders {r.effect} or among the dead letters"
    return f"Kept: {len(r.orders.charged)} of {all_} orders {r.effect}"


def _place(r: Report) -> str:
    return {"kafka": "topic", "redis": "stream"}.get(r.broker.get("name", ""), "queue")


def subline(r: Report) -> str:
    if r.kind != "orders":
        return WORDS[r.verdict].capitalize()
    asked = "without faults" if r.calm else f"asked: {GUARANTEES.get(r.guarantee, r.guarantee)}"
    where = f" · {r.scenario_title}" if r.scenario_title and r.verdict != "pass" else ""
    return f"{WORDS[r.verdict].capitalize()}{where} · {asked}"


def section(function: Callable[[Report], str]) -> Callable[[Report], str]:
    SECTIONS.append(function)
    return function


@section
def _reason(r: Report) -> str:
    told_below = (r.cause and r.orders.lost) or (r.verdict == "error" and any(p.error_line for p in r.programs))
    said = "" if r.verdict == "pass" or told_below else f"<p>{escape(r.reason)}</p>"
    for program in r.programs:
        if r.verdict == "error" and program.error and program.error_line:
            file = program.error_file or program.file
            where = "In the cell" if Path(file).name == Path(program.file).name else Path(file).name
            said += f'<p class="where">{escape(where)}, line {program.error_line}: <strong>{escape(program.error)}</strong></p>'
            if (source := _source_line(file, program.error_line)):
                said += f"<pre>{escape(source)}</pre>"
    return said


def _told_if_no_wish_says_it(r: Report) -> str:
    return "" if r.cause else _reason(r)


@section
def _picture(r: Report) -> str:
    try:
        return figure.of(r, source.model_of(r))
    except Exception as error:  # whatever a run holds, its verdict is shown
        return f'<p class="note">The picture of this run could not be drawn: {escape(repr(error))}</p>'


@section
def _why(r: Report) -> str:
    return _finding(r.cause, "Why") if r.cause else ""


@section
def _orders(r: Report) -> str:
    o = r.orders
    out = []
    if o.lost:
        hopeless = bool(set(o.lost) & set(o.refused))  # that it was never charged is no fault then
        never = f"neither {r.effect} nor among the dead letters" if hopeless else f"never {r.effect}"
        out.append(_listed(r, "Lost", "bad", o.lost, f"accepted, and {never}"))
    if o.unexpected:
        out.append(_listed(r, "Unexpected", "bad", o.unexpected, f"{r.effect}, and ordered by nobody"))
    if o.left_over:
        out.append(_listed(r, "Left over", "bad", o.left_over, f"still in the {_place(r)} at the end"))
    if o.duplicated:
        allowed = r.guarantee == "at-least-once"
        out.append(_listed(r, "The price" if allowed else "Twice", "twice", o.duplicated,
                           f"{r.effect} more than once" + (": at least once allows it" if allowed else "")))
    if o.never_accepted and r.effect == "arrived" and r.verdict != "pass":
        out.append(_listed(r, "Open", "soft", o.never_accepted, "never accepted"))
    if o.refused:
        out.append(_listed(r, "Refused", "soft", o.refused, "can never be charged, said the shop (422)"))
    return f"<dl>{''.join(out)}</dl>" if out else ""


@section
def _remarks(r: Report) -> str:
    return "".join(_finding(f, "Remark") for f in r.findings if f.severity == "remark")


@section
def _scenarios(r: Report) -> str:
    rows = [
        f'<li class="{s.verdict}"><b aria-hidden="true">{SHAPES[s.verdict]}</b> {escape(s.title)} '
        f"<i>{WORDS[s.verdict]}: {s.account(r.effect)} · {s.seconds:.1f} s</i></li>"
        for s in r.scenarios
    ]
    rows += [f'<li class="soft"><b aria-hidden="true">–</b> {escape(name)} <i>not run</i></li>' for name in r.not_run]
    return f'<ol class="runs" aria-label="runs">{"".join(rows)}</ol>' if len(rows) > 1 else ""


@section
def _broker(r: Report) -> str:
    return topologies.fold(r)


@section
def _details(r: Report) -> str:
    runs = [(s.title if len(r.scenarios) > 1 else "", s.faults) for s in r.scenarios if s.faults] or [("", r.faults)]
    faults = "".join(f"<li>{escape(title)}<ul>{told}</ul></li>" if title else told
                     for title, told in ((title, "".join(map(_fault, shown))) for title, shown in runs))
    output = "".join(
        f"<h4>What the {escape(p.role)} printed</h4><pre>{escape(p.output_tail[-4000:])}</pre>" for p in r.programs if p.output_tail.strip()
    )
    faults = f"<h4>What the bench did</h4><ul>{faults}</ul>" if faults else ""
    if not (faults or output):
        return ""
    unplaced = r.verdict == "error" and not any(p.error_line for p in r.programs)
    return f"<details{' open' if unplaced and output else ''}><summary>Faults and output</summary>{faults}{output}</details>"


def _fault(fault: FaultRecord) -> str:
    met = f" (order {fault.order})" if fault.order is not None else ""
    return f"<li><code>{escape(fault.spec)}</code> {escape(fault.words)}{met}{': ' * bool(fault.words)}{_fired(fault)}</li>"


def _fired(fault: FaultRecord) -> str:
    if not fault.fired:
        return "<strong>never fired</strong>"
    return "fired" + (f" at {fault.at:.3f} s" if fault.at is not None else "")


def _wishes(r: Report) -> str:
    return card_wishes.body(r, _page)


SECTIONS_OF_WISHES = (_told_if_no_wish_says_it, _wishes, _remarks, _broker, _details)
"""Where nothing was charged."""


def _finding(finding: Finding, label: str) -> str:
    link = _page(finding.page)
    read = f' <a href="{escape(link)}">Read more</a>' if link else ""
    rows = "".join(_moment(m) for m in finding.proof)
    proof = f'<table><caption class="hide">proof</caption><tbody>{rows}</tbody></table>' if rows else ""
    return (
        f'<section class="{finding.severity}"><h4><small>{label}</small> {escape(_capital(finding.title))} <code>{escape(finding.name)}</code></h4>'
        f"<p>{escape(_capital(finding.sentence))}</p>{proof}"
        f"<p><strong>Instead:</strong> {escape(finding.fix)}{read}</p></section>"
    )


def _moment(m: Moment) -> str:
    at = "never" if m.at is None else f"{m.at:.3f} s"
    return f"<tr><th scope=\"row\">{at}</th><td>{escape(m.text)}</td></tr>"


def _listed(r: Report, label: str, tone: str, ids: Sequence[str], what: str) -> str:
    numbers = [r.numbers[i] for i in ids if i in r.numbers]
    head = f"{named(numbers)}: {what}" if numbers else f"{_count(len(ids))}: {what}"
    told = ", ".join(_order(r, i) for i in ids[:TOLD])
    if len(ids) > TOLD:
        told = f"<details><summary>their ids</summary>{', '.join(_order(r, i) for i in ids)}</details>"
    return f'<dt class="{tone}">{label}</dt><dd>{escape(head)} <span class="ids">{told}</span></dd>'


def _order(r: Report, ident: str) -> str:
    number = f"{r.numbers[ident]} is " if ident in r.numbers and len(r.numbers) > 1 else ""
    return f"<code>{number}{escape(ident)}</code>"


def _foot(r: Report) -> str:
    name = r.broker.get("name", "")
    broker = f"{BROKERS.get(name, name)} {r.broker.get('version', '')}".strip()
    again = r.again.replace(f"{paths.ROOT}/", "")
    kept = _short(r.run_dir)
    parts: Iterable[str] = (
        f"Lab {escape(r.lab)}", escape(broker), f"{r.seconds:.1f} s", f"the same again: <code>--seed {r.seed}</code>",
        f"in a terminal: <code>{escape(again)}</code>" if again else "", f"as one page: <code>python -m helpers export {escape(kept)}</code>" if kept else "",
    )
    return f"<footer>{' · '.join(p for p in parts if p)}</footer>"


def _page(page: str) -> str:
    """The page's address as seen from the notebook (the kernel's working folder is the notebook's)."""
    file, _, anchor = page.partition("#")
    if not re.fullmatch(r"[\w-]+(/[\w-]+)*\.md", file):
        return ""
    base = paths.WORK if Path.cwd().is_relative_to(paths.WORK) else paths.ROOT
    return os.path.relpath(base / file, Path.cwd()) + (f"#{anchor}" if anchor else "")


def _short(path: str) -> str:
    return str(Path(path).relative_to(paths.ROOT)) if path and Path(path).is_relative_to(paths.ROOT) else path


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count(n: int) -> str:
    return "1 order" if n == 1 else f"{n} orders"


def _source_line(file: str, number: int | None) -> str:
    try:
        return Path(file).read_text(errors="replace").splitlines()[(number or 0) - 1] if number else ""
    except (OSError, IndexError):
        return ""
