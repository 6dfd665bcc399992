"""Times the page of `--format html` in a real browser, on a report of 5,000 models with 30,000 suggestions.

    python -m benchmarks.page [MODELS] [SUGGESTIONS EACH]

Printed are the size of the file, and the best of some runs: seconds to write it, from opening it to the first view,
and from a filter, a word or an order to the list that follows from it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from guardian_core import Style
from guardian_core.emitters.html import render
from tests.page.conftest import chromium_options
from tests.page.test_page import large

RUNS = 5
# In the page, so that what drives it is not timed: set a field, and wait until the list has been drawn.
_TIMED = """([id, value]) => new Promise((done) => {
  const field = document.getElementById(id);
  const started = performance.now();
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, value);
  field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - started)));
})"""


def main(models: int, each: int) -> None:
    """Make the report and measure."""
    report = large(models, each)
    started = time.perf_counter()
    content = render(report, Style())
    print(f"{models:,} models, {models * each:,} suggestions: {len(content) / 1e6:.1f} MB")
    print(f"written      {time.perf_counter() - started:6.2f} s")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "report.html")
        file.write_bytes(content)
        running = playwright.chromium.launch(**chromium_options())
        page = running.new_page()
        print(f"first view   {min(_opened(page, file) for _ in range(RUNS)):6.2f} s")
        page.goto(f"{file.as_uri()}#/suggestions")
        page.wait_for_selector("[data-place]")
        for said, field, value, back in (
            ("filter", "priority", "3", ""),
            ("word", "q", "fct_01", ""),
            ("order", "sort", "column", "rank"),
        ):
            times = []
            for _ in range(RUNS):
                times.append(page.evaluate(_TIMED, [field, value]))
                page.evaluate(_TIMED, [field, back])
            print(f"{said:<12} {min(times) / 1000:6.2f} s")
        running.close()


def _opened(page: Page, file: Path) -> float:
    page.goto("about:blank")
    started = time.perf_counter()
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready] .part")
    return time.perf_counter() - started


if __name__ == "__main__":
    main(*(tuple(int(one) for one in sys.argv[1:3]) or (5000, 6)))
