"""The method on measured power: modelled and measured hours of plants that others published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.paths import data_dir
from greenanalysis.core.variables import DIMS, VARIABLES
from greenanalysis.resource.pv.model import pv_capacity_factor, pv_defaults
from greenanalysis.resource.wind.farm import LOSSES, WindPlant
from greenanalysis.resource.wind.model import wind_capacity_factor, wind_defaults

_FITTED_YEAR = 2011
_MM82_DONOR = "MM92/2050"
_MM82_DONOR_ROTOR_M = 92.0
_SNOW_SHARE = 0.5
"""Below this share of what the irradiance gives, modules count as covered; used for one day."""
_NOT_AT_THE_TURBINE = ("electrical",)
"""Losses between the turbines and the meter; the power was measured at the turbines."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Hours of a plant, modelled beside measured.

    ``hours`` has the columns ``measured`` and ``modelled``, W or kW (``unit``), only hours in which
    both are known; ``basis`` says whether the level is independent or fitted; ``left_out`` counts
    hours that are not compared and says why.
    """

    name: str
    title: str
    unit: str
    hours: pd.DataFrame
    basis: str
    source: str
    remark: str
    left_out: str = ""


def read_measured(name: str) -> xr.Dataset:
    """Return ``data/validation/<name>.nc``, hourly, with its source in the attributes.

    Raises
    ------
    InputError : there is no such file.
    """
    path = data_dir() / "validation" / f"{name}.nc"
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.nc"))
        raise input_error("measured series", where=str(path.parent), allowed=known, got=name)
    with xr.open_dataset(path, engine="netcdf4") as dataset:
        return dataset.load()


def errors(hours: pd.DataFrame) -> dict[str, float]:
    """Return how well the modelled hours meet the measured ones.

    Parameters
    ----------
    hours : columns ``measured`` and ``modelled``.

    Returns
    -------
    dict : hours; bias (share of the measured energy, positive: too much); rmse (share of the mean
        measured power); correlation.
    """
    difference = hours["modelled"] - hours["measured"]
    mean = float(hours["measured"].mean())
    return {
        "hours": float(len(hours)),
        "bias": float(difference.mean()) / mean,
        "rmse": float(np.sqrt((difference**2).mean())) / mean,
        "correlation": float(hours["modelled"].corr(hours["measured"])),
    }


def monthly(hours: pd.DataFrame, *, at_least: int = 24 * 20) -> pd.DataFrame:
    """Return energy by calendar month (kWh or MWh) of months with enough compared hours."""
    month = (pd.DatetimeIndex(hours.index) - pd.Timedelta("1h")).to_period("M")
    sums = hours.groupby(month).sum() / 1000
    return sums[hours.groupby(month).size() >= at_least].rename_axis("month")


def measured_plants(assumptions: Assumptions) -> list[Measured]:
    """Return all plants with published power, in the order of the page."""
    return [
        _serf_west(assumptions),
        _serf_east(assumptions),
        _system_50(assumptions),
        _turbines_nacelle(assumptions),
        _turbines_era5(assumptions),
    ]


def _serf_west(assumptions: Assumptions) -> Measured:
    """Model three winter days from irradiance measured in the plane of the modules."""
    data = read_measured("pv_serf_west")
    rating = read_measured("pv_serf_east").attrs["dc_rating_w"]
    plane = data["poa"]
    flat = data.assign(ghi=plane, dhi=plane, dni=xr.zeros_like(plane))
    flat.attrs |= {"surface_tilt": 0.0, "surface_azimuth": 180.0}
    hours = _pv_hours(flat, assumptions, rating_w=rating, decomposition=None)
    covered = hours["measured"] < _SNOW_SHARE * hours["modelled"]
    return Measured(
        name="pv_serf_west",
        title="PV of 6 kW in Colorado, 2 to 4 January 2022, irradiance measured in the plane",
        unit="W",
        hours=hours[~covered],
        basis="independent",
        source=data.attrs["source"],
        remark="tests cell temperature, losses and inverter, not the sun's geometry; three days of "
        "winter only; the rating is that of the twin array on the same building (project "
        "assumption)",
        left_out=f"{int(covered.sum())} hours of the first morning with snow on the modules",
    )


def _serf_east(assumptions: Assumptions) -> Measured:
    """Model a summer from satellite irradiance, with the rating that is published."""
    data = read_measured("pv_serf_east")
    hours = _pv_hours(data, assumptions, rating_w=data.attrs["dc_rating_w"], decomposition="erbs")
    kept, idle = _running(hours, data)
    return Measured(
        name="pv_serf_east",
        title="PV of 6 kW in Colorado, July to October 2016, irradiance from satellites",
        unit="W",
        hours=kept,
        basis="independent",
        source=data.attrs["source"],
        remark="beam and diffuse by the Erbs model from the global irradiance of the satellite; "
        "the file has no wind, a constant one is assumed; the modules are of the 1990s and aged, "
        "the model's are new",
        left_out=f"{idle} hours of days on which the plant stood still",
    )


def _system_50(assumptions: Assumptions) -> Measured:
    """Model 2012 and 2013; the unknown rating is fitted to the energy of 2011."""
    data = read_measured("pv_system_50")
    hours = _pv_hours(data, assumptions, rating_w=1000.0, decomposition="erbs")
    kept, idle = _running(hours, data)
    year = pd.DatetimeIndex(kept.index).year
    first = kept[year == _FITTED_YEAR]
    rating = 1000.0 * float(first["measured"].sum() / first["modelled"].sum())
    later = kept[year > _FITTED_YEAR]
    later = later.assign(modelled=later["modelled"] * rating / 1000.0)
    return Measured(
        name="pv_system_50",
        title="PV in Colorado, 2012 and 2013, irradiance from satellites",
        unit="W",
        hours=later,
        basis="fitted level",
        source=data.attrs["source"],
        remark=f"the rating is not published: {rating:,.0f} W fits the energy of 2011; only the "
        "course over hours, months and years is tested, not the level",
        left_out=f"{idle} hours of days on which the plant stood still",
    )


def _turbines_nacelle(assumptions: Assumptions) -> Measured:
    """Model four turbines from the wind that their nacelles measured: power curve and density."""
    data = read_measured("wind_la_haute_borne")
    plant = replace(_mm82(assumptions), losses=(), shear="power_law", shear_exponent=0.0)
    parts = []
    for name in _turbines(data):
        weather = data.assign(wind_speed_100m=data[f"wind_nacelle_{name}"])
        factor = _single(
            wind_capacity_factor(canonical_site(weather), plant=plant, dtype="float64")
        )
        parts.append(_paired(data[f"ac_power_{name}"], factor * data.attrs["rated_kw"]))
    every = pd.concat(parts)
    running = every["measured"] > 0
    still = (~running) & (every["modelled"] > 0.02 * data.attrs["rated_kw"])
    return Measured(
        name="wind_nacelle",
        title="Four turbines of 2.05 MW in France, 2014 and 2015, wind measured at the nacelle",
        unit="kW",
        hours=every[~still].sort_index(),
        basis="independent",
        source=data.attrs["source"],
        remark="tests power curve and air density alone. The curve is that of the MM92 with the "
        "same generator, its speeds stretched to the smaller rotor of the MM82, which the library "
        "does not hold; the anemometer stands behind the rotor; hourly means",
        left_out=f"{int(still.sum())} hours in which a turbine stood still in enough wind",
    )


def _turbines_era5(assumptions: Assumptions) -> Measured:
    """Model the farm from the 100 m wind of a reanalysis, with the assumed losses."""
    data = read_measured("wind_la_haute_borne")
    losses = zip(LOSSES, _mm82(assumptions).losses, strict=True)
    kept = tuple(loss for name, loss in losses if name not in _NOT_AT_THE_TURBINE)
    plant = replace(_mm82(assumptions), losses=kept, shear="power_law")
    factor = _single(wind_capacity_factor(canonical_site(data), plant=plant, dtype="float64"))
    every = [data[f"ac_power_{name}"] for name in _turbines(data)]
    power = xr.concat(every, dim="turbine").sum("turbine", skipna=False)
    rated = data.attrs["rated_kw"] * data.attrs["turbines"]
    return Measured(
        name="wind_era5",
        title="The same farm from the 100 m wind of ERA5, with the assumed losses",
        unit="kW",
        hours=_paired(power, factor * rated),
        basis="independent",
        source=data.attrs["source"],
        remark="tests the chain with a reanalysis, hills and all; no siting factor, no correction; "
        "electrical losses left out, as the power was measured at the turbines",
        left_out="hours in which a turbine did not report",
    )


def _pv_hours(
    data: xr.Dataset, assumptions: Assumptions, *, rating_w: float, decomposition: str | None
) -> pd.DataFrame:
    """Return measured and modelled power, W; a plant rated on its DC side, without clipping."""
    if "wind_speed_10m" not in data:
        calm = float(data.attrs["wind_assumed_m_s"])
        data = data.assign(wind_speed_10m=xr.full_like(data["ghi"], calm))
    tilt, azimuth = data.attrs["surface_tilt"], data.attrs["surface_azimuth"]
    system = pv_defaults(assumptions, surface_tilt=float(tilt), dc_ac_ratio=1.0)
    system = replace(system, surface_azimuth=float(azimuth))
    factor = pv_capacity_factor(
        canonical_site(data), system=system, dtype="float64", decomposition=decomposition
    )
    return _paired(data["ac_power"], _single(factor) * rating_w)


def _running(hours: pd.DataFrame, data: xr.Dataset) -> tuple[pd.DataFrame, int]:
    """Return the hours without days of standstill, and how many hours those have."""
    day = (pd.DatetimeIndex(hours.index) - pd.Timedelta("7h")).floor("D")
    peak = hours.groupby(day).transform("max")
    idle = (peak["measured"] < 0.02 * hours["measured"].max()) & (
        peak["modelled"] > 0.1 * hours["modelled"].max()
    )
    return hours[~idle], int(idle.sum())


def _mm82(assumptions: Assumptions) -> WindPlant:
    """Return a farm of MM82: the curve of the MM92 over speeds stretched by the swept area."""
    plant = wind_defaults(assumptions, turbine_type=_MM82_DONOR, hub_height=80.0)
    donor = plant.power_curve
    stretch = (_MM82_DONOR_ROTOR_M / 82.0) ** (2 / 3)
    speed = donor.wind_speed * stretch
    curve = replace(donor, name="MM82 from MM92", wind_speed=speed, rotor_diameter_m=82.0)
    return replace(plant, power_curve=curve)


def _turbines(data: xr.Dataset) -> Sequence[str]:
    names: Mapping[str, object] = {str(name): None for name in data.data_vars}
    return [name.removeprefix("ac_power_") for name in names if name.startswith("ac_power_")]


def canonical_site(data: xr.Dataset) -> xr.Dataset:
    """Return the weather of a series as a grid of one cell in the canonical form."""
    place = {
        "latitude": [float(data.attrs["latitude"])],
        "longitude": [float(data.attrs["longitude"])],
    }
    if "wind_speed_100m" in data and "wind_speed_10m" not in data:
        data = data.assign(wind_speed_10m=data["wind_speed_100m"])
    weather = {}
    for name in [str(name) for name in data.data_vars if str(name) in VARIABLES]:
        values = data[name].to_numpy().astype(float)[:, None, None]
        attrs = {"units": VARIABLES[name].units}
        weather[name] = xr.DataArray(
            values, dims=DIMS, coords={"time": data["time"].to_numpy(), **place}, attrs=attrs
        )
    return xr.Dataset(weather)


def _single(factor: xr.DataArray) -> xr.DataArray:
    return factor.isel(latitude=0, longitude=0, drop=True)


def _paired(measured: xr.DataArray, modelled: xr.DataArray) -> pd.DataFrame:
    frame = pd.DataFrame({"measured": measured.to_series(), "modelled": modelled.to_series()})
    return frame.dropna()
