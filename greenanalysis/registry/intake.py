"""Import of a file: good rows go in together or not at all, bad ones into a quarantine file."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from greenanalysis.core.errors import InputError
from greenanalysis.core.files import sha256_json
from greenanalysis.registry import store
from greenanalysis.registry.checks import Checked, check_table, load_known
from greenanalysis.registry.files import write_csv
from greenanalysis.registry.models import Document, Source
from greenanalysis.registry.reading import (
    CONFIRM,
    OWN,
    REASON,
    ROW,
    FileMapping,
    Table,
    check_mapping,
    map_columns,
    mapped_rows,
    read_rows,
)
from greenanalysis.registry.rows import Reading, check_row
from greenanalysis.registry.vocabulary import load_vocabulary
from greenanalysis.registry.writing import Written, write_rows


@dataclass(frozen=True)
class Report:
    """What an import did: counts, every refused row with its reasons, where the quarantine lies."""

    read: int
    added: int
    updated: int
    unchanged: int
    refused: list[tuple[int, list[tuple[str, str]]]]
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
    path : CSV, XLSX or GeoJSON.
    mapping : how it is read.
    who : imports; stands in the history of each row.
    quarantine : file for the refused rows; by default ``<name>.quarantine.csv`` beside the file.
    today : rows of the future are refused; by default the day in UTC.
    progress : told what is being done.

    Raises
    ------
    InputError : the file or mapping cannot be read, the disk is full, the registry is not there.
    """
    vocabulary = load_vocabulary()
    check_mapping(mapping, vocabulary, where=f"the mapping of {path.name}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    table = read_rows(
        content,
        name=path.name,
        delimiter=mapping.delimiter,
        sheet=mapping.sheet,
        encoding=mapping.encoding,
    )
    columns = map_columns(table, mapping, vocabulary)
    progress(f"checking {len(table.rows)} rows")
    reading = Reading(vocabulary, mapping.decimal, today or store.now().date())
    rows = _checked(table, mapped_rows(table, columns, mapping), mapping, reading)
    digest = _digest(content, mapping)
    with store.write_session(engine) as session:
        if session.scalar(select(Document.id).where(Document.sha256 == digest)):
            return Report(len(rows), 0, 0, 0, [], already=True)
        known = load_known(session)
        check_table(rows, mapping.kind, known, vocabulary)
        good = [row for row in rows if row.good]
        progress(f"writing {len(good)} rows")
        source, document = _origin(session, path, digest, mapping, rows, who)
        written = write_rows(session, good, known, mapping, source, document, who=who)
        refused = [row for row in rows if not row.good]
        target = quarantine or path.with_name(f"{path.stem}.quarantine.csv")
        _write_quarantine(target, table, refused)
        session.flush()
        progress("committing")
    return _report(rows, written, refused, target if refused else None)


def _report(
    rows: list[Checked], written: Written, refused: list[Checked], target: Path | None
) -> Report:
    told = [(row.number, row.reasons) for row in refused]
    return Report(
        len(rows), written.added, written.updated, written.unchanged, told, quarantine=target
    )


def _checked(
    table: Table, mapped: list[dict[str, Any]], mapping: FileMapping, reading: Reading
) -> list[Checked]:
    rows = []
    for number, cells, row in zip(table.numbers, table.rows, mapped, strict=True):
        values, reasons = check_row(mapping.kind, row, reading)
        confirmed = frozenset(str(cells.get(CONFIRM) or "").replace(";", " ").split())
        extra = {"today": reading.today}
        rows.append(Checked(number, cells, values, reasons, confirmed, extra=extra))
    return rows


def _digest(content: bytes, mapping: FileMapping) -> str:
    told = sha256_json(mapping.fingerprint())
    return hashlib.sha256(content + told.encode()).hexdigest()


def _origin(
    session: Session,
    path: Path,
    digest: str,
    mapping: FileMapping,
    rows: list[Checked],
    who: str,
) -> tuple[int, int]:
    """Return the ids of the source and of the document of a file, the latter new."""
    code = str(mapping.source.get("code", "file"))
    source = session.scalar(select(Source.id).where(Source.code == code))
    if source is None:
        row = {
            "code": code,
            "title": str(mapping.source.get("title", "files without a declared source")),
            "licence": mapping.source.get("licence"),
            "rank": int(mapping.source.get("rank", 9)),
        }
        source = store.insert_rows(session, Source, [row], who=who)[0]
    document = {
        "source_id": source,
        "name": path.name,
        "sha256": digest,
        "kind": mapping.kind,
        "rows_read": len(rows),
        "rows_accepted": sum(row.good for row in rows),
    }
    return source, store.insert_rows(session, Document, [document], who=who)[0]


def _write_quarantine(target: Path, table: Table, refused: list[Checked]) -> None:
    """Write the refused rows as they came, with row number and reasons; none, no file."""
    if not refused:
        return
    headings = [heading for heading in table.headings if heading not in OWN]
    lines = [
        {
            **{heading: row.cells.get(heading) for heading in headings},
            ROW: row.number,
            REASON: "; ".join(f"[{code}] {text}" for code, text in row.reasons),
            CONFIRM: " ".join(sorted(row.confirmed)),
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
