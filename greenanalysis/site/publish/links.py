"""Which further pages a page links in its foot, and the script that knows what came later."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from greenanalysis.core.files import write_text
from greenanalysis.site.published import Site, current_pdfs

_VALIDATION = "validation"
_GUIDES = "docs/index.html"
SCRIPT = "assets/site.js"


def page_links(names: Collection[str], root: Path) -> list[tuple[str, str]]:
    """Return address and text of the pages that every report links: guides and validation.

    Parameters
    ----------
    names : of all pages of the site.
    root : of the project; its ``docs/index.md`` becomes the first of the guides.
    """
    links = []
    if _VALIDATION in names:
        links.append((f"{_VALIDATION}.html", "How the figures compare with published ones"))
    if (root / "docs" / "index.md").is_file():
        links.append((_GUIDES, "Guides: how to read the figures"))
    return links


def script_step(site: Site) -> Iterable[Path]:
    """Write the script that tells pages which PDF files stand beside them."""
    yield write_script(site.out)


def write_script(out: Path) -> Path:
    """Write ``assets/site.js`` anew and return its path.

    Parameters
    ----------
    out : root of the site.
    """
    path = out / SCRIPT
    known = json.dumps(sorted(current_pdfs(out)))
    root = 'decodeURI(new URL("..",document.currentScript.src).href)'
    text = f"window.gaSite={{root:{root},pdf:{known}}};\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)
    return path
