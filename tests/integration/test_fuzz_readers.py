"""Damaged files: every reader takes them or says what is wrong in one line, and leaves nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from rasterio.transform import from_origin

from greenanalysis.assessment.discharge import read_discharge
from greenanalysis.assessment.scada import study_scada
from greenanalysis.assessment.scada_file import read_scada
from greenanalysis.core import paths
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.cache import damage_of
from greenanalysis.core.errors import InputError
from greenanalysis.core.tables import read_table
from greenanalysis.core.variables import DIMS
from greenanalysis.geo.boundaries import read_boundaries
from greenanalysis.project.intake import read_portfolio
from greenanalysis.registry import store as registry
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import FileMapping, read_mapping
from greenanalysis.registry.vocabulary import load_vocabulary
from greenanalysis.resource.engine.tiles import TileStore, create_tiles
from greenanalysis.resource.pv.pvsyst_files import read_ond, read_pan
from greenanalysis.resource.wind.curve_file import read_turbine
from greenanalysis.resource.wind.rose import sector_table
from greenanalysis.site.published import read_state
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.weather.correct.raster import cell_means
from greenanalysis.weather.quality.reading import open_raw
from greenanalysis.weather.quality.remembered import _read as read_verdict
from greenanalysis.weather.read import cutout as cutout_weather
from greenanalysis.weather.read.file import open_file
from greenanalysis.weather.read.recognise import read_weather
from greenanalysis.weather.read.site import open_site, site_dataset
from greenanalysis.weather.read.station import read_station
from greenanalysis.weather.read.stream import open_stream
from greenanalysis.weather.write.site import write_site
from greenanalysis.weather.write.wasp import read_tab, write_tab
from tests.assessment.test_scada import csv as write_scada
from tests.assessment.test_scada import records as scada_records
from tests.registry.test_registry_intake import HEAD, good
from tests.resource.test_equipment_files import OND, PAN
from tests.resource.test_equipment_files import pow_file as write_pow
from tests.resource.test_equipment_files import wtg as write_wtg
from tests.weather.test_formats import TABLES, era5
from tests.weather.test_station import tens
from tests.weather.test_station import write as write_station
from tests.weather.test_weather_open import made as canonical_year

SETTINGS = settings(
    max_examples=int(os.environ.get("GREENANALYSIS_FUZZ_EXAMPLES", "12")),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LATITUDE, LONGITUDE = np.array([42.25, 42.75]), np.array([68.25, 68.75])
HOURS = np.datetime64("2022-01-01T01", "ns") + np.arange(48) * np.timedelta64(1, "h")


@dataclass(frozen=True)
class Reader:
    """A file that is fine, and what reads it."""

    file: Path
    read: Callable[[], Any]


class Readers(dict[str, Reader]):
    """By what they read; short to print, for hypothesis prints arguments."""

    def __repr__(self) -> str:
        return f"{len(self)} readers"


def small_site(path: Path) -> Path:
    values = {"temp_air": np.linspace(-5.0, 5.0, 48), "wind_speed_10m": np.full(48, 4.0)}
    place = {"latitude": 51.6, "longitude": 73.1}
    made = site_dataset(
        values, pd.DatetimeIndex(HOURS), **place, name="x", source="drawn", digest="0"
    )
    return write_site(made, path)


def small_cutout(path: Path, year: xr.Dataset) -> Path:
    """Write a year of a few cells as atlite does, for both readers of cutouts."""
    dims = ("time", "y", "x")
    fields = {
        "influx_direct": (year["ghi"] - year["dhi"], "W m**-2"),
        "influx_diffuse": (year["dhi"], "W m**-2"),
        "temperature": (year["temp_air"] + 273.15, "K"),
        "wnd100m": (year["wind_speed_100m"], "m s**-1"),
        "wnd10m": (year["wind_speed_10m"], "m s**-1"),
        "pressure": (year["pressure"], "Pa"),
    }
    coords = {new: year[old].to_numpy() for new, old in zip(dims, DIMS, strict=True)}
    made = xr.Dataset(
        {
            name: (dims, array.to_numpy().astype("float32"), {"units": unit})
            for name, (array, unit) in fields.items()
        },
        coords,
        {"module": "era5", "prepared_features": ["wind", "influx", "temperature"]},
    )
    packing = {"zlib": True, "shuffle": True, "chunksizes": (1000, 2, 2)}
    made.to_netcdf(path, encoding=dict.fromkeys(fields, packing))
    return path


def small_raster(path: Path) -> Path:
    profile = {"driver": "GTiff", "width": 8, "height": 8, "count": 1, "dtype": "float32"}
    place = {"crs": "EPSG:4326", "transform": from_origin(67.5, 43.5, 0.25, 0.25)}
    with rasterio.open(path, "w", **profile, **place) as raster:
        raster.write(np.full((8, 8), 3.0, np.float32), 1)
    return path


def small_tiles(path: Path) -> Path:
    writer = create_tiles(
        path,
        time=HOURS,
        latitude=LATITUDE,
        longitude=LONGITUDE,
        variables={"ghi": {"units": "W m-2"}},
        tile=(24, 2, 2),
    )
    for chunk in TileStore(path).chunks():
        writer.write("ghi", chunk, np.ones((24, 2, 2), np.float32))
    return path


def registry_rows(folder: Path, ending: str) -> Path:
    path = folder / f"rows.{ending}"
    row = good("Badamsha WPP 1").split(",")
    if ending == "csv":
        path.write_text(f"{HEAD}\n{','.join(row)}\n", encoding="utf-8")
    elif ending == "xlsx":
        book = Workbook()
        for cells in (HEAD.split(","), row):
            book.active.append(cells)
        book.save(path)
    else:
        given = dict(zip(HEAD.split(","), row, strict=True))
        north, east = (float(given.pop(name)) for name in ("latitude", "longitude"))
        point = {"type": "Point", "coordinates": [east, north]}
        feature = {"type": "Feature", "properties": given, "geometry": point}
        document = {"type": "FeatureCollection", "features": [feature]}
        path.write_text(json.dumps(document), encoding="utf-8")
    return path


def imported(folder: Path, path: Path) -> None:
    engine = registry.open_engine(registry.registry_url(str(folder / "registry.sqlite")))
    try:
        import_file(engine, path, FileMapping("facility"), who="a test")
    finally:
        engine.dispose()
        for left in folder.glob("*.quarantine.csv"):
            left.unlink()


def first_tile(path: Path) -> None:
    store = TileStore(path)
    store.piece(store.chunks()[0], ["ghi"]).read(["ghi"])
    store.piece(store.chunks()[-1], ["ghi"]).read(["ghi"])


def first_hours(path: Path) -> None:
    source = open_stream(path)
    if source is not None:
        source.piece(source.chunks()[0], ["temp_air"]).read(["temp_air"])


def vector_readers(folder: Path) -> dict[str, Reader]:
    shapes = folder / "regions.geojson"
    shutil.copy(paths.data_dir() / "regions.geojson", shapes)
    package = folder / "regions.gpkg"
    gpd.read_file(shapes).to_file(package)
    return {
        "GeoJSON": Reader(shapes, lambda: read_boundaries(shapes)),
        "GeoPackage": Reader(package, lambda: read_boundaries(package)),
    }


def weather_readers(folder: Path) -> dict[str, Reader]:
    year = canonical_year().isel(latitude=slice(1, 3), longitude=slice(4, 6))
    year.attrs["box"] = [62.0, 44.0, 70.0, 52.0]
    netcdf, zarr_folder = folder / "year.nc", folder / "year.zarr"
    year.to_netcdf(netcdf)
    year.to_zarr(zarr_folder, consolidated=False)
    chunk = zarr_folder / "ghi" / "c" / "0" / "0" / "0"
    site, cutout, raster = folder / "site.nc", folder / "cutout.nc", folder / "mean.tif"
    small_site(site), small_cutout(cutout, year), small_raster(raster)
    tiles = small_tiles(folder / "tiles.zarr")
    declaration = write_station(folder, tens("2023-07-01 12:10", ["1;20"] * 12))
    record, flow = folder / "mast.csv", folder / "flow.csv"
    days = pd.date_range("2020-01-01", periods=30)
    pd.DataFrame({"date": days, "discharge_m3s": 5.0}).to_csv(flow, index=False)
    return {
        "netCDF": Reader(netcdf, lambda: open_file(netcdf)),
        "netCDF as it is": Reader(site, lambda: open_raw(site).load()),
        "Zarr": Reader(zarr_folder / "ghi" / "zarr.json", lambda: open_file(zarr_folder)),
        "chunk of Zarr": Reader(chunk, lambda: open_file(zarr_folder)),
        "site": Reader(site, lambda: open_site(site)),
        "cutout": Reader(cutout, lambda: cutout_weather.open_cutout(cutout)),
        "cutout by chunks": Reader(cutout, lambda: first_hours(cutout)),
        "raster": Reader(raster, lambda: cell_means(raster, LATITUDE, LONGITUDE)),
        "tile": Reader(tiles / "ghi" / "c" / "0" / "0" / "0", lambda: first_tile(tiles)),
        "tiles": Reader(tiles / "ghi" / "zarr.json", lambda: first_tile(tiles)),
        "station": Reader(declaration, lambda: read_station(declaration)),
        "record": Reader(record, lambda: read_station(declaration)),
        "discharge": Reader(flow, lambda: read_discharge(flow)),
    }


def equipment_readers(folder: Path) -> dict[str, Reader]:
    wtg_path, pow_path = write_wtg(folder / "a.wtg"), write_pow(folder / "a.pow")
    module, inverter = folder / "a.PAN", folder / "a.OND"
    module.write_text(PAN)
    inverter.write_text(OND)
    scada, book = write_scada(folder / "s.csv", scada_records(40)), folder / "s.xlsx"
    pd.read_csv(scada).to_excel(book, index=False)
    rose = sector_table(np.linspace(0, 9, 50), np.linspace(0, 350, 50), height=80)
    tab = write_tab(rose, folder / "a.tab", latitude=51.6, longitude=73.1, name="mast")
    table, sheet = small_site(folder / "site.csv"), small_site(folder / "site.xlsx")
    pvsyst = folder / "site.pvsyst.csv"
    light = site_dataset(
        {"ghi": np.zeros(48)}, pd.DatetimeIndex(HOURS), latitude=51.6, longitude=73.1, name="x",
        source="drawn", digest="0",
    )  # fmt: skip
    write_site(light, pvsyst)
    return {
        "wtg": Reader(wtg_path, lambda: read_turbine(wtg_path)),
        "pow": Reader(pow_path, lambda: read_turbine(pow_path)),
        "PAN": Reader(module, lambda: read_pan(module)),
        "OND": Reader(inverter, lambda: read_ond(inverter)),
        "SCADA": Reader(scada, lambda: study_scada(read_scada(scada).records)),
        "SCADA book": Reader(book, lambda: study_scada(read_scada(book).records)),
        "tab": Reader(tab, lambda: read_tab(tab)),
        "site table": Reader(table, lambda: open_site(table)),
        "site book": Reader(sheet, lambda: open_site(sheet)),
        "PVsyst": Reader(pvsyst, lambda: open_site(pvsyst)),
    }


def table_readers(folder: Path) -> dict[str, Reader]:
    assumed = folder / "assumptions"
    shutil.copytree(paths.data_dir() / "assumptions", assumed)
    shutil.copytree(paths.data_dir() / "scenarios", folder / "scenarios")
    facts = folder / "facts.csv"
    facts.write_text("year,value,source\n2020,1.5,a yearbook\n2021,2.5,a yearbook\n")
    projects = folder / "projects.csv"
    projects.write_text(
        "name,latitude,longitude,technology,capacity_mw,tariff\nA,51.6,73.1,wind,50,auction\n"
    )
    mapping = folder / "mapping.yaml"
    mapping.write_text(yaml.safe_dump({"kind": "facility", "columns": {"name": "Plant"}}))
    scenario = folder / "scenarios" / "caspian.yaml"
    build, verdict = folder / "build.json", folder / "verdict.json"
    build.write_text(json.dumps({"pages": {"atlas": {"status": "ok", "bytes": 3}}}))
    verdict.write_text(json.dumps([{"check": "a", "verdict": "b"}]))
    kept = folder / "kept"
    kept.mkdir()
    (kept / "part").write_text("x")
    manifest = folder / "kept.json"
    manifest.write_text(json.dumps({"part": [1, 2]}))
    return {
        "scenario": Reader(
            scenario, lambda: load_scenario("caspian", directory=folder / "scenarios")
        ),
        "assumptions": Reader(assumed / "pv.csv", lambda: load_assumptions(assumed)),
        "facts": Reader(facts, lambda: read_table(facts, required=["source"], numeric=["value"])),
        "portfolio": Reader(projects, lambda: read_portfolio(projects)),
        "mapping": Reader(mapping, lambda: read_mapping(mapping, load_vocabulary())),
        "build.json": Reader(build, lambda: read_state(folder)),
        "verdict": Reader(verdict, lambda: read_verdict(verdict)),
        "manifest": Reader(manifest, lambda: damage_of(kept)),
    }


def registry_readers(folder: Path) -> dict[str, Reader]:
    engine = registry.open_engine(registry.registry_url(str(folder / "registry.sqlite")))
    registry.migrate(engine)
    engine.dispose()
    files = {ending: registry_rows(folder, ending) for ending in ("csv", "xlsx", "geojson")}
    return {
        f"registry {ending}": Reader(path, lambda path=path: imported(folder, path))
        for ending, path in files.items()
    }


def format_readers(folder: Path) -> dict[str, Reader]:
    """A file of each format of tables, and of raw ERA5, as people hold them."""
    readers = {}
    for kind, (write, name, _, said, _) in TABLES.items():
        path = folder / kind / name
        path.parent.mkdir()
        write(path)
        readers[kind] = Reader(path, lambda path=path, said=said: read_weather(path, said))
    raw = folder / "era5" / "raw.nc"
    raw.parent.mkdir()
    era5().to_netcdf(raw)
    return {**readers, "raw ERA5": Reader(raw, lambda: read_weather(raw))}


MAKERS = {
    format_readers: (*TABLES, "raw ERA5"),
    vector_readers: ("GeoJSON", "GeoPackage"),
    weather_readers: (
        *("netCDF", "netCDF as it is", "Zarr", "chunk of Zarr", "site", "cutout"),
        *("cutout by chunks", "raster", "tile", "tiles", "station", "record", "discharge"),
    ),
    equipment_readers: (
        *("wtg", "pow", "PAN", "OND", "SCADA", "SCADA book", "tab", "site table", "site book"),
        "PVsyst",
    ),
    table_readers: (
        *("scenario", "assumptions", "facts", "portfolio", "mapping", "build.json"),
        *("verdict", "manifest"),
    ),
    registry_readers: ("registry csv", "registry xlsx", "registry geojson"),
}


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Reader]]:
    found = Readers()
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutout_weather, "cache_dir", lambda: cache)
        for make in MAKERS:
            found.update(make(tmp_path_factory.mktemp(make.__name__)))
        yield found


@st.composite
def damages(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Cut a file, turn bits of it round, put bytes into it, or write other ones in its place."""
    kind = draw(st.sampled_from(["cut", "flip", "put in", "other"]))
    extra = draw(st.one_of(st.binary(max_size=40), st.sampled_from(ODD)))
    places = draw(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=6))
    bit = 1 << draw(st.integers(0, 7))

    def damage(whole: bytes) -> bytes:
        at = [int(place * len(whole)) for place in places]
        if kind == "cut":
            return whole[: at[0]]
        if kind == "put in":
            return whole[: at[0]] + extra + whole[at[0] :]
        if kind == "other":
            return extra
        changed = bytearray(whole)
        for place in at:
            changed[place] ^= bit
        return bytes(changed)

    return damage


ODD = (
    *(b"[]", b"{}", b"null", b"3", b'"x"', b"[1]", b"{", b"a: [", b"\xef\xbb\xbf", b"\x00" * 8),
    *(b'{"features": 3}', b'{"features": [3]}', b'{"type": "FeatureCollection", "features": []}'),
    *(b'{"features": [{"geometry": {"type": "Point", "coordinates": []}}]}', b"a,b\n1,2,3\n"),
    *(b"? [a, b]\n: c\n", b"!!python/object:os.system x", b"&a [*a]", b"PK\x03\x04", b"\n\n\n"),
    *(b"name\n\x00\n", b"source,value\n,\n", b'"', b"\xff\xfe", b"\x89HDF\r\n\x1a\n"),
    *(b"CDF\x01", b"SQLite format 3\x00", b"II*\x00", b"1e999", b"kind: [1]\n", b"kind: facility"),
)


@pytest.mark.parametrize("name", [name for names in MAKERS.values() for name in names])
@given(damage=damages())
@SETTINGS
def test_a_damaged_file_is_read_or_refused_in_one_line(
    readers: dict[str, Reader], name: str, damage: Callable[[bytes], bytes]
) -> None:
    reader = readers[name]
    whole = reader.file.read_bytes()
    there = sorted(reader.file.parent.iterdir())
    reader.file.write_bytes(damage(whole))
    said = "read"
    try:
        reader.read()
    except InputError as error:
        said = str(error)
    finally:
        reader.file.write_bytes(whole)
    assert said.strip() == said.splitlines()[0]
    assert sorted(reader.file.parent.iterdir()) == there


def test_whole_files_are_read(readers: dict[str, Reader]) -> None:
    assert len(readers) == sum(len(names) for names in MAKERS.values())
    for name, reader in readers.items():
        try:
            reader.read()
        except InputError as error:
            pytest.fail(f"{name}: {error}")
