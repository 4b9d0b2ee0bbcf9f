"""What axe-core finds wrong with a page that is open in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

GRAVE = {"serious", "critical"}


def grave_faults(page: Any, *, only: tuple[str, ...] = ()) -> list[str]:
    """Return the serious and critical faults of an open page, each with the element it is in.

    Parameters
    ----------
    page : of Playwright.
    only : names of rules; all by default.
    """
    axe = pytest.importorskip("axe_playwright_python")
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if only:
        options["runOnly"] = {"type": "rule", "values": list(only)}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{fault['impact']} {fault['id']} {node['target']} {node['html'][:160]}"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]
