"""The synthetic sample year, the only weather that comes with the project."""

from __future__ import annotations

from greenanalysis.weather.sample.store import open_sample
from greenanalysis.weather.sources.source import Source

SOURCE = Source(
    name="sample",
    title="synthetic year from a monthly climatology: screening grade, not measured weather",
    open=open_sample,
)
