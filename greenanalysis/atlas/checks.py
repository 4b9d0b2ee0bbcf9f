"""One row of a comparison with a published figure."""

from __future__ import annotations

import math

import pandas as pd


def check_row(fact: pd.Series, got: float, tolerance: float, remark: str) -> dict[str, object]:
    """Return the comparison of a sum with a published figure.

    Parameters
    ----------
    fact : with quantity, value, unit, year, source, note.
    got : the project's own figure; NaN where it has none.
    tolerance : relative, e.g. 0.1.
    remark : why they may differ.

    Returns
    -------
    dict : quantity (with its year), got, expected, unit, tolerance, hit (False where there is
        nothing to compare), source, remark (with the fact's own note).
    """
    expected = float(fact["value"])
    hit = math.isfinite(got) and abs(got - expected) <= tolerance * abs(expected)
    year = "" if math.isnan(fact["year"]) else f", {fact['year']:.0f}"
    return {
        "quantity": f"{fact['quantity']}{year}",
        "got": got,
        "expected": expected,
        "unit": fact["unit"],
        "tolerance": tolerance,
        "hit": hit,
        "source": fact["source"],
        "remark": "; ".join(text for text in (remark, fact["note"]) if text),
    }
