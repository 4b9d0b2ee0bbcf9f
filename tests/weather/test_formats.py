"""Files as people hold them: each format is recognised by its content and read to known values."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr
import yaml
from click.testing import CliRunner
from openpyxl import Workbook

from greenanalysis.cli.weather import weather as command
from greenanalysis.core.errors import InputError
from greenanalysis.weather.clearsky import HALF_HOUR, site_sine
from greenanalysis.weather.read.format import Said
from greenanalysis.weather.read.recognise import describe_file, formats, read_weather

LATITUDE, LONGITUDE = 43.5, 69.75
HERE = Said(latitude=LATITUDE, longitude=LONGITUDE, timezone="+05:00", height=80.0)
HOURS = pd.date_range("2023-06-01 01:00", periods=48, freq="h")
WIND = 4 + np.arange(48) % 7


def light(labels: pd.DatetimeIndex) -> np.ndarray:
    """Three quarters of the light outside the atmosphere, in the middle of hours."""
    sine, extra = site_sine(labels - HALF_HOUR, LATITUDE, LONGITUDE)
    return 0.75 * extra * np.clip(sine, 0, None)


def ghi_of(weather: xr.Dataset) -> pd.Series:
    return weather["ghi"].isel(latitude=0, longitude=0).to_series().dropna()


# ---- tables ----


def epw(path: Path) -> None:
    """Two days at +05:00: an hour's label is its end, 1 to 24; 9999 is no light."""
    head = ["LOCATION,Somewhere,X,KAZ,SRC,1,43.5,69.75,5.0,500.0", *["HEAD"] * 7]
    rows = []
    for hour in pd.date_range("2023-06-01 00:00", periods=48, freq="h"):
        ghi = light(pd.DatetimeIndex([hour + pd.Timedelta(hours=1 - 5)]))[0]
        cells = [hour.year, hour.month, hour.day, hour.hour + 1, 0, "?9", 15.0, 2, 40, 95000, 0, 0,
                 0, f"{ghi:.3f}", 9999, 9999, 0, 0, 0, 0, 190, 3.5, *[0] * 13]  # fmt: skip
        rows.append(",".join(map(str, cells)))
    path.write_text("\n".join([*head, *rows]) + "\n", encoding="latin-1")


def toa5(path: Path) -> None:
    head = [
        '"TOA5","mast","CR1000","1","x","y","2","ten"',
        '"TIMESTAMP","RECORD","Spd80mN_Avg","Spd80mS_Avg","Spd80mN_Std","Dir78m","T2m_Avg"',
        '"TS","RN","meters/second","meters/second","m/s","Deg","Deg C"',
        '"","","Avg","Avg","Std","WVc","Avg"',
    ]
    rows = [
        f'"{t:%Y-%m-%d %H:%M:%S}",{n},{6 if n % 3 else "NAN"},8,1,350,{20 + n}'
        for n, t in enumerate(pd.date_range("2023-06-01 00:10", periods=12, freq="10min"))
    ]
    path.write_text("\n".join([*head, *rows]) + "\n")


def nrg(path: Path) -> None:
    """Channels described in the head; the stamp is the beginning of the ten minutes."""
    head = [
        "SymphoniePRO Desktop Application export", "Latitude:\tN 43.5", "Longitude:\tE 69.75",
        "Elevation:\t500", "Time Zone:\tUTC+05:00", "Channel:\t1", "Type:\tAnemometer",
        "Height:\t80.0", "Units:\tm/s", "Channel:\t13", "Type:\tVane", "Height:\t78.0", "Data",
        "Timestamp\tCh1_Anem_80.00m_N_Avg_m/s\tCh1_Anem_80.00m_N_SD_m/s\tCh13_Vane_78.00m_N_Avg_deg",
    ]  # fmt: skip
    rows = [
        f"{t:%Y-%m-%d %H:%M:%S}\t{6 + n}\t1\t190"
        for n, t in enumerate(pd.date_range("2023-06-01 00:00", periods=6, freq="10min"))
    ]
    path.write_text("\n".join([*head, *rows]) + "\n")


def windographer(path: Path) -> None:
    head = [
        "Created 2024 by Windographer 5", "", "Latitude = N 43.500000", "Longitude = E 69.750000",
        "Elevation = 500 m", "Time zone = UTC+05:00", "",
        "Time stamps indicate the beginning of the time step.", "",
        "Date/Time\tSpeed 80 m A [m/s]\tSpeed 40 m [m/s]\tDirection 78 m [degrees]\t",
    ]  # fmt: skip
    rows = [
        f"{t:%Y-%m-%d %H:%M}\t{6 + n}\t5\t190\t"
        for n, t in enumerate(pd.date_range("2023-06-01 00:00", periods=6, freq="10min"))
    ]
    path.write_text("\n".join([*head, *rows]) + "\n")


def sam(path: Path) -> None:
    head = ["Source,Latitude,Longitude,Time Zone,Elevation", "x,43.5,69.75,5,500"]
    names = "Year,Month,Day,Hour,GHI,Tdry,Wspd,Pres"
    rows = []
    for hour in pd.date_range("2023-06-01 00:00", periods=48, freq="h"):
        ghi = light(pd.DatetimeIndex([hour + pd.Timedelta(hours=1 - 5)]))[0]
        rows.append(f"{hour:%Y,%m,%d,%H},{ghi:.3f},15,3.5,950")
    path.write_text("\n".join([*head, names, *rows]) + "\n")


def power_csv(path: Path) -> None:
    head = [
        "-BEGIN HEADER-", "NASA/POWER CERES/MERRA2 Native Resolution Hourly Data",
        "Dates (month/day/year): 06/01/2023 through 06/02/2023 in UTC",
        "Location: latitude  43.5   longitude 69.75",
        "elevation from MERRA-2: Average for 0.5 x 0.625 degree lat/lon region = 500.0 meters",
        "ALLSKY_SFC_SW_DWN     CERES SYN1deg All Sky Surface Shortwave Downward (Wh/m^2)",
        "WS50M                 MERRA-2 Wind Speed at 50 Meters (m/s) ", "-END HEADER-",
    ]  # fmt: skip
    rows = ["YEAR,MO,DY,HR,ALLSKY_SFC_SW_DWN,WS50M"]
    for n, hour in enumerate(pd.date_range("2023-06-01 00:00", periods=48, freq="h")):
        ghi = light(pd.DatetimeIndex([hour + pd.Timedelta(hours=1)]))[0]
        rows.append(
            f"{hour:%Y},{hour.month},{hour.day},{hour.hour},{ghi:.3f},{-999 if n == 3 else 5}"
        )
    path.write_text("\n".join([*head, *rows]) + "\n")


def open_meteo_csv(path: Path) -> None:
    head = [
        "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation",
        "43.5,69.75,500.0,18000,Asia/Almaty,+05", "",
        "time,shortwave_radiation (W/m²),wind_speed_100m (km/h),temperature_2m (°F)",
    ]  # fmt: skip
    rows = [
        f"{t + pd.Timedelta(hours=5):%Y-%m-%dT%H:%M},{ghi:.3f},36,59"
        for t, ghi in zip(HOURS, light(HOURS), strict=True)
    ]
    path.write_text("\n".join([*head, *rows]) + "\n")


def open_meteo_json(path: Path) -> None:
    reply = {
        "latitude": 43.5, "longitude": 69.75, "elevation": 500.0, "utc_offset_seconds": 0,
        "hourly_units": {"time": "iso8601", "shortwave_radiation": "W/m²", "wind_speed_10m": "m/s"},
        "hourly": {
            "time": [f"{t:%Y-%m-%dT%H:%M}" for t in HOURS],
            "shortwave_radiation": list(light(HOURS)),
            "wind_speed_10m": [None, *[5.0] * 47],
        },
    }  # fmt: skip
    path.write_text(json.dumps(reply))


def pvgis_tmy(path: Path) -> None:
    """January and February of two years; the light is that of 0.2 h after the stamp."""
    head = [
        "Latitude (decimal degrees): 43.500", "Longitude (decimal degrees): 69.750",
        "Elevation (m): 500.0", "Irradiance Time Offset (h): 0.2000", "month,year",
        "1,2018", "2,2007",
        "time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP",
    ]  # fmt: skip
    rows = []
    for first in ("2018-01-31 00:00", "2007-02-01 00:00"):
        for stamp in pd.date_range(first, periods=24, freq="h"):
            seen = pd.DatetimeIndex([stamp.replace(year=2023) + pd.Timedelta(hours=0.2)])
            sine, extra = site_sine(seen, LATITUDE, LONGITUDE)
            up = max(float(sine[0]), 0.0)
            beam, diffuse = 0.5 * float(extra[0]), 0.25 * float(extra[0]) * up
            beam = beam if up > 0 else 0.0
            rows.append(
                f"{stamp:%Y%m%d:%H%M},-2.0,80,{beam * up + diffuse:.4f},{beam:.4f},{diffuse:.4f},"
                "250,3.0,90,95000.0"
            )
    path.write_text(
        "\n".join([*head, *rows, "", "T2m: 2-m air temperature", "PVGIS (c) EU"]) + "\n"
    )


def dwd(path: Path) -> None:
    rows = ["STATIONS_ID;MESS_DATUM;QN_592;FD_LBERG;FG_LBERG;eor"]
    rows += [f"1;20230601{h:02d}:59;1;{30 + h};{100 + h};eor" for h in range(5, 10)]
    rows += ["1;2023060111:00;1;-999;111;eor"]
    path.write_text("\n".join(rows) + "\n")


def surfrad(path: Path) -> None:
    """Half an hour of minutes; the row is laid out as the archive's own."""
    lines = [" Somewhere", "  43.500  69.750 500 m version 1"]
    for n in range(60):
        t = pd.Timestamp("2023-06-01 06:01") + pd.Timedelta(minutes=n)
        ghi = light(pd.DatetimeIndex(["2023-06-01 07:00"]))[0]
        values = {8: f"{ghi:.1f}", 12: "-9999.9", 14: "-9999.9", 38: "20.0", 42: "5.0", 44: "180.0",
                  46: "950.0"}  # fmt: skip
        fields = [
            f"{t:%Y}",
            "152",
            f"{t.month}",
            f"{t.day}",
            f"{t.hour}",
            f"{t.minute}",
            "6.0",
            "40",
        ]
        fields += [values.get(place, "0") for place in range(8, 48)]
        lines.append(" ".join(fields))
    path.write_text("\n".join(lines) + "\n")


def rp5(path: Path) -> None:
    head = [
        "# Weather station Somewhere, rp5.kz", "# Encoding: UTF-8",
        '"Local time in Somewhere";"T";"Po";"P";"DD";"Ff";"N"',
    ]  # fmt: skip
    rows = [
        f'"{t:%d.%m.%Y %H:%M}";"{10 + n}.5";"712.5";"760";"Wind";"{n}";"x"'
        for n, t in enumerate(pd.date_range("2023-06-01 02:00", periods=8, freq="3h"))
    ][::-1]
    path.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


def windpowerlib(path: Path) -> None:
    rows = [
        "variable_name,pressure,temperature,wind_speed,roughness_length,temperature,wind_speed",
        "height,0,2,10,0,10,80",
    ]
    rows += [f"2023-06-01 {h:02d}:00:00+05:00,95000,288,5,0.15,288,{7 + h}" for h in range(6)]
    path.write_text("\n".join(rows) + "\n")


def russian(path: Path) -> None:
    rows = ["Дата и время;Скорость ветра 80 м (м/с);Температура воздуха, °C"]
    hours = pd.date_range("2023-06-01", periods=336, freq="h")
    rows += [f"{t:%d.%m.%Y %H:%M};{4 + t.day},5;{10 + t.day},0" for t in hours]
    path.write_text("\n".join(rows) + "\n", encoding="cp1251")


def excel(path: Path) -> None:
    book = Workbook()
    book.active.append(["Date/Time (UTC)", "WS80 [m/s]", "Pressure [hPa]"])
    for n, t in enumerate(pd.date_range("2023-06-01 00:10", periods=12, freq="10min")):
        book.active.append([t.to_pydatetime(), 6 + n, 950])
    book.save(path)


Check = Callable[[xr.Dataset], None]


def sunlit(weather: xr.Dataset) -> None:
    got = ghi_of(weather)
    assert len(got) == 48
    np.testing.assert_allclose(got, light(pd.DatetimeIndex(got.index)), atol=0.01)


def mast(first: str, speeds: list[float], height: int = 80) -> Check:
    def check(weather: xr.Dataset) -> None:
        speed = weather[f"wind_speed_{height}m"].isel(latitude=0, longitude=0).to_series().dropna()
        assert str(speed.index[0])[:16] == first
        np.testing.assert_allclose(speed, speeds, rtol=1e-5)

    return check


def tmy(weather: xr.Dataset) -> None:
    got = ghi_of(weather)
    sine, extra = site_sine(pd.DatetimeIndex(got.index) - HALF_HOUR, LATITUDE, LONGITUDE)
    high = sine > 0.1
    np.testing.assert_allclose(got[high], (0.75 * extra * sine)[high], rtol=0.002)
    assert str(got.index[0])[:13] == "2023-01-31 01"
    assert weather.attrs["typical"] == 1


def sums_of_dwd(weather: xr.Dataset) -> None:
    got = ghi_of(weather)
    assert str(got.index[0])[:13] == "2023-06-01 06"
    expected = [(100 + n) * 1e4 / 3600 for n in (5, 6, 7, 8, 9, 11)]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def minutes(weather: xr.Dataset) -> None:
    assert float(weather["ghi"].item()) == pytest.approx(light(HOURS[6:7])[0], abs=0.06)
    assert "dni" not in weather or np.isnan(weather["dni"]).all()


TABLES: dict[str, tuple[Callable[[Path], None], str, str, Said, Check]] = {
    "EPW": (epw, "a.epw", "epw", Said(), sunlit),
    "SAM": (sam, "a.csv", "psm", Said(), sunlit),
    "POWER": (power_csv, "a.csv", "power", Said(), sunlit),
    "Open-Meteo CSV": (open_meteo_csv, "a.csv", "open-meteo", Said(), sunlit),
    "Open-Meteo JSON": (open_meteo_json, "a.json", "open-meteo", Said(), sunlit),
    "PVGIS typical year": (pvgis_tmy, "a.csv", "pvgis", Said(), tmy),
    "TOA5": (toa5, "a.dat", "toa5", HERE, mast("2023-05-31 20:00", [22 / 3, 22 / 3])),
    "Windographer": (windographer, "a.txt", "windographer", Said(),
                     mast("2023-05-31 20:00", [8.5])),
    "NRG": (nrg, "a.txt", "nrg", Said(), mast("2023-05-31 20:00", [8.5])),
    "DWD": (dwd, "a.txt", "dwd", Said(latitude=LATITUDE, longitude=LONGITUDE), sums_of_dwd),
    "SURFRAD": (surfrad, "a.dat", "surfrad", Said(), minutes),
    "rp5": (rp5, "a.csv", "synop", HERE, mast("2023-05-31 21:00", list(range(8)), 10)),
    "windpowerlib": (windpowerlib, "a.csv", "table", HERE,
                     mast("2023-05-31 19:00", [7, 8, 9, 10, 11, 12])),
    "Russian CSV": (russian, "a.csv", "table", HERE,
                    mast("2023-05-31 19:00", [5.5 + n // 24 for n in range(336)])),
    "Excel": (excel, "a.xlsx", "table", Said(latitude=LATITUDE, longitude=LONGITUDE),
              mast("2023-06-01 01:00", [8.5, 14.5])),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_is_recognised_and_read(kind: str, tmp_path: Path) -> None:
    write, name, expected, said, check = TABLES[kind]
    path = tmp_path / name
    write(path)
    assert describe_file(path, said).format.name == expected
    check(read_weather(path, said))


def test_pvlib_reads_the_same_epw(tmp_path: Path) -> None:
    epw(tmp_path / "a.epw")
    theirs, about = pvlib.iotools.read_epw(tmp_path / "a.epw")
    got = read_weather(tmp_path / "a.epw")
    np.testing.assert_allclose(ghi_of(got), theirs["ghi"], rtol=1e-6)
    begins = theirs.index.tz_convert("UTC").tz_localize(None)
    assert (pd.DatetimeIndex(got["time"].to_numpy()) == begins + pd.Timedelta(hours=1)).all()
    assert about["latitude"] == float(got["latitude"].item())


def test_a_typical_epw_is_one_year(tmp_path: Path) -> None:
    """Months of several years, leap years among them, at +05:00: 8760 hours of one year of UTC."""
    hours = pd.date_range("2023-01-01", periods=8760, freq="h")
    sunny = light(pd.DatetimeIndex(hours) + pd.Timedelta(hours=1 - 5))
    rows = ["LOCATION,Somewhere,X,KAZ,SRC,1,43.5,69.75,5.0,500.0", *["HEAD"] * 7]
    for hour, ghi in zip(hours, sunny, strict=True):
        year = 2004 + 4 * (hour.month % 3)
        head = f"{year},{hour.month},{hour.day},{hour.hour + 1},0,?,15,2,40,95000,0,0,0"
        rows.append(f"{head},{ghi:.2f},9999,9999,0,0,0,0,190,3.5" + ",0" * 13)
    (tmp_path / "a.epw").write_text("\n".join(rows) + "\n")
    read = read_weather(tmp_path / "a.epw")
    assert "dni" not in read  # all of it is 9999
    got = ghi_of(read)
    assert (len(got), str(got.index[0])[:13]) == (8760, "2023-01-01 01")
    assert got.sum() == pytest.approx(sunny.sum(), rel=1e-4)


def test_what_a_file_does_not_state_is_asked_for(tmp_path: Path) -> None:
    toa5(tmp_path / "a.dat")
    with pytest.raises(InputError, match=r"latitude of a\.dat.*state --latitude"):
        read_weather(tmp_path / "a.dat")
    done = CliRunner().invoke(command, ["describe", str(tmp_path / "a.dat")])
    assert "to be stated: latitude, longitude, timezone" in done.output


def test_the_declaration_that_is_written_reads_the_file(tmp_path: Path) -> None:
    """Describe, correct by hand, read: the same as with the place said at once."""
    path, rules = tmp_path / "mast.dat", tmp_path / "mast.yaml"
    toa5(path)
    options = ["--latitude", "43.5", "--longitude", "69.75", "--timezone", "+05:00"]
    out = ["--out", str(rules)]
    done = CliRunner().invoke(command, ["describe", str(path), *options, *out])
    assert done.exit_code == 0, done.output
    assert yaml.safe_load(rules.read_text())["latitude"] == 43.5
    declared = read_weather(path)
    rules.rename(tmp_path / "elsewhere.yaml")
    xr.testing.assert_equal(declared, read_weather(path, HERE))
    done = CliRunner().invoke(
        command, ["read", str(path), *options, "--out", str(tmp_path / "m.nc")]
    )
    assert "wind_speed_80m" in done.output
    xr.testing.assert_allclose(
        xr.load_dataset(tmp_path / "m.nc")["wind_speed_80m"], declared["wind_speed_80m"]
    )


def test_columns_in_another_order_are_the_same(tmp_path: Path) -> None:
    """Names go with their columns: a table turned about reads to the same weather."""
    path = tmp_path / "a.csv"
    windpowerlib(path)
    expected = read_weather(path, HERE)
    rows = [line.split(",") for line in path.read_text().splitlines()]
    order = [0, 3, 1, 6, 2, 4, 5]  # of columns of one name the first stays the first
    path.write_text("\n".join(",".join(row[n] for n in order) for row in rows) + "\n")
    got = read_weather(path, HERE)
    for name in expected.data_vars:
        np.testing.assert_array_equal(got[name], expected[name])


def test_days_and_months_that_cannot_be_told_apart_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Date,WS80 (m/s)\n03/04/2023 00:00,5\n03/04/2023 01:00,6\n03/04/2023 02:00,6\n")
    with pytest.raises(InputError, match=r"03/04/2023.*days and months"):
        read_weather(path, HERE)


def test_a_clock_an_hour_off_is_refused_by_the_sun(tmp_path: Path) -> None:
    """GHI alone, clear days: a zone an hour east moves the light by an hour."""
    hours = pd.date_range("2023-06-01 01:00", periods=24 * 40, freq="h")
    lines = ["time,ghi (W/m2)"]
    lines += [f"{t:%Y-%m-%d %H:%M},{v:.1f}" for t, v in zip(hours, light(hours), strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    place = {"latitude": LATITUDE, "longitude": LONGITUDE}
    sunny = read_weather(tmp_path / "a.csv", Said(**place, timezone="UTC"))
    np.testing.assert_allclose(ghi_of(sunny), light(hours), atol=0.1)
    with pytest.raises(InputError, match=r"light comes \d+ min earlier than the sun"):
        read_weather(tmp_path / "a.csv", Said(**place, timezone="+01:00"))


# ---- models ----


def era5(days: int = 2) -> xr.Dataset:
    """Raw fields as the Climate Data Store gives them: from the north, J m-2, u and v."""
    times = pd.date_range("2023-06-01 01:00", periods=24 * days, freq="h", unit="ns")
    axes = {"time": times, "latitude": [43.75, 43.5, 43.25], "longitude": [69.5, 69.75]}
    dims = tuple(axes)
    ghi = np.stack([[light(times)] * 2] * 3).transpose(2, 0, 1)

    def field(values: np.ndarray | float, units: str) -> tuple[tuple[str, ...], np.ndarray, dict]:
        return dims, np.broadcast_to(values, ghi.shape).astype("float32"), {"units": units}

    return xr.Dataset(
        {
            "ssrd": field(ghi * 3600, "J m**-2"),
            "fdir": field(ghi * 3600 * 0.6, "J m**-2"),
            "t2m": field(288.15, "K"),
            "sp": field(95000.0, "Pa"),
            "u10": field(3.0, "m s**-1"),
            "v10": field(-4.0, "m s**-1"),
            "u100": field(6.0, "m s**-1"),
            "v100": field(8.0, "m s**-1"),
        },
        axes,
    )


def fits(weather: xr.Dataset, hours: int = 48) -> None:
    assert list(weather["latitude"].to_numpy()) == [43.25, 43.5, 43.75]
    cell = weather.sel(latitude=43.5, longitude=69.75)
    assert cell.sizes["time"] == hours
    labels = pd.DatetimeIndex(cell["time"].to_numpy())
    np.testing.assert_allclose(cell["ghi"], light(labels), atol=0.05)
    assert float(cell["wind_speed_10m"].max()) == pytest.approx(5)
    assert float(cell["wind_speed_100m"].max()) == pytest.approx(10)
    assert float(cell["temp_air"].mean()) == pytest.approx(15, abs=1e-4)
    noon = cell.sel(time="2023-06-01T08:00")
    sine, _ = site_sine(pd.DatetimeIndex(["2023-06-01 07:30"]), LATITUDE, LONGITUDE)
    assert float(noon["dni"]) == pytest.approx(0.6 * float(noon["ghi"]) / float(sine[0]), rel=1e-3)


def test_raw_era5_old_and_new(tmp_path: Path) -> None:
    raw = era5()
    raw.to_netcdf(tmp_path / "old.nc")
    fits(read_weather(tmp_path / "old.nc"))
    new = raw.rename(time="valid_time").assign_coords(
        number=0, expver=("valid_time", ["0001"] * 40 + ["0005"] * 8)
    )
    new.to_netcdf(tmp_path / "new.nc")
    fits(read_weather(tmp_path / "new.nc"))
    late = raw.where(raw["time"] > raw["time"][39])
    both = xr.concat(
        [raw.where(raw["time"] <= raw["time"][39]), late], pd.Index([1, 5], name="expver")
    )
    both.to_netcdf(tmp_path / "expver.nc")
    fits(read_weather(tmp_path / "expver.nc"))


def test_the_archive_of_sums_and_instants(tmp_path: Path) -> None:
    new = era5().rename(time="valid_time")
    path = tmp_path / "era5.zip"
    streams = {"accum": ["ssrd", "fdir"], "instant": ["t2m", "sp", "u10", "v10", "u100", "v100"]}
    with zipfile.ZipFile(path, "w") as archive:
        for stream, names in streams.items():
            member = tmp_path / f"data_stream-oper_stepType-{stream}.nc"
            new[names].to_netcdf(member)
            archive.write(member, f"../../{member.name}")
    fits(read_weather(path))
    assert not list(tmp_path.parent.glob("data_stream*"))


def test_sums_over_the_day_are_taken_apart(tmp_path: Path) -> None:
    raw = era5(days=4)
    for name in ("ssrd", "fdir"):
        by_day = raw[name].to_numpy().reshape(4, 24, 3, 2)
        raw[name] = raw[name].copy(data=by_day.cumsum(axis=1).reshape(raw[name].shape))
    raw.to_netcdf(tmp_path / "land.nc")
    fits(read_weather(tmp_path / "land.nc"), hours=96)


def test_grib(tmp_path: Path) -> None:
    """Instants of three fields as messages on a grid from the north."""
    eccodes = pytest.importorskip("eccodes")
    pytest.importorskip("cfgrib")
    raw = era5(days=1)
    with (tmp_path / "a.grib").open("wb") as file:
        for name, short in (("t2m", "2t"), ("u10", "10u"), ("v10", "10v")):
            for field in raw[name]:
                stamp = pd.Timestamp(field["time"].item())
                message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib1")
                for key, value in {
                    "Ni": 2, "Nj": 3, "shortName": short,
                    "latitudeOfFirstGridPointInDegrees": 43.75,
                    "latitudeOfLastGridPointInDegrees": 43.25,
                    "longitudeOfFirstGridPointInDegrees": 69.5,
                    "longitudeOfLastGridPointInDegrees": 69.75,
                    "iDirectionIncrementInDegrees": 0.25, "jDirectionIncrementInDegrees": 0.25,
                    "dataDate": int(f"{stamp:%Y%m%d}"), "dataTime": int(f"{stamp:%H%M}"),
                }.items():  # fmt: skip
                    eccodes.codes_set(message, key, value)
                eccodes.codes_set_values(message, field.to_numpy().ravel().astype(float))
                eccodes.codes_write(message, file)
                eccodes.codes_release(message)
    got = read_weather(tmp_path / "a.grib")
    assert got.sizes == {"time": 24, "latitude": 3, "longitude": 2}
    assert float(got["wind_speed_10m"].mean()) == pytest.approx(5, abs=1e-3)
    assert float(got["temp_air"].mean()) == pytest.approx(15, abs=0.01)
    assert str(got["time"].to_numpy()[0])[:13] == "2023-06-01T01"


def test_merra2_labels_the_middle(tmp_path: Path) -> None:
    raw = era5()
    made = xr.Dataset(
        {
            "SWGDN": (raw["ssrd"] / 3600).assign_attrs(units="W m-2"),
            "U50M": raw["u100"].assign_attrs(units="m s-1"),
            "V50M": raw["v100"].assign_attrs(units="m s-1"),
            "T2M": raw["t2m"],
        }
    )
    made = made.assign_coords(time=made["time"] - pd.Timedelta(minutes=30))
    made.rename(latitude="lat", longitude="lon").to_netcdf(tmp_path / "merra2.nc4")
    got = read_weather(tmp_path / "merra2.nc4")
    labels = pd.DatetimeIndex(got["time"].to_numpy())
    np.testing.assert_allclose(got["ghi"][:, 1, 1], light(labels), atol=0.05)
    assert float(got["wind_speed_50m"].mean()) == pytest.approx(10)


@pytest.mark.parametrize("calendar", ["noleap", "standard"])
def test_fields_of_climate_models(tmp_path: Path, calendar: str) -> None:
    raw = era5()
    made = raw[["t2m", "ssrd"]].rename(t2m="tas", ssrd="rsds", latitude="lat", longitude="lon")
    made["rsds"] = (made["rsds"] / 3600).assign_attrs(units="W m-2")
    made = made.assign_coords(lon=made["lon"] + 360)
    made.convert_calendar(calendar, use_cftime=True).to_netcdf(tmp_path / "cmip.nc")
    got = read_weather(tmp_path / "cmip.nc")
    assert list(got["longitude"].to_numpy()) == [69.5, 69.75]
    np.testing.assert_allclose(got["ghi"][:, 1, 1], light(HOURS), atol=0.05)
    made.convert_calendar("360_day", align_on="date", use_cftime=True).to_netcdf(
        tmp_path / "360.nc"
    )
    with pytest.raises(InputError, match=r"calendar: got 360_day"):
        read_weather(tmp_path / "360.nc")


def test_formats_are_listed() -> None:
    done = CliRunner().invoke(command, ["formats"])
    assert {each.name for each in formats()} <= set(done.output.split())
    assert done.output.count("\n") == len(formats())


def test_a_file_of_no_format(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(InputError, match=r"a\.bin"):
        read_weather(path)
