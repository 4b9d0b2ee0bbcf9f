"""Where plants could stand, zone by zone: what a user excludes, what remains, and its rank.

The assessment counts eligible land as a statistic of each cell. Here land is excluded place by
place, from rasters and shapes at a resolution of one's choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.technologies import POTENTIAL, TECHNOLOGIES
from greenanalysis.core.errors import InputError, input_error, unknown_name
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.land import read_settlements

_RASTERS = (".tif", ".tiff", ".vrt", ".nc")
_HOURS = 8760


class Exclusion(BaseModel):
    """Land on which nothing is built, read from a file.

    A raster excludes the ``codes`` or the values ``above`` or ``below`` a limit; a file of shapes
    excludes all that lies inside them. ``buffer_m`` widens both. ``source`` is written to the
    result.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path
    source: str = Field(min_length=3)
    buffer_m: float = Field(default=0.0, ge=0, le=100_000)
    codes: tuple[int, ...] = ()
    above: float | None = None
    below: float | None = None

    @property
    def is_raster(self) -> bool:
        """Whether the file holds values and not shapes."""
        return self.file.suffix.lower() in _RASTERS

    @model_validator(mode="after")
    def _one_rule(self) -> Exclusion:
        rules = bool(self.codes) + (self.above is not None) + (self.below is not None)
        if self.is_raster and rules != 1:
            raise ValueError("a raster needs one of codes, above, below")
        if not self.is_raster and rules:
            raise ValueError("codes, above and below are for rasters")
        return self

    def excluded(self, values: np.ndarray) -> np.ndarray:
        """Return which values of the raster are excluded."""
        if self.codes:
            return np.isin(values, self.codes)
        if self.above is not None:
            return values > self.above
        return values < self.below


def read_exclusions(path: Path) -> list[Exclusion]:
    """Read a YAML list of exclusions; files in it are looked for beside it.

    Raises
    ------
    InputError : no list, an unknown or missing key, a file that is not there.
    """
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: no list of exclusions: {error}") from error
    if not isinstance(rows, list):
        got = type(rows).__name__
        raise input_error("exclusions", where=str(path), allowed="a list of entries", got=got)
    exclusions = []
    for number, row in enumerate(rows, start=1):
        try:
            entry = Exclusion.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"])) or "entry"
            raise InputError(f"{path}, entry {number}, {key}: {first['msg']}") from error
        file = entry.file if entry.file.is_absolute() else path.parent / entry.file
        if not file.exists():
            raise input_error(
                f"entry {number}, file",
                where=str(path),
                allowed="a file that exists",
                got=str(file),
            )
        exclusions.append(entry.model_copy(update={"file": file}))
    return exclusions


def grid_lines() -> gpd.GeoSeries:
    """Return the present lines of 220 and 500 kV as straight strokes from node to node."""
    nodes = read_facts("nodes", numeric=["latitude", "longitude"]).set_index("node")
    rows = read_facts("interconnectors", numeric=["capacity_mw"])
    rows = rows[rows["capacity_mw"] > 0]
    strokes = [
        shapely.LineString(nodes.loc[[a, b], ["longitude", "latitude"]].to_numpy())
        for a, b in zip(rows["bus0"], rows["bus1"], strict=True)
    ]
    return gpd.GeoSeries(strokes, crs="EPSG:4326")


def rank_zones(
    study: Assessment,
    *,
    technology: str,
    region: str | None = None,
    exclusions: Sequence[Exclusion] = (),
    resolution_m: float = 500.0,
    least_km2: float = 1.0,
    statistic: bool = True,
) -> gpd.GeoDataFrame:
    """Return the zones that remain, the cheapest first.

    Parameters
    ----------
    study : the assessment of the weather, which gives yield and cost of each cell.
    technology : one of :data:`~greenanalysis.assessment.technologies.POTENTIAL`.
    region : code or name; by default all that the weather covers.
    exclusions : besides settlements, which are discs by their population with the setback of the
        technology.
    resolution_m : edge of a square of land, m, 20 to 5000.
    least_km2 : smaller zones are left out.
    statistic : lower the capacity by what the assessment takes off each cell for water, slope,
        altitude and protected land; False where ``exclusions`` hold all of these.

    Returns
    -------
    GeoDataFrame (EPSG:4326) : a row a connected zone inside a cell of the weather: rank, region,
        area_km2, usable_share, capacity_mw, capacity_factor, energy_gwh, lcoe_usd_per_mwh, grid_km
        (straight to the nearest schematic line). ``attrs["exclusions"]`` names the sources.

    Raises
    ------
    InputError : unknown technology or region, a resolution out of range, a file that cannot be
        read, or nothing left.

    Notes
    -----
    Within a cell of the weather all land has its yield, so a zone is no finer than the weather in
    that. Areas and buffers are measured in an equal-area projection centred on each region.
    """
    if technology not in POTENTIAL:
        raise unknown_name("technology", technology, POTENTIAL, where="siting")
    if not 20 <= resolution_m <= 5000:
        raise input_error("resolution_m", where="siting", allowed="20 to 5000 m", got=resolution_m)
    codes = list(study.regions.index) if region is None else [str(study.place(region).name)]
    lines = grid_lines()
    parts = [
        _zones_of(study, technology, code, exclusions, resolution_m, least_km2, lines, statistic)
        for code in codes
    ]
    zones = pd.concat([part for part in parts if len(part)]) if any(map(len, parts)) else None
    if zones is None:
        raise InputError("siting: nothing is left: all land is excluded or the zones are too small")
    ordered = zones.sort_values(["lcoe_usd_per_mwh", "grid_km"]).reset_index(drop=True)
    ordered.insert(0, "rank", range(1, len(ordered) + 1))
    ordered.attrs["exclusions"] = ["settlements: GeoNames", *(one.source for one in exclusions)]
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs="EPSG:4326")


def share_in_best(zones: gpd.GeoDataFrame, places: pd.DataFrame, *, share: float) -> float:
    """Return which share of places lies in the cheapest part of the zones.

    Parameters
    ----------
    zones : of :func:`rank_zones`.
    places : latitude, longitude in degrees, of plants that exist.
    share : of the area of all zones, the cheapest first.

    Returns
    -------
    float : 0..1; NaN without places.
    """
    if places.empty:
        return float("nan")
    ordered = zones.sort_values("rank")
    before = ordered["area_km2"].cumsum() - ordered["area_km2"]
    best = shapely.union_all(ordered.geometry[before < share * ordered["area_km2"].sum()])
    return float(shapely.contains_xy(best, places["longitude"], places["latitude"]).mean())


def _zones_of(
    study: Assessment,
    technology: str,
    code: str,
    exclusions: Sequence[Exclusion],
    resolution_m: float,
    least_km2: float,
    lines: gpd.GeoSeries,
    statistic: bool,
) -> gpd.GeoDataFrame:
    import rasterio.features
    from atlite.gis import ExclusionContainer

    shape = study.regions.geometry[code]
    middle = shape.representative_point()
    crs = f"+proj=laea +lat_0={middle.y:.3f} +lon_0={middle.x:.3f} +datum=WGS84 +units=m"
    container = ExclusionContainer(crs=crs, res=resolution_m)
    container.add_geometry(_settled(study, technology).to_crs(crs))
    for one in exclusions:
        _add(container, one)
    outline = gpd.GeoSeries([shape], crs="EPSG:4326").to_crs(crs)
    try:
        available, transform = container.compute_shape_availability(outline)
    except (OSError, ValueError) as error:
        raise InputError(f"siting: the exclusions cannot be read: {error}") from error
    cells = _cell_numbers(study, available.shape, transform, crs)
    lcoe = study.lcoe[technology].to_numpy().ravel()
    mask = (available > 0) & np.isfinite(lcoe[cells])
    pieces = [
        (shapely.geometry.shape(outline_), int(cell))
        for outline_, cell in rasterio.features.shapes(cells, mask=mask, transform=transform)
    ]
    zones = gpd.GeoDataFrame(
        {"cell": [cell for _, cell in pieces]},
        geometry=[piece for piece, _ in pieces],
        crs=crs,
    )
    zones["area_km2"] = zones.area / 1e6
    zones = zones[zones["area_km2"] >= least_km2].reset_index(drop=True)
    near = lines.to_crs(crs)
    zones["grid_km"] = [float(near.distance(zone).min()) / 1e3 for zone in zones.geometry]
    kind, values = TECHNOLOGIES[technology], study.assumptions
    density = values.get(kind.potential, kind.density, unit="MW/km2")
    usable = values.get(kind.potential, "usable_share", unit="1")
    factor = study.mean_cf[technology].to_numpy().ravel()
    number = zones.pop("cell").to_numpy(dtype=int)
    zones["region"] = code
    zones["usable_share"] = usable * (_land_share(study, kind.land)[number] if statistic else 1.0)
    zones["capacity_mw"] = zones["area_km2"] * zones["usable_share"] * density
    zones["capacity_factor"] = factor[number]
    zones["energy_gwh"] = zones["capacity_mw"] * factor[number] * _HOURS / 1e3
    zones["lcoe_usd_per_mwh"] = lcoe[number]
    return zones.to_crs("EPSG:4326")


def _land_share(study: Assessment, kind: str) -> np.ndarray:
    """Return the share of each cell that all but settlements leave, rows of latitude first."""
    factors = [study.land[name] for name in ("water", "altitude", "protected", f"slope_{kind}")]
    share: np.ndarray = np.prod([factor.to_numpy().ravel() for factor in factors], axis=0)
    return share


def _settled(study: Assessment, technology: str) -> gpd.GeoDataFrame:
    """Return discs of the settlements' built-up land with the setback around them."""
    places, values = read_settlements(), study.assumptions
    unknown = values.get("land", "settlement_population_unknown", unit="people")
    density = values.get("land", "settlement_density", unit="people km-2")
    setback = values.get(f"land_{TECHNOLOGIES[technology].land}", "setback", unit="km")
    radius = 1000 * (np.sqrt(places["population"].fillna(unknown) / density / np.pi) + setback)
    points = gpd.GeoSeries(
        gpd.points_from_xy(places["longitude"], places["latitude"]), crs="EPSG:4326"
    )
    middle = shapely.union_all(study.regions.geometry.to_numpy()).representative_point()
    flat = points.to_crs(f"+proj=aeqd +lat_0={middle.y:.3f} +lon_0={middle.x:.3f} +units=m")
    # 1500 km from the middle a length across the radius is 1 % too long: enough for such discs
    return gpd.GeoDataFrame(geometry=flat.buffer(radius.to_numpy()), crs=flat.crs)


def _add(container: Any, exclusion: Exclusion) -> None:
    if exclusion.is_raster:
        container.add_raster(
            exclusion.file,
            codes=partial(_excluded, exclusion),
            buffer=exclusion.buffer_m,
            allow_no_overlap=True,
        )
        return
    try:
        shapes = gpd.read_file(exclusion.file)
    except Exception as error:  # drivers raise what they like
        raise InputError(f"{exclusion.file}: no shapes can be read: {error}") from error
    if shapes.crs is None:
        raise input_error(
            "coordinates", where=str(exclusion.file), allowed="a stated reference", got="none"
        )
    container.add_geometry(shapes, buffer=exclusion.buffer_m)


def _excluded(exclusion: Exclusion, values: np.ndarray) -> np.ndarray:
    return exclusion.excluded(values)


def _cell_numbers(
    study: Assessment, shape: tuple[int, int], transform: Any, crs: str
) -> np.ndarray:
    """Return the number of the weather cell in which each square lies, rows of latitude first."""
    from pyproj import Transformer

    rows, columns = np.indices(shape)
    x = transform.c + transform.a * (columns + 0.5)
    y = transform.f + transform.e * (rows + 0.5)
    longitude, latitude = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    field = next(iter(study.lcoe.values()))
    number = {}
    for name, values in (("latitude", latitude), ("longitude", longitude)):
        centres = field[name].to_numpy()
        nearest = np.rint((values - centres[0]) / (centres[1] - centres[0])).astype(int)
        number[name] = np.clip(nearest, 0, len(centres) - 1)
    cells: np.ndarray = number["latitude"] * field.sizes["longitude"] + number["longitude"]
    return cells.astype("int32")
