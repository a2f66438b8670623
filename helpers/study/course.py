"""The course as data: its lessons, and after which lesson each lab comes. What is not written yet is not in it."""

import json
from dataclasses import dataclass
from functools import cache

from helpers import paths
from helpers.bench.lab import Lab, all_names, load

_LESSONS = (
    ("00_start_here", "Start here", "an order lost, and kept", ()),
    ("01_concepts", "Concepts", "a queue in 15 lines, then on three brokers; formats; uses", ()),
    ("02_setup", "Setting up", "RabbitMQ, Kafka, Redis: configuration, queues, topics, routing", ("00", "01", "02", "03")),
    ("03_producers", "Producers", "what send() promised, and what it did not", ("04", "05", "06")),
    ("04_consumers", "Consumers", "push, poll, groups; who gets which order", ("07", "08", "09")),
    ("05_failures", "Failures", "retries, dead letters, poison", ("10", "11", "12")),
    ("06_delivery_guarantees", "Delivery guarantees", "at most, at least, effectively once, on one dial",
     ("13", "14", "15", "16", "17", "18")),
    ("07_choosing_a_broker", "Choosing a broker", "RabbitMQ or Kafka or Redis, measured", ()),
    ("08_benefits_measured", "Benefits, measured", "scaling, decoupling, resilience, and what they cost", ("19",)),
    ("09_in_production", "In production", "lag, alerts, upgrades", ()),
    ("10_interview", "Interview", "short answers, each with a run behind it", ()),
    ("11_capstone", "Capstone", "the whole pipeline, ten faults", ("20", "21", "22")),
)


@dataclass(frozen=True)
class Lesson:
    """name: the notebook's, without its suffix; shows: what the reader sees there; labs: those that follow it."""

    name: str
    title: str
    shows: str
    labs: tuple[Lab, ...]

    @property
    def number(self) -> str:
        return self.name.partition("_")[0].lstrip("0") or "0"

    @property
    def written(self) -> bool:
        return (paths.NOTEBOOKS / f"{self.name}.ipynb").is_file()


def lessons() -> list[Lesson]:
    """Every lesson in reading order, with the labs there are. A lab that no lesson names comes with the last one."""
    there = {name.partition("_")[0]: name for name in all_names()}
    placed = {number for *_, numbers in _LESSONS for number in numbers}
    out = []
    for name, title, shows, numbers in _LESSONS:
        mine = [there[n] for n in numbers if n in there]
        if name == _LESSONS[-1][0]:
            mine += [each for n, each in there.items() if n not in placed]
        out.append(Lesson(name, title, shows, tuple(load(each) for each in mine)))
    return out


def names() -> frozenset[str]:
    """Of the lessons that are written, and of the labs: what a learner can open."""
    return frozenset([each.name for each in lessons() if each.written] + all_names())


@cache
def cells(lesson: str) -> tuple[str, ...]:
    """The ids of a lesson's code cells, in their order; () where it is not written or cannot be read.

    By json alone: nbformat brings the grammar of its schema along, seconds before a kernel's first card.
    """
    try:
        node = json.loads((paths.NOTEBOOKS / f"{lesson}.ipynb").read_text(encoding="utf-8"))
        return tuple(cell["id"] for cell in node["cells"] if cell["cell_type"] == "code")
    except (OSError, ValueError, KeyError, TypeError):
        return ()
