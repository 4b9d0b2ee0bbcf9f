"""The declared mapping of a file: which heading is which field, decimal mark, words, source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from greenanalysis.errors import InputError, input_error, refusing, unknown_name
from greenanalysis.registry.reading import Table
from greenanalysis.registry.vocabulary import Vocabulary, fold

ROW, REASON, CONFIRM = "_row", "_reason", "_confirm"
"""Columns of a quarantine file; the last one names soft reasons that a person has confirmed."""
OWN = (ROW, REASON, CONFIRM)


@dataclass(frozen=True)
class FileMapping:
    """How a file is read.

    ``columns`` maps field -> heading; a field left out is found by its headings in the three
    languages. ``defaults`` fill blank cells. ``values`` maps field -> {text in the file: word}.
    ``source`` has code, title, licence, rank.
    """

    kind: str
    decimal: str = "."
    delimiter: str = ""
    sheet: str = ""
    encoding: str = "utf-8-sig"
    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    synthetic: bool = False

    def fingerprint(self) -> dict[str, Any]:
        """Return all that decides how a file is read."""
        return asdict(self)


def read_mapping(path: Path, vocabulary: Vocabulary) -> FileMapping:
    """Read a mapping from YAML.

    Raises
    ------
    InputError : no YAML, an unknown key, kind or field, a decimal mark other than ``.`` or ``,``.
    """
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"mapping {path} cannot be read: {error}") from error
    if not isinstance(stated, dict):
        raise input_error("mapping", where=str(path), allowed="keys and values", got=stated)
    known = list(FileMapping.__dataclass_fields__)
    for key in stated:
        if key not in known:
            raise unknown_name("key", key, known, where=str(path))
    with refusing(f"mapping {path} cannot be read"):
        return check_mapping(FileMapping(**stated), vocabulary, where=str(path))


def check_mapping(mapping: FileMapping, vocabulary: Vocabulary, *, where: str) -> FileMapping:
    """Return the mapping after refusing unknown kinds, fields and decimal marks.

    Raises
    ------
    InputError : as :func:`read_mapping`.
    """
    if mapping.kind not in vocabulary.kinds:
        raise unknown_name("kind", mapping.kind, vocabulary.kinds, where=where)
    if mapping.decimal not in (".", ","):
        raise input_error("decimal", where=where, allowed="'.' or ','", got=mapping.decimal)
    fields = fields_of(mapping.kind, vocabulary)
    for group in (mapping.columns, mapping.defaults, mapping.values):
        for name in group:
            if name not in fields:
                raise unknown_name("field", name, fields, where=where)
    return mapping


def fields_of(kind: str, vocabulary: Vocabulary) -> list[str]:
    """Return the fields of a kind of file, the needed ones first."""
    return [*vocabulary.kinds[kind]["needed"], *vocabulary.kinds[kind]["further"]]


def map_columns(table: Table, mapping: FileMapping, vocabulary: Vocabulary) -> dict[str, str]:
    """Return the heading of each field that the file has.

    Raises
    ------
    InputError : a declared heading is not in the file, or a needed field has none.
    """
    found: dict[str, str] = {}
    fields = fields_of(mapping.kind, vocabulary)
    declared = {fold(heading): name for name, heading in mapping.columns.items()}
    for heading in table.headings:
        name = declared.get(fold(heading)) or vocabulary.heading(heading)
        if name in fields and (name not in found or fold(heading) in declared):
            found[str(name)] = heading
    absent = [head for name, head in mapping.columns.items() if name not in found]
    if absent:
        raise input_error("columns", where="the mapping", allowed=table.headings, got=absent)
    needed = vocabulary.kinds[mapping.kind]["needed"]
    lacking = [name for name in needed if name not in found and name not in mapping.defaults]
    if lacking:
        headings = [vocabulary.fields[name][0] for name in lacking]
        raise input_error(
            f"columns of a {mapping.kind} file",
            where="the headings",
            allowed=f"also {', '.join(headings)} (or a mapping that names them)",
            got=table.headings,
        )
    return found


def mapped_rows(
    table: Table, columns: Mapping[str, str], mapping: FileMapping
) -> list[dict[str, Any]]:
    """Return the rows with fields for headings, defaults filled and declared words replaced."""
    words = {
        name: {fold(str(k)): v for k, v in group.items()} for name, group in mapping.values.items()
    }
    names = [*columns, *(name for name in mapping.defaults if name not in columns)]
    rows = []
    for cells in table.rows:
        row = {}
        for name in names:
            value = cells.get(columns[name]) if name in columns else None
            value = mapping.defaults.get(name) if value is None else value
            if name in words and isinstance(value, str):
                value = words[name].get(fold(value), value)
            row[name] = value
        rows.append(row)
    return rows
