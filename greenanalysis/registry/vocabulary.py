"""Words that a file may use: technologies, units, states, headings in three languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import data_dir

LANGUAGES = ("en", "ru", "kk")


@dataclass(frozen=True)
class Vocabulary:
    """``data/registry/vocabulary.yaml``, with each spelling folded to its word.

    ``technologies`` has limits by technology, ``units`` (base unit, factor) by unit, ``kinds`` the
    fields of each kind of file, ``fields`` the headings of a field in English, Russian, Kazakh.
    """

    technologies: Mapping[str, Mapping[str, Any]]
    quantities: Mapping[str, Mapping[str, Any]]
    units: Mapping[str, tuple[str, float]]
    kinds: Mapping[str, Mapping[str, list[str]]]
    fields: Mapping[str, list[str]]
    measure_technologies: Sequence[str]
    words: Mapping[str, Mapping[str, str]]

    def word(self, group: str, text: str) -> str | None:
        """Return the word of a group (technology, status, kind, quantity) for a spelling."""
        return self.words[group].get(fold(text))

    def convert(self, value: float, unit: str) -> tuple[float, str] | None:
        """Return value and base unit, or None for an unknown unit."""
        found = self.units.get(_unit_key(unit))
        return None if found is None else (value * found[1], found[0])

    def heading(self, text: str) -> str | None:
        """Return the field that a heading names in any language."""
        return self.words["field"].get(fold(text))


def fold(text: str) -> str:
    """Return a word without case, spaces at the ends, and with ``_`` and ``-`` as a space."""
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def _unit_key(text: str) -> str:
    """Return a unit without spaces, dots between factors and raised digits; case counts."""
    plain = text.strip().replace("³", "3").replace("·", "").replace("*", "").replace("-", "")
    return " ".join(plain.split()) if " м3" in plain or " m3" in plain else plain.replace(" ", "")


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
    technologies = stated["technologies"]
    words = {
        "technology": _words({name: row["words"] for name, row in technologies.items()}),
        "status": _words(stated["statuses"]),
        "kind": _words(stated["measures"]),
        "quantity": _words({name: [] for name in stated["quantities"]}),
        "field": _words(stated["fields"]),
    }
    return Vocabulary(
        technologies=technologies,
        quantities=stated["quantities"],
        units={_unit_key(str(k)): (str(v[0]), float(v[1])) for k, v in stated["units"].items()},
        kinds=stated["kinds"],
        fields=stated["fields"],
        measure_technologies=tuple(stated["measure_technologies"]),
        words=words,
    )


def _words(groups: Mapping[str, list[str]]) -> dict[str, str]:
    return {fold(str(word)): name for name, row in groups.items() for word in [name, *row]}
