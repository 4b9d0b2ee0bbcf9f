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


def npv(flow: np.ndarray, *, rate: float) -> np.ndarray | float:
    """Return the worth of yearly flows at year 0, their first; (...) from (..., years).

    Parameters
    ----------
    flow : (..., years), any money.
    rate : discount rate, a fraction a year, above -1.

    Raises
    ------
    InputError : a rate of -1 or less.
    """
    if not rate > -1:
        raise input_error("rate", where="npv()", allowed="above -1", got=rate)
    flow = np.asarray(flow, dtype=float)
    worth = flow @ (1 + rate) ** -np.arange(flow.shape[-1], dtype=float)
    return float(worth) if flow.ndim == 1 else worth


def irr(flow: np.ndarray) -> Rate:
    """Return the internal rate of return where there is exactly one that means something.

    Parameters
    ----------
    flow : (years), the first is the investment.

    Returns
    -------
    Rate : with a reason where the flow never changes its sign, where several rates may solve it,
        or where the invested money does not come back.

    Notes
    -----
    One root is certain where the flow changes sign once, or its running sum does (Norstrom).

    References
    ----------
    C. J. Norstrom, A sufficient condition for a unique nonnegative internal rate of return,
    Journal of Financial and Quantitative Analysis 7 (1972) 1835-1839, doi:10.2307/2329806.
    """
    import pyxirr

    flow = np.asarray(flow, dtype=float)
    if not np.isfinite(flow).all():
        return Rate(np.nan, "the cash flow holds no number in some year")
    changes = _sign_changes(flow)
    if changes == 0:
        side = "gain" if flow.sum() >= 0 else "loss"
        return Rate(np.nan, f"the cash flow is a {side} in each year")
    if flow[0] >= 0:
        return Rate(np.nan, "nothing is invested at the start")
    if changes > 1 and _sign_changes(np.cumsum(flow)) > 1:
        return Rate(np.nan, "the cash flow changes its sign more than once")
    if flow.sum() < 0 and changes > 1:
        return Rate(np.nan, "the invested money does not come back")
    found = pyxirr.irr(flow.tolist())
    if found is None or not np.isfinite(found) or abs(npv(flow, rate=found)) > 1e-6 * abs(flow[0]):
        return Rate(np.nan, "no rate solves it")
    return Rate(float(found))


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
