"""Modules and inverters from PVsyst's text files, ``.PAN`` and ``.OND``: what the model uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from greenanalysis.core.errors import InputError, input_error, refusing

_LARGEST_BYTES = 5_000_000
_EURO = ((0.05, 0.03), (0.10, 0.06), (0.20, 0.13), (0.30, 0.10), (0.50, 0.48), (1.00, 0.20))
"""Share of rated power and weight of the European efficiency (EN 50530)."""


@dataclass(frozen=True)
class ModuleSheet:
    """A module: power at standard conditions (W), its change (1/K), rear over front efficiency."""

    name: str
    power_w: float
    gamma_pdc: float
    bifaciality: float


@dataclass(frozen=True)
class InverterSheet:
    """An inverter: rated power (kW, AC) and European efficiency (or, unknown, the greatest)."""

    name: str
    power_kw: float
    efficiency: float
    efficiency_kind: str


def read_pan(path: Path) -> ModuleSheet:
    """Read a module of PVsyst.

    Raises
    ------
    InputError : no such file, another kind of file, or a value that is missing or impossible.
    """
    fields = _fields(path, "pvModule")
    power = _number(fields, ("pnom",), path, (1, 2000), "W")
    percent = _number(fields, ("mupmpreq", "mupmp"), path, (-1.0, 0.0), "%/K")
    rear = _number(fields, ("bifacialityfactor",), path, (0.0, 1.0), "1", absent=0.0)
    return ModuleSheet(_name(fields, path), power, percent / 100, rear)


def read_ond(path: Path) -> InverterSheet:
    """Read an inverter of PVsyst.

    The European efficiency is the stated one, else that of the profile of input and output power
    (of the middle voltage where there are three), else the greatest that is stated.

    Raises
    ------
    InputError : no such file, another kind of file, or a value that is missing or impossible.
    """
    fields = _fields(path, "pvGInverter")
    power = _number(fields, ("pnomconv",), path, (0.05, 20_000), "kW")
    for keys, kind in ((("efficeuro", "effeuro"), "European"), (("profile",), "of the profile"),
                       (("efficmax", "effmax"), "greatest")):  # fmt: skip
        value = _profile_percent(fields) if keys == ("profile",) else None
        if keys != ("profile",):
            value = _number(fields, keys, path, (0.0, 100.0), "%", absent=0.0)
        if value:
            if not 50 <= value <= 100:
                raise input_error(
                    "efficiency", where=str(path), allowed="50 to 100 %", got=f"{value:g}"
                )
            return InverterSheet(_name(fields, path), power, value / 100, kind)
    raise input_error("efficiency", where=str(path), allowed="EfficEuro or EfficMax", got="neither")


def _fields(path: Path, kind: str) -> dict[str, Any]:
    """Return all fields of a file by their name in small letters; the first of a name counts."""
    from pvlib.iotools import read_panond

    if not path.is_file():
        raise input_error("PVsyst file", where=str(path), allowed=f"a {kind}", got="nothing")
    content = path.read_bytes()
    if len(content) > _LARGEST_BYTES:
        raise input_error("size", where=str(path), allowed="up to 5 MB", got=len(content))
    encoding = _encoding(content)
    if f"PVObject_={kind}" not in content.decode(encoding, "replace"):
        raise InputError(
            f"PVsyst file {path}: got no line PVObject_={kind}; allowed: the text form of PVsyst "
            "6.4 and later (open an older file in PVsyst and save it again)"
        )
    with refusing(f"PVsyst file {path} cannot be read"):
        tree = read_panond(path, encoding=encoding)
    fields: dict[str, Any] = {}
    for key, value in _leaves(tree):
        fields.setdefault(key.lower(), value)
    return fields


def _encoding(content: bytes) -> str:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "latin-1"  # PVsyst before 6.80 wrote its Windows' code page: names alone suffer
    return "utf-8-sig"


def _leaves(tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield key, value
            yield from _leaves(value)
        else:
            yield key, value


def _name(fields: Mapping[str, Any], path: Path) -> str:
    words = (str(fields.get(key, "")).strip() for key in ("manufacturer", "model"))
    return " ".join(word for word in words if word) or path.stem


def _number(
    fields: Mapping[str, Any],
    keys: tuple[str, ...],
    path: Path,
    limits: tuple[float, float],
    unit: str,
    *,
    absent: float | None = None,
) -> float:
    value = next((fields[key] for key in keys if key in fields), absent)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = np.nan
    if not limits[0] <= number <= limits[1]:
        raise input_error(
            keys[0],
            where=f"PVsyst file {path}",
            allowed=f"{limits[0]:g} to {limits[1]:g} {unit}",
            got="nothing" if value is None else value,
        )
    return number


def _profile_percent(fields: Mapping[str, Any]) -> float | None:
    """Return the European efficiency of the points of input and output power, per cent."""
    profile = next((fields[key] for key in ("profilpiov2", "profilpio") if key in fields), None)
    if not isinstance(profile, Mapping):
        return None
    points = []
    for key, value in profile.items():
        if str(key).lower().startswith("point_"):
            pair = value if isinstance(value, list | tuple) else str(value).split(",")
            points.append([float(part) for part in pair[:2]])
    rows = np.array(sorted(points), dtype=float)
    rows = rows[(rows > 0).all(axis=1)] if rows.size else rows
    if len(rows) < 2:
        return None
    output, efficiency = rows[:, 1], rows[:, 1] / rows[:, 0]
    at = np.interp([share * output[-1] for share, _ in _EURO], output, efficiency)
    return float(100 * sum(weight * value for (_, weight), value in zip(_EURO, at, strict=True)))
