"""The interview's questions: one source (interview/*.toml) for the drill, the mock interview and docs/interview.md."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "interview"
LEVELS = {"J": "junior", "M": "middle", "S": "senior"}
BROKERS = ("rabbitmq", "kafka", "redis")


@dataclass(frozen=True)
class Question:
    """short: the answer in 30 seconds. points: what makes it an answer of three minutes, and the rubric. wrong, why: the common
    wrong answer. follow, answer: what a good interviewer asks next. broker: "" for all. proof: where it can be run, as
    `lesson:NAME#CELL`, `lab:NAME` or `mistake:NAME`; "" for judgement. more: further ones, in the same form."""

    id: str
    topic: str
    level: str
    ask: str
    short: str
    points: tuple[str, ...]
    wrong: str
    why: str
    follow: str
    answer: str
    broker: str = ""
    proof: str = ""
    more: tuple[str, ...] = ()
    starred: bool = False

    def where(self) -> tuple[str, str]:
        """The proof in words, and its address from the project's root; empty where there is none."""
        return place_of(self.proof)

    def places(self) -> list[tuple[str, str]]:
        """The proof and the further ones, each as `where` tells it; the ten-second one first."""
        return [place_of(each) for each in (self.proof, *self.more) if each]


def place_of(proof: str) -> tuple[str, str]:
    kind, _, rest = proof.partition(":")
    if kind == "lesson":
        name, _, cell = rest.partition("#")
        return f"lesson {int(name[:2])}, the cell `{cell}`", f"notebooks/{name}.ipynb"
    if kind == "lab":
        return f"lab {rest[:2]}", f"labs/{rest}/lab.ipynb"
    return (f"the mistake {rest}", f"docs/mistakes.md#{rest}") if kind == "mistake" else ("", "")


@cache
def all_questions() -> tuple[Question, ...]:
    """In the order of the files. Raises ValueError for one that lacks something."""
    found: list[Question] = []
    for file in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        for each in data["question"]:
            try:
                lists = {"points": tuple(each["points"]), "more": tuple(each.get("more", ()))}
                question = Question(topic=data["topic"], **{**each, **lists})
            except (KeyError, TypeError) as fault:
                raise ValueError(f"{file.name}: {each.get('id', each)}: {fault}") from None
            if question.level not in LEVELS or question.broker not in ("", *BROKERS):
                raise ValueError(f"{file.name}: {question.id}: unknown level or broker")
            found.append(question)
    return tuple(found)


def chosen(level: str = "", broker: str = "") -> Sequence[Question]:
    """Those up to a level ("M": J and M), of a broker and of none in particular; the starred first, then the easy ones."""
    reach = "JMS".index(level) if level else 2
    found = [q for q in all_questions() if "JMS".index(q.level) <= reach and (not broker or q.broker in ("", broker))]
    return sorted(found, key=lambda q: (not q.starred, "JMS".index(q.level)))


def by_id(name: str) -> Question:
    """Raises LookupError for a question that there is not (any more)."""
    for question in all_questions():
        if question.id == name:
            return question
    raise LookupError(f"there is no question {name!r}")
