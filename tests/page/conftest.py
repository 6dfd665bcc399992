"""A real browser, and pages for it that stand on disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from guardian_core import Report, Style
from guardian_core.emitters.html import render

# Chromium asks for nothing of its own while it runs.
_OPTIONS = (
    "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --no-sandbox"
).split()


def chromium_options() -> dict[str, Any]:
    """How to start the Chromium of this machine."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "there is no Chromium on the PATH: install it, or name it by CHROMIUM"
    return {"executable_path": chromium, "args": _OPTIONS}


# Not for the whole session: while it runs, this thread counts as one with a loop of asyncio, which others want to have.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**chromium_options())
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def show(context: BrowserContext, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a report at a view; whatever the browser complains of, or asks the network for, fails the test."""
    said: list[str] = []
    asked: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: asked.append(request.url))
    file = tmp_path / "report.html"

    def opened(report: Report, view: str = "") -> Page:
        file.write_bytes(render(report, Style()))
        page.goto("about:blank")
        page.goto(f"{file.as_uri()}{view}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    assert said == []
    assert [one for one in asked if not one.startswith((file.as_uri(), "about:", "blob:"))] == []
