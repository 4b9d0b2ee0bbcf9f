"""Station records: units, clocks, intervals, missing codes, and each bad declaration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from greenanalysis.cli.weather import weather
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, TIME_CONVENTION
from greenanalysis.weather.read.clock import to_utc
from greenanalysis.weather.read.site import open_site, site_dataset
from greenanalysis.weather.read.station import read_station
from greenanalysis.weather.write.site import write_site

FORM = {
    "name": "Mast",
    "latitude": 51.6,
    "longitude": 73.1,
    "timezone": "+06:00",
    "time": {"columns": ["Date", "Time"], "format": "%d.%m.%Y %H:%M"},
    "interval_minutes": 10,
    "label": "end",
    "columns": [
        {"column": "WS80", "variable": "wind_speed", "height": 80, "unit": "m/s"},
        {"column": "T", "variable": "temp_air", "unit": "degC"},
    ],
    "missing": [-999, "NaN"],
    "delimiter": ";",
}


def write(folder: Path, rows: list[str], header: str = "Date;Time;WS80;T", **form: object) -> Path:
    path = folder / "mast.yaml"
    told = {key: value for key, value in {**FORM, **form}.items() if value is not None}
    path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    (folder / "mast.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def tens(first: str, values: list[str], minutes: int = 10) -> list[str]:
    times = pd.date_range(first, periods=len(values), freq=f"{minutes}min")
    return [f"{t:%d.%m.%Y;%H:%M};{v}" for t, v in zip(times, values, strict=True)]


def test_ten_minute_records_become_hours_of_utc(tmp_path: Path) -> None:
    """Local 12:10 ... 13:00 (+6, interval ends) is the hour that ends at 07:00 UTC."""
    rows = tens("2023-07-01 12:10", [f"{v};{20 + v}" for v in range(1, 13)])
    got = read_station(write(tmp_path, rows))
    assert list(got["time"].to_numpy()) == [
        np.datetime64("2023-07-01T07:00"),
        np.datetime64("2023-07-01T08:00"),
    ]
    np.testing.assert_allclose(got["wind_speed_80m"].to_numpy().ravel(), [3.5, 9.5])
    np.testing.assert_allclose(got["temp_air"].to_numpy().ravel(), [23.5, 29.5])
    assert got["wind_speed_80m"].dims == DIMS
    assert got["wind_speed_80m"].attrs["units"] == "m s-1"
    assert got.attrs["time_convention"] == TIME_CONVENTION
    assert got.attrs["grade"] == "real"
    assert got.attrs["missing"].split() == [
        "ghi", "dni", "dhi", "pressure", "wind_speed_10m", "wind_speed_100m",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "first"), [("end", "12:10"), ("start", "12:00"), ("middle", "12:05")]
)
def test_each_label_is_understood(tmp_path: Path, label: str, first: str) -> None:
    rows = tens(f"2023-07-01 {first}", ["6;10"] * 6)
    got = read_station(write(tmp_path, rows, label=label))
    assert list(got["time"].to_numpy()) == [np.datetime64("2023-07-01T07:00")]


UNITS = [
    ("wind_speed", "km/h", "36", "wind_speed_80m", 10.0),
    ("wind_speed", "kn", "10", "wind_speed_80m", 5.14444),
    ("temp_air", "K", "283.15", "temp_air", 10.0),
    ("temp_air", "degF", "50", "temp_air", 10.0),
    ("pressure", "hPa", "950", "pressure", 95000.0),
    ("pressure", "mmHg", "700", "pressure", 93325.7),
    ("ghi", "W/m2", "500", "ghi", 500.0),
    ("ghi", "kJ/m2", "300", "ghi", 500.0),  # 300 kJ in 600 s
    ("ghi", "Wh/m2", "83.333333", "ghi", 500.0),
    ("dhi", "MJ/m2", "0.06", "dhi", 100.0),
]


@pytest.mark.parametrize(("variable", "unit", "value", "name", "expected"), UNITS)
def test_units_by_hand(
    tmp_path: Path, variable: str, unit: str, value: str, name: str, expected: float
) -> None:
    column = {"column": "X", "variable": variable, "unit": unit}
    if variable == "wind_speed":
        column["height"] = 80  # type: ignore[assignment]
    rows = tens("2023-07-01 12:10", [value] * 6)
    got = read_station(write(tmp_path, rows, header="Date;Time;X", columns=[column]))
    assert float(got[name].item()) == pytest.approx(expected, rel=1e-5)


def test_missing_codes_commas_and_short_hours(tmp_path: Path) -> None:
    """-999.00 is the code -999; 5 of 6 records are an hour, 4 of 6 are not; a lost hour is NaN."""
    first = tens("2023-07-01 12:10", ["2,5;10", "2,5;", "-999.00;10", "2,5;10", "2,5;10", "2,5;10"])
    later = tens("2023-07-01 14:10", ["NaN;1", "3,0;1", "3,0;1", "-999;1", "3,0;1", "3,0;1"])
    got = read_station(write(tmp_path, first + later, decimal=","))
    np.testing.assert_allclose(got["wind_speed_80m"].to_numpy().ravel(), [2.5, np.nan, np.nan])
    np.testing.assert_allclose(got["temp_air"].to_numpy().ravel(), [10, np.nan, 1])
    all_of_them = read_station(write(tmp_path, first, decimal=",", minimum_share=1))
    assert np.isnan(all_of_them["wind_speed_80m"]).all()


# ---- clocks ----


def test_kazakhstan_moved_its_clocks_on_2024_03_01() -> None:
    labels = pd.DatetimeIndex(["2024-02-29 12:00", "2024-03-01 12:00"])
    got = to_utc(labels, "Asia/Almaty", where="a")
    assert list(got) == [pd.Timestamp("2024-02-29 06:00"), pd.Timestamp("2024-03-01 07:00")]
    west = to_utc(labels, "Asia/Aqtobe", where="a")
    assert list(west) == [pd.Timestamp("2024-02-29 07:00"), pd.Timestamp("2024-03-01 07:00")]
    steady = to_utc(labels, "+06:00", where="a")
    assert list(steady) == [pd.Timestamp("2024-02-29 06:00"), pd.Timestamp("2024-03-01 06:00")]


def test_the_repeated_hour_is_told_apart_by_its_order(tmp_path: Path) -> None:
    """At the end of 29 February the clock of Almaty showed 23:00 to 24:00 twice."""
    twice = ["22:30", "23:00", "23:30", "23:00", "23:30"]
    rows = [f"29.02.2024;{t};{v};1" for t, v in zip(twice, (1, 2, 4, 6, 8), strict=True)]
    rows += ["01.03.2024;00:00;10;1", "01.03.2024;00:30;12;1"]
    form = {"timezone": "Asia/Almaty", "interval_minutes": 30, "label": "start"}
    got = read_station(write(tmp_path, rows, **form))
    assert list(got["time"].to_numpy().astype("datetime64[h]").astype(str)) == [
        "2024-02-29T17", "2024-02-29T18", "2024-02-29T19", "2024-02-29T20",
    ]  # fmt: skip
    np.testing.assert_allclose(got["wind_speed_80m"].to_numpy().ravel(), [np.nan, 3, 7, 11])


def test_an_hour_that_cannot_be_told_is_a_gap_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A single run of the doubled hour, and both runs mixed by sorting, are left out."""
    form = {"timezone": "Asia/Almaty", "interval_minutes": 30, "label": "start"}
    rows = tens("2024-02-29 22:00", [f"{v};1" for v in range(6)], minutes=30)
    got = read_station(write(tmp_path, rows, **form))
    np.testing.assert_allclose(got["wind_speed_80m"].to_numpy().ravel(), [0.5, np.nan, np.nan, 4.5])
    assert "2 records at stamps that the clock of Asia/Almaty showed twice" in caplog.text
    assert "timezone: '+06:00'" in caplog.text
    mixed = ["22:30", "23:00", "23:00", "23:30", "23:30"]
    rows = [f"29.02.2024;{t};{v};1" for v, t in enumerate(mixed)] + ["01.03.2024;00:00;9;1"]
    got = read_station(write(tmp_path, rows, **form, minimum_share=0.5))
    np.testing.assert_allclose(got["wind_speed_80m"].to_numpy().ravel(), [0, np.nan, np.nan, 9])


def test_an_hour_that_never_was_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    labels = pd.DatetimeIndex(["2023-03-26 01:30", "2023-03-26 02:30", "2023-03-26 03:30"])
    got = to_utc(labels, "Europe/Berlin", where="a")
    assert list(got.isna()) == [False, True, False]
    assert "never showed" in caplog.text


@pytest.mark.parametrize(
    ("zone", "utc"), [("UTC", 12), ("+05:00", 7), ("UTC+5", 7), ("-03:30", 15), ("+0600", 6)]
)
def test_fixed_offsets(zone: str, utc: int) -> None:
    got = to_utc(pd.DatetimeIndex(["2023-07-01 12:00"]), zone, where="a")
    assert got[0].hour == utc


def test_stamps_that_state_their_offset(tmp_path: Path) -> None:
    """ISO 8601 with offsets that change, seconds since 1970, hour 24, days of Excel."""
    form = {"timezone": "UTC", "interval_minutes": 60, "label": "start", "header": "t;WS80;T"}
    iso = ["2010-03-28 00:00:00+01:00", "2010-03-28 01:00:00+01:00", "2010-03-28 03:00:00+02:00"]
    unix = ["1269730800", "1269734400", "1269738000"]
    for stamps, pattern in (
        (iso, "%Y-%m-%d %H:%M:%S%z"), (iso, "ISO8601"), (unix, "%s"),
        ([t.replace(" ", "T").replace("+01:00", "+0100").replace("+02:00", "+0200") for t in iso],
         "ISO8601"),
    ):  # fmt: skip
        rows = [f"{stamp};{v};1" for v, stamp in enumerate(stamps)]
        path = write(tmp_path, rows, **form, time={"columns": "t", "format": pattern})
        got = read_station(path)
        assert str(got["time"].to_numpy()[0])[:13] == "2010-03-28T00"
        np.testing.assert_allclose(got["wind_speed_80m"].to_numpy().ravel(), [0, 1, 2])
    rows = [*tens("2023-07-01 22:10", ["6;10"] * 11), "01.07.2023;24:00;6;10"]
    got = read_station(write(tmp_path, rows, timezone="UTC"))
    assert list(got["time"].to_numpy()[-1:]) == [np.datetime64("2023-07-02T00:00")]
    mixed = {"t": [iso[0], "2010-03-28 01:00:00"]}
    rows = [f"{stamp};1;1" for stamp in mixed["t"]]
    with pytest.raises(InputError, match=r"time in data row 2.*an offset from UTC"):
        read_station(write(tmp_path, rows, **form, time={"columns": "t", "format": "ISO8601"}))


def test_hours_of_a_half_hour_zone_are_split_by_overlap(tmp_path: Path) -> None:
    rows = ["01.05.2023;10:00;7;1", "01.05.2023;11:00;8;1", "01.05.2023;12:00;9;1"]
    got = read_station(write(tmp_path, rows, timezone="+05:30", interval_minutes=60))
    np.testing.assert_allclose(got["wind_speed_80m"].to_numpy().ravel(), [np.nan, 7.5, 8.5, np.nan])


def test_a_delimiter_too_many_moves_no_column(tmp_path: Path) -> None:
    plain = tens("2023-07-01 12:10", [f"{v};{20 + v}" for v in range(6)])
    expected = read_station(write(tmp_path, plain))
    got = read_station(write(tmp_path, [f"{row};" for row in plain]))
    np.testing.assert_array_equal(got["wind_speed_80m"], expected["wind_speed_80m"])
    turned = [";".join(row.split(";")[i] for i in (3, 0, 2, 1)) for row in plain]
    got = read_station(write(tmp_path, turned, header="T;Date;WS80;Time"))
    np.testing.assert_array_equal(got["temp_air"], expected["temp_air"])


def test_nines_that_nobody_declared_are_gaps_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = tens("2023-07-01 12:10", ["6;1", "99.9;1", "6;-99.9", "99.9;1", "6;-99.9", "6;1"])
    got = read_station(write(tmp_path, rows, minimum_share=0.5))
    assert float(got["wind_speed_80m"].item()) == 6
    assert float(got["temp_air"].item()) == 1
    assert "99.9 of column WS80 is outside 0 to 75 m s-1 and comes 2 times" in caplog.text


def test_sensors_at_one_height_and_directions(tmp_path: Path) -> None:
    columns = [
        {"column": "A", "variable": "wind_speed", "height": 80, "unit": "m/s"},
        {"column": "B", "variable": "wind_speed", "height": 80, "unit": "m/s"},
        {"column": "D", "variable": "wind_direction", "height": 78, "unit": "deg"},
    ]
    rows = tens("2023-07-01 12:10", ["6;8;350", "6;;10"] * 3)
    got = read_station(write(tmp_path, rows, header="Date;Time;A;B;D", columns=columns))
    assert float(got["wind_speed_80m"].item()) == pytest.approx(6.5)
    assert float(got["wind_direction_78m"].item()) % 360 == pytest.approx(0, abs=1e-4)


def test_synoptic_instants_stay_where_they_are(tmp_path: Path) -> None:
    rows = tens("2023-07-01 06:00", ["1;10", "2;11", "3;12"], minutes=180)
    got = read_station(write(tmp_path, rows, interval_minutes=180, label="instant"))
    speed = got["wind_speed_80m"].to_series()
    assert list(speed.dropna()) == [1, 2, 3]
    assert len(speed) == 7
    with pytest.raises(InputError, match=r"interval_minutes: got 180"):
        read_station(write(tmp_path, rows, interval_minutes=180))


# ---- errors ----

ROWS = tens("2023-07-01 12:10", ["6;10"] * 6)
BAD_FORMS: dict[str, tuple[dict[str, object], str]] = {
    "unknown key": ({"heigth": 10}, r"unknown key: got 'heigth'"),
    "no zone": ({"timezone": None}, r"key timezone: got nothing"),
    "unknown zone": ({"timezone": "Asia/Astana"}, r"timezone: got Asia/Astana.*IANA"),
    "wild offset": ({"timezone": "+25:00"}, r"timezone: got \+25:00"),
    "latitude as text": ({"latitude": "51N"}, r"latitude: got '51N'.*number"),
    "latitude off the globe": ({"latitude": 151.6}, r"latitude: got 151\.6.*-90 to 90"),
    "label": ({"label": "left"}, r"label: got left.*start.*middle.*end"),
    "interval": ({"interval_minutes": 7}, r"interval_minutes: got 7.*divide"),
    "interval too long": ({"interval_minutes": 180}, r"interval_minutes: got 180"),
    "time": ({"time": "Date"}, r"time: got Date.*columns"),
    "time column": (
        {"time": {"columns": ["Day"], "format": "%Y"}},
        r"unknown column: got 'Day'.*Date",
    ),
    "time format": (
        {"time": {"columns": ["Date", "Time"], "format": "%Y-%m-%d %H:%M"}},
        r"time in data row 1: got '01\.07\.2023 12:10'",
    ),
    "no columns": ({"columns": []}, r"columns: got \[\].*a list"),
    "unknown column": (
        {"columns": [{"column": "WS8", "variable": "temp_air", "unit": "K"}]},
        r"unknown column: got 'WS8'.*did you mean WS80",
    ),
    "unknown variable": (
        {"columns": [{"column": "T", "variable": "temperature", "unit": "K"}]},
        r"unknown variable: got 'temperature'",
    ),
    "unknown unit": (
        {"columns": [{"column": "T", "variable": "temp_air", "unit": "C"}]},
        r"unknown unit: got 'C'.*allowed: degC, K, degF",
    ),
    "unit of another kind": (
        {"columns": [{"column": "T", "variable": "temp_air", "unit": "hPa"}]},
        r"unknown unit: got 'hPa'",
    ),
    "wind without height": (
        {"columns": [{"column": "WS80", "variable": "wind_speed", "unit": "m/s"}]},
        r"height of column WS80: got None.*metres",
    ),
    "the same twice": (
        {"columns": [{"column": c, "variable": "temp_air", "unit": "degC"} for c in ("T", "WS80")]},
        r"columns of temp_air: got 2",
    ),
    "share": ({"minimum_share": 1.5}, r"minimum_share: got 1\.5"),
    "delimiter": ({"delimiter": ","}, r"unknown column: got 'Date'"),
}


@pytest.mark.parametrize("kind", BAD_FORMS)
def test_bad_declarations_are_named(tmp_path: Path, kind: str) -> None:
    change, message = BAD_FORMS[kind]
    with pytest.raises(InputError, match=message) as caught:
        read_station(write(tmp_path, ROWS, **change))
    assert "mast" in str(caught.value)


BAD_ROWS: dict[str, tuple[list[str], str]] = {
    "text among numbers": ([*ROWS[:3], "01.07.2023;12:40;x;1"], r"WS80 in data row 4: got 'x'"),
    "doubled": ([*ROWS, ROWS[-1]], r"data row 7, doubled"),
    "backwards": ([*ROWS, ROWS[0]], r"data row 7, not ascending"),
    "no rows": ([], r"rows: got 0"),
    "kelvin called degC": (tens("2023-07-01 12:10", ["6;283"] * 6), r"temp_air at time=.*got 283"),
    "too many cells": ([*ROWS[:3], ROWS[3] + ";7"], r"cells of data row 4: got 5.*4: Date, Time"),
    "too few cells": ([*ROWS[:3], "01.07.2023;12:40;6"], r"cells of data row 4: got 3.*'T'"),
    "another step": (
        tens("2023-07-01 12:30", ["6;10"] * 6, minutes=30),
        r"interval_minutes: got 10.*allowed: 30",
    ),
}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_bad_records_are_named(tmp_path: Path, kind: str) -> None:
    rows, message = BAD_ROWS[kind]
    with pytest.raises(InputError, match=message):
        read_station(write(tmp_path, rows))


def test_sunshine_by_night_betrays_the_wrong_zone(tmp_path: Path) -> None:
    """Noon sunshine of Kazakhstan, called UTC+18 hours away."""
    columns = [{"column": c, "variable": c, "unit": "W/m2"} for c in ("ghi", "dni", "dhi")]
    rows = tens("2023-07-01 12:10", ["500;400;150"] * 6)
    path = write(tmp_path, rows, header="Date;Time;ghi;dni;dhi", columns=columns, timezone="-07:00")
    with pytest.raises(InputError, match="ghi by night"):
        read_station(path)


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_station(tmp_path / "absent.yaml")
    path = write(tmp_path, ROWS)
    (tmp_path / "mast.csv").unlink()
    with pytest.raises(InputError, match=r"station record .*mast\.csv"):
        read_station(path)
    path.write_text("a: [1,\n")
    with pytest.raises(InputError, match="is not YAML"):
        read_station(path)


def test_a_site_survives_its_file(tmp_path: Path) -> None:
    made = read_station(write(tmp_path, ROWS))
    again = open_site(write_site(made, tmp_path / "site.nc"))
    np.testing.assert_array_equal(again["wind_speed_80m"], made["wind_speed_80m"])
    assert {name: again.attrs[name] for name in made.attrs} == made.attrs
    assert again.attrs["Conventions"].startswith("CF-")
    with pytest.raises(InputError, match="got nothing"):
        open_site(tmp_path / "absent.nc")


def test_the_commands_station_and_correct(tmp_path: Path) -> None:
    """From a mast's CSV to a corrected long series, by the command line alone."""
    times = pd.date_range("2022-01-01 01:00", periods=2000, freq="h")
    speed = 7 + 3 * np.sin(np.arange(2000) / 9) + np.cos(np.arange(2000) / 41)
    long = site_dataset(
        {"wind_speed_100m": speed, "temp_air": 0 * speed},
        times,
        latitude=51.6,
        longitude=73.1,
        name="long",
        source="a reanalysis",
        digest="",
    )
    write_site(long, tmp_path / "long.nc")
    local = times[:900] + pd.Timedelta(hours=6)
    rows = [
        f"{t:%d.%m.%Y;%H:%M};{v:.6f};1" for t, v in zip(local, 1 + 0.5 * speed[:900], strict=True)
    ]
    form = write(tmp_path, rows, interval_minutes=60)
    run = CliRunner()
    mast, out = tmp_path / "mast.nc", tmp_path / "corrected.nc"
    done = run.invoke(weather, ["station", str(form), "--out", str(mast)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "wind_speed_80m" in done.output
    both = [str(tmp_path / "long.nc"), str(mast), "--measured-variable", "wind_speed_80m"]
    done = run.invoke(weather, ["correct", *both], catch_exceptions=False)
    for method in ("linear", "orthogonal", "variance_ratio", "quantile"):
        assert method in done.output
    how = ["--method", "linear", "--out", str(out)]
    done = run.invoke(weather, ["correct", *both, *how], catch_exceptions=False)
    assert done.exit_code == 0
    got = open_site(out)
    np.testing.assert_allclose(got["wind_speed_80m"].to_numpy().ravel(), 1 + 0.5 * speed, rtol=1e-4)
    assert got["wind_speed_80m"].attrs["long_name"] == "wind speed at 80 m"
    assert "wind_speed_100m" not in got, "one height tells no shear to carry 80 m back by"
    assert "wind_speed_80m corrected by the measurement" in got.attrs["history"]
    with pytest.raises(InputError, match="unknown variable: got 'wind_speed_100m'"):
        run.invoke(weather, ["correct", *both[:2]], catch_exceptions=False)
