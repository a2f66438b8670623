"""A reader answers the questions of a lesson, by mouse and by keyboard, and the runs score them."""

import json
import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.slow]
SHOTS = os.environ.get("WORKBOOK_SHOTS")
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def learner(jupyter, brokers_up):
    """Brokers up, and a JupyterLab before which a lesson can be opened."""
    return jupyter


def open_lesson(chromium, jupyter, scheme="light"):
    page = chromium.new_page(viewport={"width": 1400, "height": 950}, color_scheme=scheme)
    page.goto(f"{jupyter}/lab/tree/notebooks/01_concepts.ipynb?token=t&reset")
    page.locator(".jp-CodeCell").first.locator(".cm-content").wait_for(timeout=60_000)
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    return page


def run_until(page, ready, most=25):
    """Shift+Enter, cell by cell, until `ready` is there; each cell has ended before the next is run."""
    for _ in range(most):
        page.keyboard.press("Shift+Enter")
        page.wait_for_function("![...document.querySelectorAll('.jp-InputPrompt')].some(p => p.textContent.includes('*'))", timeout=60_000)
        page.wait_for_timeout(300)
        if ready.count():
            return
    raise AssertionError("it never came")


def test_choose_by_mouse_type_by_keyboard_and_be_scored(chromium, learner):
    page = open_lesson(chromium, learner)
    write = page.get_by_role("button", name="Write it down")
    page.locator(".jp-CodeCell").first.locator(".cm-line").first.click()
    run_until(page, write)
    write.click()
    page.get_by_text("Choose one first.").wait_for(timeout=10_000)
    page.get_by_label("order 2").check()
    page.keyboard.press("ArrowDown")  # JupyterLab would go to the next cell
    page.wait_for_timeout(300)
    assert page.get_by_label("order 3").is_checked()
    write.click()
    page.get_by_text("✓ Written down: order 3").wait_for(timeout=10_000)
    assert page.get_by_label("order 2").is_disabled()
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / "prediction.png"))
    page.locator(".jp-CodeCell", has_text="consumer_died(toy)").locator(".cm-line").first.click()
    page.keyboard.press("Shift+Enter")
    page.get_by_text("You said order 3; the run says order 2. ✗ Not this time: why?").wait_for(timeout=20_000)

    field = page.get_by_placeholder("a number of orders")
    run_until(page, field)
    field.first.focus()
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    page.get_by_text("'many' is no number").wait_for(timeout=10_000)
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("✓ Written down: 3 orders").wait_for(timeout=10_000)
    page.locator(".jp-CodeCell", has_text='score("concepts-left"').locator(".cm-line").first.click()
    page.keyboard.press("Shift+Enter")
    page.get_by_text("You said 3 orders; the run says 3 orders. ✓ Right.").wait_for(timeout=30_000)

    page.keyboard.press("Control+s")
    page.get_by_text("Saving completed").first.wait_for(timeout=20_000)
    contents = page.request.get(f"{learner}/api/contents/notebooks/01_concepts.ipynb?token=t").json()["content"]
    outputs = {c["id"]: json.dumps(c.get("outputs")) for c in contents["cells"]}
    assert VIEW not in json.dumps(contents) and "( ) order 3" in outputs["predict-next"]
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_question_can_be_read_on_either_ground(chromium, learner, scheme):
    page = open_lesson(chromium, learner, scheme)
    page.locator(".jp-CodeCell").first.locator(".cm-line").first.click()
    run_until(page, page.get_by_role("button", name="Write it down"))
    ink = page.get_by_text("order 3", exact=True).last.evaluate("e => getComputedStyle(e).color")
    assert (sum(int(n) for n in ink.strip("rgba()").split(",")[:3]) > 500) == (scheme == "dark"), ink
    page.close()
