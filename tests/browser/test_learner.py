"""A learner at work in JupyterLab: the brokers' panel, the course map; a page, a kernel or a broker that goes in mid-check."""

import os
import time
from pathlib import Path

import pytest
from own_world import world as own_world

from helpers import paths
from helpers.bench.regions import parse

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.slow]
SHOTS = os.environ.get("WORKBOOK_SHOTS")
START = "notebooks/00_start_here.ipynb"
STARTED = 60_000
STUBBORN = """%%check 07
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
while True:
    time.sleep(0.05)
"""


def solved():
    path = paths.SOLUTIONS / "07_rabbitmq_consumer" / "consumer.py"
    return parse(path.read_text(), path).solution()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with own_world(tmp_path_factory.mktemp("learner"), "rabbitmq") as made:
        yield made


@pytest.fixture
def visit(chromium, world):
    """Opens a page of the workbook in a browser that was never here; all are closed at the end."""
    contexts = []

    def open_page(page=START, width=1400, scheme="light", beside=None):
        if beside is None:
            contexts.append(chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        opened = (beside or contexts[-1]).new_page()
        opened.goto(world.url(page))
        opened.locator(".jp-CodeCell").first.locator(".cm-content").wait_for(timeout=STARTED)
        opened.get_by_text("| Idle").or_(opened.get_by_text("| Busy")).first.wait_for(timeout=STARTED)
        return opened

    yield open_page
    for context in contexts:
        context.close()
    world.begin_anew()


def shot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png")


def cell(page, number):
    return page.locator(".jp-CodeCell").nth(number)


def run(page, number, text):
    """Put a program into a cell and run it."""
    cell(page, number).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")
    return cell(page, number)


def panel(page, number=0):
    found = run(page, number, "from helpers.notebook import brokers\nbrokers()")
    found.locator(".mqw-brokers section").nth(2).wait_for(timeout=30_000)
    return found


def section(where, title):
    return where.locator(f'.mqw-brokers section[aria-label="{title}"]')


def checks(world):
    """pid -> command line of every bench and every learner's program of this clone that runs."""
    mark, found = f"WORKBOOK_STATE={world.state}".encode(), {}
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if ("helpers check" in line or "consumer.py" in line) and "State:\tZ" not in (folder / "status").read_text():
                    found[int(folder.name)] = line
        except OSError:
            continue
    return found


def until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def idle(page, number):
    running = "n => document.querySelectorAll('.jp-CodeCell')[n].querySelector('.jp-InputPrompt').textContent.includes('*')"
    page.wait_for_function(running.replace("=> ", "=> !", 1), arg=number, timeout=STARTED)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 700)])
def test_the_first_page_lies_open_without_a_pop_up(visit, scheme, width):
    page = visit(width=width, scheme=scheme)
    page.locator(".jp-TableOfContents").get_by_text("Predict, run, explain").wait_for(timeout=20_000)
    page.wait_for_timeout(2000)  # a toast or a question would come by itself, a moment after the page
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    ground = page.locator(".jp-Notebook").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (sum(int(n) for n in ground.strip("rgba()").split(",")[:3]) < 200) == (scheme == "dark"), ground
    text = page.locator(".jp-MarkdownCell").first.locator("p").first.bounding_box()
    assert text["width"] > 330, f"the first sentence has {text['width']:.0f} px at {width}"
    shot(page, f"opened-{scheme}-{width}")


def test_a_broker_is_killed_by_its_button_while_a_cell_sleeps(visit, world):
    page = visit()
    where = panel(page)
    rabbitmq = section(where, "RabbitMQ")
    rabbitmq.get_by_text("running").wait_for(timeout=20_000)
    before = world.status("rabbitmq")["pid"]
    run(page, 1, "import time\nfor _ in range(600):\n    time.sleep(0.1)\n")
    rabbitmq.get_by_role("button", name="Kill -9 RabbitMQ").click()
    shot(page, "panel-question")
    rabbitmq.get_by_role("button", name="No").click()
    assert world.status("rabbitmq")["pid"] == before, "No is no"
    rabbitmq.get_by_role("button", name="Kill -9 RabbitMQ").click()
    page.wait_for_timeout(500)
    rabbitmq.get_by_role("button", name="Yes, kill it").click()
    rabbitmq.get_by_text("killed with SIGKILL").wait_for(timeout=20_000)
    assert world.status("rabbitmq")["state"] == "stopped"
    assert rabbitmq.get_by_role("button", name="Pause RabbitMQ").get_attribute("aria-disabled") == "true"
    assert cell(page, 1).locator(".jp-InputPrompt").inner_text().count("*"), "the cell has ended: nothing was shown"
    shot(page, "panel-killed")
    rabbitmq.get_by_role("button", name="Start RabbitMQ", exact=True).click()
    rabbitmq.get_by_text("started, ").wait_for(timeout=STARTED)
    after = world.status("rabbitmq")
    assert after["state"] == "running" and after["pid"] != before
    assert cell(page, 1).locator(".jp-InputPrompt").inner_text().count("*")
    rabbitmq.get_by_role("button", name="Show RabbitMQ's log").click()
    rabbitmq.locator("pre").get_by_text("started TCP listener").first.wait_for(timeout=20_000)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Interrupt the kernel").click()
    idle(page, 1)


def test_a_check_goes_on_while_its_broker_is_paused(visit, world):
    page = visit()
    where = panel(page)
    rabbitmq = section(where, "RabbitMQ")
    rabbitmq.get_by_text("running").wait_for(timeout=20_000)
    checked = run(page, 1, f"%%check 07 --seed 5\n{solved()}")
    checked.get_by_text("Run 2 of").wait_for(timeout=STARTED)
    rabbitmq.get_by_role("button", name="Pause RabbitMQ").click()
    page.wait_for_timeout(500)
    rabbitmq.get_by_role("button", name="Yes, pause it").click()
    rabbitmq.get_by_text("paused: connections stay open").wait_for(timeout=20_000)
    assert world.status("rabbitmq")["state"] == "paused" and checks(world), "the check has gone with the broker"
    rabbitmq.get_by_role("button", name="Resume RabbitMQ").click()
    rabbitmq.get_by_text("goes on").wait_for(timeout=20_000)
    checked.locator(".mqw-card.pass").wait_for(timeout=STARTED)
    until(lambda: not checks(world), "something of the check is left", 5)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("light", 700), ("dark", 1400), ("dark", 700)])
def test_panel_map_and_card_fit_their_place(visit, scheme, width):
    page = visit(width=width, scheme=scheme)
    for number, (code, css) in enumerate([
        ("from helpers.notebook import brokers\nbrokers()", ".mqw-brokers"),
        ("from helpers.notebook import course\ncourse()", ".mqw-map"),
        ('from helpers.notebook import lab\nlab("07")', ".mqw-lab"),
        ('from helpers.notebook import topology\ntopology("rabbitmq")', ".mqw-broker"),
    ]):
        card = run(page, number, code).locator(css)
        card.wait_for(timeout=30_000)
        card.scroll_into_view_if_needed()
        page.wait_for_timeout(1500)
        shot(page, f"{css[5:]}-{scheme}-{width}")
        assert card.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), f"{css} is wider than its place"
        ground = card.evaluate("e => getComputedStyle(e).backgroundColor")
        assert (sum(int(n) for n in ground.strip("rgba()").split(",")[:3]) < 200) == (scheme == "dark"), ground


def test_the_map_changes_after_a_pass_and_leads_on(visit, world):
    page = visit()
    ask = "from helpers.notebook import course\ncourse()"
    before = run(page, 1, ask).locator(".mqw-map")
    before.wait_for(timeout=30_000)
    assert "solved" not in before.locator("li", has_text="Lab 07").last.inner_text()
    lab = visit("labs/07_rabbitmq_consumer/lab.ipynb", beside=page.context)
    run(lab, 0, f"%%check 07\n{solved()}").locator(".mqw-card.pass").wait_for(timeout=90_000)
    lab.close()
    page.bring_to_front()
    after = run(page, 1, ask).locator(".mqw-map")
    row = after.locator("li.done", has_text="Lab 07").last
    row.get_by_text("solved: at least once").wait_for(timeout=30_000)
    assert "solved: at least once" in world.helpers("course")
    assert (world.work / "progress.jsonl").is_file()
    row.scroll_into_view_if_needed()
    shot(page, "map-after")
    after.locator("li", has_text="Lab 08").last.get_by_role("link").click()
    page.locator(".lm-TabBar-tab.lm-mod-current", has_text="lab.ipynb").wait_for(timeout=20_000)
    page.get_by_role("heading", name="Lab 08").wait_for(timeout=20_000)


def test_a_page_that_is_reloaded_in_mid_check_loses_no_verdict(visit, world):
    page = visit()
    run(page, 0, f"%%check 07 --seed 6\n{solved()}").get_by_text("Run 2 of").wait_for(timeout=STARTED)
    page.reload()
    page.locator(".jp-CodeCell").first.locator(".cm-content").wait_for(timeout=STARTED)
    assert checks(world), "the check ended with the page"
    shown = run(page, 1, 'from helpers.notebook import last\nlast("07")')
    shown.locator(".mqw-card.pass").wait_for(timeout=90_000)
    assert "--seed 6" in shown.inner_text()
    assert not checks(world)


@pytest.mark.parametrize("end", ["restart", "kill -9"])
def test_a_kernel_that_goes_in_mid_check_leaves_nothing_running(visit, world, end):
    page = visit()
    kernel = run(page, 0, "import os\nprint('kernel', os.getpid())")
    kernel.get_by_text("kernel ").last.wait_for(timeout=20_000)
    pid = int(kernel.locator(".jp-OutputArea-output").inner_text().split()[1])
    run(page, 1, STUBBORN)
    until(lambda: any("consumer.py" in line for line in checks(world).values()), "the program was never started")
    if end == "restart":
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Restart the kernel", exact=False).first.click()
        page.locator(".jp-Dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    else:
        os.kill(pid, 9)
    until(lambda: not checks(world), f"left running: {checks(world)}", 10)
    if end != "restart":
        died = page.locator(".jp-Dialog", has_text="appears to have died")
        died.wait_for(timeout=STARTED)
        died.get_by_role("button", name="Ok").click()
    page.get_by_text("| Idle").first.wait_for(timeout=STARTED)
    run(page, 2, "print('it', 'works')").get_by_text("it works", exact=True).wait_for(timeout=20_000)


def test_a_panel_whose_kernel_is_gone_says_so(visit, world):
    page = visit()
    where = panel(page)
    section(where, "RabbitMQ").get_by_text("running").wait_for(timeout=20_000)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Restart the kernel", exact=False).first.click()
    page.locator(".jp-Dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    where.get_by_text("No news from the kernel").wait_for(timeout=30_000)
    panel(page)
    assert where.get_by_text("No news from the kernel").count() == 0


def test_two_tabs_show_the_same_brokers_and_share_a_kernel(visit, world):
    first = visit()
    where = panel(first)
    section(where, "RabbitMQ").get_by_text("running").wait_for(timeout=20_000)
    first.keyboard.press("Control+s")
    first.get_by_text("Saving completed").first.wait_for(timeout=20_000)
    second = visit(page="notebooks/01_concepts.ipynb", beside=first.context)
    other = panel(second)
    section(other, "Redis").get_by_role("button", name="Start Redis", exact=True).click()
    section(other, "Redis").get_by_text("started, ").wait_for(timeout=STARTED)
    first.bring_to_front()
    section(where, "Redis").get_by_text("running").wait_for(timeout=20_000)
    section(where, "Redis").get_by_role("button", name="Stop Redis").click()
    first.wait_for_timeout(500)
    section(where, "Redis").get_by_role("button", name="Yes, stop it").click()
    section(where, "Redis").get_by_text("stopped, ").wait_for(timeout=20_000)
    second.bring_to_front()
    section(other, "Redis").get_by_text("stopped", exact=True).wait_for(timeout=20_000)
    assert world.status("redis")["state"] == "stopped"


def test_by_keyboard_alone(visit, world):
    """Run the first cell, walk to the panel, say no, pause and resume a broker, and follow a link of the map."""
    page = visit()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("from helpers.notebook import brokers\nbrokers()")
    page.keyboard.press("Control+Enter")
    rabbitmq = section(cell(page, 0), "RabbitMQ")
    rabbitmq.get_by_text("running").wait_for(timeout=30_000)

    def walk(name, most=40):
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent") == name:
                return
        raise AssertionError(f"Tab never came to {name!r}")

    page.keyboard.press("Escape")
    walk("Pause RabbitMQ")
    cells = page.locator(".jp-CodeCell").count()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Pause RabbitMQ", "the focus is lost"
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    rabbitmq.get_by_text("paused: connections stay open").wait_for(timeout=20_000)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Resume RabbitMQ"
    page.keyboard.press("Space")
    rabbitmq.get_by_text("goes on").wait_for(timeout=20_000)
    assert world.status("rabbitmq")["state"] == "running" and page.locator(".jp-CodeCell").count() == cells

    shown = run(page, 1, "from helpers.notebook import course\ncourse()").locator(".mqw-map")
    shown.wait_for(timeout=30_000)
    shown.locator("a.go").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "0 Start here"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="1 · Concepts").wait_for(timeout=20_000)


def test_what_is_saved_is_a_table_without_a_widget(visit, world):
    page = visit()
    panel(page)
    page.keyboard.press("Control+s")
    page.get_by_text("Saving completed").first.wait_for(timeout=20_000)
    text = (world.work / START).read_text()
    assert "widget-view" not in text and "the brokers now" in text
