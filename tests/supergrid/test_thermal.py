"""Coal and gas follow heat, repairs and their minimum load; plans open and close plants."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.site.pages import export_summary
from greenanalysis.supergrid.model.fleet import build_limits
from greenanalysis.supergrid.model.thermal import heat_load, running_plants, seasonal_series
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve.optimise import solve
from tests.support.supergrid_world import ASSUMPTIONS, FACTS, SMALL, built, solved

pytestmark = pytest.mark.filterwarnings("ignore")
YEAR = pd.date_range("2023-01-01 01:00", periods=8760, freq="h")


def test_heat_peaks_in_the_coldest_month_and_leaves_hot_water_in_summer():
    seasons = seasonal_series(FACTS, YEAR)
    normal = FACTS.region_temperature.astype({"month": int})
    for region in ("KZ-55", "KZ-79"):
        months = normal[normal["region"] == region].set_index("month")["temp_air"]
        heat = heat_load(seasons[f"cold {region}"], months, ASSUMPTIONS)
        assert heat.between(0.0, 1.0).all()
        assert heat.idxmax().month in (1, 2)
        assert heat["2023-07"].max() == ASSUMPTIONS.get("chp", "hot_water", unit="1")
    north, south = (
        heat_load(seasons[f"cold {region}"], normal[normal["region"] == region]
                  .set_index("month")["temp_air"], ASSUMPTIONS)
        for region in ("KZ-55", "KZ-79")
    )  # fmt: skip
    water = ASSUMPTIONS.get("chp", "hot_water", unit="1")
    assert (north > water).sum() > (south > water).sum()  # the season of the north is longer


def two_nodes(minimum, *, days=1):
    """Coal blocks, sun that may be built, and a load that is the same all day."""
    import pypsa

    network = pypsa.Network(name="noon")
    network.set_snapshots(pd.date_range("2030-06-01 06:00", periods=4 * days, freq="6h"))
    network.snapshot_weightings.loc[:, :] = 8760.0 / len(network.snapshots)
    network.add("Bus", "A", kind="region")
    network.add("Load", "A", bus="A", p_set=100.0)
    network.add(
        "Generator", "coal", bus="A", carrier="coal", p_nom=100.0, marginal_cost=20.0,
        minimum_load=minimum, relief_cost=0.0,
    )  # fmt: skip
    network.add(
        "Generator", "sun", bus="A", carrier="solar", p_nom_extendable=True, capital_cost=20_000.0,
        p_max_pu=pd.Series([0.0, 0.8, 0.4, 0.0] * days, index=network.snapshots),
    )  # fmt: skip
    return network


def test_more_minimum_load_of_coal_builds_less_sun():
    suns, noon = [], []
    for minimum in (0.0, 0.2, 0.4, 0.6, 0.8):
        network = two_nodes(minimum)
        solve(network)
        suns.append(float(network.generators.at["sun", "p_nom_opt"]))
        noon.append(float(network.generators_t.p["coal"].iloc[1]))
    assert suns == sorted(suns, reverse=True)
    assert suns[-1] < 0.5 * suns[0]
    assert noon[-1] == pytest.approx(80.0)


def test_blocks_that_run_stay_above_their_minimum_and_may_stop_for_a_day():
    network = two_nodes(0.5, days=2)
    network.loads_t.p_set = pd.DataFrame({"A": [100.0] * 4 + [0.0] * 4}, index=network.snapshots)
    solve(network)
    coal = network.generators_t.p["coal"]
    assert coal.iloc[:4].min() >= 0.5 * coal.iloc[:4].max() - 1e-6
    assert coal.iloc[4:].max() == pytest.approx(0.0, abs=1e-6)


def test_a_ramp_needs_no_rows_in_steps_of_an_hour():
    per_minute = ASSUMPTIONS.get("coal", "ramp", unit="1/min")
    assert 60 * per_minute >= 1.0 - ASSUMPTIONS.get("coal", "minimum_load", unit="1")


def test_must_run_is_kept_unless_nothing_may_be_emitted():
    _, network = solved("no_export")
    led = network.generators.index[network.generators["operation"] == "chp"]
    least = network.generators_t.p_min_pu.reindex(columns=led, fill_value=0.0)
    least = least * network.generators.loc[led, "p_nom"]
    assert least.to_numpy().sum() > 0
    assert (network.generators_t.p[led] >= least - 1e-4).all().all()
    _, clean = solved("no_export", co2_limit_mt=0.0)  # boilers take over: an answer all the same
    coal = clean.generators.index[clean.generators["carrier"] == "coal"]
    assert clean.generators_t.p[coal].to_numpy().sum() == pytest.approx(0.0, abs=1e-3)
    free = built("no_export", **{"fleet.must_run": False})[1].generators_t.p_min_pu
    assert free.to_numpy().sum() == 0.0


def test_availability_falls_with_repairs_in_summer():
    _, network = built("no_export", **{"time.typical_days": 4})
    blocks = network.generators.index[network.generators["minimum_load"] > 0]
    ceiling = network.generators_t.p_max_pu[blocks[0]]
    months = network.snapshots.month
    summer, winter = ceiling[np.isin(months, (6, 7, 8))], ceiling[np.isin(months, (12, 1, 2))]
    if len(summer) and len(winter):
        assert summer.max() < winter.min()
    assert ceiling.between(0.5, 0.85).all()


def test_plans_open_in_their_year_and_close_what_they_replace():
    def capacity(**changes):
        plants = running_plants(FACTS, load_scenario("base", changes))
        return plants.groupby("carrier")["capacity_mw"].sum(), set(plants["name"])

    none, names = capacity(**{"fleet.planned": "none"})
    built_, opened = capacity(**{"fleet.planned": "construction"})
    assert built_["gas"] > none["gas"] + 2500.0
    assert built_["coal"] < none["coal"]
    assert "Almaty CHP 2" in names - opened
    assert "nuclear" not in built_
    later, _ = capacity(**{"fleet.planned": "announced", "year": 2040})
    assert later["nuclear"] == 2400.0
    old, _ = capacity(**{"fleet.retire_after_years": 40.0})
    assert old["coal"] < 0.7 * built_["coal"]
    assert old["hydro"] == built_["hydro"]


def test_each_planned_plant_replaces_a_plant_that_is_listed():
    replaced = FACTS.plants_planned["replaces"]
    assert set(replaced[replaced != ""]) <= set(FACTS.plants["name"])


def test_an_unknown_operation_is_named():
    plants = FACTS.plants.assign(operation="sometimes")
    scenario = load_scenario("no_export", SMALL)
    from greenanalysis.supergrid.model.network import build_network
    from tests.support.supergrid_world import WHOLE

    facts = dataclasses.replace(FACTS, plants=plants)
    with pytest.raises(InputError, match="sometimes"):
        build_network(scenario, **{**WHOLE, "facts": facts})


def test_build_limits_grow_and_hold_over_all_regions():
    limits = [
        build_limits(load_scenario("base", {"year": year}), ASSUMPTIONS) for year in (2030, 2040)
    ]
    assert limits[0]["wind"] == pytest.approx(5000.0, rel=0.01)
    assert all(limits[1][name] > 2 * limits[0][name] for name in limits[0])
    assert build_limits(load_scenario("unconstrained"), ASSUMPTIONS) == {}
    _, network = solved("no_export", **{"fleet.build_limits": True})
    new = network.generators[network.generators["p_nom_extendable"]]
    added = new.groupby("carrier")["p_nom_opt"].sum()
    for carrier, most in limits[0].items():
        assert added[carrier] <= most * (1 + 1e-6)


def test_lines_open_after_their_lead_time():
    def lines(year):
        return built("base", **{"year": year, "corridors.lead_times": True})[1].links["corridor"]

    assert "pakistan" not in set(lines(2030))
    assert "pakistan" in set(lines(2035))
    late = {"corridors.lead_times": True, "corridors.least_mw": 1000.0}
    with pytest.raises(InputError, match=r"least_mw.*open in 2030"):
        built("base", **late)


def test_a_page_says_how_fast_is_built_and_between_what_coal_runs():
    scenario, network = solved("no_export")
    page = SimpleNamespace(scenario=scenario, network=network)
    assert "at any speed; no planned plant opens" in export_summary._pace_text(page)
    coal = network.generators.index[network.generators["carrier"] == "coal"]
    least = network.generators_t.p[coal].sum(axis=1).min() / 1e3
    assert f"Between {least:,.1f} and" in export_summary._coal_text(page)
    _, limited = solved("no_export", **{"fleet.build_limits": True})
    page = SimpleNamespace(scenario=load_scenario("base"), network=limited)
    assert "By 2030 at most" in export_summary._pace_text(page)
    assert "plants under construction open" in export_summary._pace_text(page)
