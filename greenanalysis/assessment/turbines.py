"""The turbines that can be named: windpowerlib's library and public data sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import unknown_name
from greenanalysis.core.tables import read_facts
from greenanalysis.resource.wind.farm import (
    LOSSES,
    PowerCurve,
    WindPlant,
    library_turbines,
    load_power_curve,
    smooth,
    typical_curve,
    wind_defaults,
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


def wind_plant(
    values: Assumptions,
    *,
    turbine: str | None = None,
    curve: PowerCurve | None = None,
    specific_power_w_m2: float | None = None,
    hub_height_m: float | None = None,
    losses: Mapping[str, float] | None = None,
) -> WindPlant:
    """Return the assumed wind farm with what is known of it.

    Parameters
    ----------
    values : loaded assumptions.
    turbine : a name of :func:`turbine_names`; its data sheet gives the tower, too.
    curve : an own power curve, instead of a name.
    specific_power_w_m2 : where neither is known, nominal power over swept area.
    hub_height_m : m above ground.
    losses : fractions of energy by name of :data:`~greenanalysis.resource.wind.farm.LOSSES`; the
        others stay assumed.

    Raises
    ------
    InputError : an unknown turbine or loss, a loss outside 0 to 1.
    """
    plant = wind_defaults(values)
    if curve is None and turbine is not None:
        curve = power_curve(turbine)
    if curve is None and specific_power_w_m2 is not None:
        curve = typical_curve(specific_power_w_m2)
    if curve is not None:
        turbulence = values.get("onwind_resource", "turbulence_intensity", unit="1")
        smoothed = smooth(curve, "turbulence_intensity", turbulence_intensity=turbulence)
        plant = replace(plant, power_curve=smoothed)
    sheet = turbine_sheets().get(turbine or "")
    height = sheet.hub_height_m if hub_height_m is None and sheet else hub_height_m
    if height is not None:
        plant = replace(plant, hub_height=height)
    if losses:
        for name in losses:
            if name not in LOSSES:
                raise unknown_name("loss", name, LOSSES, where="wind farm")
        own = dict(zip(LOSSES, plant.losses, strict=True)) | dict(losses)
        plant = replace(plant, losses=tuple(own.values()))
    return plant
