"""NASA POWER from a local server in the real format to canonical weather, values by hand."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import zarr

from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import TIME_CONVENTION
from greenanalysis.weather import open_weather
from greenanalysis.weather.clearsky import clear_sky, elevation_deg, sun
from greenanalysis.weather.sources import fetch_weather, nasa_power
from greenanalysis.weather.sources.http import Patience
from greenanalysis.weather.sources.nasa_power import AIR, SUN, Tally, settle_irradiance
from greenanalysis.weather.sources.source import Request
from tests.support import power_world
from tests.support.weather_server import Fault, WeatherServer, serving

ROOT = Path(__file__).resolve().parents[2]
BOX = (66.0, 42.2, 68.0, 43.8)
LAT, LON = 43.25, 67.75
VARIABLES = 7
TIME_CHUNKS = 3
QUICK = Patience(attempts=4, first_wait=0.02, longest_wait=0.1, connect=2, read=5, whole=20)
OTHERS = 2 + 6
"""Two metadata documents and three axes in each of two stores."""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    return power_world.build(tmp_path_factory.mktemp("power"))


@pytest.fixture
def server(world: Path) -> Iterator[WeatherServer]:
    with serving() as running:
        running.serve_folder(world, "")
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    no_cache = shutil.ignore_patterns("cache", "user", "weather", "images", "climate")
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=no_cache)
    monkeypatch.setenv("GREENANALYSIS_HOME", str(tmp_path))
    return tmp_path


def request(server: WeatherServer, home: Path, **changes: object) -> Request:
    usual = {
        "years": (2019, 2019),
        "out": home / "power.zarr",
        "box": BOX,
        "jobs": 2,
        "patience": QUICK,
    }
    return Request(**(usual | {"base_url": server.url} | changes))  # type: ignore[arg-type]


def fetched(server: WeatherServer, home: Path, **changes: object) -> xr.Dataset:
    made = fetch_weather("nasa-power", request(server, home, **changes), force=True)
    assert made is not None
    return open_weather(made)


def same(one: xr.Dataset, other: xr.Dataset) -> bool:
    return all(one[name].equals(other[name]) for name in one.data_vars)


@pytest.fixture(scope="module")
def clean(world: Path, tmp_path_factory) -> xr.Dataset:
    """What an undisturbed fetch gives, in memory."""
    home = tmp_path_factory.mktemp("home")
    no_cache = shutil.ignore_patterns("cache", "user", "weather", "images", "climate")
    shutil.copytree(ROOT / "data", home / "data", ignore=no_cache)
    with pytest.MonkeyPatch.context() as patch, serving() as server:
        patch.setenv("GREENANALYSIS_HOME", str(home))
        server.serve_folder(world, "")
        weather = fetched(server, home).load()
        weather.attrs["log"] = server.paths()
        weather.attrs["stored"] = dict(zarr.open_group(home / "power.zarr", mode="r").attrs)
    return weather


def test_values_are_those_computed_by_hand(clean):
    at = clean.sel(latitude=LAT, longitude=LON)
    # The label 10:00 is the hour that POWER labels 09:00, when the daily wave is at zero:
    # 40 - 0.6 * 43.25 + 0.1 * (67.75 - 66) = 14.225 degC; 95 + 0.1 * 0.25 kPa.
    noon = at.sel(time="2019-07-01 10:00")
    assert float(noon["temp_air"]) == pytest.approx(14.225, abs=2e-3)
    assert float(noon["pressure"]) == pytest.approx(95025, abs=1)
    assert float(at["temp_air"].sel(time="2019-07-01 16:00")) == pytest.approx(19.225, abs=2e-3)
    # The exponent through 4 m/s and 6 m/s is ln 1.5 / ln 5 = 0.2519; 6 * 2 ** 0.2519 = 7.1449.
    assert float(noon["wind_speed_10m"]) == pytest.approx(4.0, abs=1e-3)
    assert float(noon["wind_speed_100m"]) == pytest.approx(7.1449, abs=2e-3)
    # Calm in the hour that POWER labels 03:00: the mean exponent 0.16, 0.1 * 2 ** 0.16 = 0.1117.
    calm = at.sel(time="2019-07-01 04:00")
    assert float(calm["wind_speed_100m"]) == pytest.approx(0.1117, abs=1e-3)


def test_irradiance_is_that_of_its_own_degree(clean):
    label = pd.DatetimeIndex(["2019-07-01 07:00"])
    degree = power_world.irradiance(label, np.array([43.5]), np.array([67.5]))
    at = clean.sel(latitude=LAT, longitude=LON, time="2019-07-01 08:00")
    for name, field in (("ghi", "DWN"), ("dni", "DNI"), ("dhi", "DIFF")):
        expected = float(degree[f"ALLSKY_SFC_SW_{field}"][0, 0, 0])
        assert expected > 50
        assert float(at[name]) == pytest.approx(expected, abs=0.06), "packed to 0.1 W m-2"


def test_the_hour_ends_at_the_label(clean):
    ghi = clean["ghi"].sel(latitude=43.25, longitude=67.25).to_numpy()
    times = pd.DatetimeIndex(clean["time"].to_numpy())

    def error(minutes: int) -> float:
        position = sun(times - pd.Timedelta(minutes=minutes))
        elevation = elevation_deg(position, np.array([43.5]), np.array([67.5]))
        expected = clear_sky(
            elevation,
            position.extraterrestrial[:, None],
            linke_turbidity=np.array(3.0),
            altitude=np.array(300.0),
        )[:, 0]
        return float(abs(ghi - expected).mean())

    assert error(30) < 0.1
    assert min(error(0), error(60), error(-30), error(90)) > 5


def test_the_file_is_canonical_and_says_where_it_is_from(clean):
    assert str(clean["time"].to_numpy()[0])[:16] == "2019-01-01T01:00"
    assert str(clean["time"].to_numpy()[-1])[:16] == "2020-01-01T00:00"
    assert clean["latitude"].to_numpy().tolist() == [42.25, 42.75, 43.25, 43.75]
    assert clean["longitude"].to_numpy().tolist() == [66.25, 66.75, 67.25, 67.75]
    attrs = clean.attrs
    assert attrs["grade"] == "real"
    assert attrs["years"] == "2019"
    assert attrs["time_convention"] == TIME_CONVENTION
    assert list(attrs["box"]) == list(BOX)
    assert "Langley" in attrs["credit"]
    assert "4.2 %" in attrs["history"], "one calm hour a day"
    provenance = json.loads(attrs["stored"]["provenance"])
    assert len(provenance["objects"]) == VARIABLES * TIME_CHUNKS
    assert all(len(digest) == 64 for digest in provenance["objects"].values())


def test_only_the_chunks_of_the_box_and_years_are_asked_for(clean):
    chunks = [path for path in clean.attrs["log"] if path.rsplit("/", 1)[1].count(".") == 2]
    assert len(clean.attrs["log"]) == VARIABLES * TIME_CHUNKS + OTHERS
    # 42..44 N, 66..68 E: rows 262..269 and columns 393..398 of MERRA-2, 131..135 and 245..248 of
    # SYN1deg, in tiles of 15; hours 2208..10967 in chunks of 4392.
    expected = {f"/{AIR}/{v}/{t}.17.26" for v in ("T2M", "PS", "WS10M", "WS50M") for t in range(3)}
    for kind in ("DWN", "DNI", "DIFF"):
        expected |= {f"/{SUN}/ALLSKY_SFC_SW_{kind}/{t}.8.16" for t in range(3)}
    assert set(chunks) == expected


def test_faults_on_the_way_change_nothing(server, home, clean):
    server.plan("T2M/1.17", Fault("status", status=429, retry_after="1"), Fault("truncated"))
    server.plan("PS/0.17", Fault("too_short_length"), Fault("corrupt"))
    server.plan("DWN/2.8", Fault("too_long_length"), Fault("drop"))
    server.plan("DNI/1.8", Fault("status", status=503, retry_after="0"), Fault("corrupt"))
    server.plan(".zmetadata", Fault("truncated"))
    server.plan("lat/0", Fault("too_short_length"))
    assert same(fetched(server, home), clean)
    assert server.count() == VARIABLES * TIME_CHUNKS + OTHERS + 10


def test_kill_9_then_the_same_command_fetches_only_the_rest(server, home, clean):
    out = home / "killed.zarr"
    arguments = ["weather", "fetch", "nasa-power", "--years", "2019", "--jobs", "2"]
    arguments += ["--box", *map(str, BOX), "--base-url", server.url, "--out", str(out)]
    command = [sys.executable, "-c", "from greenanalysis.cli.main import main; main()", *arguments]
    server.delay = 0.15
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while server.count("SFC") + server.count("merra2") < OTHERS + 5 and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert not out.exists()
    time.sleep(0.4)
    seen = [path for path in server.paths() if ".zmetadata" not in path]
    server.delay = 0.0
    server.forget()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "are kept" in done.stderr
    again = [path for path in server.paths() if ".zmetadata" not in path]
    everything = VARIABLES * TIME_CHUNKS + OTHERS - 2
    assert len(again) < everything - 3
    assert len(set(again) & set(seen)) <= 2, "what was under way when it was killed, no more"
    assert len(set(again) | set(seen)) == everything
    assert same(open_weather(out), clean)
    assert not list((home / "data" / "cache").rglob(".tmp-*"))


def test_a_server_that_dies_half_way_is_one_line_then_it_goes_on(server, home, clean):
    server.dies_after = OTHERS + 6
    out = home / "power.zarr"
    with pytest.raises(InputError, match=r"http://127.*objects came and are kept"):
        fetch_weather("nasa-power", request(server, home))
    assert not out.exists()
    first = set(server.paths())
    server.dies_after = None
    server.forget()
    assert same(fetched(server, home), clean)
    assert not {p for p in server.paths() if ".zmetadata" not in p} & first


def test_other_units_are_converted_and_unknown_ones_refused(world, server, home, clean):
    folder = home / "other"
    shutil.copytree(world, folder)
    group = zarr.open_group(folder / SUN, mode="r+", zarr_format=2)
    for name in ("ALLSKY_SFC_SW_DWN", "ALLSKY_SFC_SW_DNI", "ALLSKY_SFC_SW_DIFF"):
        group[name].attrs["units"] = "Wh/m^2"
    zarr.consolidate_metadata(folder / SUN, zarr_format=2)
    server.serve_folder(folder, "")
    assert same(fetched(server, home), clean)
    group["ALLSKY_SFC_SW_DNI"].attrs["units"] = "furlong"
    zarr.consolidate_metadata(folder / SUN, zarr_format=2)
    server.serve_folder(folder, "")
    with pytest.raises(InputError, match=r"unit of dni: got 'furlong'.*ALLSKY_SFC_SW_DNI"):
        fetched(server, home)


def test_gaps_and_absent_chunks_are_named(world, server, home):
    folder = home / "gaps"
    shutil.copytree(world, folder)
    group = zarr.open_group(folder / AIR, mode="r+", zarr_format=2)
    group["WS50M"][5000:5010, 255:270, 390:405] = -999
    server.serve_folder(folder, "")
    with pytest.raises(InputError, match=r"WS50M: 10 of 8760 hours have gaps.*2019-04-27 09:00"):
        fetched(server, home)
    server.serve_folder(world, "")
    del server.files[f"/{AIR}/WS50M/2.17.26"]
    with pytest.raises(InputError, match=r"WS50M/2\.17\.26: the source has no such object"):
        fetched(server, home, refresh=True)
    server.serve_folder(world, "")
    assert fetched(server, home).sizes["time"] == 8760


def test_components_that_do_not_add_up_are_told_refused_or_settled(world, server, home, clean):
    assert "the components are kept as delivered" in clean.attrs["history"]
    folder = home / "gap"
    shutil.copytree(world, folder)
    group = zarr.open_group(folder / SUN, mode="r+", zarr_format=2)
    tile = (slice(None), slice(120, 135), slice(240, 255))
    group["ALLSKY_SFC_SW_DIFF"][tile] = group["ALLSKY_SFC_SW_DIFF"][tile] * 0.3
    server.serve_folder(folder, "")
    with pytest.raises(InputError, match="do not add up: .*--closure diffuse"):
        fetched(server, home)
    assert not (home / "power.zarr").exists()
    settled = fetched(server, home, closure="diffuse")
    assert "dhi was replaced" in settled.attrs["history"]
    assert settled["ghi"].equals(clean["ghi"])
    high = clean["ghi"] > 300
    moved = abs(settled["dhi"] - clean["dhi"]).where(high).mean()
    assert float(moved) < 10


def relabelled(world: Path, folder: Path, origin: str) -> Path:
    """Copy the stores with other labels on the same values."""
    shutil.copytree(world, folder)
    for path in (AIR, SUN):
        group = zarr.open_group(folder / path, mode="r+", zarr_format=2)
        group["time"].attrs["units"] = f"hours since {origin}"
        zarr.consolidate_metadata(folder / path, zarr_format=2)
    return folder


def test_labels_at_half_past_are_middles(world, server, home, clean, caplog):
    server.serve_folder(relabelled(world, home / "half", "2018-10-01 00:30:00"), "")
    assert same(fetched(server, home), clean)
    assert [one for one in caplog.records if one.levelname == "WARNING"] == []
    server.serve_folder(relabelled(world, home / "odd", "2018-10-01 00:20:00"), "")
    with pytest.raises(InputError, match=r"label of the first hour: got 2018-10-01 00:20"):
        fetched(server, home)


def test_hours_labelled_otherwise_than_assumed_are_told(world, server, home, clean, caplog):
    right = clean.attrs["history"].split("as if the sun stood ")[1].split(" ")[0]
    assert abs(float(right)) <= 1
    server.serve_folder(relabelled(world, home / "late", "2018-10-01 01:00:00"), "")
    with pytest.raises(InputError, match="ghi by night"):
        fetched(server, home)
    minutes = float(caplog.text.split("beam and diffuse fit a sun ")[1].split(" ")[0])
    assert -80 < minutes < -40, "the values are those of the hour before"


@pytest.mark.parametrize("late", [-60, -30, 0, 30, 60])
def test_the_sun_tells_by_how_much_labels_are_late(late):
    label = pd.date_range("2019-04-10", periods=72, freq="h")
    latitude, longitude = np.array([42.5, 45.5]), np.array([60.5, 75.5])
    ghi, dni, dhi = power_world.irradiance(label, latitude, longitude).values()
    tally = Tally()
    settle_irradiance(
        *(ghi, dni, dhi),
        times=label + pd.Timedelta(minutes=60 + late),
        latitude=latitude,
        longitude=longitude,
        closure="keep",
        tally=tally,
    )
    assert tally.sun_offset == pytest.approx(late, abs=0.25 * abs(late) + 0.5)


def test_a_dry_run_costs_no_chunk(server, home, caplog):
    caplog.set_level("INFO")
    assert fetch_weather("nasa-power", request(server, home, dry_run=True)) is None
    said = caplog.text
    assert f"{VARIABLES * TIME_CHUNKS} objects" in said
    assert "about" in said
    assert "free of charge" in said
    assert server.count(method="HEAD") == VARIABLES
    assert server.count() == OTHERS
    assert not (home / "power.zarr").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"years": (2030, 2030)}, r"years: got 2030-01-01 01:00.*allowed: hours from 2018-10-01"),
        ({"box": (10, 42, 12, 44)}, r"box: got 10 42 12 44"),
        ({"box": (68, 42, 66, 44)}, r"west < east"),
        ({"closure": "maybe"}, r"unknown closure"),
        ({"out": Path("power.nc")}, r"--out: got power.nc"),
    ],
)
def test_mistakes_are_one_clear_error(server, home, changes, message):
    with pytest.raises(InputError, match=message):
        fetch_weather("nasa-power", request(server, home, **changes))


def test_an_output_that_exists_is_kept_unless_forced(server, home):
    (home / "power.zarr").mkdir()
    with pytest.raises(InputError, match=r"--out: .*--force"):
        fetch_weather("nasa-power", request(server, home))
    with pytest.raises(InputError, match=r"unknown weather source: got 'nasa'.*nasa-power"):
        fetch_weather("nasa", request(server, home))


def test_no_store_at_all_is_named(server, home):
    server.files.clear()
    with pytest.raises(InputError, match=r"\.zmetadata: HTTP 404"):
        fetch_weather("nasa-power", request(server, home))


def test_the_default_address_is_the_public_bucket(monkeypatch, home):
    asked = []

    def refuse(base: str, *_: object) -> None:
        asked.append(base)
        raise InputError("stop here")

    monkeypatch.setattr(nasa_power, "open_part", refuse)
    for value in (None, "http://127.0.0.1:9/mirror/"):
        if value:
            monkeypatch.setenv(nasa_power.BASE_VARIABLE, value)
        with pytest.raises(InputError, match="stop here"):
            nasa_power.fetch(Request(years=(2019, 2019), out=home / "x.zarr"))
    assert asked == ["https://nasa-power.s3.amazonaws.com", "http://127.0.0.1:9/mirror"]
