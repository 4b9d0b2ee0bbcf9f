"""Projects as they are asked for: names, fields, and tables of them as offices save them."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.project.contract import parse_tariff
from greenanalysis.project.description import parse_settings, setting_names
from greenanalysis.project.terms import check_technology

_REQUIRED = ("name", "latitude", "longitude", "technology", "capacity_mw", "tariff")
_OPTIONAL = ("connection_km", "storage", "grid_factor")
_NUMBERS = ("latitude", "longitude", "capacity_mw", "connection_km")
_MAX_NAME = 80
_ENCODINGS = ("utf-8-sig", "utf-16", "cp1251")
_DELIMITERS = (";", "\t", ",")

_HEADS = {
    "name": ("название", "наименование", "проект", "имя", "объект", "атауы", "жоба", "project"),
    "latitude": ("широта", "lat", "ендік"),
    "longitude": ("долгота", "lon", "lng", "бойлық"),
    "technology": ("технология", "тип", "вид", "type", "түрі"),
    "capacity_mw": ("мощность", "мощность мвт", "мвт", "capacity", "mw", "қуаты", "қуаты мвт"),
    "tariff": ("тариф", "цена"),
    "connection_km": ("подключение км", "длина линии км", "линия км"),
    "storage": ("накопитель", "storage"),
}
_KINDS = {
    "wind": ("ветер", "ветровая", "вэс", "жел", "жэс", "wes"),
    "solar": ("солнце", "солнечная", "сэс", "күн", "кэс", "фэс", "pv", "sun"),
}
_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі",
        (
            *("a", "b", "v", "g", "d", "e", "yo", "zh", "z", "i", "y", "k", "l", "m", "n", "o"),
            *("p", "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e"),
            *("yu", "ya", "a", "g", "q", "n", "o", "u", "u", "h", "i"),
        ),
        strict=True,
    )
)  # fmt: skip


def slug(name: str) -> str:
    """Return a name as it may stand in a file name or an address: a-z, 0-9 and -.

    Russian and Kazakh letters are written in Latin ones; a name without any letter that can be
    written so gets a short code of its own, so that no two of them are alike.
    """
    latin = "".join(_LETTERS.get(letter, letter) for letter in name.lower())
    plain = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")
    return plain or f"project-{name_code(name)}"


def name_code(name: str) -> str:
    """Return six characters that stand for a name."""
    return hashlib.sha256(name.encode()).hexdigest()[:6]


def check_fields(name: str, **numbers: float) -> None:
    """Refuse an empty or endless name, and what is no number.

    Raises
    ------
    InputError : names the field.
    """
    if not 0 < len(str(name).strip()) <= _MAX_NAME:
        allowed = f"1 to {_MAX_NAME} letters"
        raise input_error("name", where="project", allowed=allowed, got=repr(name))
    for field, value in numbers.items():
        good = isinstance(value, int | float) and math.isfinite(value)
        if not good or (field == "capacity_mw" and not 0 < value <= 10_000):
            allowed = "MW, above 0 up to 10000" if field == "capacity_mw" else "degrees"
            raise input_error(field, where="project", allowed=allowed, got=repr(value))


def check_project(project: Mapping[str, Any]) -> None:
    """Refuse a project by field before anything long is computed.

    Raises
    ------
    InputError : names the field.
    """
    from greenanalysis.core.assumptions import load_assumptions

    for field in _REQUIRED:
        if field not in project or str(project[field]).strip() == "":
            raise input_error(field, where="project", allowed="a value", got="none")
    check_technology(str(project["technology"]))
    numbers = {field: project[field] for field in _NUMBERS if project.get(field) is not None}
    check_fields(str(project["name"]), **numbers)
    parse_tariff(project["tariff"], str(project["technology"]), load_assumptions())
    parse_settings(project.get("settings") or {}, where=f"project {project['name']}")


def read_portfolio(path: Path) -> list[dict[str, Any]]:
    """Read projects from a table, one a row, as a spreadsheet program saves it.

    Parameters
    ----------
    path : CSV with comma, semicolon or tab, UTF-8, UTF-16 or Windows-1251, decimal point or comma;
        or XLSX (first sheet). Columns are :data:`_REQUIRED`, perhaps :data:`_OPTIONAL`, in English,
        Russian or Kazakh, and any setting by its key, such as ``debt.tenor_years``. Empty optional
        cells take the default.

    Raises
    ------
    InputError : no such file, a missing or unknown column, a row that makes no sense.
    """
    rows = _rows(path)
    if not rows:
        raise input_error(
            "rows", where=str(path), allowed="a line of names and projects", got="no rows"
        )
    heads = [_head(cell) for cell in rows[0]]
    settings = set(setting_names())
    missing = [field for field in _REQUIRED if field not in heads]
    unknown = [head for head in heads if head and head not in {*_REQUIRED, *_OPTIONAL, *settings}]
    if missing or unknown:
        said = [f"no {field}" for field in missing] + [f"unknown {head!r}" for head in unknown]
        allowed = f"{', '.join((*_REQUIRED, *_OPTIONAL))}, and settings such as debt.tenor_years"
        raise input_error("columns", where=str(path), allowed=allowed, got=", ".join(said))
    projects = [
        _project(dict(zip(heads, row, strict=False)), f"{path}, row {number}")
        for number, row in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in row)
    ]
    if not projects:
        raise input_error("rows", where=str(path), allowed="a project a row", got="no rows")
    return projects


def _project(row: Mapping[str, str], where: str) -> dict[str, Any]:
    cells = {key: str(value).strip() for key, value in row.items() if key and str(value).strip()}
    settings = {key: cells.pop(key) for key in list(cells) if "." in key}
    project: dict[str, Any] = dict(cells)
    for field in _NUMBERS:
        if field in project:
            project[field] = _number(project[field], field, where)
    for field in _REQUIRED:
        if field not in project:
            raise input_error(field, where=where, allowed="a filled cell", got="an empty one")
    project["technology"] = _kind(project["technology"])
    if settings:
        parse_settings(settings, where=where)
        project["settings"] = settings
    return project


def _rows(path: Path) -> list[list[str]]:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _sheet(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"table {path} does not exist") from None
    except OSError as error:
        raise InputError(f"table {path} cannot be read: {error}") from None
    text = _decoded(content, path)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if lines and lines[0].lower().startswith("sep="):
        lines = lines[1:]
    if not lines:
        return []
    delimiter = max(_DELIMITERS, key=lambda mark: len(_split(lines[0], mark)))
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    width = len(rows[0])
    for number, row in enumerate(rows[1:], 2):
        if len(row) > width:
            raise input_error(
                "cells",
                where=f"{path}, row {number}",
                allowed=f"{width} as in the line of names",
                got=len(row),
            )
    return rows


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))


def _decoded(content: bytes, path: Path) -> str:
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise input_error(
        "encoding", where=str(path), allowed="UTF-8, UTF-16 or Windows-1251", got="other bytes"
    )


def _sheet(path: Path) -> list[list[str]]:
    import zipfile

    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except FileNotFoundError:
        raise InputError(f"table {path} does not exist") from None
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise InputError(f"table {path} is no XLSX workbook: {error}") from None
    rows = [
        ["" if cell is None else str(cell) for cell in row]
        for row in book.worksheets[0].iter_rows(values_only=True)
    ]
    return [row for row in rows if any(cell.strip() for cell in row)]


def _head(cell: str) -> str:
    plain = re.sub(r"[\s,()\[\]/_]+", " ", cell.strip().lower()).strip()
    for field in (*_REQUIRED, *_OPTIONAL):
        if plain in (field.replace("_", " "), *_HEADS.get(field, ())):
            return field
    return cell.strip().lower()


def _kind(text: str) -> str:
    plain = text.strip().lower()
    for kind, words in _KINDS.items():
        if plain == kind or plain in words:
            return kind
    return plain


def _number(text: str, field: str, where: str) -> float:
    plain = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if re.fullmatch(r"[+-]?\d+,\d+", plain):
        plain = plain.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise input_error(field, where=where, allowed="a number", got=repr(text))
    return value
