"""What can be wished of a topology on RabbitMQ: queues, routing, dead letters, and that a second start harms nothing.

Queues are named by the variable in which the program is given their name ("BILLING"). In a routing key `{region}` stands
for a word that is drawn for each run. Sources: RabbitMQ documentation, "Queues", "Exchanges", "Dead Letter Exchanges".
"""

from dataclasses import dataclass, field
from typing import Any

from helpers.bench.exam.wish import Found, NotSeen, Wish, last_words, listed, several, settings


@dataclass
class Seen:
    """What stood in the virtual host after the second start, and what became of the probes.

    names:     variable -> name in this run, queues and exchange; `region`: the word drawn.
    queues, exchanges, bindings: as the HTTP API describes them.
    landed:    routing key -> variables of the queues in which its probe was found.
    returned:  routing keys whose probe the broker returned as unroutable (312 NO_ROUTE).
    lost:      queue (variable) -> messages that were there before the second start, and not after it.
    standing:  queue (variable) -> whether the message that stood in it before the first start is still there.
    dead:      queue (variable) -> whether a rejected message arrived in the dead-letter queue asked for.
    """

    names: dict[str, str]
    region: str
    queues: dict[str, dict] = field(default_factory=dict)
    exchanges: dict[str, dict] = field(default_factory=dict)
    bindings: list[dict] = field(default_factory=list)
    landed: dict[str, list[str]] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    lost: dict[str, int] = field(default_factory=dict)
    standing: dict[str, bool] = field(default_factory=dict)
    dead: dict[str, bool] = field(default_factory=dict)
    starts: list[Any] = field(default_factory=list)
    nothing: bool = False

    def queue(self, variable: str) -> dict | None:
        return self.queues.get(self.names[variable])

    def keys(self, variable: str) -> list[str]:
        """The keys by which a queue is bound to EXCHANGE itself."""
        return [b["routing_key"] for b in self.bindings if b["source"] == self.names["EXCHANGE"]
                and b["destination"] == self.names[variable] and b["destination_type"] == "queue"]

    def bound(self, variable: str) -> list[str]:
        """The bindings of a queue, one line each, as the broker tells them; the default exchange's is left out."""
        found = [b for b in self.bindings if b["destination"] == self.names[variable] and b["source"]]
        return [f"{variable} is bound to exchange {self.say(b['source'])} with key «{b['routing_key']}»"
                + (f" and arguments {settings(b['arguments'])}" if b["arguments"] else "") for b in found]

    def say(self, name: str) -> str:
        """A name as the learner knows it."""
        return next((variable for variable, own in self.names.items() if own == name), repr(name))

    def refusal_about(self, variable: str) -> str | None:
        said = [text for start in self.starts for text in start.refusals]
        return next((text for text in said if f"'{self.names[variable]}'" in text), None)


def matches(pattern: str, key: str) -> bool:
    """Whether a topic binding takes a key: `*` is exactly one word, `#` any number of them, none included."""
    def go(p: list[str], k: list[str]) -> bool:
        if not p:
            return not k
        if p[0] == "#":
            return go(p[1:], k) or bool(k and go(p, k[1:]))
        return bool(k) and p[0] in ("*", k[0]) and go(p[1:], k[1:])

    return go(pattern.split("."), key.split("."))


@dataclass(frozen=True)
class StartsTwice(Wish):
    """The program ends with 0, and can be started again."""

    about_starts = True

    @property
    def title(self) -> str:
        return "your program ends by itself, and can be started a second time"

    def examine(self, seen: Seen) -> Found | None:
        last = seen.starts[-1]
        if not last.failed or last.program.over_limit:
            return None
        if mismatch := next((text for text in last.refusals if "inequivalent arg" in text), None):
            return Found("redeclare-mismatch", "Your program declared something that stands there already, with other "
                         "arguments; RabbitMQ refused and closed the channel.", (f"RabbitMQ: {mismatch}",))
        if last.number > 1:
            return Found("set-up-not-repeatable", f"The second start ended with exit status {last.status}; what the first one "
                         "had made stood there already.", (*(f"RabbitMQ: {text}" for text in last.refusals), *last_words(last)))
        return None


@dataclass(frozen=True)
class Standing(Wish):
    """A queue that somebody else has declared before: it stays as it is, with what waits in it."""

    queue: str
    arguments: tuple[tuple[str, Any], ...]

    def _words(self) -> tuple[str, ...]:
        return (self.queue,)

    @property
    def title(self) -> str:
        return f"{self.queue}, which stands there already, stays as it is, with the message that waits in it"

    def examine(self, seen: Seen) -> Found | None:
        queue = seen.queue(self.queue)
        if queue is None:
            return Found("set-up-deletes", f"{self.queue} stood there before your program came, and is gone.")
        now = {k: v for k, v in queue["arguments"].items() if k != "x-queue-type"}
        asked = {k: v for k, v in self.arguments if k != "x-queue-type"}
        if now != asked or not seen.standing[self.queue]:
            what = "The message that waited in it is gone." if not seen.standing[self.queue] else "Its arguments have changed."
            return Found("set-up-deletes", f"{self.queue} was deleted and made anew. {what}",
                         (f"RabbitMQ: {self.queue} has the arguments {settings(now)}; it had {settings(asked)}",))
        return None


@dataclass(frozen=True)
class QueueLike(Wish):
    """A durable queue of a type."""

    queue: str
    type: str = "quorum"

    def _words(self) -> tuple[str, ...]:
        return (self.queue,)

    @property
    def title(self) -> str:
        return f"{self.queue} is a durable {self.type} queue"

    def examine(self, seen: Seen) -> Found | None:
        queue = seen.queue(self.queue)
        if queue is None:
            there = listed(sorted(seen.say(name) for name in seen.queues))
            return Found("queue-missing", f"There is no queue with the name in {self.queue}.", ("RabbitMQ has these queues: "
                                                                                                f"{there}",))
        flags = {name: queue.get(name) for name in ("type", "durable", "auto_delete", "exclusive")}
        proof = (f"RabbitMQ: {self.queue} has {settings(flags)}",)
        if not queue["durable"]:
            return Found("non-durable-queue", f"{self.queue} is not durable: it is gone when RabbitMQ restarts, with all that "
                         "waits in it.", proof)
        if queue["type"] != self.type:
            return Found("wrong-queue-type", f"{self.queue} is a {queue['type']} queue; asked was a {self.type} queue.", proof)
        return None


@dataclass(frozen=True)
class Routed(Wish):
    """A message with this key reaches exactly these queues."""

    key: str
    to: tuple[str, ...]

    def _words(self) -> tuple[str, ...]:
        return (self.key.replace("{region}", "region"),)

    @property
    def title(self) -> str:
        return f"{self.key.replace('{region}', '<region>')} goes to {listed(self.to)}" + (" alone" if len(self.to) == 1 else "")

    def examine(self, seen: Seen) -> Found | None:
        key = self.key.format(region=seen.region)
        if (missing := _no_exchange(seen)) is not None:
            return missing
        there = seen.landed[key]
        lacking, extra = [q for q in self.to if q not in there], [q for q in there if q not in self.to]
        if not lacking and not extra:
            return None
        went = f"{key} went to {listed(there)}; asked was {listed(self.to)}."
        about = lacking[0] if lacking else extra[0]
        exchange = seen.exchanges[seen.names["EXCHANGE"]]
        proof = [f"RabbitMQ: EXCHANGE is a {exchange['type']} exchange"]
        proof += [f"RabbitMQ: {line}" for line in seen.bound(about)] or [f"RabbitMQ: {about} is bound to no exchange"]
        if key in seen.returned:
            proof.append(f"RabbitMQ returned it: 312 NO_ROUTE, key «{key}»")
        if lacking and (refused := seen.refusal_about(about)):
            return Found("redeclare-mismatch", f"{went} Your program declared {about} with other arguments than it stands "
                         "there with; RabbitMQ refused, closed the channel, and what came after on it did not happen.",
                         (f"RabbitMQ: {refused}",))
        return Found(_class(seen, key, about, bool(lacking), exchange["type"]), went, tuple(proof))


@dataclass(frozen=True)
class Returned(Wish):
    """A message with this key is for nobody: RabbitMQ says so to a producer that asks (mandatory)."""

    key: str

    def _words(self) -> tuple[str, ...]:
        return (self.key.replace("{region}", "region"),)

    @property
    def title(self) -> str:
        return f"{self.key.replace('{region}', '<region>')} is for nobody: a mandatory publish is returned"

    def examine(self, seen: Seen) -> Found | None:
        key = self.key.format(region=seen.region)
        if (missing := _no_exchange(seen)) is not None:
            return missing
        if key in seen.returned:
            return None
        there = seen.landed[key]
        bound = [line for queue in there for line in seen.bound(queue)]
        kind = seen.exchanges[seen.names["EXCHANGE"]]["type"]
        name = "wrong-exchange-type" if kind == "fanout" else "binding-too-wide"
        where = f"It went to {listed(there)}" if there else "Some queue or exchange took it"
        return Found(name, f"{key} should be returned as unroutable. {where}.",
                     (f"RabbitMQ: EXCHANGE is a {kind} exchange", *(f"RabbitMQ: {line}" for line in bound)))


@dataclass(frozen=True)
class DeadLettered(Wish):
    """What a consumer of the queue rejects without requeue arrives in another one."""

    queue: str
    to: str

    def _words(self) -> tuple[str, ...]:
        return (self.queue,)

    @property
    def title(self) -> str:
        return f"what a consumer of {self.queue} rejects arrives in {self.to}"

    def examine(self, seen: Seen) -> Found | None:
        queue = seen.queue(self.queue)
        if queue is None:
            raise NotSeen
        if seen.dead[self.queue]:
            return None
        settled = {**queue.get("effective_policy_definition", {}), **queue["arguments"]}
        exchange = settled.get("x-dead-letter-exchange", settled.get("dead-letter-exchange"))
        key = settled.get("x-dead-letter-routing-key", settled.get("dead-letter-routing-key"))
        told = f"A message rejected from {self.queue} did not arrive in {self.to}"
        proof = [f"RabbitMQ: {self.queue} has the arguments {settings(queue['arguments'])}"]
        if exchange is None:
            return Found("dlx-missing", f"{told}: {self.queue} has no dead-letter exchange, so RabbitMQ dropped "
                                        "it.", tuple(proof),
                         _DLX)
        if exchange != "" and exchange not in seen.exchanges:
            return Found("dlx-missing", f"{told}: the dead-letter exchange that {self.queue} names, {exchange!r}, does not "
                                        "exist.",
                         tuple(proof), _DLX)
        proof += [f"RabbitMQ: {line}" for line in seen.bound(self.to)] or [f"RabbitMQ: {self.to} is bound to no exchange"]
        how = "with its own routing key" if key is None else f"with the key «{key}»"
        return Found("dlx-unbound", f"{told}: it went to the exchange {seen.say(exchange)} {how}, and no binding there led to "
                     f"{self.to}.", tuple(proof))


@dataclass(frozen=True)
class KeepsMessages(Wish):
    """What waits in the queues survives a second start of the program."""

    @property
    def title(self) -> str:
        return "a second start of your program removes nothing that waits in the queues"

    def examine(self, seen: Seen) -> Found | None:
        if not seen.lost:
            return None
        lost = listed(f"{queue} lost {several(count, 'message')}" for queue, count in seen.lost.items())
        return Found("set-up-deletes", f"When your program was started a second time, {lost}.")


_DLX = ("Declare an exchange for dead letters, bind the queue that keeps them to it, and name the exchange when you declare: "
        "arguments={\"x-dead-letter-exchange\": …}.")


def _no_exchange(seen: Seen) -> Found | None:
    if seen.names["EXCHANGE"] in seen.exchanges:
        return None
    there = listed(sorted(repr(name) for name in seen.exchanges if name and not name.startswith("amq.")))
    return Found("exchange-missing", "There is no exchange with the name in EXCHANGE.", ("RabbitMQ has these of yours: "
                                                                                         f"{there}",))


def _class(seen: Seen, key: str, queue: str, lacking: bool, kind: str) -> str:
    """The class of a wrong routing. Only what a direct binding to EXCHANGE explains gets a narrow name."""
    keys = seen.keys(queue)
    if kind not in ("topic", "headers") and any("*" in k or "#" in k for k in keys):
        return "wrong-exchange-type"  # only a topic exchange knows wildcards
    if kind == "fanout":
        return "wrong-exchange-type"
    if not lacking:
        return "binding-too-wide"
    if seen.queue(queue) is None:
        return "queue-missing"
    if not seen.bound(queue):
        return "binding-missing"
    if kind == "topic" and any("*" in k and matches(k.replace("*", "#"), key) for k in keys):
        return "star-is-one-word"
    return "wrong-binding-key"
