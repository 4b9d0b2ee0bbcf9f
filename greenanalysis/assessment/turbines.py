"""The turbines that can be named: windpowerlib's library and public data sheets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from greenanalysis.core.errors import unknown_name
from greenanalysis.core.tables import read_facts
from greenanalysis.resource.wind.farm import (
    PowerCurve,
    library_turbines,
    load_power_curve,
    typical_curve,
)


@dataclass(frozen=True)
class TurbineSheet:
    """What a public data sheet says of a turbine without a public power curve."""

    name: str
    maker: str
    nominal_power_mw: float
    rotor_diameter_m: float
    hub_height_m: float
    source: str
    note: str

    @property
    def specific_power_w_m2(self) -> float:
        """Nominal power over swept area, W/m2."""
        return self.nominal_power_mw * 1e6 / (np.pi / 4 * self.rotor_diameter_m**2)


@lru_cache(maxsize=1)
def turbine_sheets() -> dict[str, TurbineSheet]:
    """Return the turbines of ``data/facts/turbines.csv`` by name."""
    table = read_facts("turbines", numeric=["rated_kw", "rotor_m", "hub_m"])
    return {
        str(row["turbine"]): TurbineSheet(
            name=str(row["turbine"]),
            maker=str(row["maker"]),
            nominal_power_mw=float(row["rated_kw"]) / 1000,
            rotor_diameter_m=float(row["rotor_m"]),
            hub_height_m=float(row["hub_m"]),
            source=str(row["source"]),
            note=str(row["note"]),
        )
        for row in table.to_dict("records")
    }


def turbine_names() -> list[str]:
    """Return the names of all turbines."""
    return sorted({*(str(name) for name in library_turbines().index), *turbine_sheets()})


def power_curve(turbine: str) -> PowerCurve:
    """Return the power curve of a turbine by name, of a single turbine without smoothing.

    A turbine of ``data/facts/turbines.csv`` has no public curve: it takes the typical one of its
    specific power, and the name of the curve says so.

    Raises
    ------
    InputError : an unknown name; the nearest ones are listed.
    """
    sheet = turbine_sheets().get(turbine)
    if sheet is not None:
        return typical_curve(
            sheet.specific_power_w_m2, name=sheet.name, nominal_power_mw=sheet.nominal_power_mw
        )
    if turbine not in library_turbines().index:
        raise unknown_name("turbine", turbine, turbine_names(), where="turbines")
    return load_power_curve(turbine)
