import dataclasses

import pandas as pd
import pytest

from greenanalysis.supergrid.robustness import adequacy as module
from greenanalysis.supergrid.robustness.adequacy import (
    Adequacy,
    adequacy,
    adequacy_path,
    keep_adequacy,
    kept_adequacy,
    peak_load,
    reserve_margin,
)
from tests.supergrid.test_markets import WORLD, solved
from tests.support.supergrid_world import ASSUMPTIONS

pytestmark = pytest.mark.filterwarnings("ignore")


def test_hours_out_of_sample_shed_nothing_with_plenty_and_much_with_nothing_new(monkeypatch):
    scenario, network = solved()
    monkeypatch.setattr(module, "_WEEKS", 1)
    rich, stores, lines = network.generators.copy(), network.storage_units.copy(), []
    try:
        free = network.generators["p_nom_extendable"]
        network.generators.loc[free, "p_nom_opt"] = 1e5
        network.storage_units.loc[stores["p_nom_extendable"], "p_nom_opt"] = 1e5
        plenty = adequacy(network, scenario, inputs=WORLD, tell=lines.append)
        network.generators.loc[free, "p_nom_opt"] = 0.0
        network.storage_units.loc[stores["p_nom_extendable"], "p_nom_opt"] = 0.0
        facts = dataclasses.replace(
            WORLD["facts"], demand=WORLD["facts"].demand.assign(demand_twh=2000.0)
        )
        poor = adequacy(network, scenario, inputs={**WORLD, "facts": facts})
    finally:
        network.generators.loc[:, "p_nom_opt"] = rich["p_nom_opt"]
        network.storage_units.loc[:, "p_nom_opt"] = stores["p_nom_opt"]
    assert (plenty.unserved_mwh, plenty.hours, plenty.most_mw) == (0.0, 0, 0.0)
    assert plenty.import_credit == ASSUMPTIONS.get("adequacy", "import", unit="1")
    assert lines == ["week 1 of 1: 0 MWh"]
    assert poor.hours == 168
    assert poor.by_month[0] == pytest.approx(poor.unserved_mwh)
    assert 0 < poor.unserved_mwh <= 168 * poor.most_mw


def test_peak_load_is_that_of_the_year_not_of_typical_days():
    _, network = solved()
    hourly = pd.DataFrame({"demand": [0.5, 1.0, 1.5]})
    load = network.get_switchable_as_dense("Load", "p_set").sum(axis=1)
    mean = (load * network.snapshot_weightings["generators"]).sum() / 8760
    assert peak_load(network, hourly) == pytest.approx(1.5 * mean)


def test_the_reserve_counts_thermal_plants_by_availability_and_others_by_credit():
    _, network = solved()
    table = reserve_margin(network, 3000.0, ASSUMPTIONS).set_index("carrier")
    hydro = network.storage_units.loc[network.storage_units["carrier"] == "hydro", "p_nom"].sum()
    assert table.at["hydro", "firm_mw"] == pytest.approx(
        hydro * ASSUMPTIONS.get("adequacy", "hydro", unit="1")
    )
    assert table.at["gas", "firm_mw"] < table.at["gas", "capacity_mw"]
    assert table.at["solar", "firm_mw"] == 0.0
    firm = table["firm_mw"].drop(["peak", "margin", "margin after loss of the largest unit"]).sum()
    assert table.at["margin", "firm_mw"] == pytest.approx(firm - 3000.0)
    largest = table.at["margin", "firm_mw"] - table["firm_mw"].iloc[-1]
    assert largest == pytest.approx(ASSUMPTIONS.get("adequacy", "largest_unit", unit="MW"))


def test_a_result_is_kept_under_the_name_of_its_network_and_broken_files_count_as_none(tmp_path):
    _, network = solved()
    network.meta = {**network.meta, "key": "a" * 64}
    path = adequacy_path(network, ASSUMPTIONS, tmp_path)
    assert kept_adequacy(path) is None
    result = Adequacy(1.5, 2, 1.0, 100.0, (0.0,) * 12, 0.5, 2023)
    keep_adequacy(result, path)
    assert kept_adequacy(path) == result
    path.write_text("{}")
    assert kept_adequacy(path) is None
    path.write_text("{")
    assert kept_adequacy(path) is None
