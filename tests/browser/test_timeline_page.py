"""The live picture in a page of its own: what a reader can do with it, and how fast it is. No JupyterLab, no broker, no network."""

import json
import sys
import time
from pathlib import Path

import pytest

from helpers.notebook.theme import style
from helpers.notebook.timeline import HERE, code, export

sys.path.insert(0, str(Path(__file__).parents[1] / "notebook"))
import made  # noqa: E402
import runs  # noqa: E402

pytestmark = pytest.mark.browser
FIRST_PAINT = 300
"""Milliseconds from the opening of the file to the first drawing of a dense run."""
FRAME = 16.7
"""Milliseconds of a frame at 60 a second. What a machine's screen shows of it depends on the machine; our share is the drawing."""


def write(report, folder):
    target = folder / "page.html"
    target.write_text(export.page(report))
    return target.as_uri()


@pytest.fixture
def opened(chromium, tmp_path):
    """Opens the page of a run; fails on a script's error or a request that leaves the page."""
    pages, errors = [], []

    def opener(report, **how):
        address = write(report, tmp_path)
        page = chromium.new_page(**{"viewport": {"width": 1200, "height": 900}, **how})
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: errors.append(request.url) if request.url != address else None)
        page.goto(address)
        until(page, "t.first > 0")
        return page

    yield opener
    for page in pages:
        page.close()
    assert not errors


def lost(tmp_path):
    return made.report("one", tmp_path / "run")


def until(page, condition, seconds=10):
    """Wait for a condition on `t`. The page's own policy forbids eval, which playwright's wait_for_function needs."""
    end = time.monotonic() + seconds
    while not live(page, f"return {condition}"):
        assert time.monotonic() < end, f"never so: {condition}"
        time.sleep(0.02)


def live(page, script):
    return page.evaluate(f"(() => {{ const t = document.querySelector('.mqw-figure')?.timeline; if (!t) return; {script} }})()")


def test_an_order_is_chosen_by_mouse_and_its_frames_are_told(opened, tmp_path):
    page = opened(runs.broker_killed(tmp_path / "run").report())
    page.locator("[role=option]").nth(7).click()
    story = page.locator("div.story").inner_text()
    assert "order 8" in story and story.count("Basic.Deliver") == 2 and story.count("POST /charges") == 2
    assert "broker killed" in story and "0.1" in story
    assert "order 8: charged more than once, delivered more than once" in page.locator("[role=status]").inner_text()
    page.locator(".story li button").first.click()
    assert live(page, "return t.view.cursor") is not None
    page.locator(".close").click()
    assert page.locator("div.story").is_hidden()


def test_an_order_is_chosen_by_its_line(opened, tmp_path):
    page = opened(lost(tmp_path))
    x, y = live(page, """
        const p = t.panes[0], line = p.run.byOrder[6].find((l) => l[2] === 1 && l[4] !== 1), box = p.canvas.getBoundingClientRect();
        return [box.left + (p.X(line[1]) + p.X(line[3])) / 2, box.top + (p.Y(line[2]) + p.Y(line[4])) / 2];""")
    page.mouse.move(x, y)
    assert page.locator(".hint").inner_text() == "order 7: lost"
    page.mouse.click(x, y)
    assert page.locator("[aria-selected=true]").get_attribute("aria-label") == "order 7: lost"


def test_everything_can_be_done_with_keys(opened, tmp_path):
    page = opened(lost(tmp_path))
    page.locator(".stage").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    first = live(page, "return t.view.cursor")
    page.keyboard.press("ArrowRight")
    second = live(page, "return t.view.cursor")
    assert second > first
    page.keyboard.press("ArrowLeft")
    assert live(page, "return t.view.cursor") == first
    page.keyboard.press("+")
    assert live(page, "return t.view.to - t.view.from") < live(page, "return t.end")
    page.keyboard.press("0")
    assert live(page, "return t.view.to - t.view.from") == live(page, "return t.end")
    page.keyboard.press("l")
    assert page.locator("[aria-selected=true]").get_attribute("aria-label") == "order 7: lost"
    page.keyboard.press("ArrowRight")  # the strip has the focus now
    assert page.locator("[aria-selected=true]").get_attribute("aria-label").startswith("order 8:")
    page.keyboard.press("Escape")
    assert page.locator("[aria-selected=true]").count() == 0


def test_stepping_to_the_end_and_back_visits_every_moment_once(opened, tmp_path):
    page = opened(lost(tmp_path))
    moments = live(page, "return t.moments")
    visited = live(page, "const seen = []; t.moveTo(t.moments[0]); while (t.view.cursor != null) { seen.push(t.view.cursor); t.step(1); } return seen;")
    assert visited == moments
    back = live(page, "const seen = []; for (let k = 0; k < t.moments.length; k++) { t.step(-1); seen.push(t.view.cursor); } return seen;")
    assert back == moments[::-1]


def test_filters_leave_their_orders_and_say_how_many(opened, tmp_path):
    page = opened(runs.dense(tmp_path / "run").report())
    page.locator(".filters .is-lost").click()
    assert page.locator("[role=option]:not(.dim)").count() == page.locator("[role=option].is-lost").count() == 10
    assert page.locator("[role=status]").inner_text() == "10 orders lost"
    assert page.locator(".filters .is-lost").get_attribute("aria-pressed") == "true"


def test_play_goes_through_the_run_at_the_speed_that_was_set(opened, tmp_path):
    page = opened(lost(tmp_path))
    page.locator(".speed").fill("100")
    assert page.locator(".rate").inner_text() == "1000 events/s"
    assert live(page, "t.play.click(); return t.play.getAttribute('aria-label')") == "pause"
    until(page, "!t.playing")
    assert page.locator("button.play").get_attribute("aria-label") == "play"
    assert live(page, "return t.view.cursor") is None


def test_zoom_and_pan_with_the_wheel_leave_the_page_s_own_scrolling(opened, tmp_path):
    page = opened(lost(tmp_path), viewport={"width": 1000, "height": 500})
    box = page.locator(".stage").bounding_box()
    page.mouse.move(box["x"] + 500, box["y"] + 60)
    page.mouse.wheel(0, 120)
    until(page, "window.scrollY > 0")
    assert live(page, "return t.view.to - t.view.from === t.end")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    until(page, "t.view.to - t.view.from < t.end")


@pytest.mark.parametrize("width", [700, 1000, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_follows_the_theme(opened, tmp_path, width, scheme):
    page = opened(runs.dense(tmp_path / "run").report(), viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dark = live(page, "return t.ink.ground") == "#15191f"
    assert dark == (scheme == "dark")
    # The theme changes while the page is open: the canvas does too.
    other = "light" if scheme == "dark" else "dark"
    page.emulate_media(color_scheme=other)
    until(page, f"t.ink.ground === '{'#15191f' if other == 'dark' else '#ffffff'}'")


def test_on_paper_the_still_picture_stands_in_its_place(opened, tmp_path):
    page = opened(lost(tmp_path), color_scheme="dark")
    assert page.locator(".still svg.mqw-picture").is_hidden()
    page.emulate_media(media="print")
    assert page.locator(".still svg.mqw-picture").is_visible() and page.locator(".mqw-tl").is_hidden()


def test_without_scripts_the_page_shows_the_still_picture(chromium, tmp_path):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(write(lost(tmp_path), tmp_path))
    assert page.locator("svg.mqw-picture").is_visible()
    context.close()


def test_a_screen_reader_hears_the_run(opened, tmp_path):
    page = opened(lost(tmp_path))
    tree = page.locator(".mqw-tl").aria_snapshot()
    assert 'listbox "every order"' in tree and 'option "order 7: lost"' in tree and 'group "play the run"' in tree
    assert "Picture of the run: 24 orders accepted" in tree and 'slider "moment of the run"' in tree
    unnamed = page.evaluate("[...document.querySelectorAll('.mqw-tl button, .mqw-tl input')].filter(e => !e.getAttribute('aria-label') && !e.textContent.trim()).length")
    assert unnamed == 0


def test_colours_that_the_system_sets_are_asked_for(opened, tmp_path):
    page = opened(lost(tmp_path), forced_colors="active")
    assert live(page, "return [t.ink.ground, t.ink.ink, t.ink.bad]") == ["Canvas", "CanvasText", "Highlight"]


def test_less_motion_is_respected(opened, tmp_path):
    page = opened(lost(tmp_path), reduced_motion="reduce")
    page.locator(".speed").fill("40")
    page.locator("button.play").click()
    page.wait_for_timeout(400)
    places = live(page, "t.pause(); return [t.view.cursor, t.moments]")
    assert places[0] in places[1], "it glides between events"


def test_two_runs_move_together(opened, chromium, tmp_path):
    from helpers.notebook.timeline.compare import compare
    from helpers.notebook.timeline.figure import payload

    wrong, right = made.report("one", tmp_path / "a"), made.report("pass", tmp_path / "b")
    both = compare(wrong, right)
    target = tmp_path / "both.html"
    target.write_text(
        f"<!doctype html><meta charset=utf-8>{style()}<style>{(HERE / 'timeline.css').read_text()}</style>{both.html()}<script type=module>"
        f"{code()}\nconst f = document.querySelector('.mqw-figure'); "
        f"f.timeline = mount(f, {json.dumps(payload(both.models, both.reports, both.titles))});</script>"
    )
    page = chromium.new_page(viewport={"width": 1200, "height": 1400})
    page.goto(target.as_uri())
    until(page, "t.first > 0")
    assert page.locator(".pane").count() == 2
    page.locator(".pane").first.locator("[role=option]").nth(6).click()
    stories = [page.locator(".pane").nth(k).locator("div.story").inner_text() for k in (0, 1)]
    assert "never" in stories[0] and "never" not in stories[1] and all("order 7" in story for story in stories)
    assert live(page, "return t.panes.every((p) => p.run.end === t.end)")
    page.close()


def test_a_dense_run_is_painted_at_once_and_moves_fluidly(chromium, tmp_path):
    """Both bars are of a quiet machine. Others may be at work on this one, so what is held is the page's own processor time;
    the clock's time is printed beside it."""
    address = write(runs.dense(tmp_path / "run", prefetch=80, lives=12).report(), tmp_path)
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent():
        found = {m["name"]: m["value"] for m in devtools.send("Performance.getMetrics")["metrics"]}
        return found["TaskDuration"] * 1000

    page.goto(address)
    until(page, "t.first > 0")
    busy = spent()
    events, first = live(page, "return [t.panes[0].run.events.length, t.first]")
    measured = page.evaluate("""async () => {
      const t = document.querySelector('.mqw-figure').timeline, frames = [], drawn = [];
      const frame = () => new Promise(requestAnimationFrame);
      await frame();
      for (let k = 0; k < 120; k++) {
        const began = performance.now();
        if (k < 60) t.zoom(k < 30 ? 1.1 : 1 / 1.1); else if (k < 90) t.step(k < 75 ? 1 : -1); else t.pan(0.01);
        await frame();
        drawn.push(t.drawn);
        frames.push(performance.now() - began);
      }
      const middle = (list) => list.sort((a, b) => a - b)[list.length / 2];
      return { frame: middle(frames), draw: middle(drawn) };
    }""")
    moving = (spent() - busy) / 120
    page.close()
    print(f"{events} events, 300 orders: first paint after {first:.0f} ms ({busy:.0f} ms of processor); zoom, step, pan: "
          f"a frame every {measured['frame']:.1f} ms, {moving:.1f} ms of processor, of it drawing {measured['draw']:.1f} ms")
    assert events > 2800
    assert busy <= FIRST_PAINT
    assert moving <= FRAME


def test_a_mark_s_label_is_whole_however_near_the_edge_its_mark_is(opened, tmp_path):
    page = opened(runs.broker_killed(tmp_path / "run").report())
    beyond = live(page, """
        const pane = t.panes[0], c = pane.canvas.getContext('2d'), cut = [];
        for (const { x } of pane.marked)
          for (let near = 0; near < 200; near += 3) {
            const view = { from: x - 20, to: x + 20 * near / (pane.width - near) };  // `near` pixels before the edge, or so
            for (const { text, left, kind } of pane.stacked(c, view)) {
              const right = left + 4 + c.measureText(text).width;
              if (left < pane.left || right > pane.width - 10) cut.push(`${text}: ${right} of ${pane.width - 10}`);
            }
          }
        return [pane.marked.length, cut];""")
    assert beyond[0] >= 2 and not beyond[1], beyond
