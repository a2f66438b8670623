"""The live picture in JupyterLab: it grows while the check runs, ends inside the card, and is still there after a reload."""

import time
from pathlib import Path

import pytest
from test_first_lost_order import first_cell, open_start, run_first, shot

from helpers import paths
from helpers.bench.regions import parse
from helpers.notebook.theme import DARK, LIGHT

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.slow]
SHARED = ("bad", "good", "twice", "soft")
WATCH = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const timeline = document.querySelector('.mqw-live')?.parentElement?.timeline;
    const run = timeline?.panes[0]?.run;
    if (run) window.seen.push([run.events.length, timeline.live]);
  }).observe(document.body, { childList: true, subtree: true });
}"""


def test_it_grows_while_the_check_runs_and_ends_in_the_card(chromium, jupyter):
    page = open_start(chromium, jupyter)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate(WATCH)
    run_first(page)
    live = first_cell(page).locator(".mqw-card .mqw-figure.is-live .mqw-tl")
    live.wait_for(timeout=60_000)
    seen = page.evaluate("window.seen")
    growing = sorted({n for n, on in seen if on})
    assert len(growing) > 2, f"the picture did not grow: {growing}"
    assert live.locator("[role=option]").count() == 24
    assert live.locator("[role=option].is-lost").count() == 17
    assert first_cell(page).locator("svg.mqw-picture").is_visible() is False, "the still picture stands beside the live one"
    shot(page, "live")

    live.locator("[role=option]").nth(7).click()
    assert "Basic.Deliver" in live.locator("div.story").inner_text() and "never" in live.locator("div.story").inner_text()
    # Keys are the picture's: in command mode D twice would delete the cell.
    cells = page.locator(".jp-CodeCell").count()
    live.locator(".stage").focus()
    for key in ("d", "d", "l", "b", "x"):
        page.keyboard.press(key)
    assert page.locator(".jp-CodeCell").count() == cells
    assert live.locator("[aria-selected=true]").get_attribute("aria-label") == "order 9: lost"

    first_cell(page).get_by_text("Read more").click()
    page.locator(".jp-MarkdownViewer").get_by_text("Automatic acknowledgement").first.wait_for(timeout=20_000)
    assert not errors
    page.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1000), ("dark", 1400), ("dark", 700)])
def test_it_is_drawn_in_the_theme_s_colours(chromium, jupyter, scheme, width):
    page = open_start(chromium, jupyter, width, scheme)
    run_first(page)
    live = first_cell(page).locator(".mqw-card .mqw-figure.is-live .mqw-tl")
    live.wait_for(timeout=60_000)
    live.locator(".strip").evaluate("strip => strip.scrollIntoView()")  # it may just be drawn anew
    shot(page, f"live-{scheme}-{width}")
    ink = live.evaluate("e => e.closest('.mqw-live').parentElement.timeline.ink")
    theme = LIGHT if scheme == "light" else DARK
    assert {name: ink[name] for name in SHARED} == {name: theme[name] for name in SHARED}
    # JupyterLab changes its theme with the system's, and the canvas changes with it.
    other, theme = ("dark", DARK) if scheme == "light" else ("light", LIGHT)
    page.emulate_media(color_scheme=other)
    page.wait_for_function("bad => document.querySelector('.mqw-live').parentElement.timeline.ink.bad === bad", arg=theme["bad"])
    page.close()


def test_a_saved_notebook_holds_the_still_picture_alone(chromium, jupyter):
    page = open_start(chromium, jupyter)
    run_first(page)
    first_cell(page).locator(".mqw-card .mqw-figure.is-live").wait_for(timeout=60_000)
    page.keyboard.press("Control+s")
    get, end = "p => fetch(p).then(r => r.ok ? r.json() : Promise.reject(r.status))", time.monotonic() + 30
    cells = []
    while not any(cell.get("outputs") for cell in cells):
        assert time.monotonic() < end, "the notebook was not saved"
        saved = page.evaluate(get, f"{jupyter}/api/contents/notebooks/00_start_here.ipynb?token=t")
        cells = saved.get("content", {}).get("cells", [])
        page.wait_for_timeout(100)
    output = next(c["outputs"][-1] for c in cells if c.get("outputs"))
    assert set(output["data"]) == {"text/html", "text/plain"}
    assert 'class="mqw-picture' in output["data"]["text/html"] and len(output["data"]["text/html"]) < 100_000
    assert "widgets" not in saved["content"]["metadata"]
    page.close()


def test_the_last_result_is_shown_alive_again(chromium, jupyter):
    page = open_start(chromium, jupyter)
    run_first(page)
    first_cell(page).locator(".mqw-card .mqw-figure.is-live").wait_for(timeout=60_000)
    second = page.locator(".jp-CodeCell").nth(1).locator(".cm-content")
    second.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("from helpers.notebook import last\nlast('07')")
    page.keyboard.press("Shift+Enter")
    again = page.locator(".jp-CodeCell").nth(1).locator(".mqw-card .mqw-figure.is-live .mqw-tl")
    again.wait_for(timeout=30_000)
    assert again.locator("[role=option]").count() == 24
    page.close()


def test_the_run_can_be_saved_as_one_file(chromium, jupyter, tmp_path):
    page = open_start(chromium, jupyter)
    run_first(page)
    live = first_cell(page).locator(".mqw-card .mqw-figure.is-live .mqw-tl")
    live.wait_for(timeout=60_000)
    with page.expect_download(timeout=20_000) as got:
        live.locator("button.save").click()
    target = tmp_path / "run.html"
    got.value.save_as(target)
    page.close()
    other = chromium.new_page()
    other.goto(Path(target).as_uri())
    assert other.locator(".mqw-tl [role=option]").count() == 24
    other.close()


def type_cell(page, number, text):
    editor = page.locator(".jp-CodeCell").nth(number).locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")
    return page.locator(".jp-CodeCell").nth(number)


def test_each_scenario_begins_anew_and_an_interrupt_takes_the_picture_away(chromium, jupyter):
    program = parse((paths.SOLUTIONS / "07_rabbitmq_consumer" / "consumer.py").read_text(), Path("consumer.py")).solution()
    page = open_start(chromium, jupyter)
    page.evaluate(WATCH)
    cell = type_cell(page, 0, f"%%check 07\n{program}")
    cell.locator(".mqw-card.pass .mqw-figure.is-live").wait_for(timeout=90_000)
    counts = [n for n, on in page.evaluate("window.seen") if on]
    falls = sum(b < a for a, b in zip(counts, counts[1:], strict=False))
    assert falls >= 3, f"five scenarios, and the picture began anew {falls} times"

    cell = type_cell(page, 1, "%%check 07\nimport time\n\nwhile True:\n    time.sleep(0.05)\n")
    cell.locator(".mqw-live .mqw-run").wait_for(timeout=30_000)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Interrupt the kernel").click()
    cell.get_by_text("Stopped before the verdict.").wait_for(timeout=20_000)
    assert cell.locator(".mqw-tl").count() == 0
    page.close()
