"""Walk a built site without any network, as a reader of each language would.

``make walk`` opens every page at the width of a desktop and of a phone, waits for its maps, follows
its links to their files and anchors, saves each chart as CSV, PNG and SVG, reads the words,
compares numbers between pages, solves the page with sliders beside Python, and has axe-core look
for serious faults.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tqdm import tqdm

from tests.support import what_if
from tests.support.access import grave_faults
from tests.support.browser import Watched, chromium, opened
from tests.support.page_walk import chart_faults, content_faults

WIDTHS = (1280, 390)
CASES = 2000
SLOWER = 4
MOST_MS = 50
"""Of a slider, on a processor that is slowed so many times."""
MAPS = "() => document.querySelectorAll('.ga-map[data-ready]').length"
DRAWN = "() => document.querySelectorAll(':is(.ga-map, .ga-chart)[data-ready]').length"
PROMISED = "() => document.querySelectorAll('.ga-map, .ga-chart').length"
SHOW = """async () => {
  for (const one of document.querySelectorAll('.ga-map, .ga-chart')) {
    for (let tries = 0; tries < 60 && !one.dataset.ready; tries++) {
      one.scrollIntoView();
      await new Promise(done => setTimeout(done, 50));
    }
  }
  scrollTo(0, 0);
}"""
"""Brings each map and chart into the window, since each is drawn when it comes near."""

BROKEN = "() => [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
TARGETS = """() => [...document.querySelectorAll('a[href]')].map(
  link => new URL(link.getAttribute('href'), document.baseURI).href)"""
IDS = "() => [...document.querySelectorAll('[id]')].map(e => e.id)"


@dataclass
class Walk:
    """What a walk saw; ``faults`` is empty if all is well."""

    pages: int = 0
    maps: int = 0
    links: set[tuple[Path, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def walk(
    browser: Any,
    site: Path,
    pages: Iterable[Path],
    *,
    width: int,
    axe: bool = True,
    files: bool = False,
    patience_ms: int = 30_000,
) -> Walk:
    """Open pages of a site at one width and collect what is wrong; maps get time to be drawn.

    With ``files`` each chart of an English page is saved as CSV, PNG and SVG.
    """
    seen, ids = Walk(), {}
    for path in pages:
        with opened(browser, path, width=width) as watched:
            found = list(_faults(watched, axe, patience_ms))
            english = path.resolve().parent == site.resolve()
            found += chart_faults(watched.page) if files and english else []
            seen.maps += watched.page.evaluate(MAPS)
            ids[path.resolve()] = set(watched.page.evaluate(IDS))
            for address in watched.page.evaluate(TARGETS):
                parts = urlsplit(address)
                if parts.scheme == "file":
                    seen.links.add((Path(unquote(parts.path)), unquote(parts.fragment)))
        seen.pages += 1
        seen.faults += [f"{path.relative_to(site)} at {width}: {fault}" for fault in found]
    for target, anchor in sorted(seen.links):
        if not target.is_file():
            seen.faults.append(f"a link leads to {target}, which is missing")
        elif anchor and anchor not in ids.get(target, {anchor}):
            seen.faults.append(f"a link leads to {target}#{anchor}, which is missing")
    return seen


def _faults(watched: Watched, axe: bool, patience_ms: int) -> Iterable[str]:
    page = watched.page
    promised = page.evaluate(PROMISED)
    try:
        page.evaluate(SHOW)
        page.wait_for_function(f"({DRAWN})() >= {promised}", timeout=patience_ms)
    except Exception:  # of Playwright, which is not there where no browser is
        yield f"{page.evaluate(DRAWN)} of {promised} maps and charts are drawn"
    if watched.overflow() > 0:
        yield f"{watched.overflow()} pixels wider than the window"
    yield from (f"broken image {source}" for source in page.evaluate(BROKEN))
    yield from watched.problems()
    if axe:
        yield from grave_faults(page)


def _what_if_faults(browser: Any, site: Path) -> Iterable[str]:
    """Yield where the page with sliders is slow, or disagrees with Python."""
    path = site / what_if.PAGE
    if not path.is_file():
        return
    with opened(browser, path, width=WIDTHS[0]) as watched:
        yield from what_if.disagreements(watched.page, cases=CASES)
        took = what_if.update_ms(watched.page, slower=SLOWER)
        print(f"a slider updates its page in {took:.0f} ms on a processor slowed {SLOWER} times")
        if took > MOST_MS:
            yield f"a slider takes {took:.0f} ms, more than {MOST_MS}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk the site in a folder; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", nargs="?", type=Path, default=Path("reports"))
    site = parser.parse_args(arguments).site.resolve()
    pages = sorted(site.rglob("*.html"))
    faults = [] if pages else [f"{site} holds no page"]
    with chromium() as browser:
        for width in WIDTHS:
            bar = tqdm(pages, desc=f"{width} pixels")
            seen = walk(browser, site, bar, width=width, files=width == WIDTHS[0])
            print(f"{width} pixels: {seen.pages} pages, {seen.maps} maps, {len(seen.links)} links")
            faults += seen.faults
        faults += _what_if_faults(browser, site)
    faults += content_faults(site)
    print("\n".join(faults) or "no faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
