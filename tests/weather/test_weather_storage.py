"""Weather on disk: chunks, packing within its stated precision, whole or absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import zarr
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import CONVENTIONS, DIMS, VARIABLES, WEATHER, as_cf, describe
from greenanalysis.weather.storage import PACKING, precision_text, write_weather


def made(hours: int = 50, seed: int = 0) -> xr.Dataset:
    """Values over the whole valid range of each variable, its ends among them."""
    random = np.random.default_rng(seed)
    coords = {
        "time": pd.date_range("2022-01-01 01:00", periods=hours, freq="h", unit="ns"),
        "latitude": np.arange(42.0, 44.0, 0.5),
        "longitude": np.arange(60.0, 63.0, 0.5),
    }
    fields = {}
    for name in WEATHER:
        limits = VARIABLES[name]
        values = random.uniform(limits.minimum, limits.maximum, (hours, 4, 6)).astype("float32")
        values[0], values[1] = limits.minimum, limits.maximum
        fields[name] = describe(xr.DataArray(values, coords, DIMS), name)
    return xr.Dataset(fields, attrs={"name": "made", "source": "a test"})


def opened(path: Path) -> xr.Dataset:
    return xr.open_zarr(path, consolidated=False)


def test_float_weather_comes_back_bit_by_bit(tmp_path: Path) -> None:
    data = made()
    path = write_weather(data.chunk(time=7), tmp_path / "w.zarr")
    again = opened(path)
    xr.testing.assert_identical(again.load(), as_cf(data))
    assert [p.name for p in tmp_path.iterdir()] == ["w.zarr"]


def test_what_is_written_names_its_conventions_and_cell_methods(tmp_path: Path) -> None:
    written = opened(write_weather(made(), tmp_path / "w.zarr"))
    assert written.attrs["Conventions"] == CONVENTIONS
    for name in WEATHER:
        assert written[name].attrs["cell_methods"] == "time: mean (interval: 1 hour)"
    assert written["latitude"].attrs["units"] == "degrees_north"
    assert written["time"].attrs["standard_name"] == "time"


def test_chunks_are_those_of_the_engine(tmp_path: Path) -> None:
    data = made(2200).pad(latitude=(0, 14), longitude=(0, 17), mode="edge")
    data = data.assign_coords(
        latitude=np.arange(18) / 2 + 42, longitude=np.arange(23) / 2 + 60
    ).isel(latitude=slice(0, 18))
    path = write_weather(data, tmp_path / "w.zarr")
    array = zarr.open_group(path, mode="r")["ghi"]
    assert array.chunks == (2190, 16, 21)


@pytest.mark.parametrize("name", WEATHER)
def test_packing_is_within_its_stated_precision(name: str, tmp_path: Path) -> None:
    data = made(400)
    again = opened(write_weather(data, tmp_path / "w.zarr", packed=True))
    error = abs(again[name].astype(float) - data[name].astype(float)).max()
    single = np.spacing(np.float32(VARIABLES[name].maximum))
    assert float(error) <= PACKING[name].step / 2 + 2 * single
    assert float(error) > PACKING[name].step / 4
    assert again[name].attrs == as_cf(data)[name].attrs
    assert f"{name} {PACKING[name].step / 2:g}" in again.attrs["precision"]
    assert again.attrs["precision"] == precision_text()


def test_the_valid_range_of_every_variable_fits() -> None:
    assert set(PACKING) == set(WEATHER)
    for name, packing in PACKING.items():
        low, high = packing.limits
        assert low <= VARIABLES[name].minimum
        assert high >= VARIABLES[name].maximum


@given(st.floats(0, 60, width=32), st.floats(0, 15, width=32))
def test_packed_wind_keeps_its_order(speed: float, more: float) -> None:
    step = PACKING["wind_speed_10m"].step
    assert round(speed / step) <= round((speed + more) / step)


def test_packed_zero_and_nan_stay_what_they_are_and_take_less_room(tmp_path: Path) -> None:
    data = made(300)
    values = np.zeros(data["ghi"].shape, dtype="float32")
    values[5] = np.nan
    data = data.assign(ghi=data["ghi"].copy(data=values))
    again = opened(write_weather(data, tmp_path / "p.zarr", packed=True))
    np.testing.assert_array_equal(again["ghi"], values)
    write_weather(data, tmp_path / "f.zarr")
    size = {
        name: sum(p.stat().st_size for p in (tmp_path / name).rglob("*") if p.is_file())
        for name in ("p.zarr", "f.zarr")
    }
    assert size["p.zarr"] < 0.7 * size["f.zarr"]


def test_maps_beside_the_weather_are_kept(tmp_path: Path) -> None:
    data = made()
    factor = xr.DataArray(
        np.full((4, 6), 1.1), {dim: data[dim] for dim in DIMS[1:]}, DIMS[1:], attrs={"units": "1"}
    )
    again = opened(write_weather(data.assign(wind_factor=factor), tmp_path / "w.zarr", packed=True))
    xr.testing.assert_identical(
        again["wind_factor"].load(), as_cf(factor.to_dataset(name="wind_factor"))["wind_factor"]
    )


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    data = made()
    path = write_weather(data, tmp_path / "w.zarr")
    values = data["ghi"].to_numpy().copy()
    values[30, 2, 2] = 5000.0
    bad = data.assign(ghi=data["ghi"].copy(data=values))
    with pytest.raises(InputError, match=r"ghi to be packed: got 5000.*-1638.35 to 1638.35 W m-2"):
        write_weather(bad, path, packed=True)
    xr.testing.assert_identical(opened(path).load(), as_cf(data))
    assert [p.name for p in tmp_path.iterdir()] == ["w.zarr"]


def test_what_is_not_canonical_is_refused(tmp_path: Path) -> None:
    data = made()
    with pytest.raises(InputError, match=r"NAME\.zarr"):
        write_weather(data, tmp_path / "w.nc")
    kelvin = data.assign(temp_air=data["temp_air"].assign_attrs(units="K"))
    with pytest.raises(InputError, match="units of temp_air"):
        write_weather(kelvin, tmp_path / "w.zarr")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_weather(data, tmp_path / "file" / "w.zarr")
