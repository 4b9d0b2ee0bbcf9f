"""Whether the light in the file fits the sun: how late it comes, by night, cloudless, in parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.weather.canonical import CLOSURE_W_M2, NIGHT_DEG, NIGHT_W_M2
from greenanalysis.weather.quality.reading import Lattice, lattice_of
from greenanalysis.weather.quality.verdict import ERROR, WARNING, Finding, passed

ALIGNED_MIN, MISALIGNED_MIN = 8.0, 15.0
"""Minutes that pass, and from which on the shift is an error; between them a warning."""

_UNEVEN_MIN = 25.0
_CLEAREST = 0.85
_FEWEST_DAYS = 10
_FEWEST_OF_SITE = 3
_TRUSTED_MIN = 10.0
"""A shift of at least this is taken out before the other checks ask where the sun stands."""

_DAYLIGHT_DEG = 10.0
CLEAR_FACTOR, CLEAR_MARGIN = 1.2, 30.0
CLEAR_WARN, CLEAR_WRONG = 0.02, 0.10
_RARE_WRONG = 0.001
_CLOSURE_SHARE = 0.05


@dataclass(frozen=True)
class Alignment:
    """Minutes by which the light comes later than the sun, its spread over cells, clear days."""

    minutes: float
    spread: float
    days: int


def _estimate_shift(
    lattice: Lattice, ghi: np.ndarray, *, fewest_days: int = _FEWEST_DAYS
) -> Alignment:
    """Estimate by how much the daily course of GHI runs late against the sun.

    Parameters
    ----------
    lattice : cells, times and sun of the record.
    ghi : (time, cell), W m-2; a constant factor does not matter.
    fewest_days : clear days, of all cells together, that are asked for.

    Returns
    -------
    Alignment : minutes -720..720, positive where the light comes later than geometry says; NaN
        where there are too few clear days.

    Notes
    -----
    The phase of the first harmonic of each day is compared with that of the cloudless day, on the
    clearest days of each cell; the median over days and then over cells is taken. A first round
    over the whole record takes out whole hours, so that days are not cut while the sun is up.
    """
    _, clear, _ = lattice.sky(pd.Timedelta(0))
    coarse = pd.Timedelta(hours=round(_whole_record(lattice, ghi, clear) / 60))
    if coarse:
        _, clear, _ = lattice.sky(coarse)
    per_cell, days = [], 0
    for cell, longitude in enumerate(lattice.longitude):
        local = (
            lattice.times - lattice.step / 2 - coarse + pd.Timedelta(hours=round(longitude / 15))
        )
        late = _clear_days(local, ghi[:, cell], clear[:, cell], lattice.step)
        if len(late):
            per_cell.append(float(np.median(late)))
            days += len(late)
    if days < fewest_days:
        return Alignment(np.nan, np.nan, days)
    low, high = np.percentile(per_cell, [5, 95])
    minutes = float(np.median(per_cell)) + coarse / pd.Timedelta(minutes=1)
    return Alignment(minutes, float(high - low), days)


def light_lag(site: xr.Dataset) -> tuple[float, int]:
    """Return by how many minutes the GHI of a site runs late against the sun, and the clear days.

    Parameters
    ----------
    site : hourly weather of one cell; gaps are allowed.

    Returns
    -------
    tuple : minutes, NaN without GHI or with fewer than three clear days; the clear days that say
        it, the clearest of the record.
    """
    if "ghi" not in site or site.sizes["time"] < 24 * _FEWEST_DAYS:
        return float("nan"), 0
    times = pd.DatetimeIndex(site["time"].to_numpy())
    lattice = lattice_of(site[["ghi"]], times, pd.Timedelta(hours=1))
    alignment = _estimate_shift(lattice, lattice.values["ghi"], fewest_days=_FEWEST_OF_SITE)
    return alignment.minutes, alignment.days


def _phasor(hours: np.ndarray) -> np.ndarray:
    return np.exp(2j * np.pi * hours / 24)


def _minutes(turn: np.ndarray) -> np.ndarray:
    minutes: np.ndarray = np.angle(turn) / (2 * np.pi) * 24 * 60
    return minutes


def _whole_record(lattice: Lattice, ghi: np.ndarray, clear: np.ndarray) -> float:
    hours = np.asarray(lattice.times.hour + lattice.times.minute / 60)
    wave = _phasor(hours)[:, None]
    turn = (np.nan_to_num(ghi) * wave).sum(axis=0) * np.conj((clear * wave).sum(axis=0))
    return float(_minutes(turn.sum()))


def _clear_days(
    local: pd.DatetimeIndex, ghi: np.ndarray, clear: np.ndarray, step: pd.Timedelta
) -> np.ndarray:
    """Return the lateness, minutes, of the clearest whole days of one cell."""
    day = np.asarray((local.normalize() - local[0].normalize()).days)
    wave = _phasor(np.asarray(local.hour + local.minute / 60))
    whole = np.bincount(day, np.isfinite(ghi)) >= round(pd.Timedelta(days=1) / step)
    light = np.nan_to_num(ghi)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(day, values.real) + 1j * np.bincount(day, values.imag)

    sums, sky = np.bincount(day, light), np.bincount(day, clear)
    use = whole & (sums > 0) & (sky > 0)
    if use.sum() < 3:
        return np.array([])
    share = np.where(use, sums / np.where(sky > 0, sky, 1), -np.inf)
    use &= share >= np.quantile(share[use], _CLEAREST)
    return _minutes((total(light * wave) * np.conj(total(clear * wave)))[use])


def check_sun(lattice: Lattice) -> list[Finding]:
    """Compare the light of the cells with the sun: alignment, night, cloudless sky, closure."""
    light = {name: v for name, v in lattice.values.items() if name in ("ghi", "dni", "dhi")}
    if not lattice.placed or "ghi" not in light:
        return []
    alignment = _estimate_shift(lattice, light["ghi"])
    late = alignment.minutes if abs(alignment.minutes) >= _TRUSTED_MIN else 0.0
    as_labelled, _, _ = lattice.sky(pd.Timedelta(0))
    elevation, clear, normal = lattice.sky(pd.Timedelta(minutes=round(late)))
    return [
        _aligned(alignment, lattice),
        _night(light["ghi"], as_labelled, lattice),
        _clear_sky(light["ghi"], clear, elevation, normal, lattice),
        *_closure(light, elevation, lattice),
    ]


def _aligned(alignment: Alignment, lattice: Lattice) -> Finding:
    where = f"{lattice.coverage}, {alignment.days} clear days"
    if np.isnan(alignment.minutes):
        message = "too few whole clear days to compare with the sun"
        return Finding("sun alignment", "ghi", WARNING, "unknown", where, message)
    lag = f"{alignment.minutes:+.0f} min"
    if alignment.spread > _UNEVEN_MIN:
        message = (
            f"cells differ by {alignment.spread:.0f} min: local solar time, two time zones, "
            "or longitudes that are wrong"
        )
        return Finding("sun alignment", "ghi", ERROR, lag, where, message)
    size = abs(alignment.minutes)
    if size < ALIGNED_MIN:
        return Finding("sun alignment", "ghi", "ok", lag, where, "")
    side = "later" if alignment.minutes > 0 else "earlier"
    message = f"the light comes {size:.0f} min {side} than the sun; {_cause(alignment.minutes)}"
    grave = ERROR if size >= MISALIGNED_MIN else WARNING
    return Finding("sun alignment", "ghi", grave, lag, where, message)


def _cause(minutes: float) -> str:
    """Return what a shift of this size usually comes from."""
    hours = round(minutes / 60)
    if abs(minutes - 60 * hours) < 12 and abs(hours) >= 2:
        zone = f"UTC{hours:+d}"
        return f"whole hours, as of local time ({zone}) labelled UTC: take off {hours} h"
    if abs(minutes + 60) < 12:
        return "labels seem to mark the beginning of the hour: add 1 h"
    if abs(minutes + 30) < 12:
        return "half an hour, as of labels (or instants) in the middle of the hour: add 30 min"
    if abs(minutes - 30) < 12:
        return "half an hour, as of means centred on the label or taken half an hour on"
    return "labels must be the ends of the hours in UTC"


def _night(ghi: np.ndarray, elevation: np.ndarray, lattice: Lattice) -> Finding:
    with np.errstate(invalid="ignore"):
        lit = (elevation < NIGHT_DEG) & (ghi > NIGHT_W_M2)
    if not lit.any():
        return passed("night sun", ("ghi",))
    first, cell = np.unravel_index(int(np.argmax(lit)), lit.shape)
    where = _at(lattice, int(first), int(cell))
    finding = f"{int(lit.sum())} h, up to {np.nanmax(ghi[lit]):.0f} W m-2"
    message = f"light with the sun more than {-NIGHT_DEG:g} degrees below the horizon"
    return Finding("night sun", "ghi", ERROR, finding, where, message)


def _clear_sky(
    ghi: np.ndarray,
    clear: np.ndarray,
    elevation: np.ndarray,
    normal: np.ndarray,
    lattice: Lattice,
) -> Finding:
    """Say how often GHI exceeds the cloudless sky, and the "extremely rare" limit of QCRad.

    References
    ----------
    Long and Shi (2008), An automated quality assessment and control algorithm for surface
    radiation measurements, The Open Atmospheric Science Journal 2, 23-37.
    """
    day = (elevation > _DAYLIGHT_DEG) & np.isfinite(ghi)
    if not day.any():
        return passed("clear sky", ("ghi",), "no daylight in the record")
    above = day & (ghi > CLEAR_FACTOR * clear + CLEAR_MARGIN)
    cosine = np.maximum(np.sin(np.radians(elevation)), 0)
    rare = day & (ghi > 1.2 * normal[:, None] * cosine**1.2 + 50)
    share, beyond = above.sum() / day.sum(), rare.sum() / day.sum()
    if share <= CLEAR_WARN and beyond <= _RARE_WRONG:
        return passed("clear sky", ("ghi",), f"{share:.2%} of daylight hours above")
    worst = above if above.any() else rare
    first, cell = np.unravel_index(int(np.argmax(worst)), worst.shape)
    grave = ERROR if share > CLEAR_WRONG or beyond > _RARE_WRONG else WARNING
    message = (
        f"of the daylight hours {share:.1%} exceed {CLEAR_FACTOR:g} times the cloudless sky "
        f"+ {CLEAR_MARGIN:g} W m-2, {beyond:.2%} what is extremely rare (Long and Shi 2008)"
    )
    where = _at(lattice, int(first), int(cell))
    return Finding("clear sky", "ghi", grave, f"{share:.1%} of hours", where, message)


def _closure(
    light: dict[str, np.ndarray], elevation: np.ndarray, lattice: Lattice
) -> list[Finding]:
    if len(light) < 3:
        return []
    high = (elevation > 15) & np.isfinite(light["ghi"] + light["dni"] + light["dhi"])
    if not high.any():
        return [passed("closure", tuple(light), "the sun is never above 15 degrees")]
    gap = light["dhi"] + light["dni"] * np.sin(np.radians(elevation)) - light["ghi"]
    apart = high & (abs(gap) > CLOSURE_W_M2 + 0.1 * abs(light["ghi"]))
    mean, share = float(gap[high].mean()), float(apart.sum() / high.sum())
    if abs(mean) <= CLOSURE_W_M2 and share <= _CLOSURE_SHARE:
        return [passed("closure", tuple(light), f"{mean:+.1f} W m-2 on average")]
    first, cell = np.unravel_index(int(np.argmax(apart)), apart.shape)
    message = (
        "dhi + dni cos(zenith) - ghi with the sun above 15 degrees; "
        f"{share:.1%} of these hours are far apart"
    )
    finding, where = f"{mean:+.0f} W m-2", _at(lattice, int(first), int(cell))
    return [Finding("closure", " ".join(light), ERROR, finding, where, message)]


def _at(lattice: Lattice, hour: int, cell: int) -> str:
    return (
        f"time={lattice.times[hour]:%Y-%m-%dT%H:%M}, latitude={lattice.latitude[cell]:g}, "
        f"longitude={lattice.longitude[cell]:g}"
    )
