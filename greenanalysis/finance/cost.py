"""Annuity and levelised cost of electricity; money units stand in the names."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import xarray as xr

from greenanalysis.core.errors import input_error

HOURS_PER_YEAR = 8760
Numeric = TypeVar("Numeric", float, np.ndarray, xr.DataArray)


def annuity(rate: float, years: float) -> float:
    """Return the constant yearly payment that repays a loan of 1 with interest.

    Parameters
    ----------
    rate : interest or weighted average cost of capital per year, fraction, 0 to 1.
    years : economic lifetime, above 0.

    Returns
    -------
    float : 1/year, ``rate / (1 - (1 + rate) ** -years)``; ``1 / years`` at zero interest.

    Raises
    ------
    InputError : rate or years out of range.
    """
    if not 0 <= rate <= 1:
        raise input_error("rate", where="annuity()", allowed="0 to 1", got=rate)
    if not 0 < years <= 200:
        raise input_error("years", where="annuity()", allowed="above 0, up to 200", got=years)
    if rate < 1e-9:
        return 1 / years
    return float(-rate / np.expm1(-years * np.log1p(rate)))


def lcoe(
    capacity_factor: Numeric,
    *,
    capex_usd_per_kw: float,
    fom_usd_per_kw_year: float,
    wacc: float,
    lifetime_years: float,
    vom_usd_per_mwh: float = 0.0,
    degradation_per_year: float = 0.0,
) -> Numeric:
    """Compute the levelised cost of electricity at the plant's meter.

    Parameters
    ----------
    capacity_factor : mean of the first year, 0..1; a number or an array of any shape. It must
        refer to the same rating as the costs (per kW of AC with AC costs).
    capex_usd_per_kw : overnight investment.
    fom_usd_per_kw_year : fixed operation and maintenance.
    wacc : weighted average cost of capital, fraction per year; real if costs are of one year.
    lifetime_years : economic lifetime.
    vom_usd_per_mwh : variable operation and maintenance.
    degradation_per_year : loss of yield from one year to the next, fraction.

    Returns
    -------
    like ``capacity_factor`` : USD/MWh in the money of the costs; NaN where the capacity factor is
        zero or NaN, as no energy carries the cost.

    Raises
    ------
    InputError : a negative cost, or rate, lifetime or degradation out of range.

    Notes
    -----
    Investment falls due at once, energy at the end of each year; no tax, no salvage value.

    References
    ----------
    W. Short, D. J. Packey, T. Holt, A Manual for the Economic Evaluation of Energy Efficiency and
    Renewable Energy Technologies, NREL/TP-462-5173, 1995.
    """
    costs = {
        "capex_usd_per_kw": capex_usd_per_kw,
        "fom_usd_per_kw_year": fom_usd_per_kw_year,
        "vom_usd_per_mwh": vom_usd_per_mwh,
    }
    for name, value in costs.items():
        if not value >= 0:
            raise input_error(name, where="lcoe()", allowed="0 or more", got=value)
    if not 0 <= degradation_per_year < 1:
        raise input_error(
            "degradation_per_year", where="lcoe()", allowed="0 to 1", got=degradation_per_year
        )
    yearly = capex_usd_per_kw * annuity(wacc, lifetime_years) + fom_usd_per_kw_year
    level = _level_yield(wacc, lifetime_years, degradation_per_year)
    energy = capacity_factor * (HOURS_PER_YEAR / 1000 * level)
    if isinstance(energy, xr.DataArray):
        cost = yearly / energy.where(energy > 0) + vom_usd_per_mwh
        cost.attrs = {"units": "USD/MWh", "long_name": "levelised cost of electricity"}
        return cost.rename("lcoe")
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = yearly / np.where(np.asarray(energy) > 0, energy, np.nan) + vom_usd_per_mwh
    return cost if isinstance(capacity_factor, np.ndarray) else float(cost)


def _level_yield(rate: float, years: float, degradation: float) -> float:
    """Constant yield worth as much as one that starts at 1 and falls every year."""
    if degradation == 0:
        return 1.0
    year = np.arange(1, int(np.ceil(years)) + 1)
    discount = (1 + rate) ** -year.astype(float)
    return float(((1 - degradation) ** (year - 1) * discount).sum() / discount.sum())
