"""What the values of every cell show by themselves: gaps, limits, standstill, spikes, profile."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from greenanalysis.core.variables import variable_of
from greenanalysis.weather.quality.reading import Reading, place, tiles
from greenanalysis.weather.quality.verdict import ERROR, WARNING, Finding, passed

_SUNLIT = ("ghi", "dhi", "dni")
_STANDSTILL_H = {"air": (24, 72), "light": (8, 24), "darkness": (24, 72)}
"""Hours without any change that warn, and that are an error. Beam may lack for many days."""

_LIGHT_W_M2 = 5.0
"""Below it, and above zero, light may stand still: dim hours of coarsely stored values."""

_ALWAYS_MILD = ("pressure",)
"""Whose standstill only warns: some sources take it from the height alone, and little rests on
it."""

_SAME = {"air": "the same value", "light": "the same light", "darkness": "no light at all"}

_SPIKE = {"temp_air": 12.0, "pressure": 1500.0, "wind": 15.0}
"""Least leap there and back within one hour each, canonical units; wind at any height."""

_SPIKE_SHARE = 1e-4
_PAIR = ("wind_speed_10m", "wind_speed_100m")


@dataclass
class Tally:
    """Hits of one check on one variable over all tiles."""

    count: int = 0
    size: int = 0
    where: str = ""
    low: float = np.inf
    high: float = -np.inf

    def add(self, tile: xr.Dataset, mask: np.ndarray, values: np.ndarray) -> None:
        """Count the hits of a mask and remember the first place and the extremes."""
        self.size += mask.size
        hits = int(mask.sum())
        if not hits:
            return
        self.count += hits
        self.where = self.where or place(tile, mask)
        hit = values[mask]
        self.low = min(self.low, float(hit.min()))
        self.high = max(self.high, float(hit.max()))


@dataclass
class Values:
    """Tallies by variable, and the cells whose wind is stronger at 10 m than at 100 m."""

    missing: dict[str, Tally] = field(default_factory=dict)
    outside: dict[str, Tally] = field(default_factory=dict)
    frozen: dict[tuple[str, str], Tally] = field(default_factory=dict)
    spikes: dict[str, Tally] = field(default_factory=dict)
    upside_down: Tally = field(default_factory=Tally)


def check_values(dataset: xr.Dataset, readings: dict[str, Reading]) -> list[Finding]:
    """Check every value of every cell, tile by tile.

    Parameters
    ----------
    dataset : named as the canonical weather; units as in the file.
    readings : how to read each variable.
    """
    tallies = Values(
        missing={name: Tally() for name in readings},
        outside={name: Tally() for name in readings},
        spikes={name: Tally() for name in readings if _least_leap(name)},
    )
    for tile in tiles(dataset[list(readings)]):
        held = {}
        for name, reading in readings.items():
            values = reading.canonical(tile[name].to_numpy())
            _look(tallies, tile, name, values)
            if name.startswith("wind"):
                held[name] = values
        if all(name in held for name in _PAIR):
            low, high = (held[name].mean(axis=0) for name in _PAIR)
            tallies.upside_down.add(tile, (low > high)[None], (low - high)[None])
    return [
        *_gaps(tallies.missing, site=dataset.sizes["latitude"] * dataset.sizes["longitude"] == 1),
        *_limits(tallies.outside),
        *_standstill(tallies.frozen),
        *_leaps(tallies.spikes),
        *_profile(tallies.upside_down, readings),
    ]


def _look(seen: Values, tile: xr.Dataset, name: str, values: np.ndarray) -> None:
    variable = variable_of(name)
    nan = np.isnan(values)
    seen.missing[name].add(tile, nan, nan)
    with np.errstate(invalid="ignore"):
        outside = (values < variable.minimum) | (values > variable.maximum)
    seen.outside[name].add(tile, outside, values)
    runs = standstill(values)
    for kind in ("light", "darkness") if name in _SUNLIT else ("air",):
        if (name, kind) != ("dni", "darkness"):
            own = {"light": values >= _LIGHT_W_M2, "darkness": values == 0}.get(kind, True)
            tally = seen.frozen.setdefault((name, kind), Tally())
            tally.add(tile, own & (runs >= _STANDSTILL_H[kind][0]), runs)
    if name in seen.spikes:
        seen.spikes[name].add(tile, spikes(values, least=_least_leap(name)), values)


def _least_leap(name: str) -> float:
    return _SPIKE.get(name.partition("_speed_")[0], 0.0)


def standstill(values: np.ndarray) -> np.ndarray:
    """Return at each value (time, ...) how many steps it has lasted unchanged, at least 1."""
    steps = np.arange(len(values), dtype=np.int32).reshape(-1, *[1] * (values.ndim - 1))
    began = np.zeros(values.shape, dtype=np.int32)
    began[1:] = np.where(values[1:] == values[:-1], 0, steps[1:])
    np.maximum.accumulate(began, axis=0, out=began)
    return steps - began + 1


def spikes(values: np.ndarray, *, least: float) -> np.ndarray:
    """Return where a value (time, ...) leaps by ``least`` or more and straight back."""
    flags = np.zeros(values.shape, dtype=bool)
    steps = np.diff(values, axis=0)
    with np.errstate(invalid="ignore"):
        up, down = steps >= least, steps <= -least
    flags[1:-1] = (up[:-1] & down[1:]) | (down[:-1] & up[1:])
    return flags


def _gaps(tallies: dict[str, Tally], *, site: bool) -> list[Finding]:
    """Say where values lack: a site may have gaps, which means leave out; a grid may not."""
    grave, advice = ERROR, "a grid takes no gaps: fill them or leave the cells or years out"
    if site:
        grave, advice = WARNING, "means are those of the hours that are there"
    rows = [
        Finding(
            "missing values",
            name,
            grave,
            f"{tally.count} NaN ({tally.count / tally.size:.2%})",
            tally.where,
            advice,
        )
        for name, tally in tallies.items()
        if tally.count
    ]
    return rows or [passed("missing values", list(tallies))]


def _limits(tallies: dict[str, Tally]) -> list[Finding]:
    rows = []
    for name, tally in tallies.items():
        if tally.count:
            limits = variable_of(name)
            message = (
                f"{tally.count} values ({tally.count / tally.size:.2%}) beyond "
                f"{limits.minimum:g} to {limits.maximum:g} {limits.units}"
            )
            finding = f"{tally.low:g} to {tally.high:g} {limits.units}"
            rows.append(Finding("range", name, ERROR, finding, tally.where, message))
    return rows or [passed("range", list(tallies))]


def _standstill(tallies: dict[tuple[str, str], Tally]) -> list[Finding]:
    rows = []
    for (name, kind), tally in tallies.items():
        if tally.count:
            long = tally.high >= _STANDSTILL_H[kind][1] and name not in _ALWAYS_MILD
            grave = ERROR if long else WARNING
            message = f"{_SAME[kind]} hour after hour, as of a sensor that is stuck or iced"
            finding = f"up to {tally.high:.0f} h"
            rows.append(Finding("frozen", name, grave, finding, tally.where, message))
    return rows or [passed("frozen", list(dict.fromkeys(name for name, _ in tallies)))]


def _leaps(tallies: dict[str, Tally]) -> list[Finding]:
    rows = []
    for name, tally in tallies.items():
        if tally.count:
            grave = ERROR if tally.count > _SPIKE_SHARE * tally.size else WARNING
            leap = f"{_least_leap(name):g} {variable_of(name).units}"
            message = f"a leap of {leap} or more within an hour and straight back"
            finding = f"{tally.count} spikes"
            rows.append(Finding("spikes", name, grave, finding, tally.where, message))
    return rows or [passed("spikes", list(tallies))]


def _profile(tally: Tally, readings: dict[str, Reading]) -> list[Finding]:
    if not all(name in readings for name in _PAIR):
        return []
    if not tally.count:
        return [passed("wind profile", _PAIR)]
    finding = f"{tally.count} of {tally.size} cells"
    message = f"the mean at 10 m is above that at 100 m, by up to {tally.high:.2f} m s-1"
    return [Finding("wind profile", " ".join(_PAIR), ERROR, finding, tally.where, message)]
