"""A small lab in a temporary folder, complete enough for the generator."""

import pytest

from helpers import paths
from helpers.bench.lab import load

LAB = '''from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="a toy",
    broker="rabbitmq",
    roles={roles},
    scenarios=(
        Scenario("calm", "nothing goes wrong"),
        Scenario("redelivered", "killed, and told again", guarantees=("at-least-once", "effectively-once")),
    ),
    hints=("What?", "Where?", "There."),
    usual="five minutes",
    guarantees=("at-least-once", "at-most-once"),
)
'''
STORY = "# Ignored\n\nA shop.\n\n```\n## not a section\n```\n\n## The situation\n\nOrders wait.\n"
PROGRAM = '''import os

queue = os.environ["QUEUE"]
# region task: count after the work
done = True
# starter:
#| done = None
# endregion
'''


@pytest.fixture(params=[("consumer",), ("producer", "consumer")], ids=["one-program", "two-programs"])
def lab(request, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "SOLUTIONS", tmp_path / "solutions")
    name = "90_toy" if len(request.param) == 1 else "91_toy_pair"
    folder, solved = tmp_path / "labs" / name, tmp_path / "solutions" / name
    for path in (folder, solved / "wrong", solved / "unusual"):
        path.mkdir(parents=True)
    (folder / "lab.py").write_text(LAB.format(roles=request.param))
    (folder / "story.md").write_text(STORY)
    for role in request.param:
        (solved / f"{role}.py").write_text(PROGRAM)
    (solved / f"{request.param[-1]}.at-most-once.py").write_text(PROGRAM)
    for stem, said in (("a", "auto-ack"), ("b", "auto-ack"), ("c", "never-ack")):
        (solved / "wrong" / f"{stem}.py").write_text(f"# fail {said}\nprint({stem!r})\n")
    (solved / "unusual" / "node.js").write_text("// pass idle-poller\nconsole.log(1)\n")
    (solved / "why.md").write_text("## Why\n\nBecause.\n")
    return load(name, tmp_path / "labs")
