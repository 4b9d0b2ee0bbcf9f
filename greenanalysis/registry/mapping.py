"""The declared mapping of a file: which heading is which field, marks, words, source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from greenanalysis.core.errors import InputError, input_error, refusing, unknown_name
from greenanalysis.core.paths import data_dir
from greenanalysis.core.yaml_files import parse_yaml
from greenanalysis.registry.layout import Table
from greenanalysis.registry.vocabulary import Vocabulary, fold

ROW, REASON, CONFIRM, PLANT = "_row", "_reason", "_confirm", "_plant"
"""Columns of a quarantine file: a person confirms soft reasons and names the plant meant."""
OWN = (ROW, REASON, CONFIRM, PLANT)
SYNTHETIC = "synthetic"
"""Column of an export that marks examples."""


@dataclass(frozen=True)
class FileMapping:
    """How a file is read.

    Attributes
    ----------
    columns : field -> heading, or a list of headings of which the first that is there counts; a
        field left out is found by its headings in the three languages.
    defaults : field -> text for blank cells.
    values : field -> {text in the file: word}.
    only : heading -> texts; other rows are left out, such as those of other countries.
    units : headings of columns that tell the units of a plant, or the parts of a national figure,
        apart: rows that agree in all else are summed.
    decimal : mark; empty: the one that each column shows.
    dates : ``dmy`` or ``mdy``, order of dates with slashes; empty: as each column shows.
    delimiter, sheet, encoding : see :func:`greenanalysis.registry.reading.read_lines`.
    header_row, header_rows, skip_rows : see :func:`greenanalysis.registry.layout.lay_out`.
    totals : further names of rows that are sums of others.
    source : code, title, licence, rank, and ``reported_on``, the day of the report.
    synthetic : whether the rows are examples.
    """

    kind: str
    decimal: str = ""
    dates: str = ""
    delimiter: str = ""
    sheet: str = ""
    encoding: str = ""
    header_row: int = 0
    header_rows: int = 0
    skip_rows: Sequence[int] = ()
    totals: Sequence[str] = ()
    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    units: str | Sequence[str] = ""
    source: Mapping[str, Any] = field(default_factory=dict)
    synthetic: bool = False

    def fingerprint(self) -> dict[str, Any]:
        """Return all that decides how a file is read."""
        return asdict(replace(self, source={k: str(v) for k, v in self.source.items()}))

    def headings(self, name: str) -> list[str]:
        """Return the declared headings of a field, the preferred first."""
        return _list(self.columns.get(name, ()))

    def list_of(self, name: str) -> list[str]:
        """Return a key that holds one text or several as a list."""
        return _list(getattr(self, name) or ())

    @property
    def reported_on(self) -> dt.date | None:
        """Return the day of the report, None where it is not declared."""
        day = self.source.get("reported_on")
        return dt.date.fromisoformat(str(day)) if day else None


def _list(texts: str | Sequence[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else [str(text) for text in texts]


def profile_names() -> list[str]:
    """Return the names of the mappings of files that are published by others."""
    return sorted(path.stem for path in (data_dir() / "registry" / "profiles").glob("*.yaml"))


def read_profile(name: str, vocabulary: Vocabulary) -> FileMapping:
    """Read the mapping of a published file, such as ``wri`` or ``gem-coal``.

    Raises
    ------
    InputError : no such profile.
    """
    if name not in profile_names():
        raise unknown_name("profile", name, profile_names(), where="--profile")
    return read_mapping(data_dir() / "registry" / "profiles" / f"{name}.yaml", vocabulary)


def read_mapping(path: Path, vocabulary: Vocabulary) -> FileMapping:
    """Read a mapping from YAML.

    Raises
    ------
    InputError : no YAML, an unknown key, kind or field, a mark or order that is none.
    """
    try:
        stated = parse_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"mapping {path} cannot be read: {error}") from error
    if not isinstance(stated, dict):
        raise input_error("mapping", where=str(path), allowed="keys and values", got=stated)
    known = list(FileMapping.__dataclass_fields__)
    for key in stated:
        if key not in known:
            raise unknown_name("key", key, known, where=str(path))
    if "kind" not in stated:
        raise input_error("kind", where=str(path), allowed=list(vocabulary.kinds), got="nothing")
    with refusing(f"mapping {path} cannot be read"):
        return check_mapping(FileMapping(**stated), vocabulary, where=str(path))


def check_mapping(mapping: FileMapping, vocabulary: Vocabulary, *, where: str) -> FileMapping:
    """Return the mapping after refusing unknown kinds, fields, marks and orders.

    Raises
    ------
    InputError : as :func:`read_mapping`.
    """
    if mapping.kind not in vocabulary.kinds:
        raise unknown_name("kind", mapping.kind, vocabulary.kinds, where=where)
    if mapping.decimal not in ("", ".", ","):
        raise input_error("decimal", where=where, allowed="'.' or ','", got=mapping.decimal)
    if mapping.dates not in ("", "dmy", "mdy"):
        raise input_error("dates", where=where, allowed="dmy or mdy", got=mapping.dates)
    rank = mapping.source.get("rank", 9)
    if rank not in range(1, 10):
        raise input_error("rank", where=f"source in {where}", allowed="1 to 9", got=rank)
    fields = fields_of(mapping.kind, vocabulary)
    for group in (mapping.columns, mapping.defaults, mapping.values):
        for name in group:
            if name not in fields:
                raise unknown_name("field", name, fields, where=where)
    with refusing(f"reported_on of the source in {where} is no day (YYYY-MM-DD)"):
        _ = mapping.reported_on
    return mapping


def fields_of(kind: str, vocabulary: Vocabulary) -> list[str]:
    """Return the fields of a kind of file, the needed ones first."""
    return [*vocabulary.kinds[kind]["needed"], *vocabulary.kinds[kind]["further"]]


def is_heading(mapping: FileMapping, vocabulary: Vocabulary) -> Any:
    """Return a function that says whether a text is the heading of a field of the file."""
    fields = set(fields_of(mapping.kind, vocabulary))
    declared = {fold(text) for name in mapping.columns for text in mapping.headings(name)}
    declared |= {fold(text) for text in mapping.only}

    def known(text: str) -> bool:
        bare = fold(vocabulary.heading_unit(text)[0])
        return fold(text) in declared or bare in declared or vocabulary.heading(text) in fields

    return known


def map_columns(table: Table, mapping: FileMapping, vocabulary: Vocabulary) -> dict[str, str]:
    """Return the heading of each field that the file has.

    Raises
    ------
    InputError : a declared heading is not in the file, or a needed field has none.
    """
    exact = {fold(heading): heading for heading in reversed(table.headings)}
    bare = {fold(vocabulary.heading_unit(text)[0]): text for text in reversed(table.headings)}
    columns: dict[str, str] = {}
    absent = []
    for name in mapping.columns:
        texts = [fold(text) for text in mapping.headings(name)]
        hits = [book[text] for text in texts for book in (exact, bare) if text in book]
        if hits:
            columns[name] = hits[0]
        elif isinstance(mapping.columns[name], str):
            absent.append(mapping.columns[name])
    if absent:
        raise input_error("columns", where="the mapping", allowed=table.headings, got=absent)
    fields = fields_of(mapping.kind, vocabulary)
    for heading in table.headings:
        name = vocabulary.heading(heading) or ""
        if name in fields and name not in columns and heading not in columns.values():
            columns[name] = heading
    needed = vocabulary.kinds[mapping.kind]["needed"]
    lacking = [name for name in needed if name not in columns and name not in mapping.defaults]
    if lacking:
        headings = [vocabulary.fields[name][0] for name in lacking]
        raise input_error(
            f"columns of a {mapping.kind} file",
            where="the headings",
            allowed=f"also {', '.join(headings)} (or a mapping that names them)",
            got=table.headings,
        )
    return columns


def mapped_rows(
    table: Table, columns: Mapping[str, str], mapping: FileMapping, vocabulary: Vocabulary
) -> list[dict[str, Any]]:
    """Return the rows with fields for headings, defaults filled and declared words replaced.

    A unit in the heading of a number fills its unit before the default does.
    """
    words = {
        name: {fold(str(k)): v for k, v in group.items()} for name, group in mapping.values.items()
    }
    stated = _stated_units(columns, vocabulary)
    names = [*columns, *(name for name in (*stated, *mapping.defaults) if name not in columns)]
    rows = []
    for cells in table.rows:
        row = {}
        for name in dict.fromkeys(names):
            value = cells.get(columns[name]) if name in columns else None
            value = stated.get(name) if value is None else value
            # a region by default counts only where neither place nor name of a plant gives one
            late = name == "region" and mapping.kind == "facility"
            value = mapping.defaults.get(name) if value is None and not late else value
            if name in words and isinstance(value, str):
                value = words[name].get(fold(value), value)
            row[name] = value
        rows.append(row)
    return rows


def _stated_units(columns: Mapping[str, str], vocabulary: Vocabulary) -> dict[str, str]:
    pairs = (("capacity", "capacity_unit"), ("value", "unit"))
    units = {
        unit: vocabulary.heading_unit(columns[number])[1]
        for number, unit in pairs
        if number in columns
    }
    return {name: unit for name, unit in units.items() if unit}
