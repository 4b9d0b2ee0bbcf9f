"""The wind map inside the country, and where the plants that exist stand on it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from greenanalysis.assessment.assess import Assessment
from greenanalysis.core.tables import read_facts
from greenanalysis.weather.sample.climate import load_site_wind


def site_wind(study: Assessment) -> xr.Dataset | None:
    """Return the wind map inside the country every 1/12 degree; None for other weather.

    Returns
    -------
    Dataset : (latitude, longitude) ``speed`` (m/s at 100 m where turbines would stand) and
        ``sigma`` (standard deviation of its logarithm), NaN outside.
    """
    import shapely

    if str(study.weather.get("name")) != "sample":
        return None
    fine = load_site_wind()
    lon, lat = np.meshgrid(fine["longitude"], fine["latitude"])
    land = shapely.union_all(study.regions.geometry.to_numpy())
    shapely.prepare(land)
    inside = shapely.contains_xy(land, lon, lat)
    return fine.where(xr.DataArray(inside, fine["speed"].coords, fine["speed"].dims))


def share_in_windiest(wind: xr.Dataset, share: float) -> float:
    """Return the share of the located wind plants that stand in the windiest part of the land.

    Parameters
    ----------
    wind : of :func:`site_wind`.
    share : of the area, the windiest first.
    """
    field = wind["speed"].transpose("latitude", "longitude").to_numpy()
    weights = np.cos(np.radians(wind["latitude"].to_numpy()))[:, None]
    values, area = field.ravel(), np.broadcast_to(weights, field.shape).ravel()
    known = np.isfinite(values)
    values, area = values[known], area[known]
    order = np.argsort(-values)
    covered = np.cumsum(area[order]) / area.sum()
    least = values[order][int(np.searchsorted(covered, share))]
    fleet = read_facts("wind_fleet", numeric=["latitude", "longitude"]).dropna(subset=["latitude"])
    at = {
        name: xr.DataArray(fleet[name].to_numpy(), dims="plant")
        for name in ("latitude", "longitude")
    }
    speed = wind["speed"].sel(at, method="nearest").to_numpy()
    return float(np.mean(speed >= least))
