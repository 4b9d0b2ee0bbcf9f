"""What a build makes of its pages when all have run: the index, and whatever else spans pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import greenanalysis
from greenanalysis.core import paths
from greenanalysis.core.files import sha256_file, sha256_json, write_json, write_text
from greenanalysis.site.publish.file_list import file_list_step
from greenanalysis.site.publish.languages.site import languages_key, languages_step
from greenanalysis.site.publish.links import script_step
from greenanalysis.site.publish.search import search_step
from greenanalysis.site.publish.sitemap import site_url, sitemap_step
from greenanalysis.site.publish.what_if import what_if_step
from greenanalysis.site.published import STATE_FILE, Site, read_state
from greenanalysis.site.workflow.plan import Plan, files_below, page_key
from greenanalysis.site.workflow.record import (
    entries,
    overall,
    own_files,
    publish_failure,
    publish_page,
    remove_files,
    scripts,
)


def _index_step(site: Site) -> Iterable[Path]:
    """Write the landing page and the page that says how all pages were made."""
    from greenanalysis.site.publish.index import page_rows, render_build_page, render_index

    path = site.out / "build.html"
    write_text(path, render_build_page(page_rows(site.pages, site.state["pages"], site.keys)))
    yield path
    path = site.out / "index.html"
    write_text(path, render_index(site.pages, site.state["pages"], site.keys, folder=site.out))
    yield path


def _docs_step(site: Site) -> Iterable[Path]:
    """Write the documentation below ``docs/``, unless it stands as its sources say."""
    from greenanalysis.site.publish.docs import docs_key
    from greenanalysis.site.publish.docs import docs_step as write_docs

    known = {name: digest for name, digest in site.state.get("files", {}).items()
             if name.startswith("docs/")}  # fmt: skip
    key = docs_key()
    if known and site.state.get("docs_key") == key and _are_whole(site.out, known):
        yield from (site.out / name for name in known)
    else:
        yield from write_docs(site)
    site.state["docs_key"] = key


def _describe_step(site: Site) -> Iterable[Path]:
    """Write what the site consists of, for machines; it names the files of all other steps."""
    from greenanalysis.site.publish.crate import write_crate

    yield write_crate(site.out, site.pages, site.state, site.made)


_STEPS: tuple[Callable[[Site], Iterable[Path]], ...] = (
    _docs_step,
    file_list_step,
    what_if_step,
    _index_step,
    script_step,
    languages_step,
    search_step,
    sitemap_step,
    _describe_step,
)
"""In this order; each writes whole files below the root of the site and names them."""


def finish_site(
    plan: Plan,
    *,
    used: Mapping[str, Mapping[str, str]],
    why: Mapping[str, list[str]] | None = None,
    seconds: float = 0.0,
) -> list[str]:
    """Put the pages into the site, run the steps, write ``build.json``, remove what went.

    Parameters
    ----------
    plan : whose jobs have ended.
    used : what each page rests on now, by name.
    why : reasons for which pages were made in this build.
    seconds : that the build has taken so far.

    Returns
    -------
    list : names of pages that the site held before and holds no longer.
    """
    before = read_state(plan.out)
    pages = entries(plan)
    for name, entry in pages.items():
        known = before["pages"].get(name, {}).get("why", [])
        entry["why"] = (why or {}).get(name, known)
        (publish_page if entry["status"] == "ok" else publish_failure)(plan, entry)
    state = {**before, "pages": pages}
    keys = {name: page_key(one) for name, one in used.items()}
    wanted = sha256_json([[asdict(page) for page in plan.pages], pages, keys, _world()])
    if before.get("index_key") != wanted or not _stands(plan.out, before):
        write_json(plan.out / STATE_FILE, {**state, "complete": False})
        site = Site(plan.out, plan.pages, state, keys)
        for step in _STEPS:
            site.made.extend(step(site))
        shared = (plan.out / name for name in scripts(plan))
        written = (*site.made, *(path for path in shared if path.is_file()))
        files = {path.relative_to(plan.out).as_posix(): sha256_file(path) for path in written}
        state |= {"files": files, "index_key": wanted, "complete": True}
        state["greenanalysis"] = greenanalysis.__version__
        state |= overall(state, [page.name for page in plan.pages], seconds=seconds)
        remove_files(plan.out, own_files(before) - own_files(state))
        write_json(plan.out / STATE_FILE, state)
    return sorted(set(before["pages"]) - {page.name for page in plan.pages})


def _world() -> str:
    """Return one hash over what the steps read besides pages: code, texts, the address."""
    root, package = paths.project_root(), Path(greenanalysis.__file__).parent
    texts = [*root.glob("*.md"), *files_below(root / "docs"), *root.glob("benchmarks/*.md")]
    code = [path for path in files_below(package) if path.suffix not in (".pyc", ".nbi", ".nbc")]
    digests = {str(path): sha256_file(path) for path in (*texts, *code)}
    return sha256_json([digests, languages_key(), site_url()])


def _stands(out: Path, state: Mapping[str, Any]) -> bool:
    files = state.get("files", {})
    return bool(state.get("complete") and files) and _are_whole(out, files)


def _are_whole(out: Path, files: Mapping[str, str]) -> bool:
    return all(
        (out / name).is_file() and sha256_file(out / name) == digest
        for name, digest in files.items()
    )
