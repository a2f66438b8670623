"""The check cell in a real kernel: whatever the learner does to it, a clear word and nothing left running."""

import os
import re
import signal
import time

import pytest

from helpers import paths

pytestmark = pytest.mark.broker

HANGS = "import time\n\nwhile True:\n    time.sleep(0.05)\n"
STUBBORN = """import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
while True:
    time.sleep(0.05)
"""
STARTER = (paths.LABS / "07_rabbitmq_consumer" / "consumer.py").read_text()


def solved():
    from helpers.bench.regions import parse

    path = paths.SOLUTIONS / "07_rabbitmq_consumer" / "consumer.py"
    return parse(path.read_text(), path).solution()


ONE = "--scenario killed-after-charge"


def test_a_check_shows_a_card_and_the_facts_follow(kernel):
    shown = kernel.run(f"%%check 07 {ONE} --seed 7\n{STARTER}")
    assert not shown.error and "mqw-card" in shown.html and shown.updates
    facts = kernel.run("from helpers.notebook import last\nprint(last('07').facts())").text
    assert facts.splitlines()[1].startswith("24 accepted, ") and " charged twice, " in facts
    shared = kernel.run("print(last('07').facts(doubles=False))").text
    assert shared == re.sub(r", \d+ charged twice", "", facts)
    again = kernel.run("last('07')")
    assert "mqw-card" in again.html


def test_cells_may_run_twice_and_out_of_order(kernel):
    early = kernel.run("from helpers.notebook import last\nprint(last('07').judgement())")
    assert early.error or early.text
    first = kernel.run(f"%%check 07 {ONE}\n{solved()}")
    second = kernel.run(f"%%check 07 {ONE}\n{solved()}")
    assert "mqw-card pass" in first.html and "mqw-card pass" in second.html


def test_a_syntax_error_is_told_with_its_line(kernel):
    shown = kernel.run("%%check 07\nimport os\n\nfor x in os.environ\n    print(x)\n")
    assert not shown.error
    assert "SyntaxError" in shown.html and "line 4" in shown.html and "mqw-card error" in shown.html


def test_a_name_of_the_notebook_is_explained(kernel):
    kernel.run("url = 'amqp://'")
    shown = kernel.run(f"%%check 07 {ONE}\nprint(url)\n")
    assert "the cell is a whole program" in shown.html and "mqw-card error" in shown.html


def test_script_in_what_a_program_prints_is_text(kernel):
    shown = kernel.run(f"%%check 07 {ONE}\nprint('<script>alert(1)</script>')\nraise SystemExit('<b>bold</b>')\n")
    assert "<script>alert" not in shown.html and "&lt;script&gt;" in shown.html


@pytest.mark.timed
def test_an_interrupt_ends_everything_within_a_second(kernel):
    ident = kernel.send(f"%%check 07\n{STUBBORN}")
    kernel.until_busy("consumer.py")
    time.sleep(1.0)
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    shown = kernel.collect(ident, 10)
    seconds = time.monotonic() - began
    print(f"interrupt to prompt: {seconds:.2f} s")
    assert seconds < 1.0
    assert "nothing is left running" in shown.error and "Traceback" not in shown.error
    kernel.nothing_left(0.3)
    assert "not finished" in kernel.run("from helpers.notebook import last\nlast('07')").error
    assert "mqw-card pass" in kernel.run(f"%%check 07 {ONE}\n{solved()}").html


def test_a_killed_kernel_leaves_nothing(kernel):
    kernel.send(f"%%check 07\n{STUBBORN}")
    kernel.until_busy("consumer.py")
    os.kill(kernel.pid, signal.SIGKILL)
    print(f"nothing left after {kernel.nothing_left(3):.2f} s")


def test_a_restart_in_the_middle_leaves_nothing_and_works_again(kernel):
    kernel.send(f"%%check 07\n{STUBBORN}")
    kernel.until_busy("consumer.py")
    old = kernel.pid
    kernel.client.stop_channels()
    kernel.manager.restart_kernel(now=True)
    kernel.client = kernel._connect()
    assert kernel.pid != old
    kernel.nothing_left(3)
    kernel.run("%load_ext helpers.notebook")
    assert "mqw-card pass" in kernel.run(f"%%check 07 {ONE}\n{solved()}").html


def test_one_check_at_a_time_is_said(kernel):
    shown = kernel.run(
        "import asyncio\nip = get_ipython()\n"
        f"a = asyncio.ensure_future(ip.run_cell_magic('check', '07 {ONE}', {solved()!r}))\n"
        "await asyncio.sleep(0.3)\n"
        f"try:\n    await ip.run_cell_magic('check', '07', {solved()!r})\nexcept Exception as e:\n    print(type(e).__name__, e)\n"
        "await a\n"
    )
    assert "Misuse a check is running" in shown.text


def test_two_cells_sent_at_once_run_one_after_the_other(kernel):
    first = kernel.send(f"%%check 07 {ONE}\n{STARTER}")
    second = kernel.send(f"%%check 07 {ONE}\n{solved()}")
    assert "mqw-card" in kernel.collect(first).html
    assert "mqw-card pass" in kernel.collect(second).html


@pytest.mark.slow
def test_an_endless_loop_ends_by_itself(kernel):
    began = time.monotonic()
    shown = kernel.run(f"%%check 07 {ONE}\n{HANGS}", 60)
    assert not shown.error and "mqw-card" in shown.html and "mqw-card pass" not in shown.html
    print(f"endless loop: {time.monotonic() - began:.1f} s")


@pytest.mark.slow
def test_ten_megabytes_of_output_are_no_burden(kernel):
    shown = kernel.run(f"%%check 07 {ONE}\nimport sys\nfor n in range(100_000):\n    print('x' * 110)\n", 60)
    assert not shown.error and "mqw-card" in shown.html
    assert len(shown.html) < 60_000


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%check nowhere\nx = 1", "no lab named 'nowhere'"),
        ("%%check 07 --seed x\nx = 1", "usage: %%check LAB"),
        ("%%check 07 --scenario nothing\nx = 1", "killed-after-charge"),
        ("%%check\nx = 1", "usage"),
        ("%%check 07\n \n", "no program"),
        ("%%program 07 producer\nx = 1", "it has: consumer"),
    ],
)
def test_a_magic_line_that_is_wrong_says_what_to_write(kernel, cell, said):
    shown = kernel.run(cell)
    assert said in shown.error and "Traceback" not in shown.error


def test_hint_solution_reset(kernel):
    kernel.run("%%check 07 --calm\nprint('mine')\n")
    hints = [kernel.run("hint()").last["text/markdown"] for _ in range(4)]
    assert [h[:15] for h in hints] == ["**Hint 1 of 3.*", "**Hint 2 of 3.*", "**Hint 3 of 3.*", "**Hint 1 of 3.*"]
    assert "solution(confirm=True)" in kernel.run("solution()").last["text/markdown"]
    assert "solution.ipynb" in kernel.run("solution(confirm=True)").last["text/markdown"]
    said = kernel.run("reset()").text
    assert "yours is kept as consumer.kept-" in said


def test_a_hint_needs_no_check_in_the_lab_s_own_folder(kernel, tmp_path):
    assert "Which lab?" in kernel.run("hint()").text
    kernel.run(f"import os, pathlib\np = pathlib.Path({str(tmp_path)!r}) / '07_rabbitmq_consumer'\np.mkdir()\nos.chdir(p)")
    assert kernel.run("hint()").last["text/markdown"].startswith("**Hint 1 of 3.**")
