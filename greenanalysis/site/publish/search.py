"""Search over the pages of a site without a network: a small index inside the landing page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from greenanalysis.core.files import write_text
from greenanalysis.core.languages import NAME_COLUMNS
from greenanalysis.site.page import Page
from greenanalysis.site.publish.anchors import headings, plain_text

if TYPE_CHECKING:
    from greenanalysis.site.published import Site

_HOLDER = re.compile(
    r'(<script type="application/json" id="ga-search-data">)(.*?)(</script>)', re.S
)
_WORDS = Path(__file__).with_name("search_words.json")
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_GROUP = re.compile(r'<h2 id="group-(\d+)">(.*?)</h2>', re.DOTALL)
_GUIDES = "Guides"
_MOST_HEADINGS = 40
_LONGEST = 180


def search_entries(
    folder: Path,
    pages: Sequence[Page],
    *,
    titles: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return what the search knows: one entry a page that stands.

    Parameters
    ----------
    folder : of the pages: the root of the site or the folder of a language.
    pages : of the site, in order.
    titles, groups : of pages in the language of the folder, by name of the page and by group; by
        default those of ``pages``.

    Returns
    -------
    list : ``a`` address, ``t`` title, ``g`` group, ``k`` further words, ``h`` pairs of anchor and
        text of its headings and findings, each text once.
    """
    names = _region_names()
    entries = []
    for page in pages:
        path = folder / f"{page.name}.html"
        if path.is_file():
            title = (titles or {}).get(page.name, page.title)
            found = _headings(path.read_text(encoding="utf-8"), {title, page.title})
            words = " ".join([page.name, *_other_names(page, names)])
            group = (groups or {}).get(page.group, page.group)
            entries.append({"a": path.name, "t": title, "g": group, "k": words, "h": found})
    return entries + _guides(folder)


def _guides(folder: Path) -> list[dict[str, Any]]:
    """Return an entry for each guide that stands in ``docs/``."""
    entries = []
    for path in sorted((folder / "docs").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        title = _title(text).split(" · ")[0] or path.stem
        found = _headings(text, {title})
        address = f"docs/{path.name}"
        entries.append({"a": address, "t": title, "g": _GUIDES, "k": path.stem, "h": found})
    return entries


def _title(text: str) -> str:
    found = _TITLE.search(text)
    return plain_text(found[1]) if found else ""


def _headings(text: str, known: set[str]) -> list[list[str]]:
    found: dict[str, str] = {}
    for heading in headings(text):
        short = heading.text[:_LONGEST]
        if short not in known and len(found) < _MOST_HEADINGS:
            found.setdefault(short, heading.anchor)
    return [[anchor, text] for text, anchor in found.items()]


def _other_names(page: Page, names: Mapping[str, list[str]]) -> list[str]:
    """Return the parameters of a page and, of a region, its names in all languages."""
    said = [str(page.parameters[key]) for key in ("region", "scenario") if key in page.parameters]
    return said + names.get(str(page.parameters.get("region", "")), [])


def _region_names() -> dict[str, list[str]]:
    from greenanalysis.core.paths import data_dir
    from greenanalysis.core.tables import read_facts

    if not (data_dir() / "facts" / "regions.csv").is_file():
        return {}
    table = read_facts("regions").astype(str)
    names = (
        table[[*table.columns.intersection(list(NAME_COLUMNS)), "admin_centre"]].to_numpy().tolist()
    )
    return dict(zip(table["region"], names, strict=True))


def search_words() -> dict[str, Any]:
    """Return what the search knows of words: those without meaning, and beginnings of synonyms.

    Returns
    -------
    dict : ``stop``, words to leave out; ``concepts``, name -> beginnings of words in all languages,
        in small letters without accents; ``weak``, concepts that choose an answer but no page.
    """
    words: dict[str, Any] = json.loads(_WORDS.read_text(encoding="utf-8"))
    return words


def search_json(content: Any) -> Markup:
    """Return the index or the words as JSON that can stand inside a script element."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def _fill_index(page: str, entries: Iterable[Mapping[str, Any]]) -> str:
    """Return a landing page with these entries in the place of those it holds."""
    data = str(search_json(list(entries)))
    return _HOLDER.sub(lambda part: part[1] + data + part[3], page)


def search_step(site: Site) -> Iterable[Path]:
    """Fill the index of search in the landing pages of other languages from their own pages."""
    for path in sorted(site.out.glob("*/index.html")):
        text = path.read_text(encoding="utf-8")
        if _HOLDER.search(text):
            entries = search_entries(
                path.parent,
                site.pages,
                titles=_titles(path.parent, site),
                groups=_groups(text, site),
            )
            write_text(path, _fill_index(text, entries))
            yield path


def _titles(folder: Path, site: Site) -> dict[str, str]:
    pages = {page.name: folder / f"{page.name}.html" for page in site.pages}
    return {
        name: _title(path.read_text(encoding="utf-8"))
        for name, path in pages.items()
        if path.is_file()
    }


def _groups(index: str, site: Site) -> dict[str, str]:
    """Return the headings of a landing page by the English name of their group."""
    names = list(dict.fromkeys(page.group for page in site.pages))
    found = {int(number): plain_text(text) for number, text in _GROUP.findall(index)}
    return {name: found.get(number, name) for number, name in enumerate(names, start=1)}
