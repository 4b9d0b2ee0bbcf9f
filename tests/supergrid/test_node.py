import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.project.contract import parse_tariff
from greenanalysis.project.description import parse_settings
from greenanalysis.supergrid.results.node import grid_node
from greenanalysis.supergrid.results.summary import summarise
from greenanalysis.supergrid.solve.optimise import solve
from tests.supergrid.test_markets import solved
from tests.support.supergrid_world import ASSUMPTIONS

pytestmark = pytest.mark.filterwarnings("ignore")


def sunny():
    """A load of 50 MW, sun that gives 100 MW in one of two steps, gas for the rest."""
    import pypsa

    network = pypsa.Network(name="sunny")
    network.set_snapshots([0, 1])
    network.snapshot_weightings.loc[:, :] = 4380.0
    network.add("Bus", "A", kind="region")
    network.add("Load", "A", bus="A", p_set=50.0)
    network.add("Generator", "A wind", bus="A", p_nom=80.0, carrier="wind", p_max_pu=[1.0, 0.5])
    network.add("Generator", "A gas", bus="A", p_nom=60.0, marginal_cost=60.0, carrier="gas")
    solve(network)
    return network


def test_what_is_not_taken_and_the_price_of_what_is():
    node = grid_node(sunny(), "A", "wind")
    assert node.curtailment == pytest.approx(1 - 90 / 120)
    assert node.price_usd_per_mwh == pytest.approx(60 * 40 / 90)
    said = parse_settings(node.settings(), where="node")
    assert said.energy.curtailment == pytest.approx(0.25)
    contract = parse_tariff(node.tariff(), "wind", ASSUMPTIONS)
    assert contract is not None


def test_energy_agrees_with_that_of_the_network():
    scenario, network = solved()
    table = summarise(network, scenario).generation.set_index(["region", "carrier"])
    for technology in ("wind", "solar"):
        node = grid_node(network, "KZ-61", technology)
        row = table.loc[("KZ-61", technology)]
        taken = (node.steps["taken_mw"] * node.steps["hours"]).sum() / 1e6
        available = (node.steps["available_mw"] * node.steps["hours"]).sum() / 1e6
        assert taken == pytest.approx(row["generation_twh"], rel=1e-3)
        assert available == pytest.approx(row["generation_twh"] + row["curtailed_twh"], rel=1e-3)


def test_an_unknown_node_technology_or_plant_is_refused():
    network = sunny()
    with pytest.raises(InputError, match="unknown region"):
        grid_node(network, "B", "wind")
    with pytest.raises(InputError, match="unknown technology"):
        grid_node(network, "A", "coal")
    with pytest.raises(InputError, match="no solar plant stands"):
        grid_node(network, "A", "solar")
