"""The languages of the site: the only list of them.

Pages are written in English; a further language is a row here and a catalogue (gettext) in
``site/locale``. Names of regions, neighbours and the country stand in the columns ``name_<code>``
of their tables; where a table has no such column the English names are shown.
"""

from __future__ import annotations

from dataclasses import dataclass

ENGLISH = "en"


@dataclass(frozen=True)
class Language:
    """A language of the site.

    Attributes
    ----------
    code : ISO 639-1, as Unicode's CLDR and HTML know it.
    short : on the switch between languages.
    name : of the language in itself.
    switch : what the switch is called, in the language.
    """

    code: str
    short: str
    name: str
    switch: str


LANGUAGES = {
    language.code: language
    for language in (
        Language(ENGLISH, "EN", "English", "Language"),
        Language("ru", "РУ", "Русский", "Язык"),
        Language("kk", "ҚАЗ", "Қазақша", "Тіл"),
    )
}
"""By code, in the order of the switch; English, which pages are written in, first."""

TRANSLATIONS = tuple(code for code in LANGUAGES if code != ENGLISH)
"""Codes of the languages that pages are translated into."""

NAME_COLUMNS = tuple(f"name_{code}" for code in LANGUAGES)
"""Columns that hold a name in each language."""
