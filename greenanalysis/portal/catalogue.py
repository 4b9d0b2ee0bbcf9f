"""The messages of the portal, and its catalogues of translations."""

from __future__ import annotations

import re

from greenanalysis.core.languages import TRANSLATIONS
from greenanalysis.portal import dashboard, words
from greenanalysis.site.publish.languages.extract import renew_catalogue

_IN_TEMPLATES = re.compile(r'_\("([^"]*)"\)')


def messages() -> dict[str, set[str]]:
    """Return every English message of templates, lists and scripts, and where it stands."""
    lists = (*words.LISTS, dashboard.HEADINGS, dashboard.PLANT_TECHNOLOGIES, dashboard.SCRIPT_TEXTS)
    found: dict[str, set[str]] = {"unit": {"workbook"}}
    for table in lists:
        for text in table.values():
            found.setdefault(text, set()).add("portal")
    for path in sorted(words.TEMPLATES.glob("*.html")):
        for text in _IN_TEMPLATES.findall(path.read_text(encoding="utf-8")):
            found.setdefault(text, set()).add(path.name)
    return found


def renew() -> dict[str, int]:
    """Bring the catalogues up to the messages; return how many lack a translation, by language."""
    return {
        language: renew_catalogue(words.catalogue_path(language), messages(), language=language)
        for language in TRANSLATIONS
    }
