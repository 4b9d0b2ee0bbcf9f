"""From gross to net energy by a tree of losses, and how certain the net energy is.

Names of categories are those of IEC 61400-15-2 as its open exchange format (EYA DEF) writes them;
solar plants have counterparts of the same place in the tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name

LEVELS = (50, 75, 90, 95, 99)
HORIZONS = (1, 10)
"""Years over which P-values are given."""

LOSSES = {
    "wind": (
        ("turbine_interaction", "wake"),
        ("availability", "availability"),
        ("electrical", "electrical"),
        ("turbine_performance", "performance"),
        ("environmental", "environment"),
        ("curtailment", "curtailment"),
    ),
    "solar": (
        ("array_interaction", "shading"),
        ("availability", "availability"),
        ("electrical", "mismatch"),
        ("electrical", "wiring"),
        ("electrical", "connections"),
        ("module_performance", "lid"),
        ("module_performance", "nameplate"),
        ("environmental", "soiling"),
    ),
}
"""Category and name (``loss_<name>`` of the plant's assumptions), in the order they act."""

GROUPS = {"wind": "onwind_resource", "solar": "solar_resource"}
_UNCERTAINTIES = {
    "wind": (
        "measurement_uncertainty",
        "historical_wind_resource",
        "vertical_extrapolation",
        "horizontal_extrapolation",
        "plant_performance",
    ),
    "solar": (
        "measurement_uncertainty",
        "historical_solar_resource",
        "transposition",
        "horizontal_extrapolation",
        "plant_performance",
    ),
}
_OF_THE_PLACE = ("measurement_uncertainty", "horizontal_extrapolation", "screening")
"""What a map with an uncertainty of its own says itself: its level, its places and its grade."""
_PLACE_SOURCE = (
    "data/climate/wind.nc; its coverage is tested on sites left out",
    "uncertainty of the wind map at this place, times how steeply the plant's energy follows it",
)
ANNUAL = "evaluation_period_annual_variability"
SCREENING = "screening"


@dataclass(frozen=True)
class Term:
    """One independent part of the uncertainty: a standard deviation as a fraction of energy.

    ``yearly`` terms differ from year to year and shrink over several; the others stay.
    """

    category: str
    sigma: float
    yearly: bool
    source: str
    note: str


def loss_tree(
    technology: str,
    assumptions: Assumptions,
    *,
    curtailment: float,
    stated: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return what lies between gross and net, in the order it acts.

    Parameters
    ----------
    technology : ``wind`` or ``solar``.
    assumptions : of the plants.
    curtailment : energy that is not taken, share of what the losses before leave.
    stated : losses by name that are those of the project and not of the assumptions.

    Returns
    -------
    DataFrame : category, loss, share (of what arrives), kept (after it, of gross), source, note.

    Raises
    ------
    InputError : unknown technology, or a share outside 0..1.
    """
    if technology not in LOSSES:
        raise unknown_name("technology", technology, LOSSES, where="loss_tree()")
    rows = []
    for category, name in LOSSES[technology]:
        row = assumptions.rows(GROUPS[technology], f"loss_{name}").iloc[0]
        if stated and name in stated:
            rows.append((category, name, float(stated[name]), "stated with the project", ""))
            continue
        rows.append((category, name, float(row["value"]), row["source"], row["note"]))
    market = assumptions.rows("finance", "curtailment").iloc[0]
    rows.append(("curtailment", "grid", curtailment, market["source"], market["note"]))
    table = pd.DataFrame(rows, columns=["category", "loss", "share", "source", "note"])
    bad = table[~table["share"].between(0, 1, inclusive="left")]
    if len(bad):
        raise input_error(
            f"loss {bad['loss'].iloc[0]}",
            where="loss_tree()",
            allowed="0 to below 1",
            got=bad["share"].iloc[0],
        )
    table.insert(3, "kept", (1 - table["share"]).cumprod())
    return table


def budget(
    technology: str, assumptions: Assumptions, *, screening: bool, place: float | None = None
) -> list[Term]:
    """Return the independent terms of the uncertainty of yearly energy.

    Parameters
    ----------
    technology : ``wind`` or ``solar``.
    assumptions : hold ``<technology>_uncertainty``.
    screening : whether the weather is of screening grade, which adds a term of its own.
    place : standard deviation of the energy from how well the wind of the place is known, relative;
        it takes the place of the general terms of :data:`_OF_THE_PLACE`.

    Raises
    ------
    InputError : unknown technology.
    """
    if technology not in _UNCERTAINTIES:
        raise unknown_name("technology", technology, _UNCERTAINTIES, where="budget()")
    names = [*_UNCERTAINTIES[technology], ANNUAL, *([SCREENING] if screening else [])]
    terms = []
    if place is not None:
        names = [name for name in names if name not in _OF_THE_PLACE]
        terms.append(Term("horizontal_extrapolation", place, False, *_PLACE_SOURCE))
    for name in names:
        assumptions.get(f"{technology}_uncertainty", name, unit="1")
        row = assumptions.rows(f"{technology}_uncertainty", name).iloc[0]
        terms.append(Term(name, float(row["value"]), name == ANNUAL, row["source"], row["note"]))
    return terms


def combined(terms: Sequence[Term], *, years: float) -> float:
    """Return the standard deviation of the mean energy of ``years``, as a fraction of P50.

    Parameters
    ----------
    terms : independent of each other.
    years : over which the energy is averaged, above 0.

    Raises
    ------
    InputError : no years, or a negative or endless term.
    """
    if not years > 0:
        raise input_error("years", where="combined()", allowed="above 0", got=years)
    for term in terms:
        if not 0 <= term.sigma < 1:
            where = f"uncertainty {term.category}"
            raise input_error("sigma", where=where, allowed="0 to below 1", got=term.sigma)
    return float(np.sqrt(sum(term.sigma**2 / (years if term.yearly else 1) for term in terms)))


def exceeded(p50: float, terms: Sequence[Term], *, level: float, years: float) -> float:
    """Return the energy that is exceeded with a probability of ``level`` per cent.

    Parameters
    ----------
    p50 : median energy, any unit.
    terms : of the uncertainty.
    level : per cent, above 0 and below 100; 90 gives the P90.
    years : over which the energy is averaged.

    Returns
    -------
    float : in the unit of ``p50``, at least 0.

    Notes
    -----
    Terms add up as independent normal variables; for large terms the lower tail is too heavy.
    """
    from scipy.stats import norm

    if not 0 < level < 100:
        raise input_error("level", where="exceeded()", allowed="above 0, below 100", got=level)
    away = float(norm.ppf(1 - level / 100))
    return max(0.0, p50 * (1 + away * combined(terms, years=years)))


def p_values(p50: float, terms: Sequence[Term]) -> pd.DataFrame:
    """Return the energies of :data:`LEVELS` (index) for :data:`HORIZONS` (columns), unit of P50."""
    return pd.DataFrame(
        {
            years: [exceeded(p50, terms, level=level, years=years) for level in LEVELS]
            for years in HORIZONS
        },
        index=pd.Index(LEVELS, name="level"),
    )


def simulate(
    terms: Sequence[Term], *, years: int, draws: int, seed: int, combine: str = "sum"
) -> np.ndarray:
    """Return random yearly energies over the P50, (draws, years).

    Parameters
    ----------
    terms : independent of each other.
    years : each with its own draw of the yearly terms; the others hold for all years of a draw.
    draws, seed : of the random numbers.
    combine : ``sum`` adds the departures as :func:`combined` does; ``product`` multiplies them,
        which is how losses act and leaves the median a little lower.

    Raises
    ------
    InputError : unknown ``combine``.
    """
    if combine not in ("sum", "product"):
        raise input_error("combine", where="simulate()", allowed="sum, product", got=combine)
    random = np.random.default_rng(seed)
    result = np.zeros((draws, years)) if combine == "sum" else np.ones((draws, years))
    for term in terms:
        shape = (draws, years if term.yearly else 1)
        departure = term.sigma * random.standard_normal(shape)
        result = result + departure if combine == "sum" else result * (1 + departure)
    return np.maximum(result + 1 if combine == "sum" else result, 0.0)
