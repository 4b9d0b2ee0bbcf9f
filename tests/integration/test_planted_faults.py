"""Tests written because a planted fault had survived all others; see benchmarks/mutants.py."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import mutants
from greenanalysis.core.errors import InputError
from greenanalysis.finance.metrics import irr, payback
from greenanalysis.project.debt import annuity_loan
from greenanalysis.project.operation import Shock, operate
from greenanalysis.project.tax import straight_line
from greenanalysis.resource.bio.biogas import digest
from greenanalysis.resource.bio.waste import methane_potential_t
from greenanalysis.resource.hydro import turbine_efficiency
from greenanalysis.resource.losses import combined_loss
from greenanalysis.resource.water.desalination import OsmosisPlant, least_energy_kwh_per_m3
from greenanalysis.resource.water.irrigation import wind_speed_2m
from tests.support.finance_case import MACRO, financed, project

OSMOSIS = {
    "pump_efficiency": 0.88,
    "recovery_device_efficiency": 0.95,
    "overpressure": 1.15,
    "membrane_loss_mpa": 0.3,
    "auxiliary_kwh_per_m3": 0.8,
}


@pytest.mark.parametrize("loss", [-0.01, 1.01])
def test_a_loss_outside_its_range_is_refused(loss):
    with pytest.raises(InputError):
        combined_loss([0.1, loss])
    assert combined_loss([1.0]) == 1
    assert combined_loss([0.0]) == 0


def test_biogas_weighs_what_its_molecules_weigh():
    year = digest(
        100.0,
        capacity_m3_per_kg=0.2,
        conversion=0.8,
        methane_share=0.6,
        leakage=0.02,
        volatile_share=0.8,
        slurry_dry_matter=0.1,
        retention_days=40,
        methane_mj_per_kg=50.0,
    )
    expected = (0.6 * 16.04 + 0.4 * 44.01) / (0.6 * 16.04)
    assert year.biogas_t / year.methane_t == pytest.approx(expected)
    assert year.slurry_t == pytest.approx(year.digestate_t + year.biogas_t)


def test_recovery_of_osmosis_has_its_ends():
    assert OsmosisPlant(recovery=0.01, **OSMOSIS).recovery == 0.01
    assert OsmosisPlant(recovery=0.99, **OSMOSIS).recovery == 0.99
    assert OsmosisPlant(recovery=0.5, **OSMOSIS | {"pump_efficiency": 0.01}).recovery == 0.5
    for recovery in (0.009, 0.991):
        with pytest.raises(InputError):
            OsmosisPlant(recovery=recovery, **OSMOSIS)
    with pytest.raises(InputError):
        least_energy_kwh_per_m3(3.0, recovery=1.0)


def test_a_francis_turbine_loses_with_the_square_beyond_its_best_flow():
    best = 0.65 * (600 / np.sqrt(60)) ** 0.05
    flow = np.array([best, (best + 1) / 2, 1.0])
    peak, between, full = turbine_efficiency("francis", flow, design_flow=1.0, head=60.0)
    assert peak - between == pytest.approx((peak - full) / 4)


def test_waste_without_organic_carbon_gives_no_methane():
    terms = {"decomposing_share": 0.5, "methane_correction": 1.0, "methane_share": 0.5}
    one, both = (
        methane_potential_t(waste, organic_carbon={"food": 0.15}, **terms)
        for waste in ({"food": 10.0}, {"food": 10.0, "glass": 5.0})
    )
    assert both == one > 0


def test_wind_that_blows_at_two_metres_stays():
    assert wind_speed_2m(3.0, height_m=2.0) == pytest.approx(3.0, rel=4e-4)


def test_straight_line_ends_after_its_years():
    assert straight_line(30.0, over=3, years=5).tolist() == [10, 10, 10, 0, 0]


def test_local_cost_loses_value_with_the_currency():
    base = financed()
    terms = base.terms
    energy = 300_000.0
    plain = operate(base.project, terms, MACRO, energy=energy)
    weak = operate(base.project, terms, MACRO, energy=energy, shock=Shock(rate=2.0))
    kept = 1 - terms.operation_local_share / 2
    np.testing.assert_allclose(weak.opex_usd_nominal, plain.opex_usd_nominal * kept)


def test_the_first_year_of_operation_follows_construction():
    base = financed()
    made = operate(project(), base.terms, MACRO, energy=1.0)
    assert made.years[0] == MACRO.price_year + base.terms.construction_years + 1
    assert np.diff(made.years).tolist() == [1] * (base.terms.lifetime - 1)


def test_interest_of_a_small_loan_is_kept():
    loan = annuity_loan(1e6, rate=0.05, tenor=2, years=4)
    assert loan.interest[0] == pytest.approx(50_000)
    assert loan.interest[2:].tolist() == [0, 0]
    assert (loan.interest[:2] > 0).all()


def test_a_flow_that_just_comes_back():
    assert payback(np.array([-10.0, 5.0, 5.0])) == pytest.approx(2)
    assert irr(np.array([-10.0, 5.0, 5.0])).value == pytest.approx(0, abs=1e-9)


def test_mutant_tool_plants_each_kind_of_fault_and_leaves_texts_alone():
    source = (
        '"""Doc 1."""\n'
        "def f(x: int = 3) -> int:\n"
        "    if not x < 2 and x != 5:\n"
        '        raise ValueError(f"{x + 1}")\n'
        "    return -x ** 2\n"
    )
    found = {mutant.change for mutant in mutants.mutants_of("m", source)}
    wanted = {
        "3 -> 4",
        "x < 2 -> x <= 2",
        "not x < 2 and x != 5 -> not x < 2 or x != 5",
        "x != 5 -> x == 5",
        "-x ** 2 -> +x ** 2",
        "x ** 2 -> x * 2",
    }
    assert wanted <= found
    assert "x + 1 -> x - 1" not in found
    for mutant in mutants.mutants_of("m", source):
        compile(mutant.source, "m", "exec")


def test_mutant_tool_names_survivors_in_its_report():
    rows = [
        {"module": "a", "line": 1, "change": "1 -> 2", "result": "killed"},
        {"module": "a", "line": 2, "change": "x + y -> x - y", "result": "survived"},
    ]
    lines = list(mutants.report(rows))
    assert "50.0 %" in lines[0]
    assert lines[-1].strip() == "a:2  x + y -> x - y"
