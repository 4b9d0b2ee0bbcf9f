"""Import of a file: good rows go in together or not at all, bad ones into a quarantine file."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from greenanalysis.core.errors import InputError
from greenanalysis.core.files import sha256_json
from greenanalysis.registry import store
from greenanalysis.registry.cells import date_order, decimal_mark
from greenanalysis.registry.checks import Checked, Known, check_table, load_known
from greenanalysis.registry.files import EXAMPLE_MARK, write_csv
from greenanalysis.registry.identity import name_key
from greenanalysis.registry.layout import Table, lay_out
from greenanalysis.registry.mapping import (
    CONFIRM,
    OWN,
    PLANT,
    REASON,
    ROW,
    SYNTHETIC,
    FileMapping,
    check_mapping,
    is_heading,
    map_columns,
    mapped_rows,
)
from greenanalysis.registry.models import Document, Source
from greenanalysis.registry.places import regions_at
from greenanalysis.registry.reading import own_delimiter, read_lines
from greenanalysis.registry.rows import Reading, check_row
from greenanalysis.registry.statements import document_id, source_id
from greenanalysis.registry.vocabulary import Vocabulary, fold, load_vocabulary
from greenanalysis.registry.writing import Written, write_rows

_NUMBERS = ("capacity", "value", "investment")
_DATES = ("commissioned", "retired", "period", "started", "reported_at")
_SUMMED = {
    "facility": ("name", "technology", "region", "status"),
    "national": ("technology", "quantity", "period"),
}
"""What rows that are summed have in common."""
_MOST_NOTES = 20


@dataclass(frozen=True)
class Report:
    """What an import did.

    Attributes
    ----------
    read, added, updated, unchanged : counts of rows.
    refused : number of the row and its (code, text) reasons.
    outranked : how many rows differ from a better or newer source, which stands.
    notes : what was guessed, left out or read otherwise than it stands in the file.
    quarantine : file with the refused rows.
    already : whether the file is in the registry already.
    """

    read: int
    added: int
    updated: int
    unchanged: int
    refused: list[tuple[int, list[tuple[str, str]]]]
    outranked: int = 0
    notes: list[str] = field(default_factory=list)
    quarantine: Path | None = None
    already: bool = False

    def codes(self) -> Counter[str]:
        """Return how often each reason was found."""
        return Counter(code for _, reasons in self.refused for code, _ in reasons)

    def text(self) -> str:
        """Return the report as a user reads it."""
        if self.already:
            return "this file is in the registry already; nothing was changed"
        lines = [
            f"{self.read} rows read: {self.added} added, {self.updated} changed, "
            f"{self.unchanged} known already, {len(self.refused)} refused"
        ]
        if self.outranked:
            lines.append(
                f"{self.outranked} rows differ from a better or newer source, which stands: "
                "greenanalysis registry conflicts"
            )
        lines += [f"  note: {note}" for note in self.notes[:_MOST_NOTES]]
        if len(self.notes) > _MOST_NOTES:
            lines.append(f"  note: {len(self.notes) - _MOST_NOTES} more notes")
        lines += [
            f"  row {number}: " + "; ".join(f"[{code}] {text}" for code, text in reasons)
            for number, reasons in self.refused
        ]
        if self.quarantine:
            lines.append(f"refused rows, to correct and import again: {self.quarantine}")
        return "\n".join(lines)


def import_file(
    engine: Engine,
    path: Path,
    mapping: FileMapping,
    *,
    who: str,
    quarantine: Path | None = None,
    today: dt.date | None = None,
    progress: Callable[[str], object] = lambda line: None,
) -> Report:
    """Import one file in one transaction.

    Parameters
    ----------
    engine : of a registry, see :func:`store.open_engine`.
    path : CSV, XLSX or GeoJSON; also a quarantine or export of the registry.
    mapping : how it is read.
    who : imports; stands in the history of each row.
    quarantine : file for the refused rows; by default ``<name>.quarantine.csv`` beside the file,
        with a number where there is one already.
    today : rows of the future are refused; by default the day in UTC.
    progress : told what is being done.

    Raises
    ------
    InputError : the file or mapping cannot be read, the file has no rows, the disk is full, the
        registry is not there.
    """
    vocabulary = load_vocabulary()
    check_mapping(mapping, vocabulary, where=f"the mapping of {path.name}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    table = _read(content, path.name, mapping, vocabulary)
    columns = map_columns(table, mapping, vocabulary)
    progress(f"checking {len(table.rows)} rows")
    rows, notes = _rows(table, columns, mapping, vocabulary, today or store.now().date())
    digest = _digest(content, mapping)
    with store.write_session(engine) as session:
        if session.scalar(select(Document.id).where(Document.sha256 == digest)):
            return Report(len(rows), 0, 0, 0, [], already=True)
        for synthetic in (False, True):
            part = [row for row in rows if row.synthetic is synthetic]
            if part:
                known = load_known(session, synthetic=synthetic)
                _fill_regions(part, mapping, known)
                check_table(part, mapping.kind, known, vocabulary)
        good = [row for row in rows if row.good]
        progress(f"writing {len(good)} rows")
        refused = [row for row in rows if not row.good]
        target = _write_quarantine(_free(path, quarantine), table, refused, mapping)
        news = [row for row in good if not row.repeats]
        written = Written(unchanged=len(good) - len(news))
        if news:
            written.add(_written(session, path, digest, mapping, rows, news, who, notes))
        session.flush()
        progress("committing")
    notes += [f"row {row.number}: {note}" for row in rows if row.good for note in row.notes]
    return Report(
        len(rows),
        written.added,
        written.updated,
        written.unchanged,
        [(row.number, row.reasons) for row in refused],
        outranked=written.outranked,
        notes=notes,
        quarantine=target,
    )


def _read(content: bytes, name: str, mapping: FileMapping, vocabulary: Vocabulary) -> Table:
    """Return the table of a file; a quarantine of the registry is read as it was written."""
    known = is_heading(mapping, vocabulary)
    own = content[:3] == b"\xef\xbb\xbf" and ROW.encode() in content.partition(b"\n")[0]
    lines = read_lines(
        content,
        name=name,
        delimiter=own_delimiter(content) if own else mapping.delimiter,
        sheet=mapping.sheet,
        encoding="" if own else mapping.encoding,
    )
    if own:
        return lay_out(lines, name=name, known=known, vocabulary=vocabulary, header_row=1)
    return lay_out(
        lines,
        name=name,
        known=known,
        vocabulary=vocabulary,
        header_row=mapping.header_row,
        header_rows=mapping.header_rows,
        skip_rows=mapping.skip_rows,
    )


def _rows(
    table: Table,
    columns: dict[str, str],
    mapping: FileMapping,
    vocabulary: Vocabulary,
    today: dt.date,
) -> tuple[list[Checked], list[str]]:
    """Return the rows, each checked by itself, and what has to be told about the file."""
    notes = list(table.notes)
    mapped = mapped_rows(table, columns, mapping, vocabulary)
    marks = _marks(table, mapped, mapping)
    reading = Reading(vocabulary, today, marks, _orders(mapped, mapping, notes))
    rows: list[Checked] = []
    left_out: dict[str, list[int]] = {}
    for number, cells, row in zip(table.numbers, table.rows, mapped, strict=True):
        why = _why_left_out(row, cells, mapping, vocabulary)
        if why:
            left_out.setdefault(why, []).append(number)
        else:
            rows.append(_checked(number, cells, row, mapping, reading))
    for why, numbers in left_out.items():
        shown = ", ".join(map(str, numbers[:5])) + (" ..." if len(numbers) > 5 else "")
        notes.append(f"{len(numbers)} rows left out, {why}: {shown}")
    if not rows:
        raise InputError("the file has no rows below its headings: nothing was imported")
    if any(row.synthetic for row in rows) and not mapping.synthetic:
        notes.append("rows marked as examples are kept as examples and never counted")
    return _summed(rows, mapping, notes), notes


def _why_left_out(
    row: Mapping[str, Any],
    cells: Mapping[str, Any],
    mapping: FileMapping,
    vocabulary: Vocabulary,
) -> str:
    """Return why a line of the file is no row of ours, empty where it is one."""
    if not _is_wanted(cells, mapping):
        return f"of others ({', '.join(mapping.only)})"
    if _is_total(row, cells, mapping, vocabulary):
        return "sums of others"
    if mapping.kind == "national" and row.get("value") is None:
        return "without a value"
    return ""


def _checked(
    number: int,
    cells: dict[str, Any],
    row: dict[str, Any],
    mapping: FileMapping,
    reading: Reading,
) -> Checked:
    """Return a row checked by itself."""
    if row.get("reported_by") is None:
        row["reported_by"] = mapping.source.get("title")
    if PLANT in cells:
        row["plant"] = cells[PLANT]
    values, reasons, remarks = check_row(mapping.kind, row, reading)
    return Checked(
        number,
        cells,
        values,
        reasons,
        frozenset(str(cells.get(CONFIRM) or "").replace(";", " ").split()),
        notes=remarks,
        synthetic=mapping.synthetic or _is_example(cells),
        extra={"today": reading.today},
    )


def _marks(
    table: Table, mapped: Sequence[Mapping[str, Any]], mapping: FileMapping
) -> dict[str, str]:
    """Return the decimal mark of each column of numbers; of a quarantine either one is read."""
    if ROW in table.headings:
        return dict.fromkeys(_NUMBERS, "")
    if mapping.decimal:
        return dict.fromkeys(_NUMBERS, mapping.decimal)
    texts = {
        name: [row[name] for row in mapped if isinstance(row.get(name), str)] for name in _NUMBERS
    }
    return {name: decimal_mark(column) for name, column in texts.items()}


def _orders(
    mapped: Sequence[Mapping[str, Any]], mapping: FileMapping, notes: list[str]
) -> dict[str, str]:
    """Return the order of day and month of each column of dates; say where it is not certain."""
    orders = {}
    for name in _DATES:
        column = [str(row[name]) for row in mapped if row.get(name) is not None]
        order, certain = (mapping.dates, True) if mapping.dates else date_order(column)
        orders[name] = order
        if not certain:
            notes.append(
                f"{name}: dates such as 1/2/2020 are read as day/month/year "
                "(dates: mdy in a mapping reads month/day/year)"
            )
    return orders


def _is_wanted(cells: Mapping[str, Any], mapping: FileMapping) -> bool:
    for heading, texts in mapping.only.items():
        value = next((v for k, v in cells.items() if fold(k) == fold(heading)), None)
        if value is not None and fold(str(value)) not in {fold(str(text)) for text in texts}:
            return False
    return True


def _is_total(
    row: Mapping[str, Any],
    cells: Mapping[str, Any],
    mapping: FileMapping,
    vocabulary: Vocabulary,
) -> bool:
    """Return whether a row is the sum of others: it says so, and says not of what."""
    what = {"facility": "technology", "measure": "kind"}.get(mapping.kind, "quantity")
    if row.get(what) is not None and row.get("name") is not None:
        return False
    text = next((cell for cell in cells.values() if isinstance(cell, str)), "")
    words = {fold(str(word)) for word in mapping.totals}
    first = fold(text).split(" ")[0].rstrip(":.")
    return vocabulary.is_total(text) or vocabulary.is_total(first) or fold(text) in words


def _is_example(cells: Mapping[str, Any]) -> bool:
    marked = str(cells.get(SYNTHETIC) or "").casefold() in ("true", "1", "yes")
    return marked or any(isinstance(c, str) and EXAMPLE_MARK in c for c in cells.values())


def _summed(rows: list[Checked], mapping: FileMapping, notes: list[str]) -> list[Checked]:
    """Make one row of the units of a plant, or of the parts of a national figure: their sum."""
    headings = {fold(text) for text in mapping.list_of("units")}
    stated = {fold(heading) for row in rows[:1] for heading in row.cells}
    if mapping.kind not in _SUMMED or not headings & stated:
        return rows
    groups: dict[tuple[Any, ...], list[Checked]] = {}
    for row in rows:
        values = row.values
        key = tuple(values[n] for n in _SUMMED[mapping.kind]) if row.good else (row.number,)
        groups.setdefault(key, []).append(row)
    for members in groups.values():
        lead = members[0]
        if len(members) == 1:
            continue
        amount = "capacity" if mapping.kind == "facility" else "value"
        lead.values[amount] = sum(row.values[amount] for row in members)
        lead.values["note"] = f"sum of {len(members)} rows"
        if mapping.kind == "facility":
            dates = [row.values["commissioned"] for row in members if row.values["commissioned"]]
            lead.values |= {"commissioned": min(dates, default=None), "retired": None}
    notes.append(f"{len(rows)} rows of units or parts are {len(groups)} sums")
    return [members[0] for members in groups.values()]


def _fill_regions(rows: Sequence[Checked], mapping: FileMapping, known: Known) -> None:
    """Give plants without a region that of their place, of the registered plant, or the default."""
    if mapping.kind != "facility":
        return
    open_ = [row for row in rows if row.good and row.values["region"] is None]
    place = ("latitude", "longitude")
    placed = [row for row in open_ if all(row.values[name] is not None for name in place)]
    if placed:
        codes = regions_at(
            np.array([row.values["latitude"] for row in placed]),
            np.array([row.values["longitude"] for row in placed]),
        )
        for row, code in zip(placed, codes, strict=True):
            row.values["region"] = code
    for row in open_:
        values = row.values
        if values["region"] is None:
            same = known.plants.named(name_key(values["name"]))
            regions = {p.region for p in same if values["technology"] in p.technologies}
            values["region"] = regions.pop() if len(regions) == 1 else _default_region(mapping)
        if values["region"] is None:
            said = "region: neither a region nor coordinates inside the country are stated"
            row.reasons.append(("region", said))


def _default_region(mapping: FileMapping) -> str | None:
    from greenanalysis.geo.names import region_code

    stated = mapping.defaults.get("region")
    return region_code(str(stated)) if stated else None


def _digest(content: bytes, mapping: FileMapping) -> str:
    told = sha256_json(mapping.fingerprint())
    return hashlib.sha256(content + told.encode()).hexdigest()


def _written(
    session: Session,
    path: Path,
    digest: str,
    mapping: FileMapping,
    rows: Sequence[Checked],
    good: Sequence[Checked],
    who: str,
    notes: list[str],
) -> Written:
    """Write the good rows as statements of the declared source."""
    stated = mapping.source
    code = str(stated.get("code", "file"))
    rank = int(stated.get("rank", 9))
    known = session.scalar(select(Source.rank).where(Source.code == code))
    if known is not None and "rank" in stated and known != rank:
        notes.append(f"source {code} has rank {known} in the registry; {rank} is not taken")
    source = source_id(
        session,
        code,
        title=str(stated.get("title", "files without a declared source")),
        licence=stated.get("licence"),
        rank=rank,
        who=who,
    )
    document = document_id(
        session,
        source=source,
        name=path.name,
        sha256=digest,
        kind=mapping.kind,
        rows_read=len(rows),
        rows_accepted=len(good),
        who=who,
    )
    return write_rows(
        session,
        good,
        mapping.kind,
        source=source,
        document=document,
        reported_on=mapping.reported_on,
        series=code,
        who=who,
    )


def _free(path: Path, quarantine: Path | None) -> Path:
    """Return where the refused rows go: no file that is there is overwritten."""
    if quarantine is not None:
        if quarantine.exists():
            raise InputError(f"{quarantine} is there already: name another --quarantine")
        return quarantine
    stem = path.stem.split(".quarantine")[0]
    target = path.with_name(f"{stem}.quarantine.csv")
    number = 2
    while target.exists():
        target = path.with_name(f"{stem}.quarantine{number}.csv")
        number += 1
    return target


def _write_quarantine(
    target: Path, table: Table, refused: Sequence[Checked], mapping: FileMapping
) -> Path | None:
    """Write the refused rows as they came, with row number and reasons; none, no file."""
    if not refused:
        return None
    headings = [heading for heading in table.headings if heading not in OWN]
    lines = [
        {
            **{heading: _as_written(row.cells.get(heading), mapping) for heading in headings},
            ROW: row.number,
            REASON: "; ".join(f"[{code}] {text}" for code, text in row.reasons),
            CONFIRM: " ".join(sorted(row.confirmed)),
            PLANT: row.cells.get(PLANT),
        }
        for row in refused
    ]
    try:
        write_csv(target, lines, [*headings, *OWN])
    except OSError as error:
        raise InputError(
            f"the quarantine {target} cannot be written: {error.strerror or error}; "
            "nothing was imported"
        ) from error
    return target


def _as_written(value: Any, mapping: FileMapping) -> Any:
    """Return a cell as it is read back: a number of a workbook with the declared decimal mark."""
    if isinstance(value, float):
        text = f"{value:.15g}"
        return text.replace(".", ",") if mapping.decimal == "," else text
    return value
