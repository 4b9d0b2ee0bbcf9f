"""Single sites from PVGIS, NASA POWER and Open-Meteo: their JSON, by hand, and when they fail."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from pvlib.irradiance import get_extra_radiation
from pvlib.solarposition import get_solarposition

from greenanalysis.cli.weather import weather
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, TIME_CONVENTION
from greenanalysis.weather.read.site import open_site
from greenanalysis.weather.sources import sources
from greenanalysis.weather.sources.http import Patience
from greenanalysis.weather.sources.nasa_power_point import fetch_power, parse_power
from greenanalysis.weather.sources.open_meteo import fetch_open_meteo, parse_open_meteo
from greenanalysis.weather.sources.pvgis import fetch_pvgis, parse_pvgis
from tests.support.weather_server import Fault, WeatherServer, serving

QUICK = Patience(attempts=4, first_wait=0.01, longest_wait=0.02, read=0.4, whole=3.0)
LAT, LON = 50.0, 70.0


@pytest.fixture
def server() -> Iterator[WeatherServer]:
    with serving() as running:
        yield running


def asked(server: WeatherServer, times: int) -> bool:
    """Tell whether the server was asked so often; its log may be written after its answer."""
    end = time.monotonic() + 3
    while server.count("/api") < times and time.monotonic() < end:
        time.sleep(0.01)
    return server.count("/api") == times


def sun_at(times: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Sine of the elevation and extraterrestrial irradiance by pvlib."""
    elevation = get_solarposition(times, LAT, LON)["elevation"].to_numpy()
    return np.sin(np.radians(elevation)), get_extra_radiation(times).to_numpy()


# ---- PVGIS: the layout of its 5.x answers (inputs, outputs.hourly, meta) ----


def pvgis(minute: int, *, beam: float = 0.5, diffuse: float = 0.2, days: int = 2) -> dict:
    """A sky that lets constant shares through, seen at one minute of each hour."""
    start = pd.Timestamp(f"2020-06-01 00:{minute:02d}")
    times = pd.date_range(start, periods=24 * days, freq="h")
    sine, outside = sun_at(times)
    light = outside * np.clip(sine, 0, None)
    rows = [
        {
            "time": f"{t:%Y%m%d:%H%M}",
            "Gb(i)": round(float(beam * x), 6),
            "Gd(i)": round(float(diffuse * x), 6),
            "Gr(i)": 0.0,
            "H_sun": 0.0,
            "T2m": 10.0 + number,
            "WS10m": 3.0,
            "Int": 0.0,
        }
        for number, (t, x) in enumerate(zip(times, light, strict=True))
    ]
    return {
        "inputs": {
            "location": {"latitude": LAT, "longitude": LON, "elevation": 1000.0},
            "meteo_data": {"radiation_db": "PVGIS-SARAH3", "meteo_db": "ERA5"},
        },
        "outputs": {"hourly": rows},
        "meta": {"inputs": {}, "outputs": {"hourly": {"timestamp": "hourly averages"}}},
    }


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def test_pvgis_means_of_the_hour_only_get_another_label() -> None:
    answer = pvgis(30)
    got = parse_pvgis(body(answer), where="pvgis")
    assert got["time"].to_numpy()[0] == np.datetime64("2020-06-01T01:00")
    rows = pd.DataFrame(answer["outputs"]["hourly"])
    np.testing.assert_allclose(got["ghi"][:, 0, 0], rows["Gb(i)"] + rows["Gd(i)"], atol=1e-3)
    np.testing.assert_allclose(got["temp_air"][:, 0, 0], rows["T2m"])
    assert got["ghi"].dims == DIMS
    assert got.attrs["time_convention"] == TIME_CONVENTION
    assert got.attrs["source"] == "PVGIS (PVGIS-SARAH3)"
    assert got.attrs["missing"] == "wind_speed_100m"
    np.testing.assert_allclose(got["pressure"], 89875, rtol=1e-3)


@pytest.mark.parametrize("minute", [10, 50, 0])
def test_pvgis_instants_are_carried_to_the_middle_of_the_hour(minute: int) -> None:
    """With constant shares of beam and diffuse the value at hh:30 is known: pvlib's sun there."""
    got = parse_pvgis(body(pvgis(minute)), where="pvgis")
    middle = pd.DatetimeIndex(got["time"].to_numpy()) - pd.Timedelta(minutes=30)
    sine, outside = sun_at(middle)
    up = sine > 0.1
    np.testing.assert_allclose(got["ghi"][up, 0, 0], 0.7 * (outside * sine)[up], rtol=2e-3)
    np.testing.assert_allclose(got["dni"][up, 0, 0], 0.5 * outside[up], rtol=2e-3)
    moved = 10.0 + (30 - minute) / 60
    assert float(got["temp_air"][1, 0, 0]) == pytest.approx(1 + moved, abs=1e-5)


def test_half_an_hour_wrong_would_be_seen() -> None:
    """The error of taking stamps of hh:00 for means is hundreds of times what is left."""
    raw = pd.DataFrame(pvgis(0)["outputs"]["hourly"])
    naive = (raw["Gb(i)"] + raw["Gd(i)"]).to_numpy()
    got = parse_pvgis(body(pvgis(0)), where="pvgis")["ghi"].to_numpy().ravel()
    sine, outside = sun_at(pd.date_range("2020-06-01 00:30", periods=48, freq="h"))
    truth = 0.7 * outside * np.clip(sine, 0, None)
    assert np.abs(naive - truth).mean() > 20 > 20 * np.abs(got - truth).mean()


def test_pvgis_asks_for_the_horizontal_with_components(server: WeatherServer) -> None:
    server.files["/api/seriescalc"] = body(pvgis(10))
    fetch_pvgis(
        LAT,
        LON,
        (2020, 2020),
        database="PVGIS-ERA5",
        url=f"{server.url}/api/seriescalc",
        patience=QUICK,
    )
    assert asked(server, 1)
    query = server.log[0].query
    assert query["angle"] == ["0"]
    assert query["components"] == ["1"]
    assert query["raddatabase"] == ["PVGIS-ERA5"]
    assert (query["startyear"], query["endyear"]) == (["2020"], ["2020"])


def test_pvgis_gaps_and_lacking_columns_are_errors() -> None:
    holed = pvgis(10)
    del holed["outputs"]["hourly"][5]
    with pytest.raises(InputError, match="no gaps"):
        parse_pvgis(body(holed), where="pvgis")
    poor = pvgis(10)
    for row in poor["outputs"]["hourly"]:
        del row["Gb(i)"]
    with pytest.raises(InputError, match=r"hourly columns.*Gb"):
        parse_pvgis(body(poor), where="pvgis")


# ---- NASA POWER ----


def power() -> dict:
    """Two hours of a June noon at 70 E (UTC 7 and 8), the second without wind at 50 m."""
    units = {"T2M": "C", "PS": "kPa", "WS10M": "m/s", "WS50M": "m/s"}
    sky = ("ALLSKY_SFC_SW_DWN", "ALLSKY_SFC_SW_DNI", "ALLSKY_SFC_SW_DIFF")
    units |= dict.fromkeys(sky, "Wh/m^2")
    sine, _ = sun_at(pd.DatetimeIndex(["2020-06-01 07:30", "2020-06-01 08:30"]))
    values = {
        "ALLSKY_SFC_SW_DWN": 200 + 600 * sine,
        "ALLSKY_SFC_SW_DNI": [600.0, 600.0],
        "ALLSKY_SFC_SW_DIFF": [200.0, 200.0],
        "T2M": [20.5, 21.5],
        "PS": [95.1, 95.2],
        "WS10M": [4.0, 4.0],
        "WS50M": [5.0, -999.0],
    }
    hours = ("2020060107", "2020060108")
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [LON, LAT, 400.0]},
        "properties": {
            "parameter": {
                name: dict(zip(hours, [float(x) for x in column], strict=True))
                for name, column in values.items()
            }
        },
        "header": {"title": "NASA/POWER", "fill_value": -999.0, "time_standard": "UTC"},
        "messages": [],
        "parameters": {name: {"units": unit, "longname": name} for name, unit in units.items()},
        "times": {"data": 1.0, "process": 0.1},
    }


def test_power_hours_begin_at_their_label() -> None:
    got = parse_power(body(power()), where="power")
    assert list(got["time"].to_numpy()) == [
        np.datetime64("2020-06-01T08:00"),
        np.datetime64("2020-06-01T09:00"),
    ]
    assert float(got["dni"][0].item()) == 600
    assert float(got["pressure"][1].item()) == pytest.approx(95200)
    assert float(got["temp_air"][1].item()) == pytest.approx(21.5)
    assert float(got["wind_speed_100m"][0].item()) == pytest.approx(
        5 * 2 ** (np.log(1.25) / np.log(5))
    )
    assert np.isnan(got["wind_speed_100m"][1].item())
    assert got.attrs["missing"] == ""


def test_power_in_other_units_is_an_error() -> None:
    other = power()
    other["parameters"]["ALLSKY_SFC_SW_DWN"]["units"] = "MJ/hr"
    with pytest.raises(InputError, match=r"unit of ALLSKY_SFC_SW_DWN: got MJ/hr"):
        parse_power(body(other), where="power")


def test_power_is_asked_for_utc(server: WeatherServer) -> None:
    server.files["/api/point"] = body(power())
    fetch_power(LAT, LON, (2019, 2020), url=f"{server.url}/api/point", patience=QUICK)
    assert asked(server, 1)
    query = server.log[0].query
    assert query["time-standard"] == ["utc"]
    assert (query["start"], query["end"]) == (["20190101"], ["20201231"])


# ---- Open-Meteo ----


def open_meteo(start: str = "2020-06-01", hours: int = 24) -> dict:
    labels = pd.date_range(start, periods=hours, freq="h")
    sine, outside = sun_at(labels - pd.Timedelta(minutes=30))
    light = outside * np.clip(sine, 0, None)
    flat = [1.0] * hours
    return {
        "latitude": LAT,
        "longitude": LON,
        "generationtime_ms": 1.3,
        "utc_offset_seconds": 0,
        "timezone": "GMT",
        "timezone_abbreviation": "GMT",
        "elevation": 400.0,
        "hourly_units": {
            "time": "iso8601",
            "direct_radiation": "W/m²",
            "diffuse_radiation": "W/m²",
            "temperature_2m": "°C",
            "surface_pressure": "hPa",
            "wind_speed_10m": "m/s",
            "wind_speed_100m": "m/s",
        },
        "hourly": {
            "time": [f"{t:%Y-%m-%dT%H:%M}" for t in labels],
            "direct_radiation": [float(0.5 * x) for x in light],
            "diffuse_radiation": [float(0.2 * x) for x in light],
            "temperature_2m": [None, *(12.5 * np.ones(hours - 1)).tolist()],
            "surface_pressure": [950.0 * x for x in flat],
            "wind_speed_10m": [4.0 * x for x in flat],
            "wind_speed_100m": [7.0 * x for x in flat],
        },
    }


def test_open_meteo_keeps_its_labels() -> None:
    got = parse_open_meteo(body(open_meteo()), where="open-meteo")
    assert got["time"].to_numpy()[0] == np.datetime64("2020-06-01T00:00")
    sine, outside = sun_at(pd.DatetimeIndex(got["time"].to_numpy()) - pd.Timedelta(minutes=30))
    up = sine > 0.1
    np.testing.assert_allclose(got["dni"][up, 0, 0], 0.5 * outside[up], rtol=2e-3)
    np.testing.assert_allclose(got["ghi"][up, 0, 0], 0.7 * (outside * sine)[up], rtol=1e-4)
    assert np.isnan(got["temp_air"][0].item())
    assert float(got["pressure"][3].item()) == 95000
    assert float(got["wind_speed_100m"][3].item()) == 7


def test_open_meteo_years_are_whole(server: WeatherServer) -> None:
    server.files["/api/archive"] = body(open_meteo("2020-01-01", 366 * 24 + 24))
    got = fetch_open_meteo(LAT, LON, (2020, 2020), url=f"{server.url}/api/archive", patience=QUICK)
    assert got.sizes["time"] == 8784
    assert str(got["time"].to_numpy()[0])[:16] == "2020-01-01T01:00"
    assert got.attrs["years"] == "2020"
    assert asked(server, 1)
    query = server.log[0].query
    assert query["wind_speed_unit"] == ["ms"]
    assert query["end_date"] == ["2021-01-01"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hourly_units": {"direct_radiation": "kWh"}}, r"unit of direct_radiation: got kWh"),
        ({"utc_offset_seconds": 18000}, "utc_offset_seconds: got 18000"),
        ({"error": True, "reason": "Latitude out of range"}, "Latitude out of range"),
    ],
)
def test_open_meteo_otherwise_is_an_error(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_open_meteo(body({**open_meteo(), **change}), where="open-meteo")


# ---- the same for all ----

POINTS = {name: source.point for name, source in sources().items() if source.point}
GOOD = {
    "pvgis": body(pvgis(10)),
    "nasa-power-point": body(power()),
    "open-meteo": body(open_meteo("2020-01-01", 48)),
}


@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=429, retry_after="0"),
        Fault("status", status=503, retry_after="1"),
        Fault("truncated"),
        Fault("too_short_length"),
        Fault("too_long_length"),
        Fault("corrupt"),
        Fault("drop"),
        Fault("slow", seconds=0.7),
    ],
    ids=lambda f: f.kind + str(f.status if f.kind == "status" else ""),
)
def test_a_faulty_answer_is_asked_again(server: WeatherServer, name: str, fault: Fault) -> None:
    server.files["/api"] = GOOD[name]
    server.plan("/api", fault)
    got = POINTS[name](LAT, LON, (2020, 2020), url=f"{server.url}/api", patience=QUICK)
    assert asked(server, 2)
    assert got.sizes["time"] > 0


SAID = {
    "pvgis": (400, {"message": "Location over the sea. Please, select another location"}),
    "nasa-power-point": (422, {"messages": ["latitude: outside of -90 to 90"]}),
    "open-meteo": (400, {"error": True, "reason": "Data corrupted at path"}),
}


@pytest.mark.parametrize("name", POINTS)
def test_the_services_own_words_reach_the_user(server: WeatherServer, name: str) -> None:
    status, words = SAID[name]
    server.files["/api"] = (status, {}, body(words))
    said = str(next(iter(words.values())) if name != "open-meteo" else words["reason"])
    with pytest.raises(InputError) as caught:
        POINTS[name](LAT, LON, (2020, 2020), url=f"{server.url}/api", patience=QUICK)
    assert said.strip("[]'") in str(caught.value)
    assert str(status) in str(caught.value)
    assert asked(server, 1)


@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize("answer", [b"<html>down</html>", b"[1, 2]", b"{}"])
def test_what_is_no_answer_is_an_error(server: WeatherServer, name: str, answer: bytes) -> None:
    server.files["/api"] = answer
    with pytest.raises(InputError, match="/api"):
        POINTS[name](LAT, LON, (2020, 2020), url=f"{server.url}/api", patience=QUICK)


def test_the_command_writes_a_site(server: WeatherServer, tmp_path: Path) -> None:
    server.files["/api"] = GOOD["pvgis"]
    out = tmp_path / "site.nc"
    args = [
        "fetch",
        "pvgis",
        "--years",
        "2020",
        "--out",
        str(out),
        "--base-url",
        f"{server.url}/api",
    ]
    place = ["--latitude", str(LAT), "--longitude", str(LON)]
    with pytest.raises(InputError, match="--latitude and --longitude"):
        CliRunner().invoke(weather, args, catch_exceptions=False)
    done = CliRunner().invoke(weather, args + place, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert open_site(out).attrs["name"] == "pvgis"
    with pytest.raises(InputError, match="--force"):
        CliRunner().invoke(weather, args + place, catch_exceptions=False)
