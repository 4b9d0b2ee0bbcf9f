"""A published site: its pages, its record ``build.json``, its lock, and what its pages carry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.files import sha256_file
from greenanalysis.site.page import Page

STATE_FILE = "build.json"
PDF_FOLDER = "pdf"
PDF_RECORD = "made.json"
CARRIED_CLASS = "ga-carried-data"
"""Class of the script in which a page carries what it was made from."""
_CARRIED = re.compile(rf'<script[^>]* class="{CARRIED_CLASS}"[^>]*>(.*?)</script>', re.DOTALL)
_OF_NOTEBOOK = re.compile(r'<script[^>]* class="ga-provenance-data"[^>]*>(.*?)</script>', re.DOTALL)


@dataclass(frozen=True)
class Site:
    """A site whose pages stand.

    ``out`` is its root, ``pages`` what it shall hold, ``state`` what became of them, ``keys`` what
    each would be made from now, ``made`` the files that the steps so far have written.
    """

    out: Path
    pages: Sequence[Page]
    state: dict[str, Any]
    keys: Mapping[str, str]
    made: list[Path] = field(default_factory=list)


@contextmanager
def site_lock(out: Path) -> Iterator[None]:
    """Hold the lock of a site; one left by a killed process does not count.

    Raises
    ------
    InputError : another process holds it.
    """
    out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(out / ".build.lock", blocking=False):
            yield
    except Timeout as held:
        raise input_error(
            "build of the site",
            where=str(out),
            allowed="one build at a time; wait for the other to end",
            got="another build at work",
        ) from held


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; an absent or unreadable one counts as empty."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(value) if isinstance(value, dict) else {}


def read_state(out: Path) -> dict[str, Any]:
    """Return ``build.json`` of a site; an absent one, or one that is not ours, counts as empty."""
    state = read_json(out / STATE_FILE)
    return state if isinstance(state.get("pages"), dict) else {"pages": {}}


def read_carried(page: Path) -> dict[str, Any]:
    """Return what a page carries.

    Raises
    ------
    InputError : there is no such file, or it is no page of this project.
    """
    try:
        found = _CARRIED.findall(page.read_text(encoding="utf-8"))
        told = json.loads(found[-1])
        if isinstance(told, dict) and {"page", "notebook", "parameters"} <= set(told):
            return told
    except (OSError, ValueError, IndexError) as failure:
        got = "no such file" if isinstance(failure, FileNotFoundError) else "no record inside"
        raise _no_page(page, got) from failure
    raise _no_page(page, "a record that is not whole")


def _no_page(page: Path, got: str) -> InputError:
    allowed = "a page that a build has published (not one that stands for a failure)"
    return input_error("page", where=str(page), allowed=allowed, got=got)


def said_by_notebook(page: str) -> dict[str, Any]:
    """Return the provenance that the notebook itself wrote into its page, if it did."""
    found = _OF_NOTEBOOK.findall(page)
    try:
        said = json.loads(found[-1]) if found else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def language_folders(out: Path) -> list[Path]:
    """Return the root of a site and the folders of its other languages."""
    return [out, *(path.parent for path in sorted(out.glob("[a-z][a-z]/index.html")))]


def pdf_path(page: Path) -> Path:
    """Return where the PDF of a page stands."""
    return page.parent / PDF_FOLDER / f"{page.stem}.pdf"


def current_pdfs(out: Path) -> Iterator[str]:
    """Yield the pages that have a PDF made of them as they are; addresses relative to the root.

    Parameters
    ----------
    out : root of the site.
    """
    for folder in language_folders(out):
        for pdf in sorted((folder / PDF_FOLDER).glob("*.pdf")):
            page = folder / f"{pdf.stem}.html"
            if page.is_file() and has_current_pdf(page):
                yield page.relative_to(out).as_posix()


def pdf_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the pages that the PDF files of a folder were made of, by name."""
    try:
        known = json.loads((folder / PDF_FOLDER / PDF_RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in dict(known).items()}


def has_current_pdf(page: Path) -> bool:
    """Say whether a page has a PDF made of it as it is."""
    return pdf_path(page).is_file() and pdf_digests(page.parent).get(page.stem) == sha256_file(page)
