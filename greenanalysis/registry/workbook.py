"""Lines of a workbook (XLSX): values as stored, within limits of what it unpacks to."""

from __future__ import annotations

import ast
import datetime as dt
import io
import operator
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from greenanalysis.core.errors import InputError, input_error

EXAMPLE_SHEET = "example SYNTHETIC"
"""Sheet of the template that only shows the form; it is read when it is asked for by name."""
_MAX_UNPACKED = 300_000_000
_MAX_PARTS = 2_000
_MAX_CELLS = 4_000_000
_HEAD = 2_048
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MAX_FORMULA = 100


def workbook_lines(content: bytes, *, sheet: str, name: str) -> list[tuple[int, list[Any]]]:
    """Return the lines of one sheet with their numbers.

    A formula gives the value that was stored with it; one without a stored value that holds only
    numbers is computed, any other stays as its text.

    Parameters
    ----------
    content : bytes of the workbook.
    sheet : name of the sheet; empty: the first one with rows below its headings.
    name : of the file, for messages.

    Raises
    ------
    InputError : it unpacks to too much, has a document type, or no such sheet.
    """
    from openpyxl import load_workbook

    _check_size(content, name)
    values = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    formulas = load_workbook(io.BytesIO(content), read_only=True)
    if sheet and sheet not in values.sheetnames:
        raise input_error("sheet", where=name, allowed=values.sheetnames, got=sheet)
    titles = [sheet] if sheet else [t for t in values.sheetnames if t != EXAMPLE_SHEET]
    first: list[tuple[int, list[Any]]] = []
    for title in titles:
        lines = list(_sheet_lines(values[title], formulas[title], name))
        first = first or lines
        if len(lines) > 1:
            return lines
    return first


def _check_size(content: bytes, name: str) -> None:
    """Refuse what unpacks to too much, before it is unpacked, and declarations of entities."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if size > _MAX_UNPACKED or len(parts) > _MAX_PARTS:
            allowed = f"{_MAX_UNPACKED:,} bytes in {_MAX_PARTS:,} parts"
            got = f"{size:,} bytes in {len(parts):,} parts"
            raise input_error("unpacked size", where=name, allowed=allowed, got=got)
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    if b"<!DOCTYPE" in stream.read(_HEAD):
                        raise InputError(f"{name}: {part.filename} declares a document type")


def _sheet_lines(values: Any, formulas: Any, name: str) -> Iterator[tuple[int, list[Any]]]:
    for sheet in (values, formulas):
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()  # a declared size may be the whole sheet: rows padded to it
    if not hasattr(values, "iter_rows"):
        return
    cells = 0
    pairs = zip(values.iter_rows(values_only=True), formulas.iter_rows(), strict=False)
    for number, (row, sources) in enumerate(pairs, 1):
        line = [_cell(value, source) for value, source in zip(row, sources, strict=False)]
        if any(value not in (None, "") for value in line):
            cells += len(line)
            if cells > _MAX_CELLS:
                allowed = f"{_MAX_CELLS:,} cells"
                raise input_error("cells", where=name, allowed=allowed, got=f"more by row {number}")
            yield number, line


def _cell(value: Any, source: Any) -> Any:
    if value is None and source.data_type == "f":
        return _computed(str(source.value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def _computed(formula: str) -> Any:
    """Return the value of a formula of numbers alone, else its text."""
    if len(formula) > _MAX_FORMULA:
        return formula
    try:
        return float(_value(ast.parse(formula.lstrip("="), mode="eval").body))
    except (SyntaxError, ValueError, ArithmeticError, RecursionError):
        return formula


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return float(_OPERATORS[type(node.op)](_value(node.left), _value(node.right)))
    raise ValueError("not of numbers alone")
