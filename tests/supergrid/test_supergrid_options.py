"""What a scenario may ask for beyond the base: linked days, hydrogen, losses, limits, years."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.model.corridors import step_losses
from greenanalysis.supergrid.model.demand import demand_shape
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.model.periods import typical_days
from greenanalysis.supergrid.model.rules import stored_by_day
from greenanalysis.supergrid.model.weather_years import chosen_years, whole_years
from greenanalysis.supergrid.results.summary import balance, summarise
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve.optimise import solve
from greenanalysis.supergrid.solve.study import without_export
from tests.support.supergrid_world import (
    ASSUMPTIONS,
    FACTS,
    INPUTS,
    SMALL,
    WHOLE,
    built,
    profiles,
    solved,
)

pytestmark = pytest.mark.filterwarnings("ignore")
LINKED = {"time.link_days": True, "time.typical_days": 3, "solver.method": "ipm"}


def totals(network, scenario):
    return summarise(network, scenario).totals.set_index("quantity")["value"]


def hours(network):
    return network.snapshot_weightings["generators"]


# Linked days ---------------------------------------------------------------------------------


def wet_half(*, linked, days=2):
    """A store, a load of 1 MW, and a plant that gives 2 MW in the first half of the year only."""
    import pypsa

    year = pd.date_range("2023-01-01 06:00", periods=365 * 4, freq="6h")
    full = pd.DataFrame({"plant": np.where(np.arange(365 * 4) < 183 * 4, 2.0, 0.0)}, index=year)
    hourly = full.loc[full.index.repeat(6)].set_axis(
        pd.date_range("2023-01-01 01:00", periods=8760, freq="h")
    )
    periods = typical_days(hourly, days=days, hours_per_step=6)
    network = pypsa.Network(name="half a year")
    network.set_snapshots(list(periods.series.index))
    network.snapshot_weightings["objective"] = periods.weights
    network.snapshot_weightings["generators"] = periods.weights
    network.snapshot_weightings["stores"] = 6.0
    network.add("Bus", "A")
    network.add("Load", "A", bus="A", p_set=1.0)
    network.add(
        "Generator", "plant", bus="A", p_nom=2.0, p_max_pu=periods.series["plant"] / 2.0,
        carrier="wind",
    )  # fmt: skip
    network.add("Generator", "dear", bus="A", p_nom=5.0, marginal_cost=100.0, carrier="gas")
    network.add(
        "StorageUnit", "store", bus="A", p_nom_extendable=True, capital_cost=1.0, max_hours=1000.0,
        efficiency_store=1.0, efficiency_dispatch=1.0, carrier="hydrogen",
        cyclic_state_of_charge=periods.chronological,
    )  # fmt: skip
    if linked:
        network.meta = {
            "linked_days": True,
            "states": [{"assignment": [int(n) for n in periods.assignment]}],
        }
    return network


def test_linked_days_carry_a_summer_into_the_winter_as_the_full_year_does():
    full, linked = wet_half(linked=False, days=365), wet_half(linked=True)
    truth, found = (solve(network, method="simplex") for network in (full, linked))
    assert found.objective_usd == pytest.approx(truth.objective_usd, rel=1e-9)
    assert found.objective_usd < 10.0  # nothing dear is burnt
    most = 182 * 24.0 / 1000.0  # half a year of load lies in the store
    assert linked.storage_units.at["store", "p_nom_opt"] == pytest.approx(most, rel=1e-6)
    level = stored_by_day(linked)["store"]
    assert level.max() == pytest.approx(182 * 24.0)
    assert level.iloc[-1] == pytest.approx(0.0, abs=1e-6)
    assert int(level.idxmax()) == 182  # the last day on which the plant runs


def test_days_that_are_not_linked_carry_nothing():
    network = wet_half(linked=False)
    units = network.storage_units_t.state_of_charge_set
    units["store"] = np.where(np.arange(8) % 4 == 3, 0.0, np.nan)
    assert solve(network, method="simplex").objective_usd == pytest.approx(182 * 24 * 100.0)


def test_a_link_never_costs_more_and_the_year_ends_as_it_began():
    scenario, network = solved(**LINKED)
    apart = solved(**{**LINKED, "time.link_days": False})[1]
    costs = [n.meta["solution"]["objective_usd"] for n in (network, apart)]
    assert costs[0] < costs[1] + 1e-6 * abs(costs[1])
    assert balance(network).abs().to_numpy().max() < 1e-6
    level, units = stored_by_day(network), network.storage_units
    room = units["p_nom_opt"] * units["max_hours"]
    assert (level.max() <= room + 1.0).all()
    wrap = level.iloc[-1] - (level.iloc[0] - _first_day(network))
    assert np.allclose(wrap, 0.0, atol=1.0)
    assert totals(network, scenario)["load shed"] == pytest.approx(0.0, abs=1e-6)


def _first_day(network):
    """What the first day of the year adds to each storage, MWh."""
    level = stored_by_day(network)
    later = level.diff().iloc[1:]
    number = np.asarray(network.meta["states"][0]["assignment"])
    same = np.flatnonzero(number[1:] == number[0])
    return later.iloc[same[0]]


def test_hydrogen_needs_days_that_are_linked_and_comes_with_a_strict_limit():
    with pytest.raises(InputError, match=r"fleet\.hydrogen.*only with time\.link_days"):
        built(**{"fleet.hydrogen": True})
    asked = {**LINKED, "fleet.hydrogen": True, "year": 2050, "co2_limit_mt": 0.0}
    scenario, network = built("no_export", **asked)
    store = network.storage_units[network.storage_units["carrier"] == "hydrogen"]
    assert len(store) == 20
    assert store["max_hours"].eq(168).all()
    assert store["efficiency_store"].iloc[0] == pytest.approx(0.6994)
    assert store["efficiency_dispatch"].iloc[0] == pytest.approx(0.5)
    solve(network, method="ipm")
    found = totals(network, scenario)
    assert found["CO2 at home"] == pytest.approx(0.0, abs=1e-3)
    assert found["CO2 price that the limit amounts to"] > 0


# Losses that grow with the load --------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 0.3), st.floats(0, 0.05), st.integers(1, 6))
def test_steps_of_losses_lie_above_the_square_and_meet_it_at_their_ends(line, station, steps):
    rates = step_losses(line, station, steps)
    assert len(rates) == steps
    assert np.all(np.diff(rates) >= 0)
    assert np.mean(rates) == pytest.approx(line + station)
    ends = np.arange(1, steps + 1) / steps
    lost = np.cumsum(rates) / steps
    assert np.allclose(lost, station * ends + line * ends**2)
    middle = (np.concatenate([[0.0], lost[:-1]]) + lost) / 2
    at = ends - 0.5 / steps
    over = middle - (station * at + line * at**2)
    assert np.all(over >= -1e-12)
    assert np.all(over <= line / (4 * steps**2) + 1e-12)


def test_a_half_loaded_line_loses_half_as_much_of_its_flow():
    scenario, network = solved(**{"corridors.loss_steps": 2})
    links, sent = network.links, network.links_t.p0
    lost = sent + network.links_t.p1
    assert balance(network).abs().to_numpy().max() < 1e-6
    for name in links.index[(links["direction"] == "there") & (links.index == links["corridor"])]:
        first, second = sent[name], sent[f"{name} step 2"]
        capacity = links.at[name, "p_nom_opt"]
        assert links.at[f"{name} step 2", "p_nom_opt"] == pytest.approx(capacity, abs=1e-3)
        # the second step is used only where the first is full
        assert (second[first < capacity - 1e-2] < 1e-2).all()
    lines = summarise(network, scenario).corridors.set_index("corridor")
    assert lines["losses_twh"].sum() == pytest.approx(
        (lost.mul(hours(network), axis=0)).sum().sum() / 1e6
    )
    before = solved()[1].meta["solution"]["objective_usd"]
    assert network.meta["solution"]["objective_usd"] < before


# Limits --------------------------------------------------------------------------------------


def test_a_limit_of_emissions_holds_and_its_price_is_that_of_a_tax():
    scenario, free = solved("no_export")
    emitted = totals(free, scenario)["CO2 at home"]
    limited, network = built("no_export", **{"co2_limit_mt": 0.8 * emitted})
    solve(network)
    found = totals(network, limited)
    assert found["CO2 at home"] == pytest.approx(0.8 * emitted, rel=1e-6)
    price = found["CO2 price that the limit amounts to"]
    taxed, network = built("no_export", **{"co2_price_usd_per_t": price * 1.001})
    solve(network)
    assert totals(network, taxed)["CO2 at home"] <= 0.8 * emitted * (1 + 1e-6)
    taxed, network = built("no_export", **{"co2_price_usd_per_t": price * 0.999})
    solve(network)
    assert totals(network, taxed)["CO2 at home"] >= 0.8 * emitted * (1 - 1e-6)


def test_what_must_be_delivered_is_and_its_price_is_what_the_market_pays():
    scenario, network = built(**{"markets.must_deliver": [{"market": "azerbaijan", "twh": 2.0}]})
    solve(network)
    results = summarise(network, scenario)
    sold = results.exports.set_index("market").loc["azerbaijan"]
    assert sold["export_twh"] == pytest.approx(2.0, rel=1e-6)
    row = results.delivered.set_index("market").loc["azerbaijan"]
    assert row["total_usd_per_mwh"] > row["price_usd_per_mwh"]
    forced = network.meta["shadow"]["must_deliver"]["azerbaijan"]
    assert forced > 0
    assert sold["revenue_musd"] / sold["export_twh"] == pytest.approx(row["price_usd_per_mwh"])
    assert sold["buyers_gain_musd"] >= -1e-6
    free = solved()[1].meta["solution"]["objective_usd"]
    assert network.meta["solution"]["objective_usd"] > free
    assert without_export(scenario).markets.must_deliver is None


def test_a_volume_beyond_market_or_lines_names_both():
    _, network = built(**{"markets.must_deliver": [{"market": "azerbaijan", "twh": 90.0}]})
    with pytest.raises(InputError) as caught:
        solve(network)
    text = str(caught.value)
    assert "must_deliver asks for 90 TWh a year to azerbaijan" in text
    assert "its buyers take 4.4" in text
    closed = {"corridors.allowed": ["xinjiang"]}
    _, network = built(**closed, **{"markets.must_deliver": [{"market": "azerbaijan", "twh": 1.0}]})
    with pytest.raises(InputError, match="lines bring 0"):
        solve(network)
    _, network = built("no_export", **{"markets.must_deliver": [{"market": "europe", "twh": 1.0}]})
    with pytest.raises(InputError, match="nobody buys there"):
        solve(network)


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("weather_years", "some", "all, a year, or a list"),
        ("weather_years", [2019, 2019], "different years"),
        ("weather_years", [], "different years"),
        ("markets.must_deliver", [{"market": "moon", "twh": 1}], "unknown market"),
        ("markets.must_deliver", [{"market": "europe", "twh": 0}], "above 0"),
        ("markets.must_deliver", [{"market": "europe", "twh": 1}] * 2, "each market once"),
        ("corridors.loss_steps", 0, "1 to 6"),
        ("co2_limit_mt", -1.0, "0 to 1000"),
    ],
)
def test_bad_values_are_one_error(key, value, part):
    with pytest.raises(InputError, match=part):
        load_scenario("base", {key: value})


# Years of weather ----------------------------------------------------------------------------


def several(*years):
    parts = []
    for number, year in enumerate(years):
        part = profiles(seed=number)
        start = pd.Timestamp(year, 1, 1, 1)
        length = 8784 if start.is_leap_year else 8760
        time = pd.date_range(start, periods=length, freq="h")
        padded = part.isel(time=np.arange(length) % 8760)
        parts.append(padded.assign_coords(time=time))
    return xr.concat(parts, "time")


def test_whole_years_are_found_and_leap_days_left_out():
    data = several(2019, 2020)
    years = whole_years(data)
    assert list(years) == [2019, 2020]
    assert all(part.sizes["time"] == 8760 for part in years.values())
    labels = pd.DatetimeIndex(years[2020]["time"].to_numpy())
    middles = labels - pd.Timedelta(minutes=30)
    assert not ((middles.month == 2) & (middles.day == 29)).any()
    cut = data.isel(time=slice(0, 8760 + 100))
    assert list(whole_years(cut)) == [2019]
    assert list(whole_years(INPUTS["profiles"])) == [2023]


def test_the_year_nearest_to_the_mean_is_taken_unless_years_are_named():
    data = several(2017, 2018, 2019)
    rich = data.copy()
    rich["wind"] = rich["wind"].where(rich["time.year"] != 2017, (rich["wind"] * 1.5).clip(max=1))
    rich["wind"] = rich["wind"].where(rich["time.year"] != 2019, rich["wind"] * 0.6)
    (nearest,) = chosen_years(rich, None)
    assert int(nearest["time.year"][0]) == 2018
    assert len(chosen_years(rich, ())) == 3
    assert [int(p["time.year"][0]) for p in chosen_years(rich, (2017, 2019))] == [2017, 2019]
    with pytest.raises(InputError, match=r"weather_years.*\[2016\].*\[2017, 2018, 2019\]"):
        chosen_years(rich, (2016,))
    with pytest.raises(InputError, match="a calendar year of 8760 hours"):
        chosen_years(rich.isel(time=slice(0, 500)), None)


def test_a_plan_for_several_years_lies_between_each_year_known_and_one_year_for_all():
    data = several(2019, 2020)
    inputs = {**WHOLE, "profiles": data}

    def cost(years):
        scenario = load_scenario("no_export", {**SMALL, "weather_years": years})
        network = build_network(scenario, **inputs)
        return network, solve(network).objective_usd

    alone = [cost([year])[1] for year in (2019, 2020)]
    network, both = cost("all")
    assert len(network.meta["states"]) == 2
    assert [state["weather_year"] for state in network.meta["states"]] == [2019, 2020]
    assert hours(network).sum() == pytest.approx(8760.0)
    assert both >= np.mean(alone) - 1e-6 * abs(both)
    assert balance(network).abs().to_numpy().max() < 1e-6


def test_years_and_prices_make_all_pairs():
    states = [{"factor": 0.5, "probability": 0.25}, {"factor": 1.5, "probability": 0.75}]
    scenario = load_scenario(
        "base", {**SMALL, "weather_years": "all", "markets.price_states": states}
    )
    network = build_network(scenario, **{**WHOLE, "profiles": several(2019, 2020)})
    pairs = [
        (s["weather_year"], s["price_factor"], s["probability"]) for s in network.meta["states"]
    ]
    assert pairs == [
        (2019, 0.5, 0.125), (2019, 1.5, 0.375), (2020, 0.5, 0.125), (2020, 1.5, 0.375),
    ]  # fmt: skip
    assert network.snapshots.is_unique
    assert network.snapshots.is_monotonic_increasing
    assert hours(network).sum() == pytest.approx(8760.0)


# Kinds of day --------------------------------------------------------------------------------


def test_weekends_ask_for_less_and_months_keep_their_energy():
    time = pd.date_range("2023-01-01 01:00", periods=8760, freq="h")
    shape = demand_shape(FACTS.demand_months, FACTS.demand_hours, FACTS.demand_weekdays, time)
    even = FACTS.demand_weekdays.assign(relative=1.0)
    plain = demand_shape(FACTS.demand_months, FACTS.demand_hours, even, time)
    local = time + pd.Timedelta(hours=4)
    assert shape.groupby(local.month).mean().to_numpy() == pytest.approx(
        plain.groupby(local.month).mean().to_numpy()
    )
    ratio = (shape / plain).groupby(local.dayofweek).mean()
    assert ratio[5] / ratio[2] == pytest.approx(0.989, abs=2e-3)
    assert ratio[6] / ratio[2] == pytest.approx(0.984, abs=2e-3)
    with pytest.raises(InputError, match="no \\['sunday'\\]"):
        demand_shape(FACTS.demand_months, FACTS.demand_hours, even.iloc[:2], time)


def test_investment_land_and_gain_stand_in_the_totals():
    scenario, network = solved()
    reference = solved("no_export")[1]
    found = summarise(network, scenario, reference=reference).totals.set_index("quantity")["value"]
    solar = network.generators.index[
        (network.generators["carrier"] == "solar") & network.generators["p_nom_extendable"]
    ]
    wind = network.generators.index[
        (network.generators["carrier"] == "wind") & network.generators["p_nom_extendable"]
    ]
    built_mw = network.generators["p_nom_opt"]
    land = built_mw[solar].sum() / ASSUMPTIONS.get(
        "solar_potential", "density_fixed", unit="MW/km2"
    )
    land += built_mw[wind].sum() / ASSUMPTIONS.get("onwind_potential", "density", unit="MW/km2")
    assert found["land of new solar and wind plants"] == pytest.approx(land)
    assert found["investment in new plants and lines"] > found["capital of new plants and lines"]
    costs = [n.meta["solution"]["objective_usd"] / 1e6 for n in (reference, network)]
    gain = costs[0] - costs[1] - found["buyers' gain"]
    assert found["gain of the country against no export"] == pytest.approx(gain)


def test_scenarios_without_options_stay_frozen_and_hashable():
    scenario = load_scenario("base", {"weather_years": [2020, 2019]})
    assert scenario.weather_years == (2019, 2020)
    assert hash(dataclasses.replace(scenario)) == hash(scenario)
