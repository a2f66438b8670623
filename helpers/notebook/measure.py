"""Measures the picture on a dense run: how soon it stands, how it moves, what it costs in a saved notebook."""

import importlib.util
import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from helpers.bench.report import Orders, Report
from helpers.measure import Row, row
from helpers.notebook import card
from helpers.notebook.timeline import export
from helpers.wire.events import Journal

ORDERS = 300
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
MOVE = """async () => {
  const t = document.querySelector('.mqw-figure').timeline, frames = [];
  for (let k = 0; k < 120; k++) {
    const began = performance.now();
    if (k < 60) t.zoom(k < 30 ? 1.1 : 1 / 1.1); else if (k < 90) t.step(k < 75 ? 1 : -1); else t.pan(0.01);
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - began);
  }
  return frames.sort((a, b) => a - b)[60];
}"""


@row
def timeline() -> Iterator[Row]:
    """The picture of 300 orders and 3,000 events, as a page in Chromium, and its size in a saved notebook."""
    with tempfile.TemporaryDirectory() as folder:
        report, count = _dense(Path(folder))
        size = len(card.html(report)) / 1000
        yield Row(f"picture of {count:,} events, saved in a notebook", f"{size:.0f} KB", "<= 300 KB", size <= 300)
        browser = next((path for path in map(shutil.which, CHROMIUM) if path), None)
        if browser is None or importlib.util.find_spec("playwright") is None:
            yield Row("the same in a browser", "not measured: no Chromium, or no playwright", "", None)
            return
        page = Path(folder) / "page.html"
        page.write_text(export.page(report))
        first, frame = _opened(browser, page)
        yield Row("the same, opened in Chromium, to its first paint", f"{first:.0f} ms", "<= 300 ms", first <= 300)
        yield Row("the same: zoom, step, pan, a frame", f"{frame:.1f} ms", "<= 17 ms (60 a second)", frame <= 17.2)


def _opened(browser: str, file: Path) -> tuple[float, float]:
    """Milliseconds to the first paint, the best of three; and of a frame in motion."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-background-networking"])
        found = []
        for _ in range(3):
            page = chromium.new_page(viewport={"width": 1200, "height": 900})
            page.goto(file.as_uri())
            while not (first := page.evaluate("document.querySelector('.mqw-figure').timeline?.first")):
                page.wait_for_timeout(10)
            found.append((first, page.evaluate(MOVE)))
            page.close()
        chromium.close()
    return min(first for first, _ in found), min(frame for _, frame in found)


def _dense(folder: Path) -> tuple[Report, int]:
    """A made run: each order is delivered three times, since its consumer is killed twice; every ninth is charged twice."""
    sink, clock = io.StringIO(), iter(range(10**12, 10**13, 300_000))
    record = Journal(sink, lambda: next(clock)).record
    ids = [f"ord-{n:010}" for n in range(ORDERS)]
    for order in ids:
        record("tap", "bench", "published", order, frame="Basic.Publish")
        record("tap", "bench", "confirmed", order, frame="Basic.Ack")
        record("runner", "bench", "accepted", order)
    record("runner", "consumer", "started")
    for start in range(0, ORDERS, 100):
        hand = ids[start:start + 100]
        for life in range(3):
            for order in hand:
                record("tap", "consumer", "redelivered" if life else "delivered", order, frame="Basic.Deliver")
            for k, order in enumerate(hand if life == 2 else hand[::3]):
                if life < 2:
                    record("shop", "consumer", "charge_failed", order, frame="POST /charges", status=503)
                if life == 2 or (life == 1 and k % 3 == 0):
                    record("shop", "consumer", "charged", order, frame="POST /charges")
                record("tap", "consumer", "acknowledged" if life == 2 else "rejected", order, frame="Basic.Ack")
            if life < 2:
                record("runner", "consumer", "killed")
                record("runner", "consumer", "restarted")
                record("tap", "consumer", "opened")
    (folder / "1-dense").mkdir()
    (folder / "1-dense" / "events.jsonl").write_text(sink.getvalue())
    twice = [order for start in range(0, ORDERS, 100) for order in ids[start:start + 100:9]]
    orders = Orders(accepted=ids, charged=ids, duplicated=twice)
    report = Report("dense", "A dense run", 1, "at-least-once", {"name": "rabbitmq"}, "pass", "", scenario="dense",
                    scenario_title="dense", orders=orders, numbers={o: n for n, o in enumerate(ids, 1)}, run_dir=str(folder))
    return report, len(sink.getvalue().splitlines())
