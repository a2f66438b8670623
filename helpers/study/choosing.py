"""Which broker for which work: arguments with weights, for and against; nothing is decided that is not told."""

from collections.abc import Mapping
from dataclasses import dataclass

QUESTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "answer": ("Does the caller need the result before it can go on?", ("no", "yes")),
    "replay": ("Must somebody be able to read old messages again?", ("no", "yes")),
    "job": ("Is each message a job of its own, retried or set aside alone?", ("no", "yes")),
    "rules": ("Should the broker route by rules, or by priority?", ("no", "yes")),
    "order": ("Must messages of one customer stay in order, with several workers?", ("no", "yes")),
    "rate": ("How many messages a second, at the peak?", ("up to 1,000", "up to 20,000", "more")),
    "backlog": ("How far may consumers fall behind?", ("minutes", "days")),
    "runs": ("What does your team run already?", ("none of them", "RabbitMQ", "Kafka", "Redis")),
}
"""name: the question, and its answers; the first of them is assumed where none is given."""

BROKERS = ("RabbitMQ", "Kafka", "Redis")
NONE = "no queue"

_ARGUMENTS: tuple[tuple[str, str, str, int, str], ...] = (
    ("replay", "yes", "Kafka", 3, "a log keeps what was read; each group has a position of its own and may go back"),
    ("replay", "yes", "Redis", 1, "a stream keeps entries until they are trimmed; all of them are in memory"),
    ("job", "yes", "RabbitMQ", 3, "each message is acknowledged, returned or dead-lettered by itself"),
    ("job", "yes", "Redis", 2, "each entry is acknowledged by itself; retry and dead letters are yours to write"),
    ("job", "yes", "Kafka", 1, "a share group acknowledges records by themselves; few clients have one yet"),
    ("rules", "yes", "RabbitMQ", 3, "exchanges route by key, pattern or header, and queues have priorities"),
    ("order", "yes", "Kafka", 2, "a key has one partition, and a partition one reader in the group"),
    ("order", "yes", "RabbitMQ", 1, "a queue for each share of the customers, each with a single active consumer: yours to set up"),
    ("rate", "up to 20,000", "Kafka", 1, "batches make many messages cheap"),
    ("rate", "up to 20,000", "Redis", 1, "a pipeline makes many messages cheap"),
    ("rate", "more", "Kafka", 3, "partitions spread over brokers, and batches make many messages cheap"),
    ("backlog", "days", "Kafka", 2, "a backlog is files on a disk, for as long as retention says"),
    ("backlog", "days", "RabbitMQ", 1, "queues keep messages on disk; set a length limit all the same"),
    ("runs", "RabbitMQ", "RabbitMQ", 2, "your team runs it already, at night too"),
    ("runs", "Kafka", "Kafka", 2, "your team runs it already, at night too"),
    ("runs", "Redis", "Redis", 2, "your team runs it already, at night too"),
)
"""(question, answer, for whom, weight, why)."""

_COSTS = {
    "RabbitMQ": "What is acknowledged is gone: a service that comes next year finds no history in a queue.",
    "Kafka": "In a consumer group, one slow record holds up its partition, and partitions are the limit of your workers.",
    "Redis": "The backlog is in memory. The defaults lose it, and a replica that takes over can lack what was answered.",
    NONE: "A call fails when the other side is down. If the work may be done later after all, answer first and queue it.",
}


@dataclass(frozen=True)
class Advice:
    """choice: one of BROKERS, or NONE; reasons for it; what speaks against it, the other candidates' reasons among that."""

    choice: str
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    points: Mapping[str, int]


def answered(given: Mapping[str, str]) -> dict[str, str]:
    """All questions with their answers. Raises ValueError for a question or an answer that there is not."""
    for name, said in given.items():
        if name not in QUESTIONS:
            raise ValueError(f"no question {name!r}; there are: {', '.join(QUESTIONS)}")
        if said not in QUESTIONS[name][1]:
            raise ValueError(f"{name}={said!r} is no answer; there are: {', '.join(QUESTIONS[name][1])}")
    return {name: given.get(name, answers[0]) for name, (_, answers) in QUESTIONS.items()}


def advise(given: Mapping[str, str]) -> Advice:
    """The broker with the most points; where two are level, the one that comes first in BROKERS, and that is said."""
    said = answered(given)
    if said["answer"] == "yes":
        why = "the caller waits for the result: a direct call says at once what became of it"
        return Advice(NONE, (why, "the other answers change nothing in that"), (_COSTS[NONE],), {})
    heard = [(who, weight, why) for name, answer, who, weight, why in _ARGUMENTS if said[name] == answer]
    points = {each: sum(weight for who, weight, _ in heard if who == each) for each in BROKERS}
    choice = max(BROKERS, key=points.__getitem__)
    reasons = [why for who, _, why in heard if who == choice]
    if not any(points.values()):
        reasons.append("nothing you said asks for more than a work queue; a table in your database may do as well")
    against = [_COSTS[choice]]
    against += [f"For {who}: {why}." for who, _, why in heard if who != choice]
    level = [each for each in BROKERS if each != choice and points[each] == points[choice] > 0]
    against += [f"{each} has as many points: measure both with your own load." for each in level]
    return Advice(choice, tuple(reasons), tuple(against), points)
