"""A candidate answers a card of the drill with the keyboard alone, rates it by its points, and gets the next."""

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.slow]
SHOTS = os.environ.get("WORKBOOK_SHOTS")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 700)])
def test_a_card_by_keyboard(chromium, jupyter, scheme, width):
    page = chromium.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
    page.goto(f"{jupyter}/lab/tree/notebooks/10_interview.ipynb?token=t&reset")
    page.locator(".jp-CodeCell").first.locator(".cm-content").wait_for(timeout=60_000)
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    page.locator(".jp-CodeCell", has_text="drill()").first.locator(".cm-line").first.click()
    page.keyboard.press("Control+Enter")
    field = page.get_by_placeholder("Say it aloud")
    field.wait_for(timeout=60_000)
    first = page.locator(".mqw h3").inner_text()
    field.focus()
    page.keyboard.type("A buffer between processes.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Show the points
    page.get_by_text("Which of these did you say?").wait_for(timeout=20_000)
    boxes = page.locator(".mqw-drill .widget-checkbox input")
    page.wait_for_function("() => document.activeElement.matches('.mqw-drill .widget-checkbox input')", timeout=10_000)
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.get_by_text("most of them, with failure and price").wait_for(timeout=10_000)  # three of four: a 3
    for box in boxes.all():
        label = box.evaluate("b => { const l = b.closest('label'); return [l.scrollWidth <= l.clientWidth + 1, l.textContent] }")
        assert label[0], f"cut off: {label[1]}"
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"drill-{scheme}-{width}.png"))
    page.get_by_role("button", name="Write it down, next").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("told => document.querySelector('.mqw h3')?.innerText !== told", arg=first, timeout=20_000)
    assert field.input_value() == ""
    page.wait_for_function("() => document.activeElement.matches('.mqw-drill textarea')", timeout=10_000)
    page.close()
