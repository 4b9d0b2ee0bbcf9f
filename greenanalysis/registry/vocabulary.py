"""Words that a file may use: technologies, units, states, months, headings in each language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from greenanalysis.core.errors import InputError
from greenanalysis.core.languages import LANGUAGES
from greenanalysis.core.paths import data_dir

_UNIT_SIGNS = str.maketrans("", "", " .·*×⋅∙-–^_'’")
_HEADING_GAP = re.compile(r"[\s,;/_(\[]+")


@dataclass(frozen=True)
class Vocabulary:
    """``data/registry/vocabulary.yaml``, with each spelling folded to its word.

    ``technologies`` has limits by technology, ``units`` (base unit, factor) by unit,
    ``multipliers`` the factor of words such as "thousand", ``peak_units`` those of peak (DC)
    capacity, ``kinds`` the fields of each kind of file, ``fields`` the headings of a field by
    language, ``totals`` the names of rows that are sums.
    """

    technologies: Mapping[str, Mapping[str, Any]]
    quantities: Mapping[str, Mapping[str, Any]]
    units: Mapping[str, tuple[str, float]]
    multipliers: Mapping[str, float]
    peak_units: frozenset[str]
    kinds: Mapping[str, Mapping[str, list[str]]]
    fields: Mapping[str, list[str]]
    measure_technologies: Sequence[str]
    words: Mapping[str, Mapping[str, str]]
    totals: frozenset[str]

    def word(self, group: str, text: str) -> str | None:
        """Return the word of a group (technology, status, kind, quantity, month) for a spelling."""
        return self.words[group].get(fold(text))

    def convert(self, value: float, unit: str) -> tuple[float, str] | None:
        """Return value and base unit, or None for an unknown unit.

        Case, spaces, dots and signs of multiplication do not count; a word such as "thousand",
        "млн" or "мың" may stand before the unit.
        """
        known = self._factor(unit)
        return None if known is None else (value * known[1], known[0])

    def _factor(self, unit: str) -> tuple[str, float] | None:
        key = unit_key(unit)
        if key in self.units:
            return self.units[key]
        for word, factor in self.multipliers.items():
            rest = key.removeprefix(word)
            if rest != key and rest in self.units:
                base, further = self.units[rest]
                return base, factor * further
        return None

    def heading(self, text: str) -> str | None:
        """Return the field that a heading names in any language, a unit in it left aside."""
        return self.words["field"].get(fold(text)) or self.words["field"].get(
            fold(self.heading_unit(text)[0])
        )

    def heading_unit(self, text: str) -> tuple[str, str]:
        """Return a heading without the unit at its end, and that unit (empty: none).

        "Мощность, МВт", "Capacity (MW)" and "capacity_mw" end with a unit.
        """
        plain = text.strip()
        for gap in _HEADING_GAP.finditer(plain):
            name, unit = plain[: gap.start()].strip(), plain[gap.end() :].strip(" )]")
            if name and unit and self._factor(unit) is not None:
                return name, unit
        return plain, ""

    def is_total(self, text: str) -> bool:
        """Return whether the name of a row says that it is the sum of other rows."""
        return fold(text).rstrip(":. ") in self.totals


def fold(text: str) -> str:
    """Return a word without case, spaces at the ends, and with ``_`` and ``-`` as a space."""
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def unit_key(text: str) -> str:
    """Return a unit without case, spaces, dots, signs of multiplication and raised digits."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain.translate(_UNIT_SIGNS)


def load_vocabulary() -> Vocabulary:
    """Read the words of the registry.

    Raises
    ------
    InputError : the file is absent or no YAML.
    """
    return _load(data_dir() / "registry" / "vocabulary.yaml")


@cache
def _load(path: Path) -> Vocabulary:
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    technologies, quantities = stated["technologies"], stated["quantities"]
    words = {
        "technology": _words({name: row["words"] for name, row in technologies.items()}),
        "status": _words(stated["statuses"]),
        "kind": _words(stated["measures"]),
        "quantity": _words({name: row.get("words", []) for name, row in quantities.items()}),
        "field": _words(stated["fields"]),
        "month": _words({str(number): row for number, row in stated["months"].items()}),
        "date": _words(stated["date_words"]),
    }
    return Vocabulary(
        technologies=technologies,
        quantities=quantities,
        units={unit_key(str(k)): (str(v[0]), float(v[1])) for k, v in stated["units"].items()},
        multipliers={
            unit_key(word): float(factor)
            for factor, group in stated["multipliers"].values()
            for word in sorted(group, key=len, reverse=True)
        },
        peak_units=frozenset(unit_key(unit) for unit in stated["peak_units"]),
        kinds=stated["kinds"],
        fields={name: _in_all_languages(row) for name, row in stated["fields"].items()},
        measure_technologies=tuple(stated["measure_technologies"]),
        words=words,
        totals=frozenset(fold(word) for word in stated["totals"]),
    )


def _in_all_languages(headings: list[str]) -> list[str]:
    """Return the headings of a field, English where a language has none."""
    return [*headings, *headings[:1] * (len(LANGUAGES) - len(headings))]


def _words(groups: Mapping[str, list[str]]) -> dict[str, str]:
    return {fold(str(word)): name for name, row in groups.items() for word in [name, *row]}
