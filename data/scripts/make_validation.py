"""Make the measured series of ``data/validation`` from two packages of the Python Package Index.

Usage: ``make_validation.py PVANALYTICS_WHEEL OPENOA_WHEEL``; fetch them with
``pip download --no-deps pvanalytics==0.2.2 OpenOA==3.2``.

All series become means of the hour that ends at the label, UTC, NaN where a sample lacks. What is
done to the clocks stands in the attribute ``clock`` and was found by comparing with the sun.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

OUT = Path(__file__).resolve().parents[1] / "validation"
SERF = {"latitude": 39.742, "longitude": -105.1727, "surface_tilt": 45.0, "surface_azimuth": 158.0}
CALM = {
    "wind_assumed_m_s": 2.5,
    "wind": "not in the file; 2.5 m/s at 10 m is a project assumption, 1 m/s more or less moves "
    "the energy by less than 1 percent",
}
PVDAQ = (
    "NREL PVDAQ, Open Energy Data Initiative, https://data.openei.org/submissions/4568, CC BY 4.0, "
    "as carried by the package pvanalytics 0.2.2 (MIT)"
)
NSRDB = "irradiance and temperature: NREL National Solar Radiation Database PSM3, same package"
ENGIE = (
    "ENGIE, La Haute Borne wind farm, Etalab Open Licence 2.0, "
    "https://opendata-renewables.engie.com, as carried by the package OpenOA 3.2 (BSD 3-Clause); "
    "wind of ERA5: contains modified Copernicus Climate Change Service information"
)
SATELLITE = {
    "ac_power": ("W", "power"),
    "ghi": ("W m-2", "irradiance"),
    "temp_air": ("degC", "temperature"),
}
STEPS = {"power": 0.2, "irradiance": 0.05, "temperature": 0.01, "speed": 0.001, "pressure": 5.0}
"""Resolution kept, in the unit of the variable."""


def hourly(series: pd.DataFrame | pd.Series, *, samples: int) -> pd.DataFrame:
    """Return means of the hour that ends at the label; an hour that lacks a sample is NaN."""
    frame = pd.DataFrame(series).astype(float)
    groups = frame.resample("h", label="right", closed="left")
    return groups.mean().where(groups.count() >= samples)


def utc(index: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """Return local clock times as UTC, NaT where the clock is ambiguous."""
    local = index.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    return local.tz_convert("UTC").tz_localize(None)


def between(series: pd.DataFrame) -> pd.DataFrame:
    """Return half-hourly instants as means of the quarters of an hour between them."""
    fine = series.resample("15min").interpolate(limit=1)
    return (fine + fine.shift(-1)) / 2


def serf_east(read) -> xr.Dataset:
    """Three months of 2016 with a known rating, irradiance from satellites."""
    power = pd.read_csv(read("serf_east_15min_ac_power.csv"), index_col=0, parse_dates=True)
    sky = pd.read_csv(read("serf_east_psm3_data.csv"), index_col=0, parse_dates=True)
    frame = pd.concat([power["ac_power"].clip(lower=0), sky[["ghi", "temp_air"]]], axis=1)
    frame.index = frame.index.tz_convert("UTC").tz_localize(None)
    return packed(
        hourly(frame, samples=4),
        SATELLITE,
        {**SERF, **CALM, "dc_rating_w": 6000.0, "source": f"{PVDAQ}, system 50; {NSRDB}",
         "rating": "6 kW of modules: metadata in pvanalytics, tests/quality/test_outliers.py",
         "clock": "local standard time as stored"},
    )  # fmt: skip


def system_50(read) -> xr.Dataset:
    """Thirty-three months of 2011 to 2013 of a part of the same plant, rating not stated."""
    power = pd.read_parquet(read("system_50_ac_power_2_full_DST.parquet"))
    clock = pd.DatetimeIndex(power["measured_on"]).tz_localize(None)
    series = pd.Series(power["ac_power_2"].to_numpy(float), index=utc(clock, "America/Denver"))
    series = series[series.index.notna()]
    series = series[~series.index.duplicated()].sort_index().asfreq("15min")
    sky = pd.read_parquet(read("system_50_ac_power_2_full_DST_psm3.parquet")).set_index("index")
    sky = between(sky[["ghi", "temp_air"]].astype(float))
    sky.index = sky.index.tz_convert("UTC").tz_localize(None)
    frame = hourly(pd.concat([series.rename("ac_power"), sky], axis=1), samples=4)
    frame = frame.loc[series.index[0] : series.index[-1]]
    return packed(
        frame,
        SATELLITE,
        {**SERF, **CALM, "source": f"{PVDAQ}, system 50, channel ac_power_2; {NSRDB}",
         "rating": "not stated in the package",
         "clock": "stored with daylight saving time, taken back"},
    )  # fmt: skip


def serf_west(read) -> xr.Dataset:
    """Three winter days with irradiance measured in the plane of the modules."""
    names = {"Ambient Temperature": "temp_air", "Wind Speed": "wind_speed_10m"}
    sky = pd.read_csv(read("rmis_weather_data.csv"), index_col=0, parse_dates=True)
    sky = sky.rename(columns=names)[list(names.values())]
    sky.index = utc(sky.index - pd.Timedelta("5min"), "Etc/GMT+7")
    plant = pd.read_csv(read("serf_west_15min.csv"), index_col=0, parse_dates=True)
    plant = plant.rename(columns={"ac_power__773": "ac_power", "poa_irradiance__771": "poa"})
    plant = plant[["ac_power", "poa"]].clip(lower=0)
    plant.index = utc(plant.index.floor("15min"), "Etc/GMT+7")
    frame = pd.concat([hourly(sky, samples=12), hourly(plant, samples=4)], axis=1).dropna()
    units = {
        "poa": ("W m-2", "irradiance"), "temp_air": ("degC", "temperature"),
        "wind_speed_10m": ("m s-1", "speed"), "ac_power": ("W", "power"),
    }  # fmt: skip
    return packed(
        frame,
        units,
        {"latitude": SERF["latitude"], "longitude": SERF["longitude"],
         "source": f"{PVDAQ}, system 51 and weather station RMIS",
         "rating": "not stated in the package", "clock": "local standard time as stored"},
    )  # fmt: skip


def la_haute_borne(archive: zipfile.ZipFile) -> xr.Dataset:
    """Two years of four turbines: wind at the nacelle, power; wind of ERA5 at 100 m."""
    scada = pd.read_csv(archive.open("la-haute-borne-data-2014-2015.csv"))
    scada["time"] = pd.to_datetime(scada["Date_time"], utc=True).dt.tz_localize(None)
    scada = scada.drop_duplicates(["time", "Wind_turbine_name"])
    scada["Ot_avg"] = scada["Ot_avg"].where(scada["Ot_avg"] > -40)
    frozen = scada.groupby("Wind_turbine_name")["Ws_avg"].transform(
        lambda s: s.diff().eq(0).rolling(3).sum()
    )
    scada["Ws_avg"] = scada["Ws_avg"].where(~(frozen >= 3))
    parts = []
    for name, column in (("ac_power", "P_avg"), ("wind_nacelle", "Ws_avg")):
        table = scada.pivot(index="time", columns="Wind_turbine_name", values=column).asfreq(
            "10min"
        )
        parts.append(hourly(table, samples=6).add_prefix(f"{name}_"))
    air = scada.groupby("time")["Ot_avg"].median().asfreq("10min").rename("temp_nacelle")
    parts.append(hourly(air, samples=6))
    era5 = pd.read_csv(archive.open("era5_wind_la_haute_borne.csv"), parse_dates=["datetime"])
    era5 = era5.set_index("datetime")[["ws_100m", "t_2m", "surf_pres"]]
    era5 = era5.rename(
        columns={"ws_100m": "wind_speed_100m", "t_2m": "temp_air", "surf_pres": "pressure"}
    )
    era5["temp_air"] -= 273.15
    frame = pd.concat([*parts, era5], axis=1).loc["2014-01-01 01:00":"2016-01-01 00:00"]
    kinds = {
        "ac_power": ("kW", "power"),
        "wind": ("m s-1", "speed"),
        "temp": ("degC", "temperature"),
        "pressure": ("Pa", "pressure"),
    }
    units = {name: next(kinds[kind] for kind in kinds if name.startswith(kind)) for name in frame}
    return packed(
        frame,
        units,
        {"latitude": 48.4497, "longitude": 5.5896, "turbine": "Senvion MM82", "rated_kw": 2050.0,
         "hub_height_m": 80.0, "rotor_diameter_m": 82.0, "turbines": 4, "source": ENGIE,
         "clock": "UTC offsets as stored"},
    )  # fmt: skip


def packed(frame: pd.DataFrame, units: dict[str, tuple[str, str]], attrs: dict) -> xr.Dataset:
    """Return a Dataset over time; each variable states its unit and how finely it is kept."""
    dataset = xr.Dataset.from_dataframe(frame[list(units)].rename_axis("time"))
    for name, (unit, kind) in units.items():
        dataset[name].attrs = {"units": unit}
        dataset[name].encoding = {
            "dtype": "int16", "scale_factor": STEPS[kind], "_FillValue": -32768, "zlib": True,
            "complevel": 9, "shuffle": True,
        }  # fmt: skip
        if kind == "pressure":
            dataset[name].encoding["add_offset"] = 90000.0
    dataset.attrs = {"time_convention": "mean of the hour that ends at the label, UTC", **attrs}
    return dataset


def main() -> None:
    """Write the four files and print their size and hash."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pvanalytics", type=Path)
    parser.add_argument("openoa", type=Path)
    asked = parser.parse_args()
    pv = zipfile.ZipFile(asked.pvanalytics)

    def read(name: str) -> io.BytesIO:
        return io.BytesIO(pv.read(f"pvanalytics/data/{name}"))

    wind = zipfile.ZipFile(asked.openoa).read("examples/data/la_haute_borne.zip")
    made = {
        "pv_serf_east": serf_east(read),
        "pv_system_50": system_50(read),
        "pv_serf_west": serf_west(read),
        "wind_la_haute_borne": la_haute_borne(zipfile.ZipFile(io.BytesIO(wind))),
    }
    OUT.mkdir(exist_ok=True)
    for name, dataset in made.items():
        path = OUT / f"{name}.nc"
        dataset.to_netcdf(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        filled = {str(key): int(np.isfinite(dataset[key]).sum()) for key in dataset.data_vars}
        print(f"{path.name} {path.stat().st_size:,} bytes {digest} {dict(dataset.sizes)} {filled}")


if __name__ == "__main__":
    main()
