"""Units as the file claims them and as the values betray them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.variables import VARIABLES
from greenanalysis.weather.quality.verdict import ERROR, OK, WARNING, Finding


@dataclass(frozen=True)
class Unit:
    """Canonical value = value * ``factor`` + ``offset``; ``spellings`` are without blanks."""

    name: str
    factor: float
    offset: float
    spellings: tuple[str, ...]


IRRADIANCE = (
    Unit(
        "W m-2", 1.0, 0.0, ("wm-2", "w/m2", "w/m^2", "wm**-2", "w/m²", "whm-2", "wh/m2", "wh/m^2")
    ),
    Unit("J m-2 per hour", 1 / 3600, 0.0, ("jm-2", "j/m2", "j/m^2", "jm**-2", "j/m²")),
    Unit("kJ m-2 per hour", 1 / 3.6, 0.0, ("kjm-2", "kj/m2", "kj/m^2", "kjm**-2")),
    Unit("MJ m-2 per hour", 1 / 0.0036, 0.0, ("mjm-2", "mj/m2", "mj/m^2", "mj/hr", "mj/m^2/hr")),
    Unit("kW m-2", 1000.0, 0.0, ("kwm-2", "kw/m2", "kw/m^2", "kwhm-2", "kwh/m2", "kwh/m^2")),
)
TEMPERATURE = (
    Unit("degC", 1.0, 0.0, ("degc", "c", "°c", "celsius", "deg_c", "degree_celsius")),
    Unit("K", 1.0, -273.15, ("k", "kelvin", "degk")),
)
PRESSURE = (
    Unit("Pa", 1.0, 0.0, ("pa", "pascal")),
    Unit("hPa", 100.0, 0.0, ("hpa", "mbar", "millibar", "mb")),
    Unit("kPa", 1000.0, 0.0, ("kpa",)),
)
WIND = (
    Unit("m s-1", 1.0, 0.0, ("ms-1", "m/s", "ms**-1", "ms^-1")),
    Unit("km h-1", 1 / 3.6, 0.0, ("kmh-1", "km/h", "kmh**-1", "kph", "kmph")),
)
KNOTS = Unit("knots", 1852 / 3600, 0.0, ("kn", "kt", "kts", "knot", "knots"))
"""Too near to m s-1 to be told from the values; known by its label only."""

FAMILIES = {
    "ghi": IRRADIANCE,
    "dni": IRRADIANCE,
    "dhi": IRRADIANCE,
    "temp_air": TEMPERATURE,
    "pressure": PRESSURE,
    "wind_speed_10m": WIND,
    "wind_speed_100m": WIND,
}


MEANS = {"degC": (-45.0, 45.0), "Pa": (45e3, 110e3)}
"""Between which the mean over a record must lie, canonical units."""

FASTER = 2.2
"""Wind this many times the climatology's mean is taken for another unit."""


@dataclass(frozen=True)
class Scale:
    """How big the values are: mean, 99.9 % quantile, and what they should be in canonical unit."""

    mean: float
    high: float
    expected: float


def labelled(name: str, label: object) -> Unit | None:
    """Return the unit that a label means for a variable, None if it is absent or not known."""
    text = str(label or "").replace(" ", "").replace("·", "").lower()
    family = FAMILIES[name] + ((KNOTS,) if FAMILIES[name] is WIND else ())
    return next((unit for unit in family if text in unit.spellings), None)


def betrayed(name: str, scale: Scale) -> Unit | None:
    """Return the unit in which the values make sense, None if in no unit that is known.

    Parameters
    ----------
    name : of the variable.
    scale : ``expected`` is the 99.9 % quantile of cloudless GHI for irradiance, W m-2, and the
        climatology's mean for wind, m s-1; it is not used for temperature and pressure.

    Notes
    -----
    Irradiance and wind take the unit nearest on a logarithmic scale; wind is judged by its mean,
    which must be well over twice the climatology before km h-1 is suspected.
    """
    family = FAMILIES[name]
    if not np.isfinite(scale.mean):
        return None
    if family in (TEMPERATURE, PRESSURE):
        low, high = MEANS[family[0].name]
        fits = [unit for unit in family if low < scale.mean * unit.factor + unit.offset < high]
        return fits[0] if fits else None
    size = scale.mean if family is WIND else scale.high
    if size <= 0 or scale.expected <= 0:
        return None
    if family is WIND and size / scale.expected < FASTER:
        return family[0]
    distance = [abs(np.log(size * unit.factor / scale.expected)) for unit in family]
    nearest = int(np.argmin(distance))
    return family[nearest] if distance[nearest] < np.log(4) else None


def judge_unit(name: str, label: object, scale: Scale) -> tuple[Finding, Unit]:
    """Return what is to be said on the unit of a variable, and the unit to read it in.

    Notes
    -----
    Where label and values contradict each other the values are believed.
    """
    canonical = FAMILIES[name][0]
    claim, seen = labelled(name, label), betrayed(name, scale)
    if claim is KNOTS and seen is canonical:
        seen = KNOTS
    said = f"labelled {label!r}" if label else "without a label"
    size = f"mean {scale.mean:.4g}, 99.9 % quantile {scale.high:.4g}"

    def row(severity: str, found: str, message: str) -> Finding:
        return Finding("units", name, severity, found, "all values", message)

    if seen is None:
        message = f"{said}, yet the values ({size}) make sense in no unit that is known"
        return row(ERROR, "unknown", message), claim or canonical
    if claim is None:
        grave = WARNING if seen is canonical else ERROR
        asked = f"write units = {VARIABLES[name].units!r}"
        return row(grave, seen.name, f"{said}; the values ({size}) look like {seen.name}; "
                   f"{asked}{_advice(seen)}"), seen  # fmt: skip
    if claim is not seen:
        message = f"{said}, but the values ({size}) are in {seen.name}{_advice(seen)}"
        return row(ERROR, seen.name, message), seen
    if seen is not canonical:
        message = f"{said}, and the values agree; wanted is {canonical.name}{_advice(seen)}"
        return row(ERROR, seen.name, message), seen
    if str(label) != VARIABLES[name].units:
        message = f"{said}; write it as {VARIABLES[name].units!r}"
        return row(WARNING, seen.name, message), seen
    return row(OK, seen.name, ""), seen


def _advice(unit: Unit) -> str:
    if unit.factor == 1 and unit.offset == 0:
        return ""
    if unit.offset:
        return f"; add {unit.offset:g}"
    return f"; multiply by {unit.factor:.6g}"
