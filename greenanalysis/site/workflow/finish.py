"""What a build makes of its pages when all have run: the index, and whatever else spans pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import greenanalysis
from greenanalysis.core.files import sha256_file, sha256_json, write_json, write_text
from greenanalysis.site.publish.languages.site import languages_key, languages_step
from greenanalysis.site.publish.links import script_step
from greenanalysis.site.publish.search import search_step
from greenanalysis.site.publish.sitemap import site_url, sitemap_step
from greenanalysis.site.workflow.keys import Page
from greenanalysis.site.workflow.state import STATE_FILE


@dataclass(frozen=True)
class Site:
    """A site whose pages stand: its root, what it shall hold, what became of it, what is wanted."""

    out: Path
    pages: Sequence[Page]
    state: Mapping[str, Any]
    keys: Mapping[str, str]


def _index_step(site: Site) -> Iterable[Path]:
    """Write the landing page."""
    from greenanalysis.site.publish.index import render_index

    path = site.out / "index.html"
    write_text(path, render_index(site.pages, site.state["pages"], site.keys, folder=site.out))
    yield path


def _docs_step(site: Site) -> Iterable[Path]:
    """Write the documentation below ``docs/``."""
    from greenanalysis.site.publish.docs import docs_step as write_docs

    yield from write_docs(site)


def _describe_step(site: Site, made: Iterable[Path]) -> Iterable[Path]:
    """Write what the site consists of, for machines; it names the files of all other steps."""
    from greenanalysis.site.publish.crate import write_crate

    yield write_crate(site.out, site.pages, site.state, made)


_STEPS: tuple[Callable[[Site], Iterable[Path]], ...] = (
    _docs_step,
    _index_step,
    script_step,
    languages_step,
    search_step,
    sitemap_step,
)
"""In this order; each writes whole files below the root of the site and names them."""


def finish_site(
    out: Path,
    pages: Sequence[Page],
    state: dict[str, Any],
    keys: Mapping[str, str],
    *,
    world: str = "",
) -> None:
    """Run the steps and write the state, unless all stands as it should.

    Parameters
    ----------
    out : root of the site.
    pages : what the site shall hold.
    state : of the build, written to ``build.json``; ``files`` holds the hash of each step's files.
    keys : what each page would be made from now, by name.
    world : hash of code, data and texts, which the steps may read.
    """
    described = [asdict(page) for page in pages]
    steps = [*(step.__name__ for step in _STEPS), languages_key(), site_url()]
    wanted = sha256_json([described, state["pages"], dict(keys), steps, world])
    known: dict[str, str] = state.get("files", {})
    stands = state.get("complete") and all(_is_whole(out / name, known[name]) for name in known)
    if state.get("index_key") == wanted and known and stands:
        return
    site = Site(out, pages, state, keys)
    made = [path for step in _STEPS for path in step(site)]
    made += _describe_step(site, made)
    files = {path.relative_to(out).as_posix(): sha256_file(path) for path in made}
    for name in set(known) - set(files):
        (out / name).unlink(missing_ok=True)
    state.update(
        index_key=wanted, files=files, complete=True, greenanalysis=greenanalysis.__version__
    )
    write_json(out / STATE_FILE, state)


def _is_whole(path: Path, digest: str) -> bool:
    return path.is_file() and sha256_file(path) == digest
