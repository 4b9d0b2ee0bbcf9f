"""Capacity factors of long or fine weather: aggregates, and cubes streamed to a tile store."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from greenanalysis.assessment.ready import Ready, ready_technologies
from greenanalysis.assessment.technologies import TECHNOLOGIES
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import unknown_name
from greenanalysis.core.files import atomic_path
from greenanalysis.geo.coverage import covered_regions, touched_regions
from greenanalysis.geo.grid import cell_area
from greenanalysis.geo.regions import cell_region_area, load_regions
from greenanalysis.resource.engine.blocks import blocks
from greenanalysis.resource.engine.cube import compute_block
from greenanalysis.resource.engine.models import Model, model_of, takes_packed
from greenanalysis.resource.engine.ordered import in_order, worker_count
from greenanalysis.resource.engine.reduce import reduce
from greenanalysis.resource.engine.source import Chunk, DatasetSource, Source
from greenanalysis.resource.engine.tiles import TileStore, TileWriter, create_tiles, is_tile_store
from greenanalysis.weather import open_weather
from greenanalysis.weather.read.stream import open_stream

_log = logging.getLogger(__name__)
_ATTRIBUTES = {"units": "1", "long_name": "capacity factor"}


def write_capacity_factors(
    weather: xr.Dataset | TileStore,
    technologies: Mapping[str, Any],
    path: Path,
    *,
    packed: bool = False,
    threads: int | None = None,
) -> None:
    """Write the hourly capacity factors of every cell to a Zarr store of tiles.

    Parameters
    ----------
    weather : canonical weather, or a tile store, whose tiles the result then shares. The chunks of
        a lazy Dataset must be of one size, except the last ones.
    technologies : by name of the variable, a PVSystem, a WindPlant or a model.
    path : the store; replaced as a whole when all is written, else left as it was.
    packed : whether in 16 bits, in steps of 1.5e-5, instead of float32.
    threads : of this process; by default one for each processor.
    """
    models = {name: model_of(plant) for name, plant in technologies.items()}
    names = sorted({name for model in models.values() for name in model.names})
    source: Source = DatasetSource(weather, names) if isinstance(weather, xr.Dataset) else weather
    chunks = source.chunks()
    first = chunks[0]
    tile = (first.hours.stop, first.rows.stop, first.columns.stop)
    with atomic_path(path, directory=True) as staged:
        writer = create_tiles(
            staged,
            time=source.time,
            latitude=source.latitude,
            longitude=source.longitude,
            variables=dict.fromkeys(models, _ATTRIBUTES),
            ranges=dict.fromkeys(models, (0.0, 1.0)) if packed else None,
            tile=tile,
        )
        job = _Job(source, models, names, writer)
        for _ in in_order(partial(_write, job), chunks, threads=worker_count(threads)):
            pass


@dataclass(frozen=True, eq=False)
class _Job:
    source: Source
    models: dict[str, Model]
    names: list[str]
    writer: TileWriter


def _write(job: _Job, chunk: Chunk) -> None:
    shape = tuple(part.stop - part.start for part in chunk)
    chosen = np.ones(shape[1:], dtype=bool)
    cubes = {name: np.empty((shape[0], chosen.size), np.float32) for name in job.models}
    piece = job.source.piece(chunk, job.names)
    dtype, packed = np.dtype("float32"), takes_packed(job.models.values())
    for block in blocks(piece, job.source, chunk, job.names, chosen, dtype, keep_packed=packed):
        for name, model in job.models.items():
            compute_block(model, block, cubes[name][block.hours])
    for name, cube in cubes.items():
        job.writer.write(name, chunk, cube.reshape(shape))


def summarise(
    weather: str | Path,
    *,
    technologies: Sequence[str] = (),
    outputs: Sequence[str],
    threads: int | None = None,
    shear_exponent: float | None = None,
) -> xr.Dataset:
    """Compute aggregates over the cells and regions that a weather covers, in one pass.

    Parameters
    ----------
    weather : a weather name or file, see :func:`~greenanalysis.weather.open_weather`, or the folder
        of a tile store.
    technologies : of :data:`~greenanalysis.assessment.technologies.TECHNOLOGIES`; by default solar
        and wind, as far as the weather holds what they need.
    outputs : see :func:`~greenanalysis.resource.engine.reduce.reduce`; regions weigh by area.
    threads : of this process; on a cluster dask decides.
    shear_exponent : that carries the wind of one height to the hub.

    Returns
    -------
    Dataset : see ``reduce``. Maps are of the country's cells, and of all cells where none lies in
        it. Series are of the regions that the cells cover; where they cover none, such as at a
        single site, of all the cells together under the name of the weather.

    Raises
    ------
    InputError : unknown technology or weather, or weather that lacks what a technology needs.
    """
    values = load_assumptions()
    for name in technologies:
        if name not in TECHNOLOGIES:
            raise unknown_name("technology", name, TECHNOLOGIES, where="yields")
    source, attrs = _weather(weather)
    names = technologies or ("solar", "wind")
    if not isinstance(source, xr.Dataset):
        plants = {name: TECHNOLOGIES[name].plant(values) for name in names}
        parts: list[tuple[xr.Dataset | Source, dict[str, Any]]] = [(source, plants)]
    else:
        ready = ready_technologies(
            source,
            values,
            names=names,
            required=bool(technologies),
            shear_exponent=shear_exponent,
        )
        parts = _passes(ready)
    axes = [np.asarray(getattr(source, dim)) for dim in ("latitude", "longitude")]
    area, inside, coverage = _weights(axes[0], axes[1], attrs.get("name", str(weather)))
    results = [
        reduce(part, plants, regions=area, where=inside, outputs=outputs, threads=threads)
        for part, plants in parts
    ]
    return xr.merge(results, compat="no_conflicts", join="exact").assign_attrs(attrs | coverage)


def _passes(ready: Mapping[str, Ready]) -> list[tuple[xr.Dataset | Source, dict[str, Any]]]:
    """Put technologies that read the same weather into one pass."""
    passes: list[tuple[xr.Dataset | Source, dict[str, Any]]] = []
    for name, one in ready.items():
        same = next((plants for weather, plants in passes if weather is one.weather), None)
        if same is None:
            passes.append((one.weather, {name: one.plant}))
        else:
            same[name] = one.plant
    return passes


def _weights(
    latitude: np.ndarray, longitude: np.ndarray, name: str
) -> tuple[xr.DataArray, xr.DataArray, dict[str, str]]:
    """Return the areas that series weigh by, the cells to compute, and what is left out."""
    regions = load_regions()
    touched = touched_regions(regions, latitude, longitude)
    codes = covered_regions(regions, latitude, longitude)
    partly = cell_region_area(touched, latitude, longitude, partly=True)
    inside = partly.sum("region") > 0
    if codes:
        left = [code for code in touched.index if code not in codes]
        area = partly.sel(region=codes)
        if not left:
            return area, inside, {}
        words = f"series of {', '.join(codes)}; left out, covered in part: {', '.join(left)}"
    else:
        if not bool(inside.any()):
            inside = xr.ones_like(inside)
        area = cell_area(latitude, longitude).where(inside, 0.0).expand_dims(region=[name])
        words = f"no region is covered completely; series of the cells of {name} together"
    _log.warning("weather %s: %s", name, words)
    return area, inside, {"coverage": words}


def _weather(weather: str | Path) -> tuple[xr.Dataset | Source, dict[str, str]]:
    """Return the weather, as chunks where its files allow it, and what is known of its origin."""
    path = Path(weather).expanduser()
    if is_tile_store(path):
        return TileStore(path), {"weather": str(weather)}
    cutout = open_stream(path)
    if cutout is not None:
        return cutout, cutout.attrs
    dataset = open_weather(weather)
    kept = {key: str(dataset.attrs.get(key, "")) for key in ("name", "grade", "source", "hash")}
    return dataset, kept
