"""Sums over all chunks, and the arrays that come of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from greenanalysis.resource.engine.part import Part
from greenanalysis.resource.engine.source import Chunk, Source
from greenanalysis.resource.engine.sums import BINS, LEVELS, percentile


class Total:
    """Sums of one technology over all chunks, added in the order of chunks."""

    def __init__(
        self,
        source: Source,
        mask: np.ndarray,
        regions: xr.DataArray | None,
        weights: np.ndarray | None,
        *,
        binned: bool,
        levels: bool,
    ):
        self.source, self.mask = source, mask
        self.regions, self.weights = regions, weights
        self.total, self.count = np.zeros(mask.shape), np.zeros(mask.shape)
        places = 0 if regions is None else regions.sizes["region"]
        self.series = np.zeros((source.time.size, places))
        self.binned = np.zeros((2, BINS, *mask.shape) if binned else (0,))
        self.levels = np.zeros((mask.size, LEVELS), np.uint32) if levels else None

    def add(self, chunk: Chunk, part: Part) -> None:
        """Add the sums of a chunk."""
        box = (chunk.rows, chunk.columns)
        chosen = self.mask[box]
        self.total[box][chosen] += part.total
        self.count[box][chosen] += part.count
        self.series[chunk.hours, part.here] += part.series
        if part.binned is not None:
            self.binned[(slice(None), slice(None), *box)][:, :, chosen] += part.binned
        if self.levels is not None:
            cells = np.arange(self.mask.size).reshape(self.mask.shape)[box][chosen]
            self.levels[cells] += part.levels

    def arrays(
        self, outputs: Sequence[str], percentiles: Sequence[float]
    ) -> dict[str, xr.DataArray]:
        """Return what was asked for, by output."""
        place = {"latitude": self.source.latitude, "longitude": self.source.longitude}
        found = {}
        if "mean" in outputs:
            found["mean"] = xr.DataArray(_ratio(self.total, self.count), place, tuple(place))
        if "series" in outputs and self.regions is not None and self.weights is not None:
            self.series[:, self.weights.sum(axis=(1, 2)) == 0] = np.nan
            axes = {"time": self.source.time, "region": self.regions["region"]}
            found["series"] = xr.DataArray(self.series, axes, ("time", "region"))
        if "month_hour" in outputs:
            means = _ratio(*self.binned).reshape(12, 24, *self.mask.shape)
            axes = {"month": np.arange(1, 13), "hour": np.arange(24), **place}
            found["month_hour"] = xr.DataArray(means, axes, tuple(axes))
        if self.levels is not None:
            found["percentiles"] = self._percentiles(percentiles, place)
        for output, array in found.items():
            array.attrs = {"units": "1", "long_name": f"capacity factor, {output}"}
        return found

    def _percentiles(
        self, percentiles: Sequence[float], place: dict[str, np.ndarray]
    ) -> xr.DataArray:
        values = np.empty((len(percentiles), *self.mask.shape))
        for percent, row in zip(percentiles, values, strict=True):
            percentile(self.levels, percent / 100, row.reshape(-1))
        axes = {"percentile": np.asarray(percentiles, float), **place}
        return xr.DataArray(values, axes, tuple(axes))


def _ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    mean: np.ndarray = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return mean
