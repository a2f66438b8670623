"""Writes a lab's notebook from its data, its story and its starter."""

import re
from pathlib import Path

from helpers.bench import exam_notebook
from helpers.bench.cells import COMPARED, SHOWN, Cell, code, markdown
from helpers.bench.lab import Lab
from helpers.bench.regions import Program

SAID = {"at-most-once": "at most once", "at-least-once": "at least once", "effectively-once": "effectively once"}

BROKERS = exam_notebook.NAMES

HOLDS = (
    ("an accepted order is {undone}", {"at-most-once": "may happen", "at-least-once": "**never**", "effectively-once": "**never**"}),
    ("an order is {done} twice", {"at-most-once": "**never**", "at-least-once": "may happen: the price", "effectively-once": "**never**"}),
    ("orders are left in {place}", {"at-most-once": "**never**", "at-least-once": "**never**", "effectively-once": "**never**"}),
)

PLACES = {"rabbitmq": "the queue", "kafka": "the topic, waiting", "redis": "the stream, unacknowledged"}

ARRIVES = (
    ("an accepted order is not in the broker", {"at-most-once": "may happen", "at-least-once": "**never**", "effectively-once": "**never**"}),
    ("an order is there twice", {"at-most-once": "**never**", "at-least-once": "may happen: the price", "effectively-once": "**never**"}),
    ("an order that could be sent is never accepted", {"at-most-once": "**never**", "at-least-once": "**never**", "effectively-once": "**never**"}),
)
"""The same where nothing is consumed: the bench looks into the broker afterwards."""

_NEVER, _PRICE = "**never**", "may happen: the price"
TOGETHER = tuple((what, {"at-most-once": often, "at-least-once": often, "effectively-once": often}) for what, often in (
    ("an order has a row, and no event", _NEVER),
    ("an event was sent of an order that has no row", _NEVER),
    ("an order that could be taken has no row", _NEVER),
    ("an event is sent twice", _PRICE),
))
"""The same where the promise is a row in the database."""

VARIABLES = {
    "AMQP_URL": "where RabbitMQ listens, with user and virtual host",
    "KAFKA_BOOTSTRAP": "where Kafka listens, `host:port`",
    "REDIS_URL": "where Redis listens",
    "QUEUE": "the queue's name, new in every run",
    "DEAD_LETTERS": "the name of the place for what is given up, new in every run",
    "EXCHANGE": "the exchange's name, new in every run",
    "TOPIC": "the topic's name, new in every run",
    "OUTPUT_TOPIC": "the name of the topic for what your program writes, new in every run",
    "GROUP": "the consumer group's name, new in every run",
    "STREAM": "the stream's key, new in every run",
    "CHANNEL": "the channel's name, new in every run",
    "MISSED": "the key of a list, new in every run",
    "CONSUMER": "this process's name in the group, the same after a restart",
    "TRANSACTIONAL_ID": "the producer's transactional id, the same after a restart",
    "STATE_DIR": "a folder that survives a kill",
    "SHOP_DB": "the shop's database (SQLite), where the effect is a row",
    "SHOP_URL": "the shop, plain HTTP; in Python, `from shop import …` knows it",
}
ALWAYS = ("STATE_DIR", "SHOP_URL")


def cells(lab: Lab, story: str, programs: dict[str, Program]) -> list[Cell]:
    """`programs`: the hand-written program of each role."""
    data, told = f"labs/{lab.name}/lab.py", f"labs/{lab.name}/story.md"
    head, sections = split(story)
    out = [markdown("title", f"# Lab {number(lab.name)}: {lab.title}\n\n{head}\n\n{_facts(lab)}", told)]
    out += [markdown(f"story-{slug(section)}", section, told) for section in sections]
    out.append(markdown("holds", _holds(lab) if lab.kind == "orders" else exam_notebook.asked(lab), data))
    out.append(markdown("bench", _bench(lab) if lab.kind == "orders" else exam_notebook.does(lab), data))
    out.append(markdown("contract", _contract(lab, programs) if lab.kind == "orders" else exam_notebook.contract(lab), data))
    out.append(code("load", "%load_ext helpers.notebook", "the generator"))
    out += check_cells(lab, {role: p.starter() for role, p in programs.items()}, f"solutions/{lab.name}")
    # Where the starter's counts hang on what a transaction had sent when it was killed, the class alone is compared.
    told = "judgement" if lab.name == "17_kafka_transactions" else told_of(lab)
    source = f'from helpers.notebook import last\n\nprint(last("{lab.name}").{told}())'
    out.append(code("facts", source, "the generator", COMPARED))
    out.append(markdown("stuck", _stuck(lab) if lab.kind == "orders" else exam_notebook.stuck(lab), "the generator"))
    out.append(code("hint", "hint()", data, SHOWN))
    out.append(markdown("onward", _onward(lab), "the generator"))
    return out


def told_of(lab: Lab) -> str:
    """What of a result is the same in every run: where two programs run side by side, which orders a kill meets is not."""
    return "judgement" if lab.kind == "orders" and len(lab.roles) > 1 else "facts"


def check_cells(lab: Lab, sources: dict[str, str], origin: str, prefix: str = "", options: str = "") -> list[Cell]:
    """The cell(s) that hold the program(s) and run the check."""
    if len(sources) == 1:
        ((role, source),) = sources.items()
        return [code(f"{prefix}check", f"%%check {lab.name}{options}\n{source}", f"{origin}/{lab.file(role)}", SHOWN)]
    out = [
        code(f"{prefix}program-{role}", f"%%program {lab.name} {role}\n{source}", f"{origin}/{lab.file(role)}", SHOWN)
        for role, source in sources.items()
    ]
    return [*out, code(f"{prefix}check", f"%check {lab.name}{options}", "the generator", SHOWN)]


def split(story: str) -> tuple[str, list[str]]:
    """The story's opening (without its `# title`) and its `## ` sections; fenced code is left alone."""
    parts: list[list[str]] = [[]]
    fenced = False
    for line in story.splitlines():
        fenced ^= line.lstrip().startswith("```")
        if line.startswith("## ") and not fenced:
            parts.append([])
        if not (line.startswith("# ") and not fenced and len(parts) == 1):
            parts[-1].append(line)
    head, *sections = ("\n".join(part).strip() for part in parts)
    return head, sections


def slug(section: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", section.splitlines()[0].lower()).strip("-")[:40]


def number(name: str) -> str:
    return name.split("_", 1)[0]


def _facts(lab: Lab) -> str:
    if lab.kind != "orders":
        return exam_notebook.facts(lab)
    asked = SAID[lab.guarantees[0]]
    return f"*{BROKERS[lab.broker]}. Usual time: {lab.usual}. Guarantee asked: **{asked}**.*"


def must_hold(lab: Lab) -> list[tuple[str, dict[str, str]]]:
    """What must hold at the end of a run, in the lab's own words: (what, {guarantee: how often it may be so})."""
    holds = HOLDS if "consumer" in lab.roles else TOGETHER if lab.table else ARRIVES
    words = {"done": lab.effect, "place": PLACES[lab.broker],
             "undone": "neither charged nor among the dead letters" if lab.dead_letters else f"never {lab.effect}"}
    return [(what.format(**words), cell) for what, cell in holds]


def _holds(lab: Lab) -> str:
    columns = list(lab.guarantees)
    rows = ["| at the end | " + " | ".join(SAID[g] for g in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    rows += [f"| {what} | " + " | ".join(cell[g] for g in columns) + " |" for what, cell in must_hold(lab)]
    note = ""
    if len(columns) > 1:
        note = "\n\nThe first column is asked unless you say otherwise: " + ", ".join(f"`--guarantee {g}`" for g in columns[1:]) + "."
    return "## What must hold\n\n" + "\n".join(rows) + note + _beside(lab)


def _beside(lab: Lab) -> str:
    """The metadata that the bench looks for."""
    if not lab.expects:
        return ""
    rows = "\n".join(f"| `{each.name}` | {each.words} |" for each in lab.expects)
    beside = "fields" if lab.broker == "redis" else "the body"
    return f"\n\nAnd with each message, beside {beside}:\n\n| | what must stand there |\n|---|---|\n{rows}"


def _bench(lab: Lab) -> str:
    lines = []
    both = "programs" if len(lab.roles) > 1 else "program"
    drawn = (" Which orders the faults meet, how long they last and one of their kinds are drawn anew in every check; "
             "`--seed N` brings the same back.") * lab.draws
    end = f"\n\nThe check ends at the first run that does not hold.{drawn}"
    for number_, scenario in enumerate(lab.scenarios, 1):
        asked = [g for g in lab.guarantees if g in scenario.guarantees]
        only = f" *(only {', '.join(SAID[g] for g in asked)})*" if len(asked) < len(lab.guarantees) else ""
        lines.append(f"{number_}. {scenario.title}{only}")
    return (
        f"## What the bench does to it\n\nEach run starts your {both} afresh with {lab.orders} orders. "
        "Then, one run after the other:\n\n" + "\n".join(lines) + end
    )


def _contract(lab: Lab, programs: dict[str, Program]) -> str:
    used = "\n".join(p.solution() for p in programs.values())
    names = [name for name in VARIABLES if name in ALWAYS or re.search(rf"\b{name}\b", used)]
    table = "\n".join(f"| `{name}` | {VARIABLES[name]} |" for name in names)
    get = "What your program gets" if len(programs) == 1 else "What your programs get"
    whole = "The cell below is a whole program" if len(programs) == 1 else "Each of the cells below is a whole program"
    return (
        f"## {get}\n\n{whole}: it runs in a process of its own and sees none of this notebook's "
        f"variables. The bench tells it where things are:\n\n| variable | |\n|---|---|\n{table}\n\n"
        + _life(lab)
    )


def _life(lab: Lab) -> str:
    consumer = "A consumer runs until the bench stops it. " * ("consumer" in lab.roles)
    if "producer" not in lab.roles:
        return f"{consumer}After a kill, the same program is started again."
    if lab.table:
        return ("It may end with exit status 0 when every order has its row and its event. After a kill the same program is "
                "started again, and so is one that ends with an error after its connection was cut; `orders()` then yields the "
                "orders that have no row and whose customers are still there.")
    return (f"{consumer}A producer may end with exit status 0 when every order is accepted. After a kill the same program is started "
            "again, and so is one that ends with an error after its connection was cut; `orders()` then yields what has not been "
            "accepted.")


def _stuck(lab: Lab) -> str:
    flag = '`%%check` with `--calm`' if len(lab.roles) == 1 else '`%check` with `--calm`'
    return (
        "## Stuck?\n\n| | |\n|---|---|\n"
        "| `hint()` | one of three, from a question to nearly the answer; call it again for the next |\n"
        "| `solution(confirm=True)` | the worked program with its reasons |\n"
        "| `reset()` | the starter back, in a new cell; your program is kept under a dated name |\n"
        f"| {flag} | the same without faults |\n"
        "| `--seed N` | the same run again, with the ids that the card shows |"
    )


def _onward(lab: Lab) -> str:
    roles = " ".join(f"--{r} {lab.file(r)}" for r in lab.roles) if len(lab.roles) > 1 else lab.file(lab.roles[0])
    language = "" if lab.kind == "configure" else ", in any language"
    return (
        f"## Onward\n\n- [The worked solution, and the mistakes people make here](../../solutions/{lab.name}/solution.ipynb)\n"
        f"- [Every mistake the bench can name](../../docs/mistakes.md)\n"
        f"- The same check in a terminal{language}: `python -m helpers check {lab.name} {roles}`"
    )


def story_of(lab: Lab) -> str:
    """Raises FileNotFoundError: a lab without a story is not finished."""
    return Path(lab.folder, "story.md").read_text()
