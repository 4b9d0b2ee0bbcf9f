"""Headless Chromium that sees files only: every other request is recorded and refused."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

REQUIRED = "GREENANALYSIS_REQUIRE_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def browser_path() -> str:
    """Return the system's Chromium; skip without one, or fail where one is required."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    reason = f"no Chromium on the path (looked for {', '.join(NAMES)})"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{reason}, and ${REQUIRED}=1 asks for one")
    pytest.skip(f"{reason}; set ${REQUIRED}=1 to make this an error")


@dataclass
class Watched:
    """A page, and what it said and asked that it should not have."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Return requests that tried to leave and errors of the console."""
        return [*self.requests, *self.errors]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser."""
    playwright = pytest.importorskip("playwright.sync_api")
    executable = browser_path()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Any, path: Path, *, width: int = 1280, dark: bool = False) -> Iterator[Watched]:
    """Open a file without any network, in a window of a desktop or, below 600, of a phone."""
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": 844 if phone else 900},
        is_mobile=phone,
        has_touch=phone,
        device_scale_factor=2 if phone else 1,
        color_scheme="dark" if dark else "light",
        offline=True,
    )
    page = context.new_page()
    watched = Watched(page)

    def decide(route: Any) -> None:
        url = route.request.url
        if url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            watched.requests.append(url)
            route.abort()

    def hear(message: Any) -> None:
        if message.type == "error":
            watched.errors.append(message.text)

    context.route("**/*", decide)
    page.on("console", hear)
    page.on("pageerror", lambda error: watched.errors.append(f"page error: {error}"))
    try:
        page.goto(path.resolve().as_uri(), wait_until="load", timeout=60_000)
        yield watched
    finally:
        context.close()
