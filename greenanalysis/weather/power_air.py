"""From POWER's fields to the canonical ones: wind at 100 m, and irradiance that adds up or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.weather.clearsky import HALF_HOUR, elevation_deg, sun

LOW, MIDDLE, HIGH = 10.0, 50.0, 100.0
ROUNDING_W_M2 = 1.0
CHECKED_ABOVE_DEG = 15.0
SPARSE = 3
STEP = pd.Timedelta(minutes=5)


@dataclass(frozen=True)
class Shear:
    """Bounds of the hourly power law: exponents, the calm below which ``mean`` is taken, m s-1."""

    least: float
    most: float
    calm: float
    mean: float

    @classmethod
    def of(cls, values: Assumptions) -> Shear:
        """Read the bounds from the assumptions."""
        return cls(
            values.get("nasa_power", "shear_exponent_min", unit="1"),
            values.get("nasa_power", "shear_exponent_max", unit="1"),
            values.get("nasa_power", "calm_speed", unit="m s-1"),
            values.get("wind_climate", "shear_exponent_mean", unit="1"),
        )


@dataclass
class Tally:
    """What was done to how many values, told in the file's history."""

    hours: int = 0
    bounded: int = 0
    calm: int = 0
    rounded: int = 0
    high: int = 0
    gap: float = 0.0
    gap_square: float = 0.0
    moved: float = 0.0
    lag_gap: float = 0.0
    lag_square: float = 0.0

    @property
    def mean_gap(self) -> float:
        """Mean of dhi + dni cos(zenith) - ghi with the sun high, W m-2."""
        return self.gap / max(self.high, 1)

    @property
    def rms_gap(self) -> float:
        """Root mean square of that gap, W m-2."""
        return float(np.sqrt(self.gap_square / max(self.high, 1)))

    @property
    def sun_offset(self) -> float:
        """Minutes by which the assumed middle of the hour is later than the components say."""
        return self.lag_gap / self.lag_square if self.lag_square else 0.0


def wind_at_100m(
    speed_10m: np.ndarray, speed_50m: np.ndarray, *, shear: Shear, tally: Tally
) -> np.ndarray:
    """Carry each hour's wind from 50 m to 100 m by the power law through 10 m and 50 m.

    Parameters
    ----------
    speed_10m, speed_50m : of the same shape, m s-1.
    shear : bounds of the exponent.
    tally : counts the hours that a bound held.

    Returns
    -------
    ndarray : m s-1.

    Notes
    -----
    A power law through two heights says nothing of what lies above them: on stable nights the wind
    at 100 m is over- or, in a low jet, underestimated, hence the bounds.
    """
    calm = speed_10m < shear.calm
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.log(speed_50m / speed_10m) / np.log(MIDDLE / LOW)
    exponent = np.where(calm, shear.mean, exponent)
    bounded = np.clip(exponent, shear.least, shear.most)
    tally.hours += calm.size
    tally.calm += int(calm.sum())
    tally.bounded += int((bounded != exponent).sum())
    return speed_50m * (HIGH / MIDDLE) ** bounded


def settle_irradiance(
    ghi: np.ndarray,
    dni: np.ndarray,
    dhi: np.ndarray,
    *,
    times: pd.DatetimeIndex,
    latitude: np.ndarray,
    longitude: np.ndarray,
    closure: str,
    tally: Tally,
) -> dict[str, np.ndarray]:
    """Measure how well the components add up and, where asked, take the diffuse from the others.

    Parameters
    ----------
    ghi, dni, dhi : (time, latitude, longitude), W m-2.
    times : labels, ends of hours, UTC; the sun is taken half an hour before.
    latitude, longitude : cell centres, degrees.
    closure : "keep" returns what came; "diffuse" returns dhi = ghi - dni cos(zenith) within
        0..ghi, and dni lowered to ghi / cos(zenith) where it exceeds that.
    tally : takes the gap, the mean movement of dhi, and the rounding below zero set to zero.

    Returns
    -------
    dict : ghi, dni, dhi, W m-2.
    """
    fields = {"ghi": ghi, "dni": dni, "dhi": dhi}
    for name, values in fields.items():
        below = (values < 0) & (values > -ROUNDING_W_M2)
        tally.rounded += int(below.sum())
        fields[name] = np.where(below, 0, values)
    middle = times - HALF_HOUR
    cosine, elevation = _cosine(middle, latitude, longitude)
    beam = fields["dni"] * cosine
    gap = (fields["dhi"] + beam - fields["ghi"]).astype(float)
    _note_gap(gap, fields["dni"], elevation, middle, latitude, longitude, tally)
    if closure == "diffuse":
        beam = np.minimum(beam, fields["ghi"])
        lowered = np.divide(beam, cosine, out=np.zeros_like(beam), where=cosine > 0)
        diffuse = fields["ghi"] - beam
        tally.moved += float(abs(diffuse - fields["dhi"]).sum(dtype=float))
        fields |= {"dni": np.minimum(lowered, fields["dni"]), "dhi": diffuse}
    return fields


def _cosine(
    instants: pd.DatetimeIndex, latitude: np.ndarray, longitude: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return cos(zenith), not below 0, and the elevation in degrees, (time, row, column)."""
    rows, columns = (x.ravel() for x in np.meshgrid(latitude, longitude, indexing="ij"))
    shape = (len(instants), len(latitude), len(longitude))
    elevation = elevation_deg(sun(instants), rows, columns).reshape(shape)
    return np.sin(np.radians(elevation)).clip(0).astype(np.float32), elevation


def _note_gap(
    gap: np.ndarray,
    dni: np.ndarray,
    elevation: np.ndarray,
    middle: pd.DatetimeIndex,
    latitude: np.ndarray,
    longitude: np.ndarray,
    tally: Tally,
) -> None:
    """Count the gap with the sun high, and fit the time by which the sun would close it.

    ghi - dhi is dni cos(zenith) at the sun's true place, so to first order the gap is dni times
    the change of cos(zenith) a minute times the minutes that the assumed middle is late.
    """
    high = elevation > CHECKED_ABOVE_DEG
    tally.high += int(high.sum())
    tally.gap += float(gap[high].sum())
    tally.gap_square += float((gap[high] ** 2).sum())
    some = (slice(None), slice(None, None, SPARSE), slice(None, None, SPARSE))
    places = latitude[::SPARSE], longitude[::SPARSE]
    later, earlier = (_cosine(middle + sign * STEP, *places)[0] for sign in (1, -1))
    minutes = 2 * STEP / pd.Timedelta(minutes=1)
    slope = np.where(high[some], dni[some] * (later - earlier) / minutes, 0).astype(float)
    tally.lag_gap += float((gap[some] * slope).sum())
    tally.lag_square += float((slope**2).sum())
