"""How good the wind map is at places it does not know: nested leave-one-out and its coverage.

Each anchor is predicted from the anchors that are not its neighbours. Everything that is chosen
with data - the spread of the field, the inflation of sigma - is chosen again inside each fold, so
that the coverage of the stated bands is a test and not a definition.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.assessment.wind_anchors import anchor_yield, read_anchors, with_speed
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.validation.table import Check
from greenanalysis.weather.sample.climate import load_wind_map
from greenanalysis.weather.sample.wind_map import NEIGHBOUR_KM, fit

_BAND = 0.80
"""The stated band: P90 to P10."""
BAND_SCORE = 1.2815515655446004
"""Standard normal quantile of 0.9."""
_GATE = "Dzungarian Gate"
"""The one anchor without a like: scores are given with and without it."""


@dataclass(frozen=True)
class Coverage:
    """How many of some statements lie inside their stated band.

    ``low`` and ``high`` bound the share with 95 % confidence (Clopper and Pearson, exact).
    """

    hits: int
    number: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Return hits over number."""
        return self.hits / self.number if self.number else float("nan")

    def __str__(self) -> str:
        return (
            f"{self.hits} of {self.number} ({self.share:.0%}; 95 % interval {self.low:.0%} to "
            f"{self.high:.0%}; stated {_BAND:.0%})"
        )


def coverage(inside: np.ndarray) -> Coverage:
    """Return the coverage with its exact binomial interval.

    Parameters
    ----------
    inside : boolean, one for each statement.

    References
    ----------
    C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404-413, doi:10.1093/biomet/26.4.404.
    """
    from scipy.stats import binomtest

    hits, number = int(np.sum(inside)), int(np.size(inside))
    if number == 0:
        return Coverage(0, 0, 0.0, 1.0)
    interval = binomtest(hits, number).proportion_ci(0.95, method="exact")
    return Coverage(hits, number, float(interval.low), float(interval.high))


def nested_leave_out(assumptions: Assumptions) -> pd.DataFrame:
    """Predict each anchor and each check row of the table from what is not its neighbour.

    Returns
    -------
    DataFrame : site, kind, use, station, latitude, longitude, speed_100m (as read from the source),
        predicted (m/s), sigma (of the logarithm, with the anchor's own), score, error (relative);
        capacity_factor (stated, of rows that are yields) and predicted_factor (its own plant in the
        predicted wind).

    Notes
    -----
    The level moved by the fleet (``shift``) is kept in all folds: the fleet is no anchor.
    """
    delivered = load_wind_map()
    shift = delivered.shift
    anchors = read_anchors().merge(delivered.anchors[["site", "speed_100m"]], on="site")
    checked = with_speed(read_anchors("check"), assumptions)
    every = pd.concat([anchors, checked], ignore_index=True)
    rows = []
    for anchor in every.to_dict("records"):
        latitude, longitude = float(anchor["latitude"]), float(anchor["longitude"])
        known = fit(anchors).without(latitude, longitude, within_km=NEIGHBOUR_KM).anchors
        fold = fit(known)
        place = np.array([latitude]), np.array([longitude])
        station = float(anchor["station"])
        mean, deviation = fold.predict(*place)
        offset = station * float(fold.coefficients()["mean"]["station"])
        sigma = float(np.hypot(deviation[0], anchor["sigma"] * fold.inflation))
        predicted = float(np.exp(mean[0] + shift + offset))
        rows.append(
            {
                **{name: anchor[name] for name in
                   ("site", "kind", "use", "station", "latitude", "longitude", "speed_100m",
                    "capacity_factor", "source")},
                "predicted": predicted,
                "sigma": sigma,
                "score": float(np.log(anchor["speed_100m"] / predicted) / sigma),
                "error": predicted / anchor["speed_100m"] - 1,
                "predicted_factor": _factor(anchor, predicted, assumptions),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _factor(anchor: Mapping[Hashable, Any], speed: float, assumptions: Assumptions) -> float:
    if not np.isfinite(anchor["capacity_factor"]):
        return float("nan")
    return float(anchor_yield(pd.Series(dict(anchor)), assumptions)(speed))


@dataclass(frozen=True)
class MapScore:
    """Errors of the wind map at sites it does not know; relative speeds, absolute factors."""

    speed_rms: float
    speed_rms_without_gate: float
    speed_median: float
    factor_rms: float
    factor_median: float
    band: Coverage
    checks: Coverage


def score(folds: pd.DataFrame) -> MapScore:
    """Return the scores of :func:`nested_leave_out`; stations and check rows apart."""
    sites = folds[(folds["use"] == "fit") & (folds["station"] == 0)]
    usual = sites[sites["site"] != _GATE]
    yields = sites.dropna(subset=["predicted_factor"])
    factor_error = yields["predicted_factor"] - yields["capacity_factor"]
    checks = folds[(folds["use"] == "check") | (folds["station"] == 1)]
    return MapScore(
        speed_rms=_rms(sites["error"]),
        speed_rms_without_gate=_rms(usual["error"]),
        speed_median=float(sites["error"].abs().median()),
        factor_rms=_rms(factor_error),
        factor_median=float((factor_error / yields["capacity_factor"]).abs().median()),
        band=coverage((sites["score"].abs() <= BAND_SCORE).to_numpy()),
        checks=coverage((checks["score"].abs() <= BAND_SCORE).to_numpy()),
    )


def site_checks(folds: pd.DataFrame) -> list[Check]:
    """Return the anchors of the wind map as checks, each predicted without its neighbours."""
    checks = []
    for row in folds.to_dict("records"):
        remark = (
            f"{row['kind']}; predicted without the sites within {NEIGHBOUR_KM:.0f} km; stated "
            f"sigma {row['sigma']:.0%}, off by {abs(row['score']):.1f} of it"
        )
        checks.append(
            Check(
                area="Wind map",
                quantity=f"mean wind at 100 m, {row['site']}",
                kind="site",
                basis="independent",
                expected=float(row["speed_100m"]),
                got=float(row["predicted"]),
                unit="m/s",
                source=str(row["source"]),
                remark=remark,
            )
        )
    return checks


def _rms(values: pd.Series) -> float:
    return float(np.sqrt((values**2).mean()))
