"""Residues and manure: published figures to the printed digits, scales, gaps kept, levels apart."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.atlas.biomass import biomass_table, coal_cost, national_comparison, straw_cost
from greenanalysis.atlas.feedstock import (
    ANIMALS,
    checked,
    harvest,
    herd,
    manure,
    read_crops,
    read_livestock,
    residues,
    straw_feed,
)
from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.geo.names import region_names
from greenanalysis.resource.bio.residues import (
    collected_manure,
    crop_residue,
    excretion,
    manure_methane,
    net_heating_value,
    paying_part,
    removable_residue,
    residue_energy,
)
from tests.support.reference import reference_data

ASSUMPTIONS = load_assumptions()
CODES = list(region_names())
COUNTRY_TABLE = cache(lambda: biomass_table(CODES, ASSUMPTIONS))
AMOUNT = st.floats(1e-3, 1e9)
SHARE = st.floats(0, 1)


def changed(technology: str, parameter: str, value: float) -> Assumptions:
    table = ASSUMPTIONS.table.copy()
    row = (table["technology"] == technology) & (table["parameter"] == parameter)
    assert row.any()
    table.loc[row, "value"] = value
    return Assumptions(table)


# IPCC 2019 Refinement, vol. 4, ch. 10, table 10.14 (high productivity), g of methane per kg of
# volatile solids, with B0 of table 10.16a and the MCF of table 10.17.
TABLE_10_14 = [
    ("dairy cattle, solid storage", 0.24, (0.02, 0.04, 0.05), (3.2, 6.4, 8.0)),
    ("dairy cattle, dry lot", 0.24, (0.01, 0.015, 0.02), (1.6, 2.4, 3.2)),
    ("other cattle, solid storage", 0.18, (0.02, 0.04, 0.05), (2.4, 4.8, 6.0)),
    ("sheep, solid storage", 0.19, (0.02, 0.04, 0.05), (2.5, 5.1, 6.4)),
    ("horses, solid storage", 0.30, (0.02, 0.04, 0.05), (4.0, 8.0, 10.1)),
    ("camels, solid storage", 0.26, (0.02, 0.04, 0.05), (3.5, 7.0, 8.7)),
    ("swine, solid storage", 0.45, (0.02, 0.04, 0.05), (6.0, 12.1, 15.1)),
    ("poultry, solid storage", 0.39, (0.02, 0.04, 0.05), (5.2, 10.5, 13.1)),
    ("dairy cattle, slurry pit and lagoon", 0.24, (0.26, 0.60, 0.67), (41.8, 96.5, 107.7)),
]


@pytest.mark.parametrize(
    ("capacity", "conversions", "printed"), [row[1:] for row in TABLE_10_14], ids=lambda v: str(v)
)
def test_methane_of_stores_is_that_of_the_ipcc_table(capacity, conversions, printed) -> None:
    for conversion, value in zip(conversions, printed, strict=True):
        tonnes = manure_methane(1000.0, capacity_m3_per_kg=capacity, conversion=conversion)
        assert abs(tonnes - value) <= 0.05 + 1e-9


def test_capacities_of_the_assumptions_give_the_ipcc_table() -> None:
    cool = {"sheep": 2.5, "goats": 2.4, "horses": 4.0, "camels": 3.5, "swine": 6.0, "poultry": 5.2}
    mcf = ASSUMPTIONS.get("manure", "store_conversion_cool", unit="1")
    for animal, printed in cool.items():
        capacity = ASSUMPTIONS.get(animal, "methane_capacity", unit="m3/kg")
        got = manure_methane(1000.0, capacity_m3_per_kg=capacity, conversion=mcf)
        assert abs(got - printed) <= 0.05, animal


def test_dry_residue_of_europe_has_the_published_energy() -> None:
    # JRC105336, Biomass and Bioenergy 122 (2019) 257: 168 million t dry, 2941 PJ.
    heating = ASSUMPTIONS.get("wheat", "heating_value", unit="MJ/kg")
    energy = residue_energy(168e6, dry_mj_per_kg=heating, moisture=0.0)
    assert energy / 1e6 == pytest.approx(2941, abs=2)


def test_residue_of_a_field() -> None:
    # IPCC 2019, table 11.1a, wheat: 0.89 dry, R_AG 1.3; 2 t/ha leave 2.314 t of dry straw.
    assert crop_residue(2.0, dry_matter=0.89, residue_ratio=1.3) == pytest.approx(2.314)
    assert net_heating_value(17.5, moisture=0.15) == pytest.approx(17.5 * 0.85 - 2.443 * 0.15)


@given(amount=AMOUNT, scale=st.floats(0.1, 10))
def test_all_steps_scale_with_the_amount(amount: float, scale: float) -> None:
    def energy(production: float) -> float:
        dry = crop_residue(production, dry_matter=0.89, residue_ratio=1.3)
        left = removable_residue(dry, removable_share=0.4, used_share=0.1)
        return residue_energy(left, dry_mj_per_kg=17.5, moisture=0.15)

    def methane(heads: float) -> float:
        solids = excretion(heads, live_weight_kg=389, rate_kg_per_t_day=7.6)
        taken = collected_manure(solids, collected_share=0.5)
        return manure_methane(taken, capacity_m3_per_kg=0.17, conversion=0.8)

    assert energy(amount * scale) == pytest.approx(scale * energy(amount))
    assert methane(amount * scale) == pytest.approx(scale * methane(amount))


@given(removable=SHARE, used=SHARE, more=SHARE)
def test_technical_is_below_theoretical_and_falls_with_other_uses(removable, used, more) -> None:
    low, high = sorted((used, more))
    first = removable_residue(100.0, removable_share=removable, used_share=low)
    second = removable_residue(100.0, removable_share=removable, used_share=high)
    assert 0 <= second <= first <= 100 * removable + 1e-9


@given(wet=st.floats(0, 0.89), more=st.floats(0.001, 0.1))
def test_water_takes_heat(wet: float, more: float) -> None:
    dry = {"dry_mj_per_kg": 17.5}
    assert residue_energy(1.0, moisture=wet + more, **dry) < residue_energy(
        1.0, moisture=wet, **dry
    )


def test_arrays_and_gaps_pass_through() -> None:
    heads = pd.Series([100.0, np.nan, 0.0])
    solids = excretion(heads, live_weight_kg=389, rate_kg_per_t_day=7.6)
    assert np.isnan(solids[1])
    assert solids[2] == 0
    assert solids[0] == pytest.approx(100 * 0.389 * 7.6 * 365 / 1000)


def test_economic_is_all_or_nothing() -> None:
    assert paying_part(5.0, cost=2.0, worth=2.0) == 5.0
    assert paying_part(5.0, cost=2.1, worth=2.0) == 0.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: crop_residue(-1.0, dry_matter=0.9, residue_ratio=1.0), "production_t.*-1"),
        (lambda: crop_residue(1.0, dry_matter=1.2, residue_ratio=1.0), "dry_matter.*1.2.*0 to 1"),
        (lambda: removable_residue(1.0, removable_share=1.5, used_share=0), "removable_share"),
        (lambda: collected_manure(1.0, collected_share=1.1), "collected_share.*1.1"),
        (lambda: excretion(-5.0, live_weight_kg=40, rate_kg_per_t_day=8), "heads.*-5"),
        (lambda: manure_methane(1, capacity_m3_per_kg=0.2, conversion=2), "conversion.*2"),
        (lambda: manure({"unicorns": 1.0}, ASSUMPTIONS, level="technical"), "unicorns"),
        (lambda: manure({"cattle": 1.0}, ASSUMPTIONS, level="best"), "level"),
        (lambda: residues({"tea": 1.0}, ASSUMPTIONS, level="technical"), "tea"),
        (lambda: herd(read_livestock(), "KZ-99"), "KZ-99"),
        (lambda: herd(read_livestock().iloc[:0], "KZ-61"), "statistics.*KZ-61"),
    ],
)
def test_mistakes_are_named(call, words) -> None:
    with pytest.raises(InputError, match=words):
        call()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"region": "KZ-00"}, "KZ-00"),
        ({"class": "yaks"}, "yaks"),
        ({"heads": -3.0}, "heads.*-3"),
        ({"status": "no data"}, "no data"),
        ({"heads": np.nan}, "heads"),
    ],
)
def test_a_wrong_row_of_statistics_is_refused(change, words) -> None:
    table = read_livestock()
    row = table.index[table["status"] == "reported"][0]
    for name, value in change.items():
        table.loc[row, name] = value
    with pytest.raises(InputError, match=words):
        checked(table, kind="class", kinds=ANIMALS, value="heads")


def test_a_missing_statistics_file_is_named(monkeypatch, tmp_path) -> None:
    (tmp_path / "facts").mkdir()
    monkeypatch.setattr("greenanalysis.core.tables.data_dir", lambda: tmp_path)
    with pytest.raises(InputError, match=r"livestock\.csv does not exist"):
        read_livestock()
    with pytest.raises(InputError, match=r"crops\.csv does not exist"):
        read_crops()


def test_every_region_has_its_rows_to_fill_in() -> None:
    livestock, crops = read_livestock(), read_crops()
    for code in CODES:
        assert set(livestock.loc[livestock["region"] == code, "class"]) == set(ANIMALS)
        assert (crops["region"] == code).any()


@pytest.mark.reference
def test_grain_of_the_north_is_that_of_the_bureau() -> None:
    path = reference_data("agri_bns", "crops_3_northern_oblasts_2015_2025.csv")
    table = pd.read_csv(path)
    last = table[table["year"] == 2025].replace({"crop": {"grain_legumes_group": "grain"}})
    crops = read_crops()
    for code in ("KZ-11", "KZ-39", "KZ-59"):
        for crop, tonnes in harvest(crops, code).items():
            found = last[(last["iso_3166_2"] == code) & (last["crop"] == crop)]
            assert tonnes == pytest.approx(found["production_t"].iloc[0], abs=1)


def test_table_covers_the_regions_and_keeps_the_gaps() -> None:
    table = COUNTRY_TABLE()
    counted = table.groupby(["quantity", "level"])["region"].nunique()
    assert (counted == 20).all()
    assert set(counted.index.get_level_values("level")) == {
        "reported",
        "theoretical",
        "technical",
        "economic",
    }
    gap = table[(table["region"] == "KZ-47") & (table["quantity"] == "manure biogas")]
    assert (gap["status"] == "no data").all()
    assert gap["value"].isna().all()
    assert gap["source"].str.contains("missing").all()
    horses_only = table[(table["region"] == "KZ-10") & (table["quantity"] == "manure biogas")]
    assert horses_only["value"].isna().all()
    assert horses_only["note"].str.contains("without cattle").all()


def test_levels_fall_from_theoretical_to_economic() -> None:
    table = COUNTRY_TABLE().dropna(subset="value")
    wide = table.pivot_table(index=["quantity", "region"], columns="level", values="value")
    wide = wide.loc[["manure biogas", "crop residues"]]
    assert len(wide) > 10
    assert (wide["theoretical"] > wide["technical"]).all()
    assert (wide["technical"] >= wide["economic"]).all()


def test_turkistan_manure_by_hand() -> None:
    table = biomass_table(["KZ-61"], ASSUMPTIONS)
    row = table[(table["quantity"] == "manure biogas") & (table["level"] == "theoretical")]
    heads = {"cattle": 1.066e6, "sheep": 5.9e6, "horses": 475e3, "camels": 42300}
    weight = {"cattle": 389, "sheep": 40, "horses": 377, "camels": 217}
    rate = {"cattle": 7.6, "sheep": 8.2, "horses": 5.65, "camels": 11.5}
    b0 = {"cattle": 0.17, "sheep": 0.19, "horses": 0.30, "camels": 0.26}
    kg = sum(heads[a] * weight[a] * rate[a] * 0.365 * b0[a] * 0.67 for a in heads)
    assert row["value"].iloc[0] == pytest.approx(kg * 50 / 1e9)


def test_power_pays_where_the_tariff_reaches_its_cost() -> None:
    rich = changed("biogas", "power_sale_price", 1000.0)
    pick = lambda table: table[  # noqa: E731
        (table["quantity"] == "manure biogas") & (table["level"] == "economic")
    ]["value"].iloc[0]
    assert pick(biomass_table(["KZ-61"], ASSUMPTIONS)) == 0
    assert pick(biomass_table(["KZ-61"], rich)) > 1


def test_dear_haulage_makes_straw_not_pay() -> None:
    assert straw_cost(ASSUMPTIONS) < coal_cost(ASSUMPTIONS)
    far = changed("straw", "haul_distance", 300.0)
    assert straw_cost(far) > coal_cost(far)
    table = biomass_table(["KZ-11"], far)
    straw = table[(table["quantity"] == "crop residues") & (table["level"] == "economic")]
    assert straw["value"].iloc[0] == 0


def test_comparison_shows_hits_and_misses_with_reasons() -> None:
    table = national_comparison(ASSUMPTIONS).set_index("quantity")
    assert list(table.columns) == [
        "got",
        "expected",
        "unit",
        "tolerance",
        "hit",
        "source",
        "remark",
    ]
    assert table.loc["residual biomass", "expected"] == 466.74
    assert table.loc["animal residue", "hit"]
    assert not table.loc["crop residue", "hit"]
    assert "37.26" in table.loc["crop residue", "remark"]
    near = abs(table["got"] / table["expected"] - 1) <= table["tolerance"]
    assert (near == table["hit"]).all()


def test_regions_stay_below_the_country() -> None:
    table = COUNTRY_TABLE()
    for quantity, level, read in (
        ("cattle", "reported", lambda: herd(read_livestock(), "KZ")["cattle"]),
        ("horses", "reported", lambda: herd(read_livestock(), "KZ")["horses"]),
    ):
        rows = table[(table["quantity"] == quantity) & (table["level"] == level)]
        assert 0 < rows["value"].sum() < read()


def test_straw_can_be_fed_to_a_digester() -> None:
    feed = straw_feed(100.0, ASSUMPTIONS)
    assert feed.volatile_solids_t == pytest.approx(92)
    assert feed.capacity_m3_per_kg == pytest.approx(0.1375)
    mixed = feed + manure({"cattle": 100.0}, ASSUMPTIONS, level="theoretical")
    assert 0.1375 < mixed.capacity_m3_per_kg < 0.17
