"""What the columns of a foreign table hold, by their names, units and heights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

_STATISTICS = re.compile(
    r"std|stdev|sdev|_sd\b|sd$|max|min(?!ut)|gust|flag|qc\b|quality|count|turb|clear.?sky|"
    r"theoretical|toa|_ti\b|порыв|макс|мин\b|uncert|extraterr",
    re.I,
)
_MEAN = re.compile(r"avg|mean|average|средн", re.I)
_NOT_AIR = re.compile(
    r"dew|wet|soil|ground|module|panel|cell|gear|bear|nacelle|oil|stator|rotor|battery|"
    r"generator|surface.?temp|t_?mod|точк", re.I
)  # fmt: skip
_VARIABLES = (
    ("wind_direction", r"wind.?dir|direction|^wd|^dir\d|vane|^dd\b|направлени|windricht|azimut"),
    ("wind_speed",
     r"wind.?sp|^ws|spd|wspd|speed|anemo|^ff\b|^ff\d*$|скорость|windgeschw|^wind_?\d|^u_?\d{2}|^v_?\d"),
    ("dni", r"\bdni\b|dni|direct.?norm|gb\(n\)|beam.?norm|allsky_sfc_sw_dni"),
    ("dhi", r"\bdhi\b|dhi|dif+use|gd\(h\)|allsky_sfc_sw_diff|рассеян"),
    ("ghi",
     r"ghi|global|shortwave.?rad|swdown|solar.?rad|irradiance|allsky_sfc_sw_dwn|g\(h\)|"
     r"pyranom|радиаци|fg_lberg|slr|srad|glob"),
    ("temp_air",
     r"^t$|temp|^t_?\d+m|^t2m|tdry|dry.?bulb|^ta\b|^tair|^t_?air|температур|^tt_|^amb"),
    ("pressure", r"press|^p$|^p_?\d+m|baro|^ps$|^sp$|^pres|давлени|^po$|^p0$|^bp\b"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(pattern, re.I)) for name, pattern in _VARIABLES)
_HEIGHT = re.compile(
    r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s*(?:m|м)(?![a-zа-я/²2s])|@\s*(\d{1,3})|"
    r"(?:ws|wd|spd|dir|speed|dir|wind|[uv])_?(\d{2,3})(?!\d)", re.I
)  # fmt: skip
_UNITS = {
    "m/s": ("m/s", "ms-1", "ms^-1", "m.s-1", "metres/second", "meters/second", "mps", "м/с"),
    "km/h": ("km/h", "kmh", "kph", "kmph", "км/ч"),
    "kn": ("kn", "kt", "kts", "knots", "knot"),
    "mph": ("mph", "mi/h"),
    "degC": ("degc", "c", "°c", "celsius", "deg_c", "deg.c", "degreesc", "градц", "ºc"),
    "degF": ("degf", "f", "°f", "fahrenheit"),
    "K": ("k", "kelvin"),
    "hPa": ("hpa", "hectopascals", "гпа"),
    "mbar": ("mbar", "mb", "millibar", "millibars", "mbars"),
    "kPa": ("kpa", "кпа"),
    "Pa": ("pa", "pascal", "па"),
    "mmHg": ("mmhg", "mm hg", "torr", "ммртст", "ммрт.ст.", "ммрт.ст"),
    "W/m2": ("w/m2", "w/m^2", "w/m²", "wm-2", "w/sqm", "watts/meter^2", "watts/m2", "w/m**2",
             "wm^-2", "вт/м2", "вт/м²"),
    "Wh/m2": ("wh/m2", "wh/m^2", "wh/m²", "whm-2"),
    "kWh/m2": ("kwh/m2", "kwh/m^2", "kwh/m²", "kwhr/m^2"),
    "kW/m2": ("kw/m2", "kw/m^2", "kw/m²"),
    "J/m2": ("j/m2", "j/m^2", "j/m²", "jm-2"),
    "kJ/m2": ("kj/m2", "kj/m^2", "kj/m²"),
    "MJ/m2": ("mj/m2", "mj/m^2", "mj/m²", "mj/hr"),
    "J/cm2": ("j/cm2", "j/cm^2", "j/cm²"),
    "deg": ("deg", "degrees", "degree", "°", "º", "градус", "degn"),
}  # fmt: skip
_FITTING = {
    "wind_speed": ("m/s", "km/h", "kn", "mph"),
    "wind_direction": ("deg",),
    "temp_air": ("degC", "K", "degF"),
    "pressure": ("hPa", "Pa", "kPa", "mmHg", "mbar"),
}
_LIGHT = ("W/m2", "kW/m2", "Wh/m2", "kWh/m2", "J/m2", "kJ/m2", "MJ/m2", "J/cm2")


def unit_of(text: str, variable: str) -> str | None:
    """Return the unit that a spelling means for a variable, None if it is none of its units."""
    spelled = re.sub(r"[\s·]", "", text).lower().strip("[](){}")
    for unit, spellings in _UNITS.items():
        if spelled in spellings and unit in _FITTING.get(variable, _LIGHT):
            return unit
    return None


def variable_in(name: str) -> str | None:
    """Return which variable a column's name stands for, None for statistics and anything else."""
    if _STATISTICS.search(name) and not _MEAN.search(name):
        return None
    plain = re.sub(r"[\[(].*?[\])]", lambda match: match[0] if len(match[0]) <= 3 else "", name)
    for variable, pattern in _PATTERNS:
        if pattern.search(plain.strip()):
            if variable == "temp_air" and _NOT_AIR.search(plain):
                return None
            return variable
    return None


def height_in(name: str) -> float | None:
    """Return the height above ground that a name states, m."""
    match = _HEIGHT.search(name)
    if match is None:
        return None
    height = float(next(group for group in match.groups() if group))
    return height if 0 < height <= 500 else None


def propose_columns(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    units: Sequence[str] = (),
    heights: Sequence[str] = (),
    decimal: str = ".",
) -> list[dict[str, Any]]:
    """Return what the columns of a table are believed to hold.

    Parameters
    ----------
    names : of the columns, each once.
    rows : some of the data, for units that only the values show.
    units, heights : of the columns, where the file states them in rows of their own.
    decimal : mark of the numbers.

    Returns
    -------
    list : entries of the key ``columns`` of a declaration; a height that is not known is None.
        A column without numbers is left out, and of one variable that is no wind the first stays.
    """
    proposed: list[dict[str, Any]] = []
    for place, name in enumerate(names):
        variable = variable_in(name)
        cells = [row[place] for row in rows if place < len(row)]
        numbers = pd.to_numeric(
            pd.Series(cells, dtype=str).str.strip().str.replace(decimal, "."), errors="coerce"
        ).dropna()
        if variable is None or not len(numbers):
            continue
        stated = [units[place]] if place < len(units) else []
        stated += re.findall(r"[\[(]([^\])]+)[\])]", name) + name.replace("_", " ").split(",")[1:]
        unit = next((u for u in (unit_of(text, variable) for text in stated) if u), None)
        entry: dict[str, Any] = {"column": name, "variable": variable}
        if variable in ("wind_speed", "wind_direction"):
            row_says = heights[place] if place < len(heights) else ""
            entry["height"] = float(row_says) if _is_height(row_says) else height_in(name)
        elif any(each["variable"] == variable for each in proposed):
            continue
        entry["unit"] = unit or _likely_unit(variable, numbers.to_numpy())
        proposed.append(entry)
    return proposed


def _is_height(text: str) -> bool:
    return bool(re.fullmatch(r"\d{1,3}(\.\d+)?", text.strip())) and 0 < float(text) <= 500


def _likely_unit(variable: str, numbers: np.ndarray) -> str:
    """Return the unit in which values make sense; codes of nines do not count."""
    sensible = numbers[~np.isin(np.abs(np.round(numbers, 1)), [99.9, 999, 999.9, 9999, 99999])]
    middle = float(np.median(sensible)) if len(sensible) else 0.0
    if variable == "temp_air":
        return "K" if middle > 150 else "degC"
    if variable == "pressure":
        return "Pa" if middle > 20_000 else "kPa" if middle < 120 else "hPa"
    return _FITTING.get(variable, _LIGHT)[0]
