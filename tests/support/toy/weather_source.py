"""A source of weather: the same sunny, windy year everywhere, on cells of one degree."""

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.variables import DIMS, describe
from greenanalysis.geo.country import load_country
from greenanalysis.weather import canonical
from greenanalysis.weather.sources.source import Source


def open_toy() -> xr.Dataset:
    """Return canonical weather over the cells of the country."""
    west, south, east, north = load_country().grid
    time = pd.date_range("2023-01-01 01:00", periods=8760, freq="h", unit="ns")
    coords = {
        "time": time,
        "latitude": np.arange(south + 0.5, north),
        "longitude": np.arange(west + 0.5, east),
    }
    shape = tuple(len(axis) for axis in coords.values())
    sun = np.clip(np.sin(np.pi * (time.hour.to_numpy() - 4.5) / 7), 0, None)
    sun[time.hour > 12] = 0
    gusts = 7 + 3 * np.sin(np.arange(8760) / 30)
    series = {
        "ghi": 500 * sun,
        "dni": 400 * sun,
        "dhi": 300 * sun,
        "temp_air": 12 + 8 * np.sin(np.arange(8760) / 1400),
        "pressure": np.full(8760, 95e3),
        "wind_speed_10m": 0.7 * gusts,
        "wind_speed_100m": gusts,
    }
    arrays = {
        name: describe(
            xr.DataArray(np.broadcast_to(values[:, None, None], shape).astype("f4"), coords, DIMS),
            name,
        )
        for name, values in series.items()
    }
    return canonical.finish(
        xr.Dataset(arrays).chunk(time=2190),
        name="toy",
        grade="screening",
        source="made by a test",
        digest=f"{west} {south} {east} {north}",
    )


SOURCE = Source(name="toy", title="the same year everywhere", open=open_toy)
