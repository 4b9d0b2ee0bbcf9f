"""The step of a build that publishes each page in the other languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import greenanalysis
from greenanalysis.core.files import sha256_file, sha256_files, sha256_json, write_text
from greenanalysis.core.languages import TRANSLATIONS
from greenanalysis.site.publish.languages.catalogue import (
    Translator,
    po_path,
    read_catalogue,
)
from greenanalysis.site.publish.languages.fonts import write_fonts
from greenanalysis.site.publish.languages.links import mark_language, relocate, with_languages
from greenanalysis.site.publish.languages.translate import page_text, parse_page, translate_page

if TYPE_CHECKING:
    from greenanalysis.site.published import Site

_MARK = re.compile(r'<meta name="ga-translation" content="(\w+) (\d+)">')
_MARK_WITHIN = 20_000
_FEW = 6
"""Pages that are translated without further processes."""

_OTHER_FOLDERS = frozenset({"assets", "downloads", "pdf", *TRANSLATIONS})
_ENGLISH_ONLY = "docs/api/"
"""Pages of functions: names and docstrings of the code, for those who write code."""


@dataclass(frozen=True)
class Job:
    """A page to publish in a language."""

    out: Path
    address: str
    language: str
    key: str
    pages: frozenset[str]


def english_pages(out: Path) -> list[str]:
    """Return the addresses of the English pages of a site that have other languages, sorted.

    Parameters
    ----------
    out : root of the site.
    """
    found = (path.relative_to(out) for path in out.rglob("*.html"))
    pages = (path.as_posix() for path in found if path.parts[0] not in _OTHER_FOLDERS)
    return sorted(page for page in pages if not page.startswith(_ENGLISH_ONLY))


@cache
def languages_key() -> str:
    """Return one hash over the catalogues and the code that translates."""
    here = Path(__file__).parent
    catalogues = [path for path in map(po_path, TRANSLATIONS) if path.is_file()]
    package = Path(greenanalysis.__file__).parent
    return sha256_files([*sorted(here.glob("*.py")), *catalogues], root=package)


def languages_step(site: Site) -> Iterator[Path]:
    """Write each page in the other languages; those that would come out the same stay.

    The number of texts without translation is kept in the state of the build, by language.
    """
    yield write_fonts(site.out)
    own = {f"{name}.html" for name in site.state["pages"]}
    own |= {path.relative_to(site.out).as_posix() for path in site.made}
    pages = [address for address in english_pages(site.out) if address in own]
    recorded = {f"{name}.html" for name in site.state["pages"]}
    for address in set(pages) - recorded:
        path = site.out / address
        text = path.read_text(encoding="utf-8")
        linked = with_languages(text, address)
        if linked != text:
            write_text(path, linked)
    known = site.state.get("files", {})
    missing = dict.fromkeys(TRANSLATIONS, 0)
    todo = []
    for job in _jobs(site.out, pages):
        stands = _missing_if_current(job, known.get(f"{job.language}/{job.address}"))
        if stands is None:
            todo.append(job)
        else:
            missing[job.language] += stands
    for job, count in zip(todo, _run(todo), strict=True):
        missing[job.language] += count
    if isinstance(site.state, dict):
        site.state["untranslated"] = missing
    yield from (site.out / language / address for language in TRANSLATIONS for address in pages)


def _jobs(out: Path, pages: list[str]) -> Iterator[Job]:
    every = frozenset(pages)
    for address in pages:
        source = sha256_file(out / address)
        for language in TRANSLATIONS:
            key = sha256_json([source, languages_key(), language])[:24]
            yield Job(out, address, language, key, every)


def _missing_if_current(job: Job, digest: str | None) -> int | None:
    """Return how many texts of a page that need not be made again lack a translation, else None."""
    path = job.out / job.language / job.address
    if digest is None or not path.is_file() or sha256_file(path) != digest:
        return None
    with path.open(encoding="utf-8") as file:
        mark = _MARK.search(file.read(_MARK_WITHIN))
    return int(mark.group(2)) if mark and mark.group(1) == job.key else None


def _run(jobs: list[Job]) -> Iterable[int]:
    from greenanalysis.site.workflow.warm import core_count

    cores = min(core_count(), len(jobs) // _FEW)
    if cores < 2:
        return map(publish, jobs)
    return _run_side_by_side(jobs, cores)


def _run_side_by_side(jobs: list[Job], cores: int) -> list[int]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context) as pool:
        return list(pool.map(publish, jobs, chunksize=_FEW))


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return the translations of a language, read once."""
    return read_catalogue(po_path(language))


def publish(job: Job) -> int:
    """Write a page in a language and return how many of its texts have no translation."""
    text = (job.out / job.address).read_text(encoding="utf-8")
    translator = Translator(job.language, catalogue(job.language))
    root = parse_page(text)
    translate_page(root, translator)
    relocate(root, address=job.address, language=job.language, pages=job.pages)
    mark_language(root, job.language)
    _add_mark(root, job.key, len(translator.missing))
    write_text(job.out / job.language / job.address, page_text(root))
    return len(translator.missing)


def _add_mark(root: Any, key: str, missing: int) -> None:
    from lxml import etree

    mark = etree.Element("meta", name="ga-translation", content=f"{key} {missing}")
    mark.tail = "\n"
    root.find("head").insert(1, mark)


def untranslated_lines(state: Mapping[str, Any]) -> list[str]:
    """Return what a build says about texts without translation.

    Parameters
    ----------
    state : of the build.
    """
    missing = {name: count for name, count in state.get("untranslated", {}).items() if count}
    if not missing:
        return []
    counts = ", ".join(f"{count} in {name}" for name, count in missing.items())
    return [f"texts without translation: {counts}; see: greenanalysis translations check"]
