"""Prices of the assumptions in the one money of the models."""

from __future__ import annotations

from greenanalysis.assumptions import Assumptions
from greenanalysis.errors import input_error
from greenanalysis.money import MODEL_YEAR, in_model_money


def price(
    assumptions: Assumptions,
    technology: str,
    parameter: str,
    *,
    unit: str,
    year: int = MODEL_YEAR,
) -> float:
    """Return a price in US dollars of the model's year.

    Parameters
    ----------
    assumptions : hold the price with its ``currency_year``, and the exchange rates.
    technology, parameter : which price.
    unit : the unit it has in dollars, e.g. ``"USD/kW"`` for a row in EUR/kW.
    year : of the technology, where the table has years.

    Raises
    ------
    InputError : another unit, a year outside the table, or a price without its currency year.
    """
    row = assumptions.rows(technology, parameter).iloc[0]
    where = f"assumptions, {technology}/{parameter}"
    if not str(row["currency_year"]).strip():
        raise input_error("currency_year", where=where, allowed="a year", got="an empty cell")
    value = assumptions.get(technology, parameter, unit=row["unit"], year=year)
    amount, dollar_unit = in_model_money(
        value, row["unit"], int(float(row["currency_year"])), assumptions
    )
    if dollar_unit != unit:
        raise input_error("unit", where=where, allowed=dollar_unit, got=unit)
    return amount
