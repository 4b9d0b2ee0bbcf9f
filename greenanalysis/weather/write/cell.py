"""What writers of site files need of a Dataset: one table, the place, the clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error

HOUR = pd.Timedelta(hours=1)
_STANDARD_PRESSURE_PA, _SCALE_M, _EXPONENT = 101_325.0, 44_331.5, 0.190_263


@dataclass(frozen=True, eq=False)
class SiteCell:
    """Weather of one cell: ``hours`` with one column a variable, index ends of hours, UTC.

    ``altitude`` in metres, ``altitude_note`` where it comes from.
    """

    hours: pd.DataFrame
    latitude: float
    longitude: float
    altitude: float
    altitude_note: str
    name: str
    source: str

    @property
    def starts(self) -> pd.DatetimeIndex:
        """Beginnings of the hours, UTC."""
        return pd.DatetimeIndex(self.hours.index) - HOUR

    def column(self, name: str) -> np.ndarray:
        """Return a variable (time), NaN throughout where the weather does not hold it."""
        if name in self.hours:
            return self.hours[name].to_numpy()
        return np.full(len(self.hours), np.nan, dtype="float32")

    def require(self, names: tuple[str, ...], what: str) -> None:
        """Refuse weather that holds none of the variables of a format.

        Raises
        ------
        InputError : naming the format and what it holds.
        """
        if not any(name in self.hours for name in names):
            raise input_error(
                "variables", where=what, allowed=f"one of {', '.join(names)}", got=[*self.hours]
            )


def site_cell(dataset: xr.Dataset) -> SiteCell:
    """Return the only cell of a Dataset.

    Parameters
    ----------
    dataset : canonical variables (time, latitude, longitude) of sizes (n, 1, 1).

    Raises
    ------
    InputError : more than one cell.
    """
    cells = dataset.sizes.get("latitude", 0) * dataset.sizes.get("longitude", 0)
    if cells != 1:
        raise InputError(
            f"this format holds one site, the weather has {cells} cells; "
            "choose one by --latitude and --longitude"
        )
    hourly = [str(n) for n, a in dataset.data_vars.items() if "time" in a.dims]
    hours = pd.DataFrame(
        {name: dataset[name].to_numpy().ravel() for name in hourly},
        index=pd.DatetimeIndex(dataset["time"].to_numpy(), name="time"),
    )
    altitude, note = _altitude(dataset, hours)
    return SiteCell(
        hours=hours,
        latitude=float(dataset["latitude"].to_numpy().ravel()[0]),
        longitude=float(dataset["longitude"].to_numpy().ravel()[0]),
        altitude=altitude,
        altitude_note=note,
        name=str(dataset.attrs.get("name", "site")),
        source=str(dataset.attrs.get("source", "")),
    )


def _altitude(dataset: xr.Dataset, hours: pd.DataFrame) -> tuple[float, str]:
    """Return the altitude, m, and where it comes from.

    Without a statement it follows from the mean pressure in the standard atmosphere (ISO 2533).
    """
    stated = dataset.attrs.get("altitude")
    if stated is not None:
        return float(stated), "altitude as stated"
    if "pressure" in hours and hours["pressure"].notna().any():
        ratio = float(hours["pressure"].mean()) / _STANDARD_PRESSURE_PA
        height = _SCALE_M * (1 - ratio**_EXPONENT)
        return round(height, 1), "altitude from the mean pressure in the standard atmosphere"
    return 0.0, "altitude not known, written as 0"


def one_line(text: str, *, without: str = ",") -> str:
    """Return a text for a field of a header: one line, without the separator."""
    return " ".join(text.replace(without, " ").split())


def shortest(values: np.ndarray, missing: str) -> list[str]:
    """Return numbers with as many digits as float32 needs to be read back equal."""
    return [
        missing if not np.isfinite(value) else np.format_float_positional(value, trim="0")
        for value in values.astype("float32")
    ]
