"""Tax depreciation and corporate income tax with losses carried forward."""

from __future__ import annotations

import numpy as np

from greenanalysis.core.errors import input_error


def declining_balance(cost: np.ndarray | float, *, rate: float, years: int) -> np.ndarray:
    """Compute the yearly deductions of a group of assets, the rest written off in the last year.

    Parameters
    ----------
    cost : what was paid, any currency, any shape.
    rate : of the remaining balance, fraction per year, above 0 up to 1.
    years : of use.

    Returns
    -------
    array (..., years) : in the money of ``cost``; sums to it.

    Raises
    ------
    InputError : rate or years out of range.
    """
    if not 0 < rate <= 1:
        raise input_error("depreciation rate", where="tax", allowed="above 0 to 1", got=rate)
    if years < 1:
        raise input_error("years", where="depreciation", allowed="1 or more", got=years)
    share = rate * (1 - rate) ** np.arange(years)
    share[-1] = 1 - share[:-1].sum()
    deductions: np.ndarray = np.asarray(cost, dtype=float)[..., None] * share
    return deductions


def straight_line(cost: np.ndarray | float, *, over: int, years: int) -> np.ndarray:
    """Compute equal deductions over the first ``over`` of ``years``; (..., years)."""
    if not 1 <= over <= years:
        raise input_error("over", where="straight_line()", allowed=f"1 to {years}", got=over)
    return np.asarray(cost, dtype=float)[..., None] * (np.arange(years) < over) / over


def income_tax(profit: np.ndarray, *, rate: float, carry_years: int) -> np.ndarray:
    """Compute the tax of each year; losses lower the profits of later years, oldest first.

    Parameters
    ----------
    profit : (..., years) before tax, negative in a year of loss.
    rate : of tax, 0 to 1.
    carry_years : how long a loss can be used.

    Returns
    -------
    array (..., years) : in the money of ``profit``, 0 or more.

    Raises
    ------
    InputError : rate or years out of range.
    """
    if not 0 <= rate <= 1:
        raise input_error("cit_rate", where="tax", allowed="0 to 1", got=rate)
    if carry_years < 0:
        raise input_error("loss_carry_years", where="tax", allowed="0 or more", got=carry_years)
    profit = np.asarray(profit, dtype=float)
    losses = np.cumsum(np.maximum(-profit, 0), axis=-1)
    gone = np.zeros(profit.shape[:-1])
    tax = np.empty_like(profit)
    for year in range(profit.shape[-1]):
        expired = year - carry_years - 1
        if expired >= 0:
            gone = np.maximum(gone, losses[..., expired])
        held = losses[..., year - 1] - gone if year else 0.0
        gain = np.maximum(profit[..., year], 0)
        used = np.minimum(gain, held)
        gone = gone + used
        tax[..., year] = rate * (gain - used)
    return tax
