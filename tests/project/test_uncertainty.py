"""Loss tree, uncertainty budget and P-values; the exchange format of IEC 61400-15-2."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.project.eya import Plant, eya_document
from greenanalysis.project.uncertainty import (
    Term,
    budget,
    combined,
    exceeded,
    loss_tree,
    p_values,
    simulate,
)
from greenanalysis.resource.losses import combined_loss

VALUES = load_assumptions()
TECHNOLOGIES = ("wind", "solar")
sigmas = st.lists(st.floats(0.001, 0.2), min_size=1, max_size=5)


def terms(fixed: list[float], yearly: float = 0.06) -> list[Term]:
    return [Term(f"t{i}", s, False, "", "") for i, s in enumerate(fixed)] + [
        Term("annual", yearly, True, "", "")
    ]


@pytest.mark.parametrize("technology", TECHNOLOGIES)
def test_the_tree_leads_from_gross_to_net(technology):
    tree = loss_tree(technology, VALUES, curtailment=0.05)
    kept = 1 - combined_loss(tree["share"])
    assert tree["kept"].iloc[-1] == pytest.approx(kept, rel=1e-12)
    assert tree["kept"].is_monotonic_decreasing
    assert tree["share"].iloc[-1] == 0.05
    assert (tree["source"] != "").all()


def test_the_tree_holds_every_loss_of_the_physics():
    from greenanalysis.project.uncertainty import GROUPS, LOSSES

    for technology, group in GROUPS.items():
        rows = VALUES.table[VALUES.table["technology"] == group]
        physics = {name for name in rows["parameter"] if name.startswith("loss_")}
        assert physics == {f"loss_{name}" for _, name in LOSSES[technology]}


@given(sigmas, st.floats(0.001, 0.2))
def test_p_values_are_ordered(fixed, yearly):
    table = p_values(100.0, terms(fixed, yearly))
    assert (np.diff(table.to_numpy(), axis=0) <= 0).all()
    assert table.at[90, 10] >= table.at[90, 1] >= table.at[99, 1]


def test_p90_of_ten_years_above_that_of_one_above_p99():
    for technology in TECHNOLOGIES:
        table = p_values(100.0, budget(technology, VALUES, screening=True))
        assert table.at[90, 10] > table.at[90, 1] > table.at[99, 1]
        assert table.at[50, 1] == table.at[50, 10] == pytest.approx(100)


def test_without_uncertainty_p90_is_p50():
    none = terms([0.0], 0.0)
    assert (p_values(123.0, none).to_numpy() == 123.0).all()
    assert simulate(none, years=3, draws=5, seed=1).tolist() == [[1.0] * 3] * 5


def test_known_value_by_hand():
    both = terms([0.03, 0.04], 0.12)
    assert combined(both, years=1) == pytest.approx(0.13)
    assert exceeded(100.0, both, level=90, years=1) == pytest.approx(100 - 12.8155 * 1.3, abs=1e-3)
    assert combined(both, years=9) == pytest.approx(np.hypot(0.05, 0.04))


@pytest.mark.parametrize("technology", TECHNOLOGIES)
def test_monte_carlo_agrees_with_the_root_sum_of_squares(technology):
    """Within four standard errors of a quantile: sqrt(p (1 - p) / n) / density."""
    parts, draws = budget(technology, VALUES, screening=True), 100_000
    made = simulate(parts, years=10, draws=draws, seed=11)
    for years, sample in ((1, made[:, 0]), (10, made.mean(axis=1))):
        sigma = combined(parts, years=years)
        for level in (50, 75, 90, 95, 99):
            chance = 1 - level / 100
            quantile = np.quantile(sample, chance)
            analytic = exceeded(1.0, parts, level=level, years=years)
            z = (analytic - 1) / sigma
            density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / sigma
            error = np.sqrt(chance * (1 - chance) / draws) / density
            assert abs(quantile - analytic) < 4 * error, (years, level)


def test_multiplied_terms_lower_the_median_a_little():
    parts = budget("wind", VALUES, screening=True)
    added = np.median(simulate(parts, years=1, draws=100_000, seed=2))
    multiplied = np.median(simulate(parts, years=1, draws=100_000, seed=2, combine="product"))
    assert 0 < added - multiplied < 0.01


def test_screening_weather_widens_the_spread():
    for technology in TECHNOLOGIES:
        rough = combined(budget(technology, VALUES, screening=True), years=10)
        assert rough > combined(budget(technology, VALUES, screening=False), years=10)


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="technology"):
        budget("tidal", VALUES, screening=False)
    with pytest.raises(InputError, match="technology"):
        loss_tree("tidal", VALUES, curtailment=0.0)
    with pytest.raises(InputError, match="loss grid"):
        loss_tree("wind", VALUES, curtailment=1.0)
    with pytest.raises(InputError, match="level"):
        exceeded(1.0, terms([0.1]), level=100, years=1)
    with pytest.raises(InputError, match="years"):
        combined(terms([0.1]), years=0)
    with pytest.raises(InputError, match="sigma"):
        combined(terms([-0.1]), years=1)
    with pytest.raises(InputError, match="combine"):
        simulate(terms([0.1]), years=1, draws=1, seed=1, combine="max")


PLANT = Plant(
    name="Case",
    technology="wind",
    latitude=43.5,
    longitude=69.7,
    altitude_m=400.0,
    capacity_mw=100.0,
    hub_height_m=99.0,
    turbine="T",
    start_year=2028,
    lifetime=25,
    weather="sample",
    wind_speed_mean=7.4,
    wind_speed_bins=(0.1, 0.5, 0.4),
)
# Required fields and allowed labels, read from the JSON Schema of
# https://github.com/IEC-61400-15/eya_def at commit 018f6456.
REQUIRED = {
    "title", "project_name", "project_country", "issue_date", "contributors",
    "issuing_organisations", "epsg_srid", "utc_offset", "wind_farms",
    "wind_resource_assessments", "scenarios",
}  # fmt: skip
LOSS_CATEGORIES = {
    "turbine_interaction", "availability", "electrical", "turbine_performance", "environmental",
    "curtailment", "other",
}  # fmt: skip
LOSS_SUBCATEGORIES = {
    "internal_turbine_interaction", "external_turbine_interaction", "future_turbine_interaction",
    "turbine_availability", "bop_availability", "grid_availability", "electrical_efficiency",
    "facility_parasitic_consumption", "sub_optimal_performance", "generic_power_curve_adjustment",
    "site_specific_power_curve_adjustment", "high_wind_hysteresis", "icing", "degradation",
    "external_conditions", "exposure_changes", "load_curtailment", "grid_curtailment",
    "environmental_curtailment", "operational_strategies", "asymmetric_effects",
    "upside_scenarios", "other",
}  # fmt: skip
WIND_CATEGORIES = {
    "historical_wind_resource", "evaluation_period_annual_variability", "measurement_uncertainty",
    "horizontal_extrapolation", "vertical_extrapolation",
}  # fmt: skip
WIND_SUBCATEGORIES = {
    "long_term_period_representativeness", "wind_speed_variability", "wind_speed_measurement",
    "model_uncertainty",
}  # fmt: skip
TURBINE = {"id", "location", "ground_level_altitude", "hub_height", "turbine_model_id"}
FARM = {
    "id", "label", "turbines", "relevance", "operational_lifetime_start_date",
    "installed_capacity",
}  # fmt: skip
SCENARIO = {
    "label", "operational_lifetime_length_years", "wind_farm_ids",
    "turbine_wind_resource_assessment", "energy_assessment",
}  # fmt: skip


def document(technology: str = "wind") -> dict:
    import dataclasses

    return eya_document(
        dataclasses.replace(PLANT, technology=technology),
        p50_gwh=300.0,
        tree=loss_tree(technology, VALUES, curtailment=0.02),
        terms=budget(technology, VALUES, screening=True),
        issued="2026-01-01",
    )


def test_components_of_the_document_combine_to_its_p_values():
    made = document()["scenarios"][0]
    wind = made["turbine_wind_resource_assessment"]["wind_uncertainty_assessment"]
    energy = made["energy_assessment"]

    def sigma(results):
        return results["relative_energy_uncertainty"][0]["statistics"][0]["values"]

    parts = [sigma(category["results"]) for category in wind["categories"]]
    parts.append(sigma(energy["plant_performance_assessment"]["results"]))
    whole = float(np.sqrt(np.sum(np.square(parts))))
    net = energy["net_energy_assessment"]["results"]
    assert whole == pytest.approx(sigma(net))
    one_year = net["annual_energy_production"][0]["statistics"]
    p90 = next(
        item["values"]
        for item in one_year
        if item["statistic_type"] != "median" and item["statistic_type"]["exceedance_level"] == 0.9
    )
    assert p90 == pytest.approx(300.0 * (1 - 1.2815515655446004 * whole))


def test_the_document_has_what_the_schema_requires():
    made = json.loads(json.dumps(document(), allow_nan=False))
    assert set(made) >= REQUIRED
    farm = made["wind_farms"][0]
    assert set(farm) >= FARM
    assert set(farm["turbines"][0]) >= TURBINE
    scenario = made["scenarios"][0]
    assert set(scenario) >= SCENARIO
    assert scenario["wind_farm_ids"] == [farm["id"]]
    resource = scenario["turbine_wind_resource_assessment"]
    known = [item["id"] for item in made["wind_resource_assessments"]]
    assert resource["wind_resource_assessment_id_reference"] in known


def test_the_document_uses_the_labels_of_the_schema():
    scenario = document()["scenarios"][0]
    losses = scenario["energy_assessment"]["plant_performance_assessment"]["categories"]
    assert {item["label"] for item in losses} <= LOSS_CATEGORIES
    parts = [part for item in losses for part in item["subcategories"]]
    assert {part["label"] for part in parts} <= LOSS_SUBCATEGORIES
    assert {part["basis"] for part in parts} == {"generic_assumption"}
    wind = scenario["turbine_wind_resource_assessment"]["wind_uncertainty_assessment"]
    assert {item["label"] for item in wind["categories"]} == WIND_CATEGORIES
    below = {part["label"] for item in wind["categories"] for part in item["subcategories"]}
    assert below <= WIND_SUBCATEGORIES


def test_the_document_says_the_same_as_the_tables():
    energy = document()["scenarios"][0]["energy_assessment"]
    losses = energy["plant_performance_assessment"]
    gross = energy["gross_energy_assessment"]["results"]["annual_energy_production"][0]
    efficiency = losses["results"]["efficiency"][0]["statistics"][0]["values"]
    assert gross["statistics"][0]["values"] * efficiency == pytest.approx(300.0)
    kept = [c["results"]["efficiency"][0]["statistics"][0]["values"] for c in losses["categories"]]
    assert np.prod(kept) == pytest.approx(efficiency)
    one, ten = energy["net_energy_assessment"]["results"]["annual_energy_production"]
    table = p_values(300.0, budget("wind", VALUES, screening=True))
    for years, found in ((1, one), (10, ten)):
        said = {s["statistic_type"]["exceedance_level"]: s["values"] for s in
                found["statistics"] if isinstance(s["statistic_type"], dict)}  # fmt: skip
        assert said[0.9] == pytest.approx(table.at[90, years])


def test_a_solar_document_does_not_claim_the_schema():
    made = document("solar")
    assert "$schema" not in made
    assert "wind_farms" not in made
    assert made["scenarios"][0]["energy_assessment"]["gross_energy_assessment"]
