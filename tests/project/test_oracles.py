"""Whole cases beside other people's models: NREL's single owner (SAM) and numpy-financial.

SAM knows no construction years, escalates no price before the first year, sizes debt on cash before
tax and deducts fees in its own way; the cases leave out what the two treat by different rules.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import numpy_financial
import pytest

from greenanalysis.project.cashflow import Financed
from greenanalysis.project.summary import summarise
from greenanalysis.project.tax import declining_balance
from tests.support.finance_case import MACRO, financed

LIKE_SAM: dict[str, Any] = {
    "construction_years": 0,
    "curtailment": 0.0,
    "operation_local_share": 0.0,
    "variable_cost_usd_2025_per_mwh": 0.0,
    "receivable_days": 0.0,
    "vat_share": 0.0,
    "commitment_fee": 0.0,
    "upfront_fee": 0.0,
    "reserve_months": 0.0,
    "loss_carry_years": 25,
    "dscr_p90": 1.0,
}

_SLOW = {"depreciation_machinery": 0.12, "depreciation_buildings": 0.12}
"""Slow enough for a profit in each year: SAM pays tax back where the law carries losses forward."""

CASES = {
    "equity alone, taxed": (
        "wind", "usd:75+1%",
        {"max_gearing": 0.0, "dscr_p50": 1.0, **_SLOW},
    ),
    "level loan, no tax": (
        "wind", "usd:48",
        {"repayment": "annuity", "max_gearing": 0.6, "dscr_p50": 1.0, "cit_rate": 0.0},
    ),
    "loan by cover, reserve account": (
        "solar", "usd:60+1.5%",
        {"max_gearing": 1.0, "dscr_p50": 1.35, "cit_rate": 0.0, "reserve_months": 6.0,
         "reserve_interest": 0.015, "tenor": 18},
    ),
    "level loan, taxed": (
        "solar", "usd:95",
        {"repayment": "annuity", "max_gearing": 0.5, "dscr_p50": 1.0, "tenor": 12, **_SLOW},
    ),
}  # fmt: skip


def case(name: str) -> Financed:
    technology, tariff, terms = CASES[name]
    return financed(technology, tariff, **(LIKE_SAM | terms))


RUN_SAM = """
import json, sys
import PySAM.Singleowner as single
model = single.default("CustomGenerationProfileSingleOwner")
for field, value in json.load(sys.stdin).items():
    model.value(field, value)
model.execute()
json.dump(model.Outputs.export(), sys.stdout)
"""
"""A process of its own: eccodes, loaded beside SAM, replaces its function ``error_message``."""


def single_owner(made: Financed) -> dict[str, Any]:
    """Return the results of SAM's model of the same project."""
    pytest.importorskip("PySAM")
    terms, life = made.terms, made.terms.lifetime
    kilowatts, first = made.project.capacity_mw * 1e3, float(made.base.energy_mwh[0]) * 1e3
    price = made.base.price_kzt_per_kwh / made.base.kzt_per_usd
    # after the contract the market pays: SAM takes a price for each year
    values: dict[str, Any] = {
        "analysis_period": life,
        "system_capacity": kilowatts,
        "gen": [first / 8760] * 8760,
        "degradation": [terms.degradation * 100],
        "ppa_soln_mode": 1,
        "ppa_price_input": price[:life].tolist(),
        "ppa_escalation": 0.0,
        "ppa_multiplier_model": 0,
        "dispatch_tod_factors": [1.0] * 9,
        "total_installed_cost": made.investment,
        "om_capacity": [0.0],
        "om_fixed": made.base.opex_usd_nominal.tolist(),
        "om_fixed_escal": 0.0,
        "om_fuel_cost": [0.0],
        "inflation_rate": MACRO.inflation_usd * 100,
        "real_discount_rate": ((1 + terms.cost_of_equity) / (1 + MACRO.inflation_usd) - 1) * 100,
        "federal_tax_rate": [terms.cit_rate * 100],
        "state_tax_rate": [0.0],
        "insurance_rate": 0.0,
        "property_tax_rate": 0.0,
        "construction_financing_cost": 0.0,
        "cost_debt_fee": 0.0,
        "months_working_reserve": 0.0,
        "months_receivables_reserve": 0.0,
        "dscr_reserve_months": terms.reserve_months,
        "reserves_interest": terms.reserve_interest * 100,
        "equip1_reserve_cost": 0.0,
        "salvage_percentage": 0.0,
        "term_tenor": terms.tenor,
        "term_int_rate": terms.interest_rate * 100,
        "payment_option": 0,
        "debt_option": 1 if terms.dscr_p50 > 1 else 0,
        "dscr": terms.dscr_p50,
        "debt_percent": terms.max_gearing * 100,
        "depr_alloc_sl_20_percent": 0.0,
        "depr_alloc_custom_percent": 100.0,
    }
    shares = sum(
        declining_balance(share, rate=rate, years=life)
        for share, rate in (
            (terms.machinery_share, terms.depreciation_machinery),
            (1 - terms.machinery_share, terms.depreciation_buildings),
        )
    )
    # the plant is written off in tenge, so its worth in dollars falls with the exchange rate
    start = MACRO.rate(made.base.construction[-1:])
    values["depr_custom_schedule"] = (shares * start / made.base.kzt_per_usd * 100).tolist()
    done = subprocess.run(
        [sys.executable, "-c", RUN_SAM], input=json.dumps(values), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    outputs: dict[str, Any] = json.loads(done.stdout)
    return outputs


@pytest.mark.parametrize("name", CASES)
def test_a_whole_case_agrees_with_sam(name):
    made = case(name)
    found, sam = summarise(made), single_owner(made)
    assert sam["cf_energy_net"][1] == pytest.approx(made.base.energy_mwh[0] * 1e3, rel=1e-6)
    assert sam["size_of_debt"] == pytest.approx(made.debt, rel=1e-3, abs=1)
    rate = sam["project_return_aftertax_irr"] / 100
    assert found.equity_irr.value == pytest.approx(rate, abs=0.0005)
    worth = sam["project_return_aftertax_npv"]
    assert found.equity_npv_usd_nominal == pytest.approx(worth, abs=1e-3 * made.equity)
    if made.loan.amount > 1:
        cover = np.array(sam["cf_pretax_dscr"][1 : made.terms.tenor + 1])
        ours = (made.base.ebitda_usd_nominal / made.debt_service)[: made.terms.tenor]
        assert ours == pytest.approx(cover, abs=0.01)


@pytest.mark.parametrize("name", CASES)
def test_rates_and_worth_agree_with_numpy_financial(name):
    made = case(name)
    found = summarise(made)
    assert found.project_irr.value == pytest.approx(
        numpy_financial.irr(made.project_flow), abs=1e-9
    )
    worth = numpy_financial.npv(found.discount_rate_nominal, made.project_flow)
    assert found.project_npv_usd_nominal == pytest.approx(worth, rel=1e-12)
    if CASES[name][2].get("repayment") == "annuity":
        payment = -numpy_financial.pmt(made.terms.interest_rate, made.terms.tenor, made.loan.amount)
        assert made.loan.service[0] == pytest.approx(payment, rel=1e-9)
