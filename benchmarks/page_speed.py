"""How soon a reader on a slow line sees a built site: exits with 1 where a page is too slow.

Run ``python benchmarks/page_speed.py SITE [PAGE ...]``. Chromium loads each page over a line of
1.6 Mbit/s with 150 ms of latency and an empty cache, from a server that sends the packed twins of
the scripts and packs pages itself, as web servers do.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import sys
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

BYTES_PER_SECOND, LATENCY_MS = 1.6e6 / 8, 150
READABLE_SECONDS, MAP_SECONDS = 3.0, 10.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Packed(SimpleHTTPRequestHandler):
    """Serves a folder; what has a packed twin, and each page, goes out packed."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        twin = path.with_name(f"{path.name}.gz")
        if not path.is_file() or not (twin.is_file() or path.suffix in {".html", ".css"}):
            super().do_GET()
            return
        content = twin.read_bytes() if twin.is_file() else gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *parts: object) -> None:
        """Stay silent."""


def measure(browser: Any, address: str) -> tuple[float, float, int]:
    """Return seconds to the first heading and to the first map, NaN without one, and bytes."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    line = context.new_cdp_session(page)
    received = [0.0]
    line.on(
        "Network.loadingFinished",
        lambda event: received.append(float(event.get("encodedDataLength", 0))),
    )
    line.send("Network.enable")
    speed = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
    line.send(
        "Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **speed}
    )
    began = time.monotonic()
    page.goto(address, wait_until="commit", timeout=120_000)
    page.wait_for_selector("h1", timeout=120_000)
    readable = time.monotonic() - began
    drawn = float("nan")
    page.wait_for_load_state("domcontentloaded", timeout=120_000)
    if page.locator(".ga-map").count():
        page.locator(".ga-map-title").first.scroll_into_view_if_needed()
        page.wait_for_selector(".ga-map[data-ready]", timeout=120_000)
        drawn = time.monotonic() - began
    context.close()
    return readable, drawn, round(sum(received))


def main() -> int:
    """Measure the pages and return 1 if one is too slow."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("pages", nargs="*", default=["index.html", "region-kz-61.html"])
    given = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Packed, directory=str(given.site)))
    Thread(target=server.serve_forever, daemon=True).start()
    slow = False
    with sync_playwright() as driver:
        executable = next(path for name in BROWSERS if (path := shutil.which(name)))
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for page in given.pages:
            address = f"http://127.0.0.1:{server.server_port}/{page}"
            readable, drawn, size = measure(browser, address)
            slow |= readable > READABLE_SECONDS or drawn > MAP_SECONDS
            print(f"{page}: readable {readable:.1f} s, map {drawn:.1f} s, {size / 1e3:,.0f} kB")
        browser.close()
    server.shutdown()
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
