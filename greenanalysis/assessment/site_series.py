"""Power of one plant hour by hour and month by month, as tables and arrays for a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from greenanalysis.assessment.plant_yield import PlantYield
from greenanalysis.core.errors import input_error
from greenanalysis.core.formats import NETCDF, format_of, write_arrays, write_tables
from greenanalysis.core.variables import TIME_CONVENTION

SUFFIXES = (*NETCDF, ".csv", ".xlsx")
_HALF_HOUR = pd.Timedelta(minutes=30)


@dataclass(frozen=True, eq=False)
class SiteSeries:
    """``hours`` (index ``time``, UTC, end of the hour): ``power_mw``, ``capacity_factor``;
    ``months`` (index ``month``): ``energy_mwh`` of the known hours, ``capacity_factor`` (their
    mean), ``known_hours``, ``hours`` of the month that the record reaches; ``about`` by key.
    """  # fmt: skip

    hours: pd.DataFrame
    months: pd.DataFrame
    about: dict[str, str]

    def dataset(self) -> xr.Dataset:
        """Return hours and months as arrays with units."""
        hours = xr.Dataset.from_dataframe(self.hours)
        months = self.months.set_axis(pd.PeriodIndex(self.months.index).to_timestamp())
        arrays = hours.merge(
            xr.Dataset.from_dataframe(
                months.add_prefix("monthly_").rename_axis("month")
            )
        )  # fmt: skip
        units = {"power_mw": "MW", "monthly_energy_mwh": "MWh", "monthly_known_hours": "h",
                 "monthly_hours": "h"}  # fmt: skip
        for name in arrays.data_vars:
            arrays[name].attrs = {"units": units.get(str(name), "1"),
                                  "long_name": str(name).replace("_", " ")}  # fmt: skip
        arrays["month"].attrs = {"long_name": "beginning of the month, UTC"}
        return arrays.assign_attrs(self.about)


def site_series(
    plant: PlantYield, *, capacity_mw: float, about: dict[str, str] | None = None
) -> SiteSeries:
    """Return the power of a plant.

    Parameters
    ----------
    plant : hourly capacity factors of a place, net of the plant's losses.
    capacity_mw : MW.
    about : what is known of the plant, by key.

    Raises
    ------
    InputError : a capacity that is not above 0.
    """
    if not capacity_mw > 0:
        raise input_error("capacity", where="site_series()", allowed="above 0 MW", got=capacity_mw)
    factor = plant.hours.to_series().astype(float).rename_axis("time")
    hours = pd.DataFrame({"power_mw": factor * capacity_mw, "capacity_factor": factor})
    month = pd.PeriodIndex(pd.DatetimeIndex(factor.index) - _HALF_HOUR, freq="M")
    groups = hours.groupby(month)
    months = pd.DataFrame(
        {
            "energy_mwh": groups["power_mw"].sum(min_count=1),
            "capacity_factor": groups["capacity_factor"].mean(),
            "known_hours": groups["power_mw"].count(),
            "hours": groups.size(),
        }
    ).rename_axis("month")
    told = {"capacity_mw": f"{capacity_mw:g}", "time_convention": TIME_CONVENTION, **(about or {})}
    return SiteSeries(hours, months, told)


def write_series(series: SiteSeries, path: Path, *, step: str = "hour") -> Path:
    """Write a series in the format of the suffix.

    Parameters
    ----------
    series : hours and months.
    path : ``NAME.nc`` and ``NAME.xlsx`` hold both, ``NAME.csv`` one of them.
    step : ``hour`` or ``month``, of the CSV.

    Raises
    ------
    InputError : another suffix.
    """
    if format_of(path, SUFFIXES) in NETCDF:
        return write_arrays(series.dataset(), path)
    months = series.months.set_axis(series.months.index.astype(str)).rename_axis("month")
    if path.suffix.lower() == ".csv":
        return write_tables({step: months if step == "month" else series.hours}, path)
    about = pd.DataFrame({"key": list(series.about), "value": list(series.about.values())})
    return write_tables({"hours": series.hours, "months": months, "about": about}, path)
