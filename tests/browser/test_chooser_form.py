"""A reader asks the chooser of lesson 7, by keyboard and by mouse, and is told what speaks against each answer."""

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.slow]
SHOTS = os.environ.get("WORKBOOK_SHOTS")


@pytest.fixture(scope="module")
def page(chromium, jupyter):
    """Lesson 7 with the chooser's cell run; it needs no other cell."""
    page = chromium.new_page(viewport={"width": 1400, "height": 950})
    page.goto(f"{jupyter}/lab/tree/notebooks/07_choosing_a_broker.ipynb?token=t&reset")
    page.locator(".jp-CodeCell").first.locator(".cm-content").wait_for(timeout=60_000)
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    page.locator(".jp-CodeCell", has_text='chooser(job="yes", rules="yes")').locator(".cm-line").first.click()
    page.keyboard.press("Shift+Enter")
    page.locator(".workbook-chooser select").first.wait_for(timeout=60_000)
    yield page
    page.close()


def test_the_advice_follows_keyboard_and_mouse(page):
    advice = page.get_by_role("status").filter(has_text="Advice:")
    advice.filter(has_text="Advice: RabbitMQ").wait_for(timeout=20_000)
    if SHOTS:
        for scheme in ("light", "dark"):
            for width in (700, 1400):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 950})
                page.locator(".workbook-chooser").evaluate("e => e.closest('.jp-Cell').scrollIntoView()")
                page.wait_for_timeout(1500)
                page.screenshot(path=str(Path(SHOTS) / f"chooser-{scheme}-{width}.png"))
    page.get_by_role("combobox", name="Is each message a job of its own").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    advice.filter(has_text="a table in your database may do as well").wait_for(timeout=20_000)
    page.get_by_role("combobox", name="Must somebody be able to read old messages again").select_option("yes")
    advice.filter(has_text="Advice: Kafka").filter(has_text="Against it").wait_for(timeout=20_000)
    page.get_by_role("combobox", name="Does the caller need the result").select_option("yes")
    advice.filter(has_text="Advice: no queue").wait_for(timeout=20_000)
