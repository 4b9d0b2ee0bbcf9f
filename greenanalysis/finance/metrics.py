"""What a cash flow is worth: NPV, IRR, payback, cover of debt, levelised cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.core.errors import input_error


@dataclass(frozen=True)
class Rate:
    """A rate of return, or the reason why there is none (then ``value`` is NaN)."""

    value: float
    reason: str = ""

    def __str__(self) -> str:
        """Return the rate as per cent, or that there is none and why."""
        return f"{self.value:.1%}" if np.isfinite(self.value) else f"none: {self.reason}"


def npv(flow: np.ndarray, *, rate: float, at: int = 0) -> np.ndarray | float:
    """Return the worth of yearly flows; (...) from (..., years).

    Parameters
    ----------
    flow : (..., years), any money.
    rate : discount rate, a fraction a year, above -1.
    at : the position whose money the worth is in; by default the first. With construction years
        before commissioning it is the number of them.

    Raises
    ------
    InputError : a rate of -1 or less.
    """
    if not rate > -1:
        raise input_error("rate", where="npv()", allowed="above -1", got=rate)
    flow = np.asarray(flow, dtype=float)
    worth = flow @ (1 + rate) ** (at - np.arange(flow.shape[-1], dtype=float))
    return float(worth) if flow.ndim == 1 else worth


def irr(flow: np.ndarray) -> Rate:
    """Return the internal rate of return where there is exactly one that means something.

    Parameters
    ----------
    flow : (years), any scale; years without money before the first spending do not matter.

    Returns
    -------
    Rate : the only rate of 0 or more at which the flow is worth nothing; where there is none, the
        only negative one above -1. NaN with a reason where the flow never changes its sign, starts
        with income, or several rates solve it (they are named).

    Notes
    -----
    A flow that changes its sign more than once (repowering, dismantling) may have several rates.
    All of them are bracketed on a grid of the discount factor and solved by Brent's method, so
    none is missed because a solver started elsewhere; two rates closer than a thousandth of a
    point count as one touching root and are left out.
    """
    flow = np.asarray(flow, dtype=float)
    if not np.isfinite(flow).all():
        return Rate(np.nan, "the cash flow holds no number in some year")
    flow = np.trim_zeros(flow)
    if flow.size == 0:
        return Rate(np.nan, "no money flows at all")
    flow = flow / np.abs(flow).max()
    if _sign_changes(flow) == 0:
        side = "gain" if flow.sum() >= 0 else "loss"
        return Rate(np.nan, f"the cash flow is a {side} in each year")
    if flow[0] > 0:
        return Rate(np.nan, "nothing is invested at the start")
    rates = _rates(flow)
    chosen = [rate for rate in rates if rate >= 0] or rates
    if len(chosen) == 1:
        return Rate(chosen[0])
    if not chosen:
        return Rate(np.nan, "no rate above -99.9 % solves it")
    text = ", ".join(f"{rate:.1%}" for rate in chosen)
    return Rate(np.nan, f"the cash flow changes its sign more than once and has the rates {text}")


def _rates(flow: np.ndarray) -> list[float]:
    """All rates above -99.9 % at which the flow is worth nothing, lowest first."""
    from scipy.optimize import brentq

    years = np.arange(flow.size, dtype=float)

    def worth(growth: float) -> float:
        """Worth at the start for money that grows by ``exp(growth)`` a year.

        Discounted to whichever end keeps all terms below 1, so that nothing overflows.
        """
        shift = years if growth >= 0 else years - years[-1]
        return float(flow @ np.exp(-growth * shift))

    grid = np.concatenate([np.linspace(np.log(1e-3), 0, 1200), np.linspace(0, np.log(1e4), 3000)])
    grid = np.unique(grid)
    values = np.array([worth(growth) for growth in grid])
    rates = [float(np.expm1(g)) for g, value in zip(grid, values, strict=True) if value == 0]
    for place in np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0):
        root = brentq(worth, grid[place], grid[place + 1], xtol=1e-14, rtol=1e-14)
        rates.append(float(np.expm1(root)))
    return sorted(rates)


def _sign_changes(flow: np.ndarray) -> int:
    signs = np.sign(flow[np.abs(flow) > 1e-9 * np.abs(flow).max(initial=0)])
    return int((np.diff(signs) != 0).sum())


def payback(flow: np.ndarray, *, rate: float = 0.0) -> float:
    """Return after how many years the running sum turns positive for good; NaN if it never does.

    Parameters
    ----------
    flow : (years), the first is the investment.
    rate : discount rate; 0 is the simple payback.

    Notes
    -----
    Within the year the flow is taken as even.
    """
    flow = np.asarray(flow, dtype=float)
    running = np.cumsum(flow * (1 + rate) ** -np.arange(flow.size, dtype=float))
    below = np.flatnonzero(running < -1e-9 * np.abs(flow).max(initial=0))
    if below.size == 0:
        return 0.0
    last = int(below[-1])
    if last == flow.size - 1:
        return float(np.nan)
    return float(last + running[last] / (running[last] - running[last + 1]))


def life_cover(cfads: np.ndarray, *, rate: float, loan: float, years: int | None = None) -> float:
    """Return the worth of the cash for debt service at the loan's interest over the loan.

    Parameters
    ----------
    cfads : (years) from the first of operation, in the money of the loan.
    rate : interest of the loan.
    loan : owed at commissioning.
    years : of the loan for the cover of its life (LLCR); all years for the project's (PLCR).

    Returns
    -------
    float : NaN without a loan.
    """
    if not loan > 0:
        return float("nan")
    cash = np.asarray(cfads, dtype=float)[:years]
    return float(npv(cash, rate=rate, at=-1)) / loan


def dscr(cfads: np.ndarray, service: np.ndarray) -> np.ndarray:
    """Return the cover of debt service by year, (..., years); NaN in years without debt."""
    service = np.asarray(service, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(service > 0, np.asarray(cfads, dtype=float) / service, np.nan)


def levelised_cost(
    costs: np.ndarray, energy_mwh: np.ndarray, *, rate: float, inflation: float | None = None
) -> float:
    """Compute the levelised cost: worth of the costs over the discounted energy.

    Parameters
    ----------
    costs : (years), nominal, year 0 first, costs positive.
    energy_mwh : (years), nothing in year 0.
    rate : nominal discount rate.
    inflation : where given, the energy is discounted with the real rate and the cost is real, in
        money of year 0; else it is nominal, one price for all years.

    Returns
    -------
    float : per MWh in the money of ``costs``.

    Raises
    ------
    InputError : no energy at all.

    References
    ----------
    W. Short, D. J. Packey, T. Holt, A Manual for the Economic Evaluation of Energy Efficiency and
    Renewable Energy Technologies, NREL/TP-462-5173, 1995.
    """
    if not np.sum(energy_mwh) > 0:
        raise input_error("energy_mwh", where="levelised_cost()", allowed="above 0", got=0)
    weight = rate if inflation is None else (1 + rate) / (1 + inflation) - 1
    return float(npv(costs, rate=rate)) / float(npv(energy_mwh, rate=weight))


def pooled_cost(parts: list[tuple[np.ndarray, np.ndarray]], *, rate: float) -> float:
    """Return the levelised cost of several plants together, weighted by their energy.

    Parameters
    ----------
    parts : costs and energy (MWh) of each plant, as in :func:`levelised_cost`.
    rate : nominal discount rate.

    Notes
    -----
    The mean of the plants' levelised costs would be another, wrong number.
    """
    worth = sum(float(npv(costs, rate=rate)) for costs, _ in parts)
    energy = sum(float(npv(energy, rate=rate)) for _, energy in parts)
    if not energy > 0:
        raise input_error("energy_mwh", where="pooled_cost()", allowed="above 0", got=energy)
    return worth / energy
