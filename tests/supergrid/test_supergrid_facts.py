import pandas as pd
import pytest

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.grid import great_circle_km
from greenanalysis.supergrid.model.demand import demand_shape, national_demand_twh
from greenanalysis.supergrid.model.facts import NUMERIC, load_facts
from greenanalysis.supergrid.model.markets import market_prices, market_shape_series
from tests.support.reference import reference_data

FACTS = load_facts()
ASSUMPTIONS = load_assumptions()
YEAR = pd.date_range("2023-01-01 01:00", periods=8760, freq="h")
AXES = ("latitude", "longitude")


def test_every_table_of_facts_has_sources_and_no_hash_inside_a_cell():
    for name in [*NUMERIC, "generation_mix", "technology_costs"]:
        path = data_dir() / "facts" / f"{name}.csv"
        rows = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        assert not [line for line in rows if "#" in line], path


def test_plants_lie_in_known_regions_and_add_up_to_the_national_totals():
    regions = set(read_facts("regions")["region"])
    plants = FACTS.plants
    assert len(regions) == 20
    assert set(plants["region"]) <= regions
    assert (plants["capacity_mw"] >= 0).all()
    total = plants.groupby("carrier")["capacity_mw"].sum()
    # KEGOC 2020 (PyPSA-Earth documentation), solar 2024 and the wind registry of January 2026
    for carrier, mw in {"coal": 13410, "gas": 6010, "hydro": 2950, "solar": 1222.61}.items():
        assert total[carrier] == pytest.approx(mw, rel=1e-3)
    assert total["wind"] == pytest.approx(1911.95, abs=0.01)
    located = plants[plants["kind"] == "listed"].groupby("carrier")["capacity_mw"].sum()
    assert (located / total).min() > 0.8


def test_fleet_stays_below_what_kegoc_counted_in_2026():
    assert 0.9 * 26807 < FACTS.plants["capacity_mw"].sum() < 26807


def test_corridors_join_nodes_and_their_lengths_follow_from_the_map():
    nodes = FACTS.nodes.set_index("node")
    detour = ASSUMPTIONS.get("corridor", "detour", unit="1")
    lines = pd.concat(
        [FACTS.interconnectors, FACTS.corridors.assign(length_km=FACTS.corridors["overhead_km"])]
    )
    assert set(lines["bus0"]) | set(lines["bus1"]) <= set(nodes.index)
    assert lines["corridor"].is_unique
    lines = lines[lines["length_basis"] == f"great circle x {detour:g}"].set_index("corridor")
    ends = [nodes.loc[lines[bus], axis].to_numpy() for bus in ("bus0", "bus1") for axis in AXES]
    excess = lines["length_km"] - detour * great_circle_km(*ends)
    round_about = excess.index.isin(["east_china", "tuerkiye", "pakistan"])
    assert excess[~round_about].abs().max() < 1.0
    assert (excess[round_about] > 0).all()


def test_every_region_is_joined_to_the_grid():
    reached, lines = {"KZ-55"}, FACTS.interconnectors
    for _ in range(25):
        touching = lines[lines["bus0"].isin(reached) | lines["bus1"].isin(reached)]
        reached |= set(touching["bus0"]) | set(touching["bus1"])
    assert set(read_facts("regions")["region"]) <= reached


def test_guessed_transfer_limits_say_so():
    lines = FACTS.interconnectors
    assert set(lines["evidence"]) == {"reported", "inferred", "project assumption"}
    guessed = lines["source"] == "project assumption"
    assert (lines.loc[guessed, "evidence"] == "project assumption").all()
    assert lines.loc[guessed, "note"].str.len().gt(20).all()


def test_shape_of_demand_has_mean_one_and_gives_the_reported_peak():
    shape = demand_shape(FACTS.demand_months, FACTS.demand_hours, FACTS.demand_weekdays, YEAR)
    assert shape.mean() == pytest.approx(1.0, abs=1e-12)
    peak = shape.max() * 115.06e6 / 8760  # KEGOC: 115.06 TWh and 16,626 MW in 2023
    assert peak == pytest.approx(16626, rel=0.03)
    local = (shape.index + pd.Timedelta(hours=4)).hour
    assert 17 <= shape.groupby(local).mean().idxmax() <= 21
    months = shape.groupby((shape.index + pd.Timedelta(hours=4)).month).mean()
    assert months.idxmax() in (12, 1)
    assert months.idxmin() in (5, 6, 7, 8, 9)


def test_demand_grows_from_the_last_reported_year():
    reported = national_demand_twh(FACTS.demand, 2024, growth=0.03)
    assert reported == pytest.approx(120.92)
    assert national_demand_twh(FACTS.demand, 2027, growth=0.1) == pytest.approx(126.1 * 1.21)
    with pytest.raises(ValueError, match="from 2015"):
        national_demand_twh(FACTS.demand, 2010, growth=0.03)


def test_two_sources_of_demand_in_2020_agree_within_one_per_cent():
    oblasts = read_facts("regions", numeric=["demand_2020_gwh"])["demand_2020_gwh"].sum() / 1e3
    assert national_demand_twh(FACTS.demand, 2020, growth=0) == pytest.approx(oblasts, rel=0.01)


def test_generation_mix_adds_up_to_demand_less_net_imports():
    mix = read_facts("generation_mix", numeric=["year", "generation_twh"])
    made = mix[mix["series"] == "ember"].groupby("year")["generation_twh"].sum()
    demand = FACTS.demand.set_index("year")
    expected = demand["demand_twh"] - demand["net_import_twh"]
    assert (made - expected).abs().max() < 0.05


def test_market_shapes_have_mean_one_and_prices_are_plain():
    for values in market_shape_series(FACTS.market_shapes, YEAR).values():
        assert values.mean() == pytest.approx(1.0, abs=1e-12)
        assert values.min() >= 0
    prices = market_prices(FACTS.markets, ASSUMPTIONS)
    assert prices.between(15, 120).all()
    assert prices["europe"] > prices["xinjiang"]


def test_shape_hour_is_the_hour_that_begins():
    rows = FACTS.market_shapes[FACTS.market_shapes["shape"] == "DE-LU"]
    first = rows[(rows["month"] == 1) & (rows["hour_utc"] == 0)]["relative"].iloc[0]
    second = rows[(rows["month"] == 1) & (rows["hour_utc"] == 1)]["relative"].iloc[0]
    values = market_shape_series(FACTS.market_shapes, YEAR)["DE-LU"]
    assert values[1] / values[0] == pytest.approx(second / first)


@pytest.mark.reference
def test_market_level_and_shape_are_those_of_the_hourly_prices():
    for market, zone in {"europe": "DE-LU", "india": "IN-WE"}.items():
        hourly = pd.read_csv(reference_data("market_prices_hpe", f"{zone}_2024.csv"))
        row = FACTS.markets.set_index("market").loc[market]
        assert row["price"] == pytest.approx(hourly["price_usd_mwh"].mean(), abs=0.01)
        assert row["shape"] == zone


@pytest.mark.reference
def test_listed_plants_are_those_of_the_source():
    theirs = pd.read_csv(reference_data("pypsa_kz_data", "custom_powerplants.csv"))
    ours = FACTS.plants[FACTS.plants["source"].str.startswith("PyPSA")]
    expected = theirs.loc[theirs["Fueltype"] != "Wind", "Capacity"].sum()
    assert ours["capacity_mw"].sum() == pytest.approx(expected)
    wind = pd.read_csv(reference_data("registry", "wind_registry_qazaqgreen_2026-01.csv"))
    mine = FACTS.plants[FACTS.plants["carrier"] == "wind"].groupby("region")["capacity_mw"].sum()
    pd.testing.assert_series_equal(
        mine, wind.groupby("iso_3166_2")["capacity_mw"].sum(), check_names=False
    )


@pytest.mark.reference
def test_losses_and_line_costs_are_those_of_the_global_transmission_database():
    theirs = pd.read_csv(reference_data("gtd_transmission", "gtd_cost_assumptions.csv"))
    theirs = theirs.set_index("parameter")
    assert ASSUMPTIONS.get("hvac", "line_loss", unit="%/100 km") == theirs.at["line_losses", "HVAC"]
    for_dc = theirs["HVDC_overhead"]
    assert ASSUMPTIONS.get("hvdc", "line_loss", unit="%/100 km") == for_dc["line_losses"]
    costs = read_facts("technology_costs", numeric=["value"])
    costs = costs[costs["parameter"] == "investment"].set_index("technology")["value"]
    assert costs["hvdc_overhead"] == for_dc["line_cost"]
    pair = 2 * for_dc["converter_cost"] / 1000
    assert costs["hvdc_converter"] == pytest.approx(pair)
