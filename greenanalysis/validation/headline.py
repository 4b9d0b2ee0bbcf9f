"""What the validation says first: coverage of the stated bands and median errors."""

from __future__ import annotations

import numpy as np

from greenanalysis.assessment.site_wind import share_in_windiest, site_wind
from greenanalysis.validation.checks import Context
from greenanalysis.validation.country import is_sample
from greenanalysis.validation.plants import plant_score
from greenanalysis.validation.wind_map import score

_AIMS = {
    "speed_rms": 0.15,
    "speed_rms_without_gate": 0.12,
    "factor_rms": 0.05,
    "median": 0.10,
}
"""Fixed before the map was fitted: RMS of relative speed with and without the Dzungarian Gate, RMS
of capacity factor, median error of plants."""


def headline(context: Context) -> list[str]:
    """Return the sentences that the page and the command put first.

    Parameters
    ----------
    context : of the weather; what it has computed is used.
    """
    lines = []
    for technology in ("wind", "solar"):
        band, median = plant_score(context.plants, technology)
        lines.append(
            f"{technology.capitalize()} plants that the model does not know: {band} of the "
            f"published values lie between the stated P90 and P10; median error {median:.1%} "
            f"({_verdict(median, _AIMS['median'])})."
        )
    if is_sample(context.study):
        lines += _map_lines(context)
    return lines


def _map_lines(context: Context) -> list[str]:
    found = score(context.folds)
    sites = context.folds[(context.folds["use"] == "fit") & (context.folds["station"] == 0)]
    cells = context.study.mean_cf["wind_at_plants"].to_numpy()
    spread = np.nanpercentile(cells, [5, 50, 99])
    stated = sites["capacity_factor"].dropna()
    wind = site_wind(context.study)
    assert wind is not None  # the sample has a map
    tenth, half = (share_in_windiest(wind, share) for share in (0.1, 0.5))
    return [
        f"Wind map, each site predicted without those around it: RMS error of the speed "
        f"{found.speed_rms:.1%} ({_verdict(found.speed_rms, _AIMS['speed_rms'])}), without the "
        f"Dzungarian Gate {found.speed_rms_without_gate:.1%} "
        f"({_verdict(found.speed_rms_without_gate, _AIMS['speed_rms_without_gate'])}); of the "
        f"capacity factor {found.factor_rms:.3f} "
        f"({_verdict(found.factor_rms, _AIMS['factor_rms'], '.2f')}), median "
        f"{found.factor_median:.1%}.",
        f"Stated uncertainty of the map: {found.band} of the sites inside, everything chosen again "
        f"without them; stations and doubtful rows, which are no sites: {found.checks}.",
        f"Spread of the map: capacity factors of cells {spread[0]:.2f} (5th percentile), "
        f"{spread[1]:.2f} (median), {spread[2]:.2f} (99th); published yields {stated.min():.2f} to "
        f"{stated.max():.2f}.",
        f"Siting: {tenth:.0%} of the wind plants with a known place stand in the windiest tenth of "
        f"the map, {half:.0%} in the windier half.",
    ]


def _verdict(value: float, aim: float, form: str = ".0%") -> str:
    word = "met" if value <= aim else "missed"
    return f"aim {aim:{form}}: {word}"
