"""The page of the live dashboard in the languages of the site, with the texts of its script."""

from __future__ import annotations

import json
from functools import cache

from greenanalysis.core.languages import ENGLISH, LANGUAGES, TRANSLATIONS
from greenanalysis.registry.vocabulary import load_vocabulary
from greenanalysis.site.publish.html import TEMPLATES
from greenanalysis.site.publish.languages.catalogue import Translator
from greenanalysis.site.publish.languages.links import (
    SWITCH_CLASS,
    language_switch,
    mark_language,
)
from greenanalysis.site.publish.languages.site import catalogue
from greenanalysis.site.publish.languages.translate import page_text, parse_page, translate_page

FOLDER = TEMPLATES / "dashboard"
_PAGE = "index.html"
ADDRESS = "/dashboard/"
SITE = "/site/"
SCRIPT_TEXTS = {
    "close": "Close",
    "cut": "The first {0} of {1}; the files hold all.",
    "found": "{0} plants, {1} MW",
    "in": "Zoom in",
    "km": "km",
    "m": "m",
    "mw": "{0} MW",
    "out": "Zoom out",
    "owner": "owner unknown",
    "since": "since {0}",
    "undated": "Not in the chart: {0} MW whose year no source states.",
    "unreadable": "The registry cannot be read.",
    "year": "year unknown",
}
"""Messages that the script of the page fills with numbers, by the key that it asks for."""


def dashboard_pages() -> dict[str, bytes]:
    """Return the page in each language by its name below ``/dashboard/``."""
    return {
        _PAGE if language == ENGLISH else f"{language}/{_PAGE}": _dashboard_page(language).encode()
        for language in LANGUAGES
    }


@cache
def _dashboard_page(language: str) -> str:
    """Return the page in a language; what has no translation stays English.

    Parameters
    ----------
    language : of :data:`~greenanalysis.core.languages.LANGUAGES`.
    """
    from lxml import html

    root = parse_page((FOLDER / _PAGE).read_text(encoding="utf-8"))
    for place in root.find_class(SWITCH_CLASS):
        switch = html.fragment_fromstring(str(language_switch("", root=ADDRESS)))
        place.getparent().replace(place, switch)
    messages = catalogue(language) if language in TRANSLATIONS else {}
    if messages:
        translate_page(root, Translator(language, messages))
        for link in root.xpath(f'//a[@href="{SITE}"]'):
            link.set("href", f"{SITE}{language}/")
    mark_language(root, language)
    body = root.find("body")
    texts = {key: messages.get(text, text) for key, text in SCRIPT_TEXTS.items()}
    words = {word: messages.get(word, word) for word in _registry_words()}
    body.set("data-texts", json.dumps(texts, ensure_ascii=False))
    body.set("data-words", json.dumps(words, ensure_ascii=False))
    return page_text(root)


def _registry_words() -> list[str]:
    """Return the technologies and statuses that a plant of the registry may have, sorted."""
    words = load_vocabulary().words
    return sorted({*words["technology"].values(), *words["status"].values()})


def dashboard_messages() -> dict[str, set[str]]:
    """Return the messages of the page and its script, and where each stands."""
    translator = Translator("en", {})
    translate_page(parse_page((FOLDER / _PAGE).read_text(encoding="utf-8")), translator)
    found = {message: {f"dashboard {place}"} for message, (*_, place) in translator.seen.items()}
    for message in (*SCRIPT_TEXTS.values(), *_registry_words()):
        found.setdefault(message, set()).add("dashboard script")
    return found
