"""Project finance: cost of energy, cash flow, debt, tax, risk. Money units stand in the names."""

from __future__ import annotations

from greenanalysis.finance.cost import HOURS_PER_YEAR, annuity, lcoe

__all__ = ["HOURS_PER_YEAR", "annuity", "lcoe"]
