"""Catalogues from a built site: the template of all messages, and what lacks a translation."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from greenanalysis.core.errors import input_error
from greenanalysis.core.languages import TRANSLATIONS
from greenanalysis.core.tables import read_facts
from greenanalysis.site.publish.languages.catalogue import (
    LOCALE,
    Translator,
    po_path,
    read_catalogue,
)
from greenanalysis.site.publish.languages.site import english_pages
from greenanalysis.site.publish.languages.translate import parse_page, translate_page

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

TEMPLATE = "site.pot"
_SELDOM = (
    "All solar plants {0}",
    "All wind plants {0}",
    "Failed: {0}",
    "The notebook stopped with:",
    "This report failed and holds no figures.",
    "failed",
    "not built",
    "outdated",
    "unknown",
)
"""Messages that a site holds only at times."""

_HEADER = "# Texts of the site of greenanalysis.\n# This file is under the licence of the project."
_MADE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""Stands in the files, so that they change only with their messages."""


def _site_messages(out: Path) -> dict[str, set[str]]:
    """Return the messages of a site's English pages, and where each stands.

    Parameters
    ----------
    out : root of the site.

    Returns
    -------
    dict : message -> pages and elements, as ``atlas.html td``.

    Raises
    ------
    InputError : there is no page.
    """
    found: dict[str, set[str]] = {}
    for address in _pages(out):
        translator = Translator("en", {})
        translate_page(parse_page((out / address).read_text(encoding="utf-8")), translator)
        for message, (_, _, place) in translator.seen.items():
            found.setdefault(message, set()).add(f"{address} {place}")
    markets = read_facts("markets")["name"].astype(str)
    for message in (*_SELDOM, *markets):
        found.setdefault(message, set())
    return found


def _pages(out: Path) -> list[str]:
    pages = english_pages(out)
    if not pages:
        raise input_error("pages of a site", where=str(out), allowed="a built site", got="none")
    return pages


def extract(out: Path, *, folder: Path = LOCALE, prune: bool = False) -> dict[str, int]:
    """Write the template and bring the catalogues of all languages up to it.

    Parameters
    ----------
    out : root of a built site.
    folder : of the template; the catalogues lie below it.
    prune : whether messages that the site does not hold go, and with them the translations of
        sentences that only other results print.

    Returns
    -------
    dict : language -> number of messages without translation.
    """
    messages = _site_messages(out)
    if not prune:
        for message, places in _template_messages(folder / TEMPLATE).items():
            messages.setdefault(message, set()).update(places)
    template = _catalogue(messages)
    _write(folder / TEMPLATE, template)
    empty = {}
    for language in TRANSLATIONS:
        path = folder / po_path(language).relative_to(LOCALE)
        empty[language] = renew_catalogue(path, messages, language=language)
    return empty


def renew_catalogue(path: Path, messages: Mapping[str, Iterable[str]], *, language: str) -> int:
    """Bring one catalogue up to its messages; translations that are there stay.

    Parameters
    ----------
    path : of the catalogue, which need not be there.
    messages : message -> places where it stands.
    language : of the translations.

    Returns
    -------
    int : messages without translation.
    """
    known = read_catalogue(path)
    _write(path, _catalogue(messages, language=language, known=known))
    return len(set(messages) - set(known))


def _template_messages(path: Path) -> dict[str, set[str]]:
    """Return the messages of a template and the places that it names."""
    from babel.messages.pofile import read_po

    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return {
            str(message.id): {place for line in message.auto_comments for place in line.split(", ")}
            for message in read_po(file)
            if message.id
        }


def _catalogue(
    messages: Mapping[str, Iterable[str]],
    *,
    language: str | None = None,
    known: Mapping[str, str] | None = None,
) -> Catalog:
    from babel.messages.catalog import Catalog

    made = Catalog(
        locale=language,
        project="greenanalysis",
        header_comment=_HEADER,
        creation_date=_MADE,
        revision_date=_MADE,
        fuzzy=False,
    )
    for message in sorted(messages):
        places = sorted(messages[message])[:2]
        comments = [", ".join(places)] if places and language is None else []
        made.add(message, (known or {}).get(message, ""), auto_comments=comments)
    return made


def _write(path: Path, catalogue: Catalog) -> None:
    from io import BytesIO

    from babel.messages.pofile import write_po

    from greenanalysis.core.files import write_text

    buffer = BytesIO()
    write_po(buffer, catalogue, width=100)
    write_text(path, buffer.getvalue().decode())


def untranslated(
    out: Path, *, catalogues: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, dict[str, Counter[str]]]:
    """Return the messages without translation by language and page; pages that lack none are out.

    Parameters
    ----------
    out : root of a built site.
    catalogues : translations by language; by default those of the project.

    Raises
    ------
    InputError : there is no page.
    """
    catalogues = catalogues or {name: read_catalogue(po_path(name)) for name in TRANSLATIONS}
    missing: dict[str, dict[str, Counter[str]]] = {language: {} for language in catalogues}
    for address in _pages(out):
        text = (out / address).read_text(encoding="utf-8")
        for language, messages in catalogues.items():
            translator = Translator(language, messages)
            translate_page(parse_page(text), translator)
            if translator.missing:
                missing[language][address] = translator.missing
    return missing
