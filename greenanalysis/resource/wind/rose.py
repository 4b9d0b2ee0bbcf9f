"""The wind by sector: frequencies, a table of speeds, and the Weibull fit of each sector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gamma

from greenanalysis.core.errors import input_error

CALM_M_S = 0.5
"""Below it a vane may rest anywhere: calm hours share the sectors of the others."""


@dataclass(frozen=True, eq=False)
class SectorTable:
    """Joint frequencies of wind speed and direction.

    ``counts`` (speed bin, sector) shares of all hours, their sum is 1; ``upper`` upper edges of the
    bins of 1 m/s, m/s; ``hours`` that were counted; ``height`` above ground, m. Sector 0 is centred
    on north, the others follow clockwise.
    """

    counts: np.ndarray
    upper: np.ndarray
    hours: int
    height: float

    @property
    def sectors(self) -> int:
        """Return the number of sectors."""
        return int(self.counts.shape[1])

    @property
    def frequency(self) -> np.ndarray:
        """Return the share of each sector; the sum is 1."""
        shares: np.ndarray = self.counts.sum(axis=0)
        return shares

    def frequencies(self) -> pd.DataFrame:
        """Return the share of all hours by upper edge of the bin (m/s) and sector (degrees)."""
        columns = [f"{360 / self.sectors * number:g}" for number in range(self.sectors)]
        return pd.DataFrame(self.counts, pd.Index(self.upper, name="below_m_s"), columns)

    def classes(self, step: float = 3.0) -> tuple[np.ndarray, list[str]]:
        """Return per cent of all hours by class of speed and sector, and the names of the classes.

        Parameters
        ----------
        step : width of a class, m/s, a whole number; the fifth class holds all that is above.
        """
        number = np.minimum((self.upper - 1) // step, 4).astype(int)
        shares = np.zeros((int(number.max()) + 1, self.sectors))
        np.add.at(shares, number, 100 * self.counts)
        names = [f"{step * n:g} to {step * (n + 1):g}" for n in range(len(shares))]
        if len(names) == 5:
            names[-1] = f"above {step * 4:g}"
        return shares, names

    def rose(self) -> pd.DataFrame:
        """Return one row a sector.

        Returns
        -------
        DataFrame : index ``sector_deg`` (its middle); ``frequency``, ``mean_speed`` (m/s),
            ``weibull_a`` (m/s) and ``weibull_k`` (a fit to mean and deviation of the bins),
            ``power_density`` (W/m2 at 1.225 kg/m3).
        """
        middle = self.upper - 0.5
        rows = []
        for number in range(self.sectors):
            column = self.counts[:, number]
            total = column.sum()
            share = column / total if total else np.full_like(column, np.nan)
            mean = float((share * middle).sum())
            spread = float(np.sqrt((share * (middle - mean) ** 2).sum()))
            # moments: k from the ratio of deviation and mean (Justus et al. 1978)
            k = (spread / mean) ** -1.086 if total and mean > 0 and spread > 0 else np.nan
            rows.append(
                {
                    "sector_deg": 360 / self.sectors * number,
                    "frequency": float(total),
                    "mean_speed": mean if total else np.nan,
                    "weibull_a": mean / gamma(1 + 1 / k) if np.isfinite(k) else np.nan,
                    "weibull_k": k,
                    "power_density": 0.5 * 1.225 * float((share * middle**3).sum())
                    if total
                    else np.nan,
                }
            )
        return pd.DataFrame(rows).set_index("sector_deg")


def sector_table(
    speed: np.ndarray, direction: np.ndarray, *, height: float, sectors: int = 12
) -> SectorTable:
    """Count hours by wind speed and direction.

    Parameters
    ----------
    speed : m/s (time).
    direction : where the wind comes from, degrees (time).
    height : of the measurement, m.
    sectors : 4 to 36.

    Returns
    -------
    SectorTable : hours without either are left out; calm ones (below 0.5 m/s) are spread over the
        sectors as the others are.

    Raises
    ------
    InputError : another number of sectors, directions outside 0 to 360, or no hour with both.

    References
    ----------
    Justus, Hargraves, Mikhail and Graber (1978), Methods for estimating wind speed frequency
    distributions, J. Appl. Meteor. 17, 350-353.
    """
    if not 4 <= sectors <= 36:
        raise input_error("sectors", where="wind rose", allowed="4 to 36", got=sectors)
    v, d = (np.asarray(values, dtype=float).ravel() for values in (speed, direction))
    known = np.isfinite(v) & np.isfinite(d)
    if not known.any():
        raise input_error("hours", where="wind rose", allowed="with speed and direction", got=0)
    v, d = v[known], d[known]
    if (v < 0).any() or (d < 0).any() or (d > 360).any():
        allowed = "speed from 0 m/s, direction 0 to 360 degrees"
        raise input_error("wind", where="wind rose", allowed=allowed, got="other values")
    bins = max(int(np.ceil(v.max() + 1e-9)), 1)
    level = np.minimum(v.astype(int), bins - 1)
    sector = np.floor((d % 360) / (360 / sectors) + 0.5).astype(int) % sectors
    calm = v < CALM_M_S
    counts = np.zeros((bins, sectors))
    np.add.at(counts, (level[~calm], sector[~calm]), 1.0)
    share = counts.sum(axis=0)
    share = share / share.sum() if share.sum() else np.full(sectors, 1 / sectors)
    counts[0] += calm.sum() * share
    upper = np.arange(1, bins + 1, dtype=float)
    return SectorTable(counts / len(v), upper, len(v), float(height))
