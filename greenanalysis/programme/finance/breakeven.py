"""At which price, grant, rate, carbon price or yield each measure pays, and that in words."""

from __future__ import annotations

import math

import pandas as pd

from greenanalysis.finance import annuity
from greenanalysis.programme.measure import Benefit

PAYS = "pays at these prices"
GRANT = "pays with a grant that society gains from"
SUPPORT = "runs at a loss, yet society gains"
SOCIETY_LOSES = "costs more than it brings, society included"
VERDICTS = (PAYS, GRANT, SUPPORT, SOCIETY_LOSES)


def break_even(ranked: pd.DataFrame, *, wacc: float) -> pd.DataFrame:
    """Return for each measure what would make its net present value zero, one thing at a time.

    Parameters
    ----------
    ranked : of :func:`~greenanalysis.programme.rank.rank`, at ``wacc``.
    wacc : real discount rate per year, fraction.

    Returns
    -------
    DataFrame : index of ``ranked``; columns

        - ``price_of``, ``price_unit``, ``price``, ``price_break_even`` : of the benefit that brings
          most; NaN where the measure pays even if it is given away
        - ``grant_share`` : part of the investment that a grant must bear, 0 where none is needed;
          NaN where running it costs more than it earns, so that no grant is enough
        - ``rate`` : real rate on all money at which it breaks even (its internal rate of return);
          NaN where interest-free money would not do
        - ``carbon_usd_per_t`` : price of an avoided tonne of CO2, 0 where none is needed; NaN
          where no CO2 is avoided
        - ``yield_break_even``, ``yield_gain``, ``yield_low``, ``yield_high`` : t/ha added to a
          crop, NaN without one
        - ``verdict`` : one of :data:`VERDICTS`; ``words`` : what it needs, in one sentence
    """
    rows = {name: _row(row, wacc) for name, row in ranked.iterrows()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")


def _row(row: pd.Series, wacc: float) -> dict[str, object]:
    factor = annuity(wacc, row["lifetime_years"])
    capex, earned = row["capex_usd"], row["income_usd_per_year"] - row["opex_usd_per_year"]
    gap = capex * factor - earned
    values: dict[str, object] = {
        **_price(row["deciding"], gap),
        "grant_share": _grant(gap, capex * factor),
        "rate": _internal_rate(earned, capex, row["lifetime_years"]),
        "carbon_usd_per_t": max(0.0, gap) / row["co2_t_per_year"]
        if row["co2_t_per_year"] > 0
        else math.nan,
        **_yield(row["benefits"], gap),
    }
    values["verdict"] = _verdict(gap, earned, row["social_npv_usd"])
    values["words"] = _words(values)
    return values


def _price(deciding: Benefit | None, gap: float) -> dict[str, object]:
    if deciding is None:
        return {"price_of": "", "price_unit": "", "price": math.nan, "price_break_even": math.nan}
    needed = deciding.price_usd + gap / deciding.quantity
    return {
        "price_of": deciding.name,
        "price_unit": f"USD/{deciding.unit}",
        "price": deciding.price_usd,
        "price_break_even": needed if needed >= 0 else math.nan,
    }


def _grant(gap: float, cost: float) -> float:
    if gap <= 0:
        return 0.0
    share = gap / cost if cost > 0 else math.inf
    return share if share <= 1 else math.nan


def _internal_rate(earned: float, capex: float, years: float) -> float:
    """Return the real rate at which a level income repays the investment; NaN below zero."""
    from scipy.optimize import brentq

    if (
        not capex > 0
        or earned < capex * annuity(0.0, years)
        or earned > capex * annuity(1.0, years)
    ):
        return math.nan
    return float(brentq(lambda rate: annuity(rate, years) - earned / capex, 0.0, 1.0, xtol=1e-15))


def _yield(benefits: tuple[Benefit, ...], gap: float) -> dict[str, float]:
    names = ("yield_break_even", "yield_gain", "yield_low", "yield_high")
    crop = next((one for one in benefits if not math.isnan(one.area_ha)), None)
    if crop is None or crop.price_usd == 0:
        return dict.fromkeys(names, math.nan)
    tonnes = (crop.quantity + gap / crop.price_usd, crop.quantity, crop.low, crop.high)
    return {name: value / crop.area_ha for name, value in zip(names, tonnes, strict=True)}


def _verdict(gap: float, earned: float, social_npv: float) -> str:
    if gap <= 0:
        return PAYS
    if social_npv < 0:
        return SOCIETY_LOSES
    return GRANT if earned > 0 else SUPPORT


def _words(values: dict[str, object]) -> str:
    if values["verdict"] == PAYS:
        return f"Pays as it is; a return of {values['rate']:.1%} a year in real terms."
    at_price = (
        f"{values['price_break_even']:,.3g} {values['price_unit']} for {values['price_of']} "
        f"(today {values['price']:,.3g})"
        if values["price_of"]
        else ""
    )
    grant = float(str(values["grant_share"]))
    if math.isnan(grant):
        text = "Running it costs more than it earns, so no grant is enough"
        return f"{text}; it needs {at_price}." if at_price else f"{text}."
    text = f"Needs a grant of {grant:.0%} of the investment"
    text += f", or {at_price}" if at_price else ""
    gain = float(str(values["yield_break_even"]))
    if not math.isnan(gain):
        text += (
            f", or {gain:.2f} t/ha more of the crop (field trials: {values['yield_low']:.2f} to "
            f"{values['yield_high']:.2f})"
        )
    return text + "."
