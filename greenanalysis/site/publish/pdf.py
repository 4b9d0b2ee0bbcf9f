"""A PDF of each report, printed by a headless Chromium of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenanalysis.core import paths
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.files import atomic_path, sha256_file, write_json
from greenanalysis.site.published import (
    PDF_FOLDER,
    PDF_RECORD,
    STATE_FILE,
    has_current_pdf,
    language_folders,
    pdf_digests,
    pdf_path,
    read_state,
)

_ENGLISH = "en"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_VARIABLE = "GREENANALYSIS_BROWSER"
_TIMEOUT_SECONDS = 180
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--virtual-time-budget=4000",
)


@dataclass(frozen=True)
class PdfResult:
    """What became of the pages: printed now, current already; paths of the PDF files."""

    made: tuple[Path, ...]
    current: tuple[Path, ...]


def _find_browser() -> str:
    """Return the Chromium or Chrome of the machine.

    Raises
    ------
    InputError : there is none on the path, nor does ``$GREENANALYSIS_BROWSER`` name one.
    """
    named = os.environ.get(BROWSER_VARIABLE)
    if named:
        found = shutil.which(named)
    else:
        found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found:
        return found
    allowed = f"{', '.join(_BROWSERS[:3])} on the path, or ${BROWSER_VARIABLE} with its path"
    raise input_error("browser that prints", where="pdf", allowed=allowed, got=named or "none")


def print_site(
    *,
    out_dir: Path | None = None,
    only: Sequence[str] = (),
    languages: Sequence[str] = (_ENGLISH,),
    force: bool = False,
    echo: Callable[[str], object] = print,
) -> PdfResult:
    """Print the reports of a built site into ``pdf/`` beside them, those that changed.

    Parameters
    ----------
    out_dir : root of the site; ``reports/`` by default.
    only : names or patterns of pages; all that were built by default.
    languages : ``en``, ``ru``, ``kk``.
    force : print what has not changed, too.
    echo : receives one line a page.

    Raises
    ------
    InputError : no site, no such page, no browser, or the browser fails.
    """
    from greenanalysis.site.publish.links import SCRIPT, write_script
    from greenanalysis.site.published import site_lock

    out = (out_dir or paths.reports_dir()).resolve()
    if not (out / STATE_FILE).is_file():
        raise input_error("site", where="pdf", allowed="a folder that a build has filled", got=out)
    with site_lock(out):
        state = read_state(out)
        names = _wanted(state, only)
        made, current = [], []
        for page in _pages(out, names, languages):
            target = pdf_path(page)
            if not force and has_current_pdf(page):
                current.append(target)
                continue
            print_page(page, target)
            _note(page)
            made.append(target)
            echo(f"{target.relative_to(out)}: {target.stat().st_size / 1e3:,.0f} kB")
        _drop_orphans(out)
        script = write_script(out)
        if SCRIPT in state.get("files", {}):
            state["files"][SCRIPT] = sha256_file(script)
            write_json(out / STATE_FILE, state)
    return PdfResult(tuple(made), tuple(current))


def _wanted(state: dict[str, Any], only: Sequence[str]) -> list[str]:
    import fnmatch

    names = [name for name, entry in state["pages"].items() if entry.get("status") == "ok"]
    for pattern in only:
        if not fnmatch.filter(names, pattern):
            raise unknown_name("page", pattern, names, where="only")
    return [
        name
        for name in names
        if not only or any(fnmatch.fnmatchcase(name, pattern) for pattern in only)
    ]


def _pages(out: Path, names: Sequence[str], languages: Sequence[str]) -> Iterator[Path]:
    """Yield the pages of those names and languages.

    Raises
    ------
    InputError : the site is not there in a language.
    """
    for language in languages:
        folder = out if language == _ENGLISH else out / language
        if not (folder / "index.html").is_file():
            known = [_ENGLISH, *(path.name for path in language_folders(out)[1:])]
            raise unknown_name("language", language, known, where="pdf")
        yield from (path for name in names if (path := folder / f"{name}.html").is_file())


def _note(page: Path) -> None:
    known = pdf_digests(page.parent) | {page.stem: sha256_file(page)}
    write_json(page.parent / PDF_FOLDER / PDF_RECORD, known)


def _drop_orphans(out: Path) -> None:
    for folder in language_folders(out):
        for pdf in (folder / PDF_FOLDER).glob("*.pdf"):
            if not (folder / f"{pdf.stem}.html").is_file():
                pdf.unlink()


def print_page(page: Path, target: Path) -> None:
    """Print one HTML file as a PDF on A4, without any network.

    Parameters
    ----------
    page : the file.
    target : of the PDF; written whole or not at all.

    Raises
    ------
    InputError : no browser, or it fails or takes more than three minutes.
    """
    browser = _find_browser()
    with tempfile.TemporaryDirectory(prefix="greenanalysis-pdf-") as scratch:
        printed = Path(scratch) / "page.pdf"
        command = [
            browser,
            *_FLAGS,
            *(["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []),
            f"--user-data-dir={scratch}/profile",
            f"--print-to-pdf={printed}",
            page.resolve().as_uri(),
        ]
        said = _run(command, page)
        if not printed.is_file() or printed.read_bytes()[:5] != b"%PDF-":
            raise _not_printed(page, said)
        with atomic_path(target) as staged:
            shutil.copyfile(printed, staged)


def _run(command: Sequence[str], page: Path) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False, env=_environment()
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise _not_printed(page, str(failure)) from failure
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DISPLAY"}


def _not_printed(page: Path, reason: str) -> Exception:
    return input_error(
        f"PDF of {page.name}",
        where="the browser",
        allowed="a Chromium or Chrome that prints in headless mode",
        got=reason,
    )
