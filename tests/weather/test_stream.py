"""A cutout read in chunks past HDF5 is the cutout that xarray opens, however the file is packed."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner

from greenanalysis.cli.main import cli
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import WEATHER
from greenanalysis.resource.engine.reduce import reduce
from greenanalysis.resource.engine.source import Chunk
from greenanalysis.resource.pv.model import pv_defaults
from greenanalysis.resource.wind.model import wind_defaults
from greenanalysis.weather.clearsky import HALF_HOUR, elevation_deg, sun
from greenanalysis.weather.read import cutout
from greenanalysis.weather.read.stream import CutoutSource, open_stream

_FLUX, _WIND = {"units": "W m**-2"}, {"units": "m s**-1"}
_CELLS = (5, 11)


@pytest.fixture(scope="module")
def raw() -> xr.Dataset:
    """A made-up year of 4 degrees, as atlite names it, with negative roundings and calm."""
    rng = np.random.default_rng(7)
    time = pd.date_range("2019-01-01", periods=8760, freq="h")
    y, x = np.arange(40.0, 57.0, 4.0), np.arange(47.0, 88.0, 4.0)
    places = (axis.ravel() for axis in np.meshgrid(y, x, indexing="ij"))
    shape = (time.size, *_CELLS)
    high = np.sin(np.radians(elevation_deg(sun(time - HALF_HOUR), *places))).reshape(shape).clip(0)
    beam = 900 * high * rng.random(shape)
    beam[beam == 0] = -0.5
    fields = {
        "influx_direct": (beam, _FLUX),
        "influx_diffuse": (300 * high * rng.random(shape), _FLUX),
        "temperature": (260 + 40 * rng.random(shape), {"units": "K"}),
        "wnd100m": (12 * rng.random(shape) * (rng.random(shape) > 0.05), _WIND),
        "wnd_shear_exp": (0.4 * rng.random(shape) - 0.05, {}),
        "roughness": (5 * rng.random(shape) ** 4, {"units": "m"}),
    }
    axes = ("time", "y", "x")
    data = {name: (axes, v.astype(np.float32), attrs) for name, (v, attrs) in fields.items()}
    data["height"] = (axes[1:], (2000 * rng.random(_CELLS)).astype(np.float32), {"units": "m"})
    coords = {"time": time, "y": y, "x": x}
    return xr.Dataset(data, coords, {"module": "era5", "prepared_features": "all"})


def written(raw: xr.Dataset, path: Path, **packing: object) -> Path:
    each = {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": (100, *_CELLS), **packing}
    hourly = [name for name in raw.data_vars if raw[name].ndim == 3]
    raw.to_netcdf(path, engine="netcdf4", encoding=dict.fromkeys(hourly, each))
    return path


@pytest.fixture(scope="module")
def path(raw: xr.Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(raw, tmp_path_factory.mktemp("cutout") / "year.nc")


def streamed(path: Path) -> CutoutSource:
    source = open_stream(path)
    assert source is not None
    return source


def looked_at(source: CutoutSource) -> list[Chunk]:
    """The first chunk, one in the middle and the last."""
    chunks = source.chunks()
    return [chunks[0], chunks[len(chunks) // 2], chunks[-1]]


def values_of(source: CutoutSource, cells: np.ndarray | None = None) -> dict[str, np.ndarray]:
    parts = []
    for chunk in looked_at(source):
        piece = pickle.loads(pickle.dumps(source.piece(chunk, WEATHER)))
        parts.append({name: v.copy() for name, v in piece.read(WEATHER, cells).items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in WEATHER}


def expected_of(held: xr.Dataset, source: CutoutSource) -> dict[str, np.ndarray]:
    hours = np.concatenate([np.arange(8760)[chunk.hours] for chunk in looked_at(source)])
    weather = cutout.cutout_weather(held.isel(time=hours), where="test")
    return {name: weather[name].to_numpy().reshape(hours.size, -1) for name in WEATHER}


@pytest.mark.parametrize(
    ("packing", "without"),
    [
        ({}, []),
        ({"chunksizes": (730, 2, 4)}, ["wnd_shear_exp"]),
        ({"chunksizes": (48, 5, 11), "shuffle": False}, []),
        ({"zlib": False, "shuffle": False}, []),
        ({"dtype": "float64"}, []),
        ({"dtype": ">f4"}, []),
    ],
)
def test_numbers_are_those_of_xarray(
    raw: xr.Dataset, tmp_path: Path, packing: dict[str, object], without: list[str]
) -> None:
    held = raw.drop_vars(without)
    source = streamed(written(held, tmp_path / "cutout.nc", **packing))
    got, expected = values_of(source), expected_of(held, source)
    for name in WEATHER:
        np.testing.assert_allclose(got[name], expected[name], rtol=2e-6, atol=2e-4, err_msg=name)


def test_packed_integers_and_chosen_cells(raw: xr.Dataset, tmp_path: Path) -> None:
    scale = {"dtype": "int16", "scale_factor": 0.02, "add_offset": 250.0, "_FillValue": -32767}
    source = streamed(written(raw, tmp_path / "packed.nc", **scale))
    with xr.open_dataset(source.path) as opened:
        expected = expected_of(opened.load(), source)
    cells = np.array([0, 7, 54])
    got = values_of(source, cells)
    for name in WEATHER:
        there = expected[name][:, cells]
        np.testing.assert_allclose(got[name], there, rtol=1e-5, atol=2e-3, err_msg=name)


def test_yields_are_those_of_the_weather(raw: xr.Dataset, path: Path) -> None:
    values = load_assumptions()
    plants = {"solar": pv_defaults(values), "wind": wind_defaults(values)}
    expected = reduce(cutout.cutout_weather(raw.chunk(time=744), where="test"), plants)
    xr.testing.assert_allclose(reduce(streamed(path), plants, threads=2), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("wnd100m", np.nan, "wind_speed_10m: 1 of .*NaN in .*time=2019-01-03T02.*, latitude=44"),
        ("temperature", 500.0, "temp_air at time=2019-01-03T02.*allowed: -70 to 60"),
        ("influx_direct", -9.0, "ghi at time=2019-01-03T02"),
        ("influx_diffuse", 400.0, "ghi by night at time=2019-01-03 20:00"),
    ],
)
def test_faults_are_named(
    raw: xr.Dataset, tmp_path: Path, name: str, value: float, message: str
) -> None:
    wrong = raw[[name]].copy(deep=True)
    wrong[name][68 if "night" in message else 50, 1, 3] = value
    source = streamed(written(raw.assign({name: wrong[name]}), tmp_path / "wrong.nc"))
    with pytest.raises(InputError, match=message):
        values_of(source)


def test_other_files_are_left_to_xarray(raw: xr.Dataset, tmp_path: Path) -> None:
    other = tmp_path / "other.nc"
    raw.rename(x="lon").to_netcdf(other)
    falling = written(raw.sortby("y", ascending=False), tmp_path / "falling.nc")
    sarah = written(raw.assign_attrs(module="sarah"), tmp_path / "sarah.nc")
    plain = tmp_path / "plain.nc"
    raw.to_netcdf(plain)
    (tmp_path / "text.nc").write_text("no netCDF")
    for path in (
        other,
        falling,
        sarah,
        plain,
        tmp_path / "text.nc",
        tmp_path / "none.nc",
        tmp_path,
    ):
        assert open_stream(path) is None


def test_command_reads_a_cutout(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "yields.nc"
    done = CliRunner().invoke(cli, ["yields", str(path), "--out", str(out), "--output", "mean"])
    assert done.exit_code == 0, done.output
    with xr.open_dataset(out) as found:
        assert found.attrs["source"] == "atlite cutout year.nc (era5)"
        assert 0.1 < float(found["wind_mean"].mean()) < 0.6
