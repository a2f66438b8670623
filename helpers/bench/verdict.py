"""The verdict on a scenario: pure functions from what happened to a report. First match wins."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.bench import words_kafka, words_redis
from helpers.bench.catalogue import CATALOGUE
from helpers.bench.evidence import Evidence, Proof
from helpers.bench.ledger import Ledger, settle
from helpers.bench.lab import Lab
from helpers.bench.own import judging
from helpers.bench.program import Program
from helpers.bench.report import FaultRecord, Finding, Moment, Orders, ProgramRecord, Verdict
from helpers.bench.rules import by_role
from helpers.bench.run import Outcome
from helpers.bench.stages import address_of
from helpers.wire.events import Event

_SHOWN = 3  # orders named in a sentence


@dataclass
class Judgement:
    """What is to be said of one scenario."""

    verdict: Verdict
    reason: str
    evidence: str
    orders: Orders
    numbers: dict[str, int]
    findings: list[Finding]
    faults: list[FaultRecord]
    programs: list[ProgramRecord]


def judge(outcome: Outcome, lab: Lab, guarantee: str) -> Judgement:
    """Account for the scenario, name the mistake, say the verdict."""
    ledger = settle(outcome.events, outcome.orders, lab.roles, unroutable=outcome.unroutable,
                    charged_is_done=outcome.charged_is_done, dead=outcome.dead, output=outcome.output,
                    address=address_of(lab), place=outcome.census.main if lab.own else "",
                    may_put_aside=lab.own is not None)
    numbers = {order["id"]: order["n"] for order in outcome.orders}
    names = Names(numbers)
    evidence = Evidence(outcome.events, ledger, guarantee, list(outcome.programs), lab.max_attempts)
    doubts = [*outcome.incomplete, *ledger.contradictions, *(judging.doubts(ledger, lab.own) if lab.own else ())]
    findings = [] if doubts else find(evidence, lab, names, outcome.began_ns)
    programs = [describe(role, program) for role, program in outcome.programs.items()]
    for record in outcome.faults:
        if record.seq is not None:
            record.at = seconds(outcome.events[record.seq], outcome.began_ns)
    words = Words(lab, names)
    verdict, reason = decide(outcome, ledger, findings, programs, doubts, guarantee, words)
    return Judgement(verdict, reason, "incomplete" if doubts else "complete", ledger.orders, numbers, findings,
                     outcome.faults, programs)


def find(evidence: Evidence, lab: Lab, names: "Names", began_ns: int) -> list[Finding]:
    """At most one cause, then the remarks."""
    views = {None: evidence, **{role: evidence.of_role(role) for role in lab.roles}}
    proofs = [proof for role, rule in by_role(lab.broker, lab.roles, lab.dead_letters, lab.output, lab.ordered,
                                             bool(lab.table))
              if (proof := rule(views[role])) is not None
              and (lab.own is None or (proof := judging.temper(proof, views[role], lab.own)) is not None)]
    findings = [finding(proof, names, began_ns) for proof in proofs]
    causes = _explaining([f for f in findings if f.severity == "cause"], evidence)
    return causes[:1] + [f for f in findings if f.severity == "remark" and f.name not in {c.name for c in causes[:1]}]


def _explaining(causes: list[Finding], evidence: Evidence) -> list[Finding]:
    """Where orders are lost, that another one was tried too often is no reason: two programs may each have a mistake."""
    if evidence.guarantee == "at-most-once" or evidence.ledger.orders.unexpected:
        return causes
    lost = set(evidence.lost)
    return [f for f in causes if not lost or not CATALOGUE[f.name].pace or lost & set(f.orders)]


def finding(proof: Proof, names: "Names", began_ns: int) -> Finding:
    mistake = CATALOGUE[proof.name]
    sentence = mistake.tell(names.several(proof.orders), len(proof.orders) > 1) + (f" {proof.note}" if proof.note else "")
    moments = [Moment(seconds(e, began_ns), tell(e, names), e.order, e.seq) for e in proof.events]
    if proof.never:
        moments.append(Moment(None, f"{names.one(proof.orders[0])} {proof.never}", proof.orders[0]))
    return Finding(mistake.name, "remark" if proof.remark else mistake.severity, mistake.title, sentence, mistake.fix,
                   mistake.page, list(proof.orders), [e.seq for e in proof.events], moments)


class Words:
    """How a lab is spoken of. effect: what is counted; address: the variable under which the broker is found."""

    def __init__(self, lab: Lab, names: "Names"):
        self.names = names
        self.consumes = "consumer" in lab.roles
        self.produces = "producer" in lab.roles
        self.effect, self.output, self.ordered = lab.effect, lab.output, lab.ordered
        self.rows = bool(lab.table) and not self.consumes
        self.place = lab.own.kind if lab.own else {"rabbitmq": "queue", "kafka": "topic", "redis": "stream"}[lab.broker]
        self.address = address_of(lab)
        self.own = lab.own


def decide(outcome: Outcome, ledger: Ledger, findings: Sequence[Finding], programs: Sequence[ProgramRecord],
           doubts: Sequence[str], guarantee: str, words: Words) -> tuple[Verdict, str]:
    """(verdict, one sentence why)."""
    o, several, because = ledger.orders, words.names.several, outcome.ended_because
    if doubts:
        return "unknown", f"The evidence is incomplete: {doubts[0]}."
    if o.unexpected:
        return "fail", f"{len(o.unexpected)} {words.effect} that nobody ordered."
    if guarantee != "at-most-once" and o.lost:
        what = ("have no invoice that a reader of committed records sees" if words.output
                else "have a row, and no event was sent" if words.rows else "lost")
        return "fail", f"{len(o.lost)} of {len(o.accepted)} orders {what}: {several(o.lost)}."
    if guarantee != "at-least-once" and o.duplicated:
        return "fail", f"{len(o.duplicated)} of {len(o.accepted)} orders {words.effect} more than once: {several(o.duplicated)}."
    if words.ordered and o.out_of_order:
        late = f"{len(o.out_of_order)} of {len(o.accepted)} orders {words.effect}"
        return "fail", f"{late} after a later one of the same customer: {several(o.out_of_order)}."
    failed = next((p for p in programs if p.error), None)
    if cause := next((f for f in findings if f.severity == "cause"), None):
        return "fail", f"Caught in the act: {cause.title}."
    if failed is not None:
        return "error", f"Your program ended: {failed.error}."
    if not o.charged:
        return "unknown", _nothing_done(outcome, programs, words)
    silent = [f.spec for f in outcome.faults if not f.fired]
    if o.left_over and words.own and (why := judging.held(ledger, words.own)):
        return "unknown", (f"{len(o.left_over)} of {len(o.accepted)} orders still stand in the broker: {several(o.left_over)} "
                           f"({because}). {why}. If your program comes back to that later, declare for how many seconds it may "
                           f"stand still: patience (now {words.own.patience:g}; a third of it, once all is let go of).")
    if o.left_over:
        return "fail", f"{len(o.left_over)} of {len(o.accepted)} orders still stand in the {words.place}: {several(o.left_over)} ({because})."
    if words.own and words.own.effect == "exit" and o.never_accepted:
        return "unknown", (f"The program did not end by itself with 0, which is to say that all orders are sent ({because}). If it "
                           "is not meant to end, declare another effect: http, file or sqlite.")
    if words.produces and o.never_accepted:
        what = "have no row" if words.rows else "were never accepted"
        return "fail", f"{len(o.never_accepted)} orders {what}: {several(o.never_accepted)} ({because})."
    if silent:
        told = " Does your program call point() with that name for each order?" if "Point(" in silent[0] else ""
        return "unknown", f"The fault {silent[0]} never came about, so this run proves nothing ({because}).{told}"
    return "pass", _price(outcome, o, guarantee, words)


def _nothing_done(outcome: Outcome, programs: Sequence[ProgramRecord], words: Words) -> str:
    role = programs[0]
    if outcome.untouched:
        how = (f"it ended by itself with exit status {role.exit}" if outcome.ended_because == "the program ended by itself"
               else outcome.ended_because)
        return (f"Nothing arrived at {words.address}: did your program connect elsewhere, or stop before it connected? "
                f"({how[0].upper()}{how[1:]}.)")
    return f"Nothing {'was charged' if words.consumes else 'arrived in the ' + words.place} ({outcome.ended_because})."


def _price(outcome: Outcome, o: Orders, guarantee: str, words: Words) -> str:
    price = ""
    if o.duplicated:
        price = f" The price of at least once: {words.names.several(o.duplicated)} {words.effect} twice."
    if guarantee == "at-most-once" and o.lost:
        return f"No order {words.effect} twice. The price of at most once: {len(o.lost)} of {len(o.accepted)} lost."
    put_back = any(e.kind == "redriven" for e in outcome.events)
    refused = f", {len(o.refused)} refused by the shop" if o.refused and not put_back else ""
    if words.own and o.dead_lettered:
        refused += f", {len(o.dead_lettered)} put aside after a failure"
    if outcome.dead:
        dead = [e for e in outcome.events if e.kind == "redriven"]
        refused = (f", {dead[0].data['letters']} of them after they had been dead letters" if dead else
                   f", {len(o.dead_lettered)} given up and put aside" if o.dead_lettered else "")
    return f"{len(o.charged)} of {len(o.accepted)} orders {words.effect}{refused}, none lost.{price}"


def describe(role: str, program: Program) -> ProgramRecord:
    """What became of a program; the line in the learner's own file, where its output names one."""
    output = program.output
    file = str(program.command.file or " ".join(program.command.argv))
    record = ProgramRecord(role, file, program.starts, program.exit, output_tail=output[-4000:])
    if program.over_limit:
        record.error = program.over_limit
    elif program.failed:
        record.error = _last_words(output, program.exit)
    if record.error and program.command.file is not None:
        name = re.escape(str(program.command.file))
        lines = re.findall(rf'{name}(?:", line |:)(\d+)', output)
        if lines:
            record.error_file, record.error_line = file, int(lines[-1])
    return record


def _last_words(output: str, status: int | None) -> str:
    """The last line of a traceback (Python or Node.js), else the last line printed, with the exit status."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Interrupt|Exit|Warning|[A-Z]\w+)(:|$)", line)]
    how = f"killed by signal {-status}" if status is not None and status < 0 else f"exit status {status}"
    last = (told or lines or [""])[-1].strip()[:300]
    return f"{last} ({how})" if last else how


def tell(event: Event, names: "Names") -> str:
    """An event in words, for a proof."""
    order = names.one(event.order) if event.order else ""
    if (own := words_kafka.words(event, order) or words_redis.words(event, order)) is not None:
        return own
    pos, data = event.pos or {}, event.data
    frame = f" ({event.frame}{', tag %s' % pos['tag'] if pos.get('tag') else ''})" if event.frame else ""
    auto = ", auto_ack" if data.get("auto_ack") else ""
    if event.kind == "charged" and event.frame in ("file", "sqlite"):
        return f"{order}: its {'line was there' if event.frame == 'file' else 'row was there'}"
    words = {
        "subscribed": f"subscribed: auto_ack={data.get('auto_ack')}, prefetch {data.get('prefetch') or 'unlimited'}",
        "polled": f"asked an empty queue{frame}",
        "qos": f"prefetch set to {data.get('prefetch')}{frame}",
        "delivered": f"{order} delivered{auto}{frame}",
        "redelivered": f"{order} delivered again, marked redelivered{auto}{frame}",
        "acknowledged": f"{order} acknowledged{_covering(event)}{frame}".strip(),
        "rejected": f"{order} rejected, requeue={data.get('requeue')}{frame}".strip(),
        "charged": f"{order}: {_row(data)}" if "rows" in data else
                   f"{order} charged" + ("" if data.get("key") is None else f" with key {data['key']}"),
        "charge_failed": (f"{order}: the shop answered {data['status']}" if data.get("status") else
                          f"{order}: the shop was asked to charge it; what asked was killed before it did"),
        "killed": f"{event.actor} killed by the bench (SIGKILL)",
        "ended": f"{event.actor} ended by itself, exit status {data.get('status')}",
        "stopped": f"{event.actor} stopped, exit status {data.get('status')}",
        "purged": f"{data.get('queue') or data.get('stream') or data.get('topic') or 'everything'} emptied or deleted{frame}",
        "refused": f"{order} refused by the broker{': ' * bool(data.get('error'))}{data.get('error') or ''}{frame}",
        "returned": f"{order} returned: {data.get('code')} {data.get('text')}{frame}",
        "closed": f"{data.get('scope')} closed by the {data.get('by')}: {data.get('code') or ''} {data.get('text') or ''}".rstrip(),
        "declared": f"{data.get('what')} {data.get('name')} declared{_declared(data)}{frame}",
        "reset": f"connection of the {event.actor} cut by the bench",
        "point": f"{order}: at the point {data.get('name')}",
        "withdrawn": f"{order}: the customer saw an error, and went away",
        "erased": f"{order}: a row less ({event.frame})",
        "row": f"{order}: {data.get('amiss')}",
        "queued": f"{order} stood in {data.get('queue')} at the end",
    }
    return words.get(event.kind, f"{order} {event.kind}{frame}".strip())


def _declared(data: Mapping[str, Any]) -> str:
    """The flags that decide how long a queue lives."""
    flags = [f"{name}={data[name]}" for name in ("durable", "exclusive", "auto_delete") if name in data]
    flags += [f"x-expires={expires}" for expires in [(data.get("arguments") or {}).get("x-expires")] if expires]
    return f": {', '.join(flags)}" if flags else ""


def _row(data: Mapping[str, Any]) -> str:
    """What was committed."""
    if data.get("raised"):
        return f"the amount in its row raised to {data.get('total')}"
    return "its row committed" if data["rows"] == 1 else f"row number {data['rows']} committed"


def _covering(event: Event) -> str:
    if event.data.get("unknown"):
        return " a tag that is not outstanding"
    tag = event.data.get("tag")
    return f" by multiple=True up to tag {tag}" if event.data.get("multiple") and tag != (event.pos or {}).get("tag") else ""


def seconds(event: Event, began_ns: int) -> float:
    return round((event.t_ns - began_ns) / 1e9, 3)


class Names:
    """Orders by their display number."""

    def __init__(self, numbers: Mapping[str, int]):
        self._numbers = numbers

    def one(self, order: str) -> str:
        return f"order {self._numbers[order]}" if order in self._numbers else order

    def several(self, orders: Sequence[str]) -> str:
        """"order 7", "orders 7 and 9", "orders 8 to 24", "orders 1, 3, 5 and 14 more"."""
        if len(orders) == 1:
            return self.one(orders[0])
        numbers = [self._numbers.get(order, order) for order in orders]
        if len(numbers) > 2 and all(isinstance(n, int) for n in numbers) and numbers == list(range(numbers[0], numbers[-1] + 1)):
            return f"orders {numbers[0]} to {numbers[-1]}"
        shown, more = [str(n) for n in numbers[:_SHOWN]], len(numbers) - _SHOWN
        if more > 0:
            return f"orders {', '.join(shown)} and {more} more"
        return f"orders {', '.join(shown[:-1])} and {shown[-1]}" if shown else ""
