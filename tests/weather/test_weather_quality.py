"""Planted defects against what the check of weather finds: every one under its right name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, WEATHER, describe
from greenanalysis.weather.quality import check
from greenanalysis.weather.quality.reading import Scale, betrayed, labelled
from greenanalysis.weather.quality.time import copies, hourly_change
from greenanalysis.weather.quality.values import spikes, standstill
from greenanalysis.weather.quality.verdict import ERROR, OK, WARNING, Finding, verdict_of
from greenanalysis.weather.sample import year as sample
from greenanalysis.weather.sample.climate import load_climate

Weather = xr.Dataset


@pytest.fixture(scope="module")
def clean() -> Weather:
    """Two by three cells of central Kazakhstan, a whole sample year."""
    climate = load_climate().isel(latitude=slice(14, 18, 2), longitude=slice(40, 52, 4))
    parameters = sample.sample_parameters(load_assumptions())
    (tile,) = sample.sample_tiles(climate, parameters, sample.sample_times())
    return tile


def put(data: Weather, name: str, values: object, units: str | None = None) -> Weather:
    attrs = data[name].attrs if units is None else data[name].attrs | {"units": units}
    return data.assign({name: (DIMS, np.asarray(values, dtype="float32"), attrs)})


def scaled(data: Weather, names: str, factor: float, *, offset: float = 0, units: str) -> Weather:
    for name in names.split():
        data = put(data, name, data[name].to_numpy() * factor + offset, units)
    return data


def part(data: Weather, name: str, hours: slice, value: object) -> Weather:
    values = data[name].to_numpy().copy()
    values[hours] = value
    return put(data, name, values)


def centred(data: Weather) -> Weather:
    """Hours centred on the label: half an hour later than the mean of the hour that ends there."""
    for name in ("ghi", "dni", "dhi"):
        values = data[name].to_numpy()
        data = put(data, name, (values + np.roll(values, 1, axis=0)) / 2)
    return data


def later(data: Weather, hours: float) -> Weather:
    return data.assign_coords(time=data["time"] + pd.Timedelta(hours=hours))


def half_hour_early(data: Weather) -> Weather:
    """The mean of the hour in whose middle the label stands, as instants often are taken."""
    for name in ("ghi", "dni", "dhi"):
        values = data[name].to_numpy()
        data = put(data, name, (values + np.roll(values, -1, axis=0)) / 2)
    return data


def two_zones(data: Weather) -> Weather:
    """The eastern cells an hour later than the western ones, as before March 2024."""
    for name in ("ghi", "dni", "dhi"):
        values = data[name].to_numpy().copy()
        values[:, :, 1:] = np.roll(values[:, :, 1:], 1, axis=0)
        data = put(data, name, values)
    return data


def one_cell_frozen(data: Weather) -> Weather:
    values = data["temp_air"].to_numpy().copy()
    values[3000:3168, 1, 2] = -3.5
    return put(data, "temp_air", values)


def copied_month(data: Weather) -> Weather:
    """April (30 days) put in the place of June, all variables."""
    april, june = slice(2160, 2880), slice(3624, 4344)
    for name in WEATHER:
        data = part(data, name, june, data[name].to_numpy()[april])
    return data


def without_days(data: Weather) -> Weather:
    keep = np.ones(data.sizes["time"], dtype=bool)
    keep[1000 : 1000 + 72] = False
    return data.isel(time=keep)


def accumulated(data: Weather) -> Weather:
    """Joules since midnight, as in ERA5-Land."""
    values = data["ghi"].to_numpy().reshape(365, 24, 2, 3).cumsum(axis=1) * 3600
    return put(data, "ghi", values.reshape(8760, 2, 3), "J m-2")


def assimilated(data: Weather) -> Weather:
    """Another wind in every second window of 12 hours, 10 to 21 UTC."""
    values = data["wind_speed_100m"].to_numpy().copy()
    hour = pd.DatetimeIndex(data["time"].to_numpy()).hour
    values[(hour >= 10) & (hour < 22)] += 1.5
    return put(data, "wind_speed_100m", values)


def spiked(data: Weather) -> Weather:
    return part(data, "temp_air", slice(5000, 5001), 45.0)


def doubled(data: Weather) -> Weather:
    return data.isel(time=np.r_[0:500, 499:8760])


# defect: what is planted, the check that names it, a part of "found", a part of "message"
PLANTED: dict[str, tuple[Callable[[Weather], Weather], str, str, str]] = {
    "light half an hour late": (
        centred,
        "sun alignment",
        "+30 min|+29 min|+31 min",
        "half an hour",
    ),
    "light half an hour early": (
        half_hour_early,
        "sun alignment",
        "-30 min|-29 min|-31 min",
        "add 30 min",
    ),
    "labels mark the beginning": (
        lambda d: later(d, -1),
        "sun alignment",
        "-60 min|-59 min|-61 min",
        "beginning of the hour",
    ),
    "local time UTC+5 labelled UTC": (
        lambda d: later(d, 5),
        "sun alignment",
        "+300 min|+299 min|+301 min",
        "UTC+5",
    ),
    "local time UTC+6 labelled UTC": (
        lambda d: later(d, 6),
        "sun alignment",
        "+360 min|+359 min|+361 min",
        "UTC+6",
    ),
    "two time zones in one file": (two_zones, "sun alignment", "+60 min", "cells differ by 60 min"),
    "frozen week in one cell": (
        one_cell_frozen,
        "frozen",
        "up to 168 h",
        "the same value",
    ),
    "night sun of local time": (lambda d: later(d, 5), "night sun", "W m-2", "below the horizon"),
    "K labelled degC": (
        lambda d: scaled(d, "temp_air", 1, offset=273.15, units="degC"),
        "units",
        "K",
        "labelled 'degC', but the values",
    ),
    "degC labelled K": (
        lambda d: scaled(d, "temp_air", 1, units="K"),
        "units",
        "degC",
        "labelled 'K', but the values",
    ),
    "K labelled K": (
        lambda d: scaled(d, "temp_air", 1, offset=273.15, units="K"),
        "units",
        "K",
        "the values agree; wanted is degC; add -273.15",
    ),
    "J/m2 labelled W/m2": (
        lambda d: scaled(d, "ghi dni dhi", 3600, units="W m-2"),
        "units",
        "J m-2 per hour",
        "multiply by 0.000277778",
    ),
    "kJ/m2 labelled W/m2": (
        lambda d: scaled(d, "ghi", 3.6, units="W m-2"),
        "units",
        "kJ m-2 per hour",
        "labelled 'W m-2', but",
    ),
    "kW/m2 without a label": (
        lambda d: scaled(d, "ghi", 1e-3, units=""),
        "units",
        "kW m-2",
        "without a label",
    ),
    "J/m2 adding up over the day": (accumulated, "units", "accumulated", "start anew"),
    "km/h labelled m/s": (
        lambda d: scaled(d, "wind_speed_10m wind_speed_100m", 3.6, units="m s-1"),
        "units",
        "km h-1",
        "labelled 'm s-1', but the values",
    ),
    "only 10 m in km/h": (
        lambda d: scaled(d, "wind_speed_10m", 3.6, units="m s-1"),
        "units",
        "km h-1",
        "multiply by 0.277778",
    ),
    "hPa labelled Pa": (
        lambda d: scaled(d, "pressure", 0.01, units="Pa"),
        "units",
        "hPa",
        "labelled 'Pa', but the values",
    ),
    "kPa labelled Pa": (
        lambda d: scaled(d, "pressure", 1e-3, units="Pa"),
        "units",
        "kPa",
        "multiply by 1000",
    ),
    "missing days": (without_days, "missing hours", "72 h", "1 gap, 2 whole days"),
    "a label twice": (doubled, "time axis", "1 labels twice", "ascending"),
    "labels off the hour": (
        lambda d: later(d, 0.5),
        "time axis",
        "8760 labels off the hour",
        "whole hours",
    ),
    "three-hourly": (
        lambda d: d.coarsen(time=3, coord_func={"time": "max"}).mean(keep_attrs=True),
        "time step",
        "180 min",
        "one hour",
    ),
    "frozen week of wind": (
        lambda d: part(d, "wind_speed_100m", slice(3000, 3168), 6.25),
        "frozen",
        "up to 168 h",
        "stuck or iced",
    ),
    "iced anemometer": (
        lambda d: part(d, "wind_speed_10m", slice(300, 468), 0.0),
        "frozen",
        "up to 168 h",
        "stuck or iced",
    ),
    "frozen week of light": (
        lambda d: part(d, "ghi", slice(3000, 3168), 0.0),
        "frozen",
        "no light|up to 1",
        "no light at all",
    ),
    "duplicated month": (copied_month, "repeated block", "30 days", "2023-04-01 01:00"),
    "NaN block": (
        lambda d: part(d, "pressure", slice(400, 500), np.nan),
        "missing values",
        "600 NaN (1.14%)",
        "no gaps",
    ),
    "negative irradiance": (
        lambda d: part(d, "dhi", slice(700, 720), -4.0),
        "range",
        "-4 to -4 W m-2",
        "beyond 0 to 1000",
    ),
    "a spike": (spiked, "spikes", "spikes", "straight back"),
    "10 m above 100 m": (
        lambda d: d.assign(
            wind_speed_10m=d["wind_speed_100m"], wind_speed_100m=d["wind_speed_10m"]
        ),
        "wind profile",
        "6 of 6 cells",
        "above that at 100 m",
    ),
    "too bright": (
        lambda d: scaled(d, "ghi dni dhi", 1.45, units="W m-2"),
        "clear sky",
        "of hours",
        "cloudless",
    ),
    "beam halved": (
        lambda d: scaled(d, "dni", 0.5, units="W m-2"),
        "closure",
        "W m-2",
        "far apart",
    ),
    "assimilation windows": (assimilated, "jumps", "into 10 UTC", "assimilation windows"),
    "a variable lacks": (
        lambda d: d.drop_vars("dni"),
        "variables",
        "1 of 7 absent",
        "cannot be computed",
    ),
}
MAY_COME_ALONG = {
    "light half an hour late": {"night sun"},
    "light half an hour early": {"night sun"},
    "labels off the hour": {"sun alignment"},
    "labels mark the beginning": {"night sun"},
    "local time UTC+5 labelled UTC": {"night sun"},
    "local time UTC+6 labelled UTC": {"night sun"},
    "night sun of local time": {"sun alignment"},
    "two time zones in one file": {"night sun", "closure", "clear sky"},
    "three-hourly": {"sun alignment", "closure", "clear sky"},
    "frozen week of light": {"closure"},
    "negative irradiance": {"frozen"},
    "too bright": {"range"},
    "J/m2 adding up over the day": {"range"},
    "a spike": set(),
}


def test_clean_weather_passes(clean: Weather) -> None:
    verdict = check(clean)
    assert verdict.ok, verdict.table.to_string()
    said = verdict.table[verdict.table["severity"] != OK]
    assert set(said["check"]) <= {"extent"}, said.to_string()


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_defect_is_found_by_name(clean: Weather, kind: str) -> None:
    plant, name, found, message = PLANTED[kind]
    verdict = check(plant(clean))
    wanted = WARNING if name in ("jumps", "variables") or kind == "a spike" else ERROR
    rows = verdict.table[(verdict.table["check"] == name) & (verdict.table["severity"] != OK)]
    assert len(rows), verdict.table.to_string()
    assert wanted in set(rows["severity"]) or kind == "a spike"
    assert rows["found"].map(lambda text: any(f in text for f in found.split("|"))).any(), rows
    assert rows["message"].str.contains(message, regex=False).any(), list(rows["message"])
    others = set(verdict.names(ERROR)) - {name}
    assert others <= MAY_COME_ALONG.get(kind, set()), verdict.table.to_string()


def test_a_foreign_file_is_understood_by_its_own_names(clean: Weather, tmp_path: Path) -> None:
    foreign = scaled(clean, "temp_air", 1, offset=273.15, units="K")
    foreign = scaled(foreign, "ghi", 3600, units="J m**-2").rename(
        ghi="ssrd", temp_air="t2m", pressure="sp", time="valid_time", latitude="lat"
    )
    path = tmp_path / "foreign.nc"
    foreign.isel(lat=slice(None, None, -1)).to_netcdf(path)
    verdict = check(path)
    units = verdict.table[verdict.table["check"] == "units"].set_index("variable")["found"]
    assert units["ghi"] == "J m-2 per hour"
    assert units["temp_air"] == "K"
    assert verdict.names(ERROR) == ["extent", "units"]
    assert "sun alignment" not in verdict.names(WARNING)


def test_the_influx_of_an_atlite_cutout_is_understood(clean: Weather) -> None:
    beam = (clean["ghi"] - clean["dhi"]).assign_attrs(units="W m**-2")
    cutout = xr.Dataset(
        {
            "influx_direct": beam,
            "influx_diffuse": clean["dhi"].assign_attrs(units="W m**-2"),
            "temperature": (clean["temp_air"] + 273.15).assign_attrs(units="K"),
            "wnd100m": clean["wind_speed_100m"].assign_attrs(units="m s**-1"),
        }
    ).rename(latitude="y", longitude="x")
    table = check(cutout).table
    units = table[table["check"] == "units"].set_index("variable")["found"]
    assert dict(units) == {
        "ghi": "W m-2",
        "dhi": "W m-2",
        "temp_air": "K",
        "wind_speed_100m": "m s-1",
    }
    assert table.set_index("check").loc["sun alignment", "severity"] == OK


@pytest.mark.parametrize(("file", "steady"), [("723170TYA.CSV", False), ("703165TY.csv", True)])
def test_a_real_typical_year_is_in_time_with_the_sun(file: str, steady: bool) -> None:
    """TMY3 of NREL, from pvlib: hours that end at the label, local standard time.

    The pressure of Sand Point (703165) does not change all year: a defect of the real file.
    """
    path = Path(pvlib.__file__).parent / "data" / file
    if not path.is_file():
        pytest.skip(f"pvlib comes without {file}")
    table, place = pvlib.iotools.read_tmy3(path, coerce_year=2023, map_variables=True)
    columns = {"ghi": "W m-2", "dni": "W m-2", "dhi": "W m-2", "temp_air": "degC"}
    columns |= {"pressure": "mbar"}
    coords = {
        "time": table.index.tz_convert("UTC").tz_localize(None),
        "latitude": [place["latitude"]],
        "longitude": [place["longitude"]],
    }
    made = xr.Dataset(
        {
            name: (DIMS, table[name].to_numpy(dtype="float32")[:, None, None], {"units": unit})
            for name, unit in columns.items()
        },
        coords,
    ).sortby("time")
    verdict = check(made)
    rows = verdict.table.set_index(["check", "variable"])
    assert abs(float(rows.loc[("sun alignment", "ghi"), "found"].split()[0])) <= 3
    assert rows.loc[("units", "pressure"), "found"] == "hPa"
    frozen = verdict.table[verdict.table["check"] == "frozen"]
    assert ("pressure" in set(frozen["variable"])) == steady
    assert set(verdict.names(ERROR)) <= {"variables", "units"}
    local = check(made.assign_coords(time=made["time"] + pd.Timedelta(hours=5))).table
    shift = local.set_index("check").loc["sun alignment", "found"]
    assert abs(float(shift.split()[0]) - 300) <= 5


def test_a_single_place_without_coordinates_is_checked_as_far_as_it_goes(clean: Weather) -> None:
    mast = clean.isel(latitude=0, longitude=0, drop=True)
    verdict = check(mast)
    assert verdict.names(ERROR) == ["extent"]
    assert "sun alignment" not in set(verdict.table["check"])


def test_steady_pressure_and_dim_light_are_no_errors(clean: Weather) -> None:
    verdict = check(part(clean, "pressure", slice(3000, 3168), 96000.0))
    assert verdict.names(ERROR) == []
    assert "frozen" in verdict.names(WARNING)
    dim = put(clean, "dhi", np.where(clean["dhi"] > 0, clean["dhi"].clip(min=4.0), 0))
    assert "frozen" not in check(dim).names(WARNING)


def test_the_verdict_does_not_depend_on_chunks(clean: Weather, tmp_path: Path) -> None:
    path = tmp_path / "w.zarr"
    part(clean, "ghi", slice(3000, 3168), 0.0).chunk(time=1000, longitude=2).to_zarr(path)
    again = check(path)
    pd.testing.assert_frame_equal(
        again.table, check(part(clean, "ghi", slice(3000, 3168), 0.0)).table
    )


def test_no_weather_at_all_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="weather file: got nothing"):
        check(tmp_path / "absent.nc")
    (tmp_path / "text.nc").write_text("time,ghi\n")
    with pytest.raises(InputError, match="neither netCDF nor Zarr"):
        check(tmp_path / "text.nc")
    with pytest.raises(InputError, match=r"variables: got \['rain'\]"):
        check(xr.Dataset({"rain": ("time", [1.0, 2.0])}))


def test_times_that_are_no_dates_end_the_check(clean: Weather) -> None:
    verdict = check(clean.assign_coords(time=np.arange(8760)))
    assert verdict.names(ERROR) == ["time axis"]


def test_the_verdict_counts_and_names() -> None:
    rows = [
        Finding("range", "ghi", ERROR, "", "", ""),
        Finding("range", "dni", ERROR, "", "", ""),
        Finding("spikes", "temp_air", WARNING, "", "", ""),
        Finding("closure", "ghi", OK, "", "", ""),
    ]
    verdict = verdict_of(rows)
    assert verdict.text == "3 checks, 1 error (range), 1 warning (spikes)"
    assert (verdict.severity, verdict.ok) == (ERROR, False)
    assert verdict_of(rows[3:]).text == "1 checks, 0 errors, 0 warnings"
    assert verdict_of(rows[2:]).severity == WARNING


def test_standstill_and_spikes_by_hand() -> None:
    values = np.array([1.0, 1, 1, 2, np.nan, np.nan, 2, 2])
    np.testing.assert_array_equal(standstill(values), [1, 2, 3, 1, 1, 1, 1, 2])
    np.testing.assert_array_equal(
        np.flatnonzero(spikes(np.array([0.0, 0, 20, 1, 1, 21, 22, 2]), least=15)), [2]
    )


def test_copies_by_hand() -> None:
    series = np.random.default_rng(1).normal(size=(400, 2)).astype("float32")
    assert copies(series) == []
    series[300:340] = series[50:90]
    (copy,) = copies(series)
    assert (copy.source, copy.start, copy.hours) == (50, 300, 40)
    series[100:200] = 3.0
    assert copies(series) == [copy]


def test_hourly_change_by_hand() -> None:
    times = pd.date_range("2023-01-01", periods=48, freq="h")
    values = np.where(times.hour >= 10, 2.0, 0.0)[:, None]
    change = hourly_change(times, values)
    assert change[10] == 2.0
    assert change[0] == 2.0
    assert change[11] == 0.0


@pytest.mark.parametrize(
    ("name", "label", "unit"),
    [
        ("ghi", "W m**-2", "W m-2"),
        ("ghi", "J/m2", "J m-2 per hour"),
        ("temp_air", "°C", "degC"),
        ("temp_air", "Kelvin", "K"),
        ("pressure", "mbar", "hPa"),
        ("wind_speed_10m", "km/h", "km h-1"),
        ("wind_speed_10m", "knots", "knots"),
    ],
)
def test_labels(name: str, label: str, unit: str) -> None:
    found = labelled(name, label)
    assert found is not None
    assert found.name == unit


def test_labels_and_values_that_mean_nothing() -> None:
    assert labelled("ghi", "furlong") is None
    assert labelled("ghi", None) is None
    assert betrayed("temp_air", Scale(900.0, 901.0, np.nan)) is None
    assert betrayed("ghi", Scale(0.0, 0.0, 900.0)) is None
    assert betrayed("ghi", Scale(np.nan, np.nan, 900.0)) is None


def test_kelvin_is_described_as_such() -> None:
    array = describe(xr.DataArray(np.zeros((2, 2, 2)), dims=DIMS), "temp_air")
    assert array.attrs["units"] == "degC"
