"""Opening weather: what is canonical passes, anything else is one clear error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from greenanalysis import weather
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, TIME_CONVENTION, WEATHER, describe
from greenanalysis.weather import canonical
from greenanalysis.weather.clearsky import HALF_HOUR, clear_sky, elevation_deg, sun
from greenanalysis.weather.quality import check, remembered
from greenanalysis.weather.quality.verdict import Verdict, verdict_of
from greenanalysis.weather.sample.year import split_beam
from greenanalysis.weather.sources.source import Source

LATITUDE = np.arange(42.0, 55, 4)
LONGITUDE = np.arange(48.0, 89, 4)


def made() -> xr.Dataset:
    """A year of cloudless weather on 4 degree cells."""
    times = pd.date_range("2022-01-01 01:00", periods=8760, freq="h", unit="ns")
    lat, lon = (x.ravel() for x in np.meshgrid(LATITUDE, LONGITUDE, indexing="ij"))
    position = sun(times - HALF_HOUR)
    elevation = elevation_deg(position, lat, lon)
    ghi = clear_sky(
        elevation,
        position.extraterrestrial[:, None],
        linke_turbidity=np.array(3.0),
        altitude=np.array(300.0),
    )
    dni, dhi = split_beam(ghi, elevation, times.dayofyear.to_numpy())
    fields = {
        "ghi": ghi,
        "dni": dni,
        "dhi": dhi,
        "temp_air": np.full(ghi.shape, 8.0),
        "pressure": np.full(ghi.shape, 96000.0),
        "wind_speed_10m": np.full(ghi.shape, 4.0),
        "wind_speed_100m": np.full(ghi.shape, 6.0),
    }
    coords = {"time": times, "latitude": LATITUDE, "longitude": LONGITUDE}
    shape = (len(times), len(LATITUDE), len(LONGITUDE))
    return xr.Dataset(
        {
            name: describe(
                xr.DataArray(values.reshape(shape).astype("float32"), coords, DIMS), name
            )
            for name, values in fields.items()
        }
    )


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "cache_dir", lambda: tmp_path / "cache")


@pytest.fixture(scope="module")
def good() -> xr.Dataset:
    return made()


def test_canonical_weather_passes_and_is_stamped(good: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "mine.nc"
    good.assign_attrs(source="a mast").to_netcdf(path)
    opened = weather.open_weather(str(path))
    assert opened.attrs == {
        "name": "mine",
        "grade": "real",
        "source": "a mast",
        "years": "2022",
        "time_convention": TIME_CONVENTION,
        "hash": opened.attrs["hash"],
        "verdict": opened.attrs["verdict"],
    }
    assert "frozen" in opened.attrs["verdict"]
    assert all(opened[name].chunks for name in WEATHER)
    for name in WEATHER:
        np.testing.assert_array_equal(opened[name], good[name])


def test_zarr_is_opened_and_keeps_its_screening_grade(good: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "mine.zarr"
    good.assign_attrs(grade="screening").to_zarr(path)
    opened = weather.open_weather(path)
    assert opened.attrs["grade"] == "screening"
    warmer = good.assign(temp_air=(good["temp_air"] + 1).assign_attrs(units="degC"))
    warmer.assign_attrs(grade="screening").to_zarr(tmp_path / "warmer.zarr")
    other = weather.open_weather(tmp_path / "warmer.zarr")
    assert other.attrs["hash"] != opened.attrs["hash"]


def test_sample_goes_to_its_own_module(monkeypatch: pytest.MonkeyPatch) -> None:
    token = xr.Dataset(attrs={"hash": "1"})
    source = Source("sample", "a token", open=lambda: token)
    monkeypatch.setattr(weather, "_sources", lambda: {"sample": source})
    verdict = verdict_of([])
    monkeypatch.setattr(weather, "remembered_verdict", lambda dataset: verdict)
    assert weather.open_weather("sample").attrs == {"hash": "1", "verdict": verdict.text}


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"unknown weather: got 'sampel'.*did you mean sample"):
        weather.open_weather("sampel")


def test_weather_opens_where_the_checks_cannot_run(
    good: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(dataset: xr.Dataset) -> Verdict:
        raise InputError("climatology: got nothing")

    monkeypatch.setattr(weather, "remembered_verdict", broken)
    good.to_netcdf(tmp_path / "mine.nc")
    opened = weather.open_weather(tmp_path / "mine.nc")
    assert opened.attrs["verdict"] == "not checked (climatology: got nothing)"


def test_the_verdict_is_computed_once(good: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(dataset: xr.Dataset) -> Verdict:
        calls.append(dataset)
        return check(dataset)

    monkeypatch.setattr(remembered, "check", counted)
    stamped = good.assign_attrs(hash="a")
    first = remembered.remembered_verdict(stamped)
    again = remembered.remembered_verdict(stamped)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert len(calls) == 1
    remembered.remembered_verdict(good.assign_attrs(hash="b"))
    assert len(calls) == 2
    next(remembered.cache_dir().rglob("verdict-*.json")).write_text("[{}")
    remembered.remembered_verdict(stamped)
    remembered.remembered_verdict(good.assign_attrs(hash="b"))
    assert len(calls) == 3


def at(dataset: xr.Dataset, name: str, value: float) -> xr.Dataset:
    array = dataset[name].copy()
    array[100:130, 1, 2] = value
    return dataset.assign({name: array})


def with_time(dataset: xr.Dataset, change: Callable[[pd.DatetimeIndex], object]) -> xr.Dataset:
    return dataset.assign_coords(time=change(pd.DatetimeIndex(dataset["time"].to_numpy())))


def units(dataset: xr.Dataset, name: str, unit: str) -> xr.Dataset:
    return dataset.assign({name: dataset[name].assign_attrs(units=unit)})


def swapped(dataset: xr.Dataset) -> xr.Dataset:
    keep = np.arange(dataset.sizes["time"])
    keep[[50, 51]] = keep[[51, 50]]
    return dataset.isel(time=keep)


def uneven(dataset: xr.Dataset) -> xr.Dataset:
    axis = dataset["longitude"].to_numpy().copy()
    axis[3] += 1
    return dataset.assign_coords(longitude=axis)


BAD: dict[str, tuple[Callable[[xr.Dataset], xr.Dataset], str]] = {
    "no weather": (lambda d: d[["ghi"]].rename(ghi="light"), r"variables: got \['light'\]"),
    "wrong units": (lambda d: units(d, "temp_air", "K"), r"units of temp_air: got 'K'.*'degC'"),
    "no units": (lambda d: d.assign(ghi=d["ghi"].drop_attrs()), r"units of ghi: got None"),
    "order of dimensions": (
        lambda d: d.transpose("latitude", "longitude", "time"),
        r"dimensions of ghi: got \('latitude'.*allowed: \('time'",
    ),
    "gap": (
        lambda d: d.isel(time=np.r_[0:500, 520:8760]),
        r"a gap after 2022-01-21 20:00.*step of 21 h",
    ),
    "unsorted": (swapped, r"not ascending|a gap after"),
    "doubled hour": (
        lambda d: d.isel(time=np.r_[0:500, 499:8760]),
        r"not ascending after .*step of 0 h",
    ),
    "half hours": (lambda d: with_time(d, lambda t: t - HALF_HOUR), r"time: got .*whole hours"),
    "numbers for times": (lambda d: with_time(d, lambda t: np.arange(len(t))), r"time: got int"),
    "empty": (lambda d: d.isel(time=slice(0, 0)), r"length of time: got none"),
    "NaN block": (lambda d: at(d, "pressure", np.nan), r"pressure: 30 of .* NaN .*first at time="),
    "impossible": (
        lambda d: at(d, "ghi", 2000.0),
        r"ghi at time=.*latitude=46.*got 2000.*0 to 1500 W m-2",
    ),
    "negative wind": (lambda d: at(d, "wind_speed_10m", -1.0), r"wind_speed_10m at .*got -1"),
    "kelvin in degC": (lambda d: at(d, "temp_air", 290.0), r"temp_air at .*-70 to 60 degC"),
    "descending latitude": (
        lambda d: d.isel(latitude=slice(None, None, -1)),
        r"latitude: got 54 then 50.*ascending",
    ),
    "uneven longitude": (uneven, r"longitude: got .*even steps"),
    "smaller than its box": (
        lambda d: d.isel(longitude=slice(2, None)).assign_attrs(box=[50, 41, 88, 55]),
        r"extent of longitude: got 54 to 90.*the stated box, 50 to 88",
    ),
    "beyond the globe": (
        lambda d: d.assign_coords(latitude=d["latitude"] + 50),
        r"latitude: got .*on the globe",
    ),
    "local time, light alone": (
        lambda d: with_time(d[["ghi"]], lambda t: t + pd.Timedelta(hours=5)),
        r"ghi by night at time=.*UTC",
    ),
    "local time": (
        lambda d: with_time(d, lambda t: t + pd.Timedelta(hours=5)),
        r"ghi by night at time=.*UTC",
    ),
    "beam does not add up": (
        lambda d: d.assign(dni=d["dni"].copy(data=d["dni"].to_numpy() * 0.5)),
        r"do not add up",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_weather_is_one_clear_error(good: xr.Dataset, kind: str) -> None:
    change, message = BAD[kind]
    with pytest.raises(InputError, match=message) as caught:
        canonical.validate(change(good), where="mine.nc")
    assert "mine.nc" in str(caught.value)


def test_good_weather_passes_in_blocks(good: xr.Dataset) -> None:
    canonical.validate(good, where="mine.nc")
    canonical.validate(good.chunk(time=2190, latitude=2), where="mine.nc")


def test_a_part_of_the_weather_is_weather(good: xr.Dataset, tmp_path: Path) -> None:
    """Any variables, any extent, any length; a site may have gaps, a grid may not."""
    part = good[["ghi", "temp_air"]].isel(time=slice(0, 700), longitude=slice(2, 3))
    part.to_netcdf(tmp_path / "part.nc")
    opened = weather.open_weather(tmp_path / "part.nc")
    assert set(opened.data_vars) == {"ghi", "temp_air"}
    assert opened.sizes["longitude"] == 1
    high = good["wind_speed_100m"].rename("wind_speed_80m").to_dataset()
    site = high.isel(latitude=[1], longitude=[3]).copy(deep=True)
    site["wind_speed_80m"][100:200] = np.nan
    canonical.validate(site, where="mast.nc")
    with pytest.raises(InputError, match="are NaN"):
        canonical.validate(at(high, "wind_speed_80m", np.nan), where="grid.nc")
    with pytest.raises(InputError, match=r"whole year, 8760 h.*|got 700 h"):
        weather.open_year(tmp_path / "part.nc")


def test_a_bad_value_in_a_later_block_is_found(good: xr.Dataset) -> None:
    array = good["ghi"].copy()
    array[8000, 3, 10] = -5
    with pytest.raises(InputError, match="ghi at time=2022-11-30"):
        canonical.validate(good.assign(ghi=array).chunk(time=1000), where="mine.nc")


def test_files_that_are_no_weather(good: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got nothing"):
        weather.open_weather(tmp_path / "absent.nc")
    text = tmp_path / "text.nc"
    text.write_text("time,ghi\n")
    with pytest.raises(InputError, match=r"text\.nc: neither netCDF nor Zarr"):
        weather.open_weather(text)
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(InputError, match=r"empty\.zarr: neither netCDF nor Zarr"):
        weather.open_weather(tmp_path / "empty.zarr")
    cut = tmp_path / "cut.nc"
    good.to_netcdf(cut)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    with pytest.raises(InputError, match=r"cut\.nc"):
        weather.open_weather(cut)


def test_a_damaged_chunk_of_a_users_zarr_is_named(good: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "mine.zarr"
    good.to_zarr(path)
    victim = max(
        (p for p in (path / "ghi").rglob("*") if p.is_file()), key=lambda p: p.stat().st_size
    )
    victim.write_bytes(victim.read_bytes()[:100])
    with pytest.raises(InputError, match=r"mine\.zarr"):
        weather.open_weather(path)


def test_a_grade_that_does_not_exist_is_refused(good: xr.Dataset) -> None:
    with pytest.raises(InputError, match="attribute grade: got perfect"):
        canonical.grade_of(good.assign_attrs(grade="perfect"), where="mine.nc")
