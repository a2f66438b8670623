"""A reader opens the first notebook, loses orders of their own, changes one word, and keeps them."""

import os
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.slow]
SHOTS = os.environ.get("WORKBOOK_SHOTS")
BAR = 60.0
"""Seconds from the page's opening to the lost order on the screen."""


def shot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png")


def first_cell(page):
    return page.locator(".jp-CodeCell").first


def open_start(chromium, jupyter, width=1400, scheme="light"):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"{jupyter}/lab/tree/notebooks/00_start_here.ipynb?token=t&reset")
    first_cell(page).locator(".cm-content").wait_for(timeout=60_000)
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    return page


def run_first(page):
    first_cell(page).locator(".cm-line").nth(7).click()
    page.keyboard.press("Shift+Enter")


def look_at(page, card):
    """Scroll to it once its cell has ended: while the check runs it is drawn anew now and then, and the old one is gone."""
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    card.evaluate("card => card.scrollIntoView()")


def test_the_first_order_is_lost_within_a_minute_and_kept_after_one_word(chromium, jupyter):
    began = time.monotonic()
    page = open_start(chromium, jupyter)
    editor = first_cell(page).locator(".cm-content")
    box = first_cell(page).locator(".jp-Cell-inputWrapper").bounding_box()
    shot(page, "first-screen")
    assert box["y"] + box["height"] <= 900, "the runnable cell does not fit on the first screen"
    assert first_cell(page).locator(".mqw-card").count() == 0, "a learner makes the output; it is not laid"
    run_first(page)
    card = first_cell(page).locator(".mqw-card.fail")
    card.wait_for(timeout=60_000)
    seconds = time.monotonic() - began
    assert card.locator("h3").inner_text() == "17 of 24 orders lost"
    assert card.locator(".mqw-tl .stage").get_attribute("aria-label").count("Lost: orders 8–24.") == 1
    look_at(page, card)
    shot(page, "lost")
    print(f"first lost order after {seconds:.1f} s")
    assert seconds <= BAR

    card.get_by_text("Read more").click()
    page.locator(".jp-MarkdownViewer").get_by_text("Automatic acknowledgement").first.wait_for(timeout=20_000)
    page.locator(".lm-TabBar-tab", has_text="00_start_here").first.click()

    line = editor.locator(".cm-line", has_text="AUTO_ACK = True")
    line.click()
    page.keyboard.press("End")
    page.keyboard.press("Control+Shift+ArrowLeft")
    page.keyboard.type("False")
    assert editor.locator(".cm-line", has_text="AUTO_ACK = False").count() == 1
    page.keyboard.press("Shift+Enter")
    kept = first_cell(page).locator(".mqw-card.pass")
    kept.wait_for(timeout=60_000)
    assert kept.locator("h3").inner_text() == "All 24 orders charged"
    assert "The price" in kept.inner_text()
    look_at(page, kept)
    shot(page, "kept")
    page.close()


@pytest.mark.parametrize("width", [700, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_fits_and_follows_the_theme(chromium, jupyter, width, scheme):
    page = open_start(chromium, jupyter, width, scheme)
    run_first(page)
    card = first_cell(page).locator(".mqw-card.fail, .mqw-card.pass")
    card.wait_for(timeout=60_000)
    look_at(page, card)
    shot(page, f"card-{scheme}-{width}")
    assert card.locator(".mqw-tl canvas").bounding_box()["width"] > 180
    assert card.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "the card is wider than its place"
    ground = card.evaluate("e => getComputedStyle(e).backgroundColor")
    assert (sum(int(n) for n in ground.strip("rgba()").split(",")[:3]) < 200) == (scheme == "dark"), ground
    page.close()
