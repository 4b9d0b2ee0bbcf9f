"""The landing page of the site, and the page that stands for a notebook that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import greenanalysis
from greenanalysis.core import paths
from greenanalysis.site.elements import SCREENING, SCREENING_TEXT
from greenanalysis.site.page import Page
from greenanalysis.site.provenance import git_state, made_utc
from greenanalysis.site.publish.answers import (
    best_regions,
    export_answer,
    newest,
    parts_of_pages,
    questions,
)
from greenanalysis.site.publish.html import POLICY, styles, template
from greenanalysis.site.publish.links import page_links
from greenanalysis.site.publish.search import search_entries, search_json, search_words

_TITLE = "Renewable power of Kazakhstan"
_LEAD = (
    "Solar and wind resource, potential by region and the export of green electricity over a "
    "Super Grid: computed hour by hour from weather, land and cost assumptions whose sources "
    "stand on each page."
)
_EXTRA_PAGES = ("build.html", "catalogue.html", "what-if.html")
"""Pages of the site that no notebook makes."""

_MAX_HEADLINES = 8
_MAX_COLUMNS = 5


def render_index(
    pages: Sequence[Page],
    entries: Mapping[str, Mapping[str, Any]],
    keys: Mapping[str, str],
    *,
    title: str = _TITLE,
    lead: str = _LEAD,
    folder: Path | None = None,
) -> str:
    """Return the landing page.

    Parameters
    ----------
    pages : all pages that the site shall hold, in order.
    entries : what the build recorded of each page, by name.
    keys : what each page would be made from now; a page made from another is called outdated.
    title, lead : of the site; plain text.
    folder : root of the site, whose pages the search knows; without it the search knows none.
    """
    from greenanalysis.site.publish.landing_map import landing_map

    rows = page_rows(pages, entries, keys)
    linked = [row for row in rows if row["linked"]]
    extra = [name for name in _EXTRA_PAGES if folder and (folder / name).is_file()]
    addresses = ["index.html", *extra, *(f"{row['name']}.html" for row in linked)]
    best = best_regions(linked)
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    text: str = template("index.html.j2").render(
        title=title,
        lead=lead,
        policy=POLICY,
        css=styles("site.css", "blocks.css", "index.css"),
        screening=SCREENING_TEXT if any(row["grade"] == SCREENING for row in rows) else "",
        headlines=_headlines(rows),
        best=best,
        export=export_answer(linked),
        newest=newest(linked),
        questions=questions([*addresses, *parts_of_pages(folder, best)]),
        extra=extra,
        addresses=addresses,
        groups=[
            {"name": name, "rows": members, "columns": _columns(members)}
            for name, members in groups.items()
        ],
        failed=[row for row in rows if row["status"] == "failed"],
        map=landing_map([row for row in rows if row["name"].startswith("region-")]),
        links=page_links([row["name"] for row in linked], paths.project_root()),
        search=search_json(search_entries(folder, pages)) if folder else "[]",
        words=search_json(search_words()),
        foot=_foot(),
    )
    return text


def page_rows(
    pages: Sequence[Page],
    entries: Mapping[str, Mapping[str, Any]],
    keys: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return what lists of pages show of each page.

    Parameters
    ----------
    pages, entries, keys : as of :func:`render_index`.
    """
    return [_row(page, entries.get(page.name), keys.get(page.name)) for page in pages]


def render_build_page(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the page that says how each page was made.

    Parameters
    ----------
    rows : of :func:`page_rows`.
    """
    text: str = template("build.html.j2").render(
        rows=rows,
        policy=POLICY,
        css=styles("site.css", "blocks.css", "index.css"),
        foot=_foot(),
    )
    return text


def _row(page: Page, entry: Mapping[str, Any] | None, key: str | None) -> dict[str, Any]:
    entry = entry or {"status": "not built"}
    status = str(entry["status"])
    if status == "ok" and entry.get("key") != key:
        status = "outdated"
    records = entry.get("records", {})
    return {
        "name": page.name,
        "title": page.title,
        "group": page.group,
        "region": str(page.parameters.get("region", "")),
        "status": status,
        "linked": status != "not built",
        "seconds": entry.get("seconds", 0.0),
        "warnings": entry.get("warnings", 0),
        "error": entry.get("error", ""),
        "records": records,
        "weather": records.get("weather", {}).get("value", ""),
        "grade": records.get("grade", {}).get("value", ""),
    }


def _headlines(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures that pages recorded as headlines, each key once, in the order of pages."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        for key, record in row["records"].items():
            if record.get("headline"):
                found.setdefault(key, record)
    return list(found.values())[:_MAX_HEADLINES]


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the labelled results that pages of a group recorded: key, label and unit."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        for key, record in row["records"].items():
            if record.get("label") and len(found) < _MAX_COLUMNS:
                found.setdefault(
                    key, {"key": key, "label": record["label"], "unit": record.get("unit", "")}
                )
    return list(found.values())


def failure_page(title: str, error: str) -> str:
    """Return the page that stands in the place of one whose notebook failed.

    Parameters
    ----------
    title : of the page; plain text.
    error : the last lines of the error; plain text.
    """
    text: str = template("failed.html.j2").render(
        title=title, error=error, policy=POLICY, css=styles("site.css", "blocks.css", "index.css")
    )
    return text


def _foot() -> str:
    git = git_state(paths.project_root())
    dirty = " with local changes" if git["dirty"] else ""
    now = f"{made_utc()[:16].replace('T', ' ')} UTC"
    return f"greenanalysis {greenanalysis.__version__}, commit {git['commit'][:10]}{dirty}, {now}"
