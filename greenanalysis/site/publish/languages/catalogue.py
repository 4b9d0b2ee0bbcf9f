"""The catalogues of messages (gettext), and the translation of one text with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from greenanalysis.core.paths import package_dir
from greenanalysis.site.publish.languages.document import Unit, edges
from greenanalysis.site.publish.languages.kept import own_language, stays
from greenanalysis.site.publish.languages.messages import as_message, fill, known_names

LOCALE = package_dir() / "site" / "locale"
_SENTENCES = frozenset({"h1", "h2", "h3", "h4", "figcaption", "title", "p", "li", "caption"})
"""Elements whose text starts with a capital letter even where English starts with a number."""

_UNIT_TAIL = re.compile(r"(.+), ([^,]*)")
_UNITS = frozenset(
    [
        "GW",
        "MW",
        "kW",
        "MWh",
        "GWh",
        "TWh",
        "km",
        "%",
        "t",
        "kt",
        "Mt",
        "PJ",
        "GJ",
        "USD",
        "EUR",
        "KZT",
        "CNY",
        "heads",
        "years",
        "s",
        "h",
        "ha",
        "degC",
        "m3",
        "GWh/year",
        "TWh/year",
        "PJ/year",
        "kt/year",
        "Mt/year",
        "USD/MWh",
        "EUR/MWh",
        "USD/kW",
        "KZT/kWh",
        "kWh/m2",
        "m/s",
        "W/m2",
    ]
) | {
    "million m3",
    "full-load hours",
    "degree",
    "Gg",
    "km2",
    "km3/year",
    "kWh",
    "kWh/m2/year",
    "m3/ha",
    "mm/day",
    "USD/kWh",
    "USD/year",
    "million USD",
    "TWh a year",
    "million USD a year",
    "billion USD",
}


def po_path(language: str) -> Path:
    """Return the catalogue of a language."""
    return LOCALE / language / "LC_MESSAGES" / "site.po"


def read_catalogue(path: Path) -> dict[str, str]:
    """Return the translations of a catalogue by message, without fuzzy and empty ones."""
    from babel.messages.pofile import read_po

    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


@dataclass
class Translator:
    """Translates texts into one language and counts the messages it has no translation for.

    Attributes
    ----------
    language : of the translations; ``en`` only collects.
    messages : translation by message.
    missing : message -> how often it was asked for in vain.
    seen : message -> (how often, text it was first met in, place); of all messages.
    """

    language: str
    messages: Mapping[str, str]
    missing: Counter[str] = field(default_factory=Counter)
    seen: dict[str, tuple[int, str, str]] = field(default_factory=dict)

    def apply(self, units: Iterable[Unit]) -> None:
        """Put the translation of each unit in its place; what has none is marked as English."""
        for unit in units:
            new = self.translated(unit.text, own=unit.own, place=unit.place)
            if new is not None and unit.place in _SENTENCES and not unit.text[:1].islower():
                new = new[:1].upper() + new[1:]
            if new is None:
                unit.write(unit.text, own_language(unit.text))
            elif new != unit.text:
                unit.write(new, None)

    def translated(self, text: str, *, own: bool = False, place: str = "") -> str | None:
        """Return the translation of a text, or None if there is none.

        Parameters
        ----------
        text : English, perhaps with tags ``<0>`` of inline elements.
        own : whether it is a name, which is not counted as missing.
        place : where it stands, for translators.
        """
        if stays(text):
            return None
        start, middle, end = edges(text)
        if own and " – " in middle:
            ends = [self._whole(part, own=own, place=place) for part in middle.split(" – ")]
            new = None if None in ends else " – ".join(str(part) for part in ends)
        else:
            new = self._middle(middle, own=own, place=place)
        return None if new is None else start + new + end

    def _middle(self, text: str, *, own: bool, place: str) -> str | None:
        tail = _UNIT_TAIL.fullmatch(text)
        if tail and tail.group(2) in _UNITS:
            parts = [self._whole(part, own=own, place=place) for part in tail.groups()]
            return None if None in parts else ", ".join(str(part) for part in parts)
        return self._whole(text, own=own, place=place)

    def _whole(self, text: str, *, own: bool, place: str) -> str | None:
        name = known_names(self.language).get(text) if self.language != "en" else None
        if name is not None or text in known_names("en"):
            return name or text
        message = as_message(text)
        if not message.has_words:
            return fill(message.msgid, message.values, self.language)
        found = self.messages.get(message.msgid)
        if not own or found is not None:
            count, first, where = self.seen.get(message.msgid, (0, text, place))
            self.seen[message.msgid] = (count + 1, first, where)
        if found is None:
            if not own:
                self.missing[message.msgid] += 1
            return None
        try:
            return fill(found, message.values, self.language)
        except KeyError:
            self.missing[message.msgid] += 1
            return None
