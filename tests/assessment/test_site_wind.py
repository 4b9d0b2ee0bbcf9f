"""The wind map inside the country."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from greenanalysis.assessment.site_wind import share_in_windiest
from greenanalysis.weather.sample.climate import load_site_wind


def test_all_plants_stand_on_all_of_the_land_and_more_on_more() -> None:
    wind = load_site_wind()
    shares = [share_in_windiest(wind, share) for share in (0.1, 0.3, 0.6, 0.999)]
    assert shares == sorted(shares)
    assert shares[-1] > 0.95
    assert shares[2] > 0.6


def test_plants_on_the_only_windy_cell_are_in_its_tenth() -> None:
    lat, lon = np.arange(40.25, 56, 0.5), np.arange(46.25, 88, 0.5)
    calm = xr.DataArray(
        np.full((32, 84), 5.0), {"latitude": lat, "longitude": lon}, ("latitude", "longitude")
    )
    windy = calm.where(calm["latitude"] > 43, 9.0)
    wind = xr.Dataset({"speed": windy + calm["longitude"] * 1e-6, "sigma": calm})
    assert share_in_windiest(wind, 0.1) == pytest.approx(0.0, abs=0.05)
