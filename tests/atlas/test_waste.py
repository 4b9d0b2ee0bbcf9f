"""Waste physics: decay in landfills, heat of burning, sorting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.resource.bio.landfill import (
    decomposable_carbon,
    emitted,
    first_order_decay,
    landfill_methane,
)
from greenanalysis.resource.bio.waste import (
    divert,
    electricity_mwh,
    fossil_co2,
    generation_t,
    lower_heating_value,
    methane_potential_t,
    methane_power_mw,
)

# IPCC Waste Model (19R_V5_Waste_Model.xls of the refinement of 2019, sheet "Food",
# https://www.ipcc-nggip.iges.or.jp/public/2019rf/vol5.html) as carried by the tests of
# bonsai_ipcc 0.5.3: W 2300.322 Gg, MCF 0.705, DOC 0.15, DOCf 0.7, k 0.185, F 0.5, M 13.
PRINTED = [  # year, DDOCm accumulated, DDOCm decomposed, CH4 generated, Gg
    (1950, 170.28133604999996, 0, 0),
    (1951, 311.80288390121837, 28.7597881987816, 19.173192132521066),
    (1952, 429.4220485777495, 52.6621713734688, 35.1081142489792),
    (1953, 527.1758402035232, 72.52754442422629, 48.35169628281753),
    (1954, 608.4194351864917, 89.03774106703142, 59.35849404468761),
    (1955, 675.9413350123839, 102.75943622410773, 68.50629081607181),
    (1956, 732.059075211517, 114.16359585086683, 76.10906390057788),
    (1957, 778.6987694911171, 123.64164177039977, 82.42776118026651),
    (1958, 817.4612192044463, 131.51888633667076, 87.6792575577805),
    (1959, 849.6768572137968, 138.06569804064944, 92.04379869376629),
]
FOOD = {"organic_carbon": {"food": 0.15}, "decay_rate": {"food": 0.185}}
SITE = {"decomposing_share": 0.7, "methane_correction": 0.705, "methane_share": 0.5}


def test_the_waste_model_of_the_ipcc_to_its_printed_digits():
    waste = np.full(10, 2300.322)
    carbon = decomposable_carbon(
        waste, organic_carbon=0.15, decomposing_share=0.7, methane_correction=0.705
    )
    got = first_order_decay(carbon, decay_rate=0.185, methane_share=0.5)
    expected = np.array(PRINTED)[:, 1:]
    assert np.allclose(got.to_numpy(), expected, rtol=1e-13, atol=1e-12)
    series = pd.Series(waste, index=[row[0] for row in PRINTED])
    table = landfill_methane(series, {"food": 1.0}, **FOOD, **SITE)
    assert np.allclose(table["food"], expected[:, 2], rtol=1e-13)


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=40),
    st.floats(0, 2),
    st.floats(1, 13),
)
def test_decay_is_the_sum_of_single_deposits(carbon, rate, month):
    """Closed form: of each deposit exp(-k t) is left t years after its decay began."""
    got = first_order_decay(np.array(carbon), decay_rate=rate, methane_share=0.5, start_month=month)
    lead = (13 - month) / 12
    ages = np.arange(len(carbon))
    left = [
        sum(
            c * np.exp(-rate * (age + lead))
            for c, age in zip(carbon[: n + 1], ages[n::-1], strict=True)
        )
        for n in ages
    ]
    assert np.allclose(got["accumulated"], left, rtol=1e-9, atol=1e-6)
    assert np.allclose(got["decomposed"].cumsum(), np.cumsum(carbon) - left, rtol=1e-9, atol=1e-5)


@given(st.floats(0.1, 1e5), st.floats(1e-3, 1e3), st.floats(0.01, 0.5))
def test_methane_scales_with_waste_and_comes_sooner_with_the_rate(mass, factor, rate):
    def methane(waste, k):
        series = pd.Series([waste] + [0.0] * 30, index=range(31))
        return landfill_methane(
            series, {"food": 1.0}, organic_carbon={"food": 0.15}, decay_rate={"food": k}, **SITE
        )["food"]

    one = methane(mass, rate)
    assert np.allclose(methane(mass * factor, rate), factor * one)
    assert methane(mass, rate * 1.2).cumsum().iloc[-1] > one.cumsum().iloc[-1]
    assert one.iloc[0] == 0
    assert (one.iloc[1:].diff().dropna() < 0).all()


def test_all_methane_in_the_end_is_the_potential():
    series = pd.Series([1000.0] + [0.0] * 400, index=range(401))
    total = landfill_methane(series, {"food": 1.0}, **FOOD, **SITE).to_numpy().sum()
    potential = methane_potential_t({"food": 1000.0}, organic_carbon=FOOD["organic_carbon"], **SITE)
    assert total == pytest.approx(potential)
    assert potential == pytest.approx(1000 * 0.15 * 0.7 * 0.705 * 0.5 * 16 / 12)


def test_emission_is_what_is_not_caught_or_oxidised():
    assert emitted(np.array([10.0, 4.0]), recovered=2.0, oxidised=0.1).tolist() == [7.2, 1.8]
    with pytest.raises(InputError, match="recovered"):
        emitted(np.array([1.0]), recovered=2.0, oxidised=0.0)


KINDS = {
    "higher_heating_value": {"food": 5.0, "plastic": 32.0},
    "dry_matter": {"food": 0.4, "plastic": 1.0},
    "hydrogen": {"food": 0.06, "plastic": 0.07},
}


def test_heating_value_by_hand_and_water_takes_heat():
    got = lower_heating_value({"food": 0.5, "plastic": 0.2}, **KINDS)
    food = 5 - 2.442 * (0.6 + 9 * 0.06 * 0.4)
    plastic = 32 - 2.442 * 9 * 0.07
    assert got == pytest.approx(0.5 * food + 0.2 * plastic)
    assert lower_heating_value({"plastic": 1.0}, **KINDS) > lower_heating_value(
        {"food": 0.5, "plastic": 0.5}, **KINDS
    )


def test_fossil_carbon_of_plastic():
    """Plastic of 75 % carbon, all fossil: 2.75 t CO2 a tonne."""
    got = fossil_co2(
        {"plastic": 1.0},
        dry_matter={"plastic": 1.0},
        carbon={"plastic": 0.75},
        fossil_share={"plastic": 1.0},
        oxidation=1.0,
    )
    assert got == pytest.approx(2.75)


@given(st.floats(0, 1e7), st.floats(0, 1000), st.floats(0.1, 10))
def test_generation_and_electricity_scale(people, per_head, factor):
    one = generation_t(np.array([people]), per_head)
    assert np.allclose(generation_t(np.array([people * factor]), per_head), one * factor)
    energy = electricity_mwh(one[0], heating_value=9.0, efficiency=0.2)
    assert energy == pytest.approx(one[0] * 2.5 * 0.2)
    power = methane_power_mw(one[0], heating_value=50, efficiency=0.36, availability=0.9)
    assert power * 8760 * 0.9 == pytest.approx(
        electricity_mwh(one[0], heating_value=50, efficiency=0.36)
    )


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1))
def test_sorting_loses_nothing(paper, glass, share):
    waste = {"paper": paper, "glass": glass}
    got = divert(waste, {"paper": share})
    for kind, mass in waste.items():
        assert got["recovered"][kind] + got["residual"][kind] == pytest.approx(mass)
    assert got["recovered"]["glass"] == 0


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: generation_t(np.array([-1.0]), 200), "0 or more"),
        (lambda: divert({"paper": 1.0}, {"paper": 1.1}), "recovery of paper"),
        (lambda: divert({"paper": 1.0}, {"papre": 0.1}), "did you mean paper"),
        (lambda: lower_heating_value({"food": 0.8, "plastic": 0.3}, **KINDS), "a sum of at most 1"),
        (lambda: lower_heating_value({"food": 1.2}, **KINDS), "share of food"),
        (lambda: lower_heating_value({"wool": 0.2}, **KINDS), "unknown kind of waste"),
        (lambda: electricity_mwh(1.0, heating_value=9, efficiency=1.1), "efficiency"),
        (lambda: electricity_mwh(-1.0, heating_value=9, efficiency=0.2), "waste: got -1.0"),
        (
            lambda: methane_power_mw(1.0, heating_value=50, efficiency=0.4, availability=0.0),
            "availability: got 0.0",
        ),
        (lambda: first_order_decay(np.array([-1.0]), decay_rate=0.1, methane_share=0.5), "carbon"),
        (lambda: first_order_decay(np.array([1.0]), decay_rate=-1, methane_share=0.5), "rate"),
        (lambda: first_order_decay(np.array([1.0]), decay_rate=1, methane_share=1.5), "share"),
        (
            lambda: landfill_methane(
                pd.Series([1.0, 1.0], index=[2000, 2002]), {"food": 1.0}, **FOOD, **SITE
            ),
            "consecutive years",
        ),
    ],
)
def test_wrong_input_is_one_clear_error(call, text):
    with pytest.raises(InputError, match=text):
        call()
