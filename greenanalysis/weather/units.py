"""Units as sources spell them, onto the project's own: converted by name or refused."""

from __future__ import annotations

import numpy as np

from greenanalysis.core.errors import input_error
from greenanalysis.core.variables import variable_of

_KELVIN = 273.15
_CONVERSIONS: dict[str, dict[str, tuple[float, float]]] = {
    "degC": {
        **dict.fromkeys(("c", "degc", "°c", "celsius", "degreescelsius", "degrees_c"), (1, 0)),
        **dict.fromkeys(("degree_celsius", "degrees_celsius", "degree_c"), (1, 0)),
        **dict.fromkeys(("k", "kelvin", "degk"), (1, -_KELVIN)),
        **dict.fromkeys(("°f", "f", "degf", "fahrenheit"), (5 / 9, -160 / 9)),
    },
    "Pa": {
        **dict.fromkeys(("pa", "pascal", "pascals"), (1, 0)),
        **dict.fromkeys(("hpa", "mbar", "hectopascal", "millibar"), (100, 0)),
        **dict.fromkeys(("kpa", "kilopascal", "kilopascals"), (1000, 0)),
    },
    "m s-1": {
        **dict.fromkeys(("m/s", "ms-1", "ms^-1", "meterspersecond", "m.s-1", "ms**-1"), (1, 0)),
        **dict.fromkeys(("km/h", "kmh-1", "kph"), (1 / 3.6, 0)),
        **dict.fromkeys(("kn", "kt", "knots"), (1852 / 3600, 0)),
        **dict.fromkeys(("mp/h", "mph"), (0.44704, 0)),
    },
    "W m-2": {
        **dict.fromkeys(
            ("w/m^2", "w/m2", "wm-2", "wm^-2", "w/m**2", "w.m-2", "wm**-2", "w/m²"), (1, 0)
        ),
        **dict.fromkeys(("wh/m^2", "wh/m2", "w-hr/m^2", "whm-2", "w-h/m^2"), (1, 0)),
        **dict.fromkeys(("kwh/m^2", "kwh/m2", "kw-hr/m^2", "kwhm-2"), (1000, 0)),
        **dict.fromkeys(("kw-hr/m^2/day", "kwh/m^2/day", "kwh/m2/day"), (1000 / 24, 0)),
        **dict.fromkeys(("mj/m^2", "mj/m2", "mj/m^2/hr", "mjm-2"), (1e6 / 3600, 0)),
        **dict.fromkeys(("mj/m^2/day", "mj/m2/day", "mjm-2day-1"), (1e6 / 86400, 0)),
        **dict.fromkeys(("j/m^2", "j/m2", "jm-2", "j/m**2", "jm**-2"), (1 / 3600, 0)),
    },
}
"""To unit: from unit (lower case, no blanks): factor and summand. Energies are those of an hour."""


def unit_conversion(unit: object, name: str, *, where: str) -> tuple[float, float]:
    """Return factor and summand that carry a stated unit of a variable to the canonical one.

    Raises
    ------
    InputError : a unit that is not known for this variable, or none.
    """
    known = _CONVERSIONS[variable_of(name).units]
    spelled = "".join(str(unit).split()).lower()
    if unit is None or spelled not in known:
        allowed = f"one of {', '.join(known)}"
        raise input_error(f"unit of {name}", where=where, allowed=allowed, got=repr(unit))
    return known[spelled]


def to_project_units(values: np.ndarray, unit: object, name: str, *, where: str) -> np.ndarray:
    """Return hourly values of one variable in its canonical unit.

    Parameters
    ----------
    values : as they came; energies per area are those gathered in one hour.
    unit : as the source states it.
    name : canonical variable, see :func:`greenanalysis.core.variables.variable_of`.
    where : names the source in the message.

    Raises
    ------
    InputError : a unit that is not known for this variable, or none.
    """
    factor, summand = unit_conversion(unit, name, where=where)
    if (factor, summand) == (1, 0):
        return values
    converted: np.ndarray = values * values.dtype.type(factor) + values.dtype.type(summand)
    return converted
