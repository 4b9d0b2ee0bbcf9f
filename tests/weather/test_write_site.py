"""Each format of a site is read back equal: by the project's own readers, and by pvlib's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from pvlib import iotools

from greenanalysis.cli.weather import weather
from greenanalysis.core.errors import InputError
from greenanalysis.weather.read.site import open_site, site_dataset
from greenanalysis.weather.write.site import FORMATS, write_site

LATITUDE, LONGITUDE = 43.3, 76.9


def site(first: str = "2023-06-01 01:00", hours: int = 72) -> xr.Dataset:
    """Return plausible weather of a site with gaps and odd digits; darkness by night."""
    times = pd.date_range(first, periods=hours, freq="h")
    random = np.random.default_rng(5)
    hour = ((times - pd.Timedelta(minutes=30)).hour + LONGITUDE / 15) % 24
    light = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None)
    light = np.where((hour > 7) & (hour < 17), light, 0.0)
    values = {
        "ghi": 700 * light * random.uniform(0.5, 1, hours),
        "temp_air": 10 + 10 * light + random.normal(0, 1, hours),
        "pressure": 92_000 + random.normal(0, 100, hours),
        "wind_speed_10m": random.weibull(2, hours) * 4,
        "wind_speed_80m": random.weibull(2, hours) * 6,
    }
    values["temp_air"][5], values["ghi"][10] = np.nan, np.nan
    return site_dataset(
        values, times, latitude=LATITUDE, longitude=LONGITUDE, name="Mast, east; 2",
        source="a logger; 2023", digest="abc",
    )  # fmt: skip


@pytest.mark.parametrize("suffix", [".nc", ".nc4", ".zarr", ".csv", ".xlsx"])
def test_a_site_is_read_back_equal(tmp_path: Path, suffix: str) -> None:
    written = site()
    again = open_site(write_site(written, tmp_path / f"site{suffix}"))
    assert set(again.data_vars) == set(written.data_vars)
    for name, array in written.data_vars.items():
        np.testing.assert_array_equal(again[name].to_numpy(), array.to_numpy(), err_msg=str(name))
        assert {key: again[name].attrs[key] for key in array.attrs} == array.attrs
    for axis in ("time", "latitude", "longitude"):
        np.testing.assert_array_equal(again[axis], written[axis])
    assert {key: again.attrs[key] for key in written.attrs} == written.attrs


def test_epw_is_what_pvlib_reads(tmp_path: Path) -> None:
    written = site()
    table, head = iotools.read_epw(str(write_site(written, tmp_path / "site.epw")))
    assert (head["latitude"], head["longitude"], head["TZ"]) == (LATITUDE, LONGITUDE, 0)
    assert head["altitude"] == pytest.approx(808, abs=10), "92 kPa in the standard atmosphere"
    # pvlib labels the beginning of the hour
    ends = table.index.tz_convert("UTC").tz_localize(None) + pd.Timedelta(hours=1)
    np.testing.assert_array_equal(ends, written["time"])
    for column, name, code in (
        ("ghi", "ghi", 9999),
        ("temp_air", "temp_air", 99.9),
        ("atmospheric_pressure", "pressure", 999999),
        ("wind_speed", "wind_speed_10m", 999),
    ):
        known = table[column].where(table[column] != code).to_numpy("float32")
        np.testing.assert_array_equal(known, written[name].to_numpy().ravel())
    assert (table["dni"] == 9999).all(), "what is not known is not invented"


def test_sam_csv_is_what_pvlib_reads(tmp_path: Path) -> None:
    written = site().drop_vars("wind_speed_80m")
    table, head = iotools.read_nsrdb_psm4(
        str(write_site(written, tmp_path / "s.sam.csv")), map_variables=False
    )
    assert (head["Latitude"], head["Longitude"], head["Time Zone"]) == (LATITUDE, LONGITUDE, 0)
    middle = table.index.tz_convert("UTC").tz_localize(None)
    np.testing.assert_array_equal(middle + pd.Timedelta(minutes=30), written["time"])
    np.testing.assert_array_equal(
        table["GHI"].to_numpy("float32"), written["ghi"].to_numpy().ravel()
    )
    np.testing.assert_allclose(
        table["Pres"] * 100, written["pressure"].to_numpy().ravel(), rtol=1e-6
    )


@pytest.mark.parametrize(("first", "hours"), [("2023-06-01 01:00", 72), ("2023-01-01 01:00", 8760)])
def test_pvsyst_csv_is_read_back_equal(tmp_path: Path, first: str, hours: int) -> None:
    written = site(first, hours)
    path = write_site(written, tmp_path / "site.pvsyst.csv")
    again = open_site(path)
    assert (again.attrs["years"], len(again.attrs["hash"])) == ("2023", 64)
    np.testing.assert_array_equal(again["time"], written["time"])
    for name in ("ghi", "temp_air", "wind_speed_10m"):
        np.testing.assert_array_equal(again[name], written[name])
    rows = path.read_text().splitlines()
    assert "#Time Zone;5" in rows
    if hours == 8760:
        start = next(n for n, row in enumerate(rows) if row.startswith("Year;")) + 2
        assert rows[start].startswith("2023;1;1;0;0;")
        assert rows[-1].startswith("2023;12;31;23;0;")


def test_a_damaged_table_is_one_clear_error(tmp_path: Path) -> None:
    path = write_site(site(), tmp_path / "site.csv")
    path.write_text(path.read_text().replace("# variables: {", "# variables: {{"))
    with pytest.raises(InputError, match="damaged"):
        open_site(path)


@pytest.mark.parametrize("name", ["site.hdf", "site", "site.txt", "site.csv.gz", ".csv"])
def test_an_unknown_suffix_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"format of the file: got .*allowed: .*NAME\.epw"):
        write_site(site(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_formats_of_one_site_refuse_a_grid(tmp_path: Path) -> None:
    grid = xr.concat([site(), site().assign_coords(latitude=[44.0])], "latitude")
    for suffix in (".epw", ".sam.csv", ".pvsyst.csv"):
        with pytest.raises(InputError, match="holds one site, the weather has 2 cells"):
            write_site(grid, tmp_path / f"grid{suffix}")


def test_wind_without_light_is_no_solar_resource(tmp_path: Path) -> None:
    wind = site()[["wind_speed_80m"]]
    for suffix, words in ((".epw", "EPW"), (".sam.csv", "SAM CSV"), (".pvsyst.csv", "PVsyst CSV")):
        with pytest.raises(InputError, match=f"variables: got .*wind_speed_80m.* in {words}"):
            write_site(wind, tmp_path / f"wind{suffix}")


def test_the_commands_refuse_a_suffix_before_they_compute(tmp_path: Path) -> None:
    for command in (["station", "absent.yaml"], ["correct", "a.nc", "b.nc", "--method", "linear"]):
        with pytest.raises(InputError, match="format of the file"):
            CliRunner().invoke(
                weather, [*command, "--out", str(tmp_path / "x.dat")], catch_exceptions=False
            )
    assert set(FORMATS) >= {".nc", ".csv", ".xlsx", ".epw"}
