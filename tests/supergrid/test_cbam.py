import pandas as pd
import pytest

from greenanalysis.core.money import price
from greenanalysis.supergrid.results.cbam import border_adjustment
from tests.support.supergrid_world import ASSUMPTIONS


def chain(*, sun, line_mw=200.0, inner_mw=200.0):
    """Sun at A, coal at B, a line A-B and one from B to Europe; 100 MW are sold in three steps."""
    import pypsa

    network = pypsa.Network(name="chain")
    network.set_snapshots([0, 1, 2])
    network.snapshot_weightings.loc[:, :] = 2920.0
    network.add("Bus", ["A", "B"], kind="region")
    network.add("Bus", "europe", kind="market")
    network.add("Generator", "sun", bus="A", carrier="solar", co2_t_per_mwh=0.0)
    network.add("Generator", "coal", bus="B", carrier="coal", co2_t_per_mwh=1.0)
    network.add("Generator", "europe buyer", bus="europe", carrier="export", co2_t_per_mwh=0.4)
    network.add("Link", "inner", bus0="A", bus1="B", p_nom=inner_mw)
    network.add("Link", "line", bus0="B", bus1="europe", p_nom=line_mw)
    steps = network.snapshots
    network.generators_t.p = pd.DataFrame(
        {"sun": sun, "coal": [100.0 - mw for mw in sun], "europe buyer": 100.0}, index=steps
    )
    network.links_t.p0 = pd.DataFrame({"inner": sun, "line": 100.0}, index=steps)
    return network


def test_an_hour_qualifies_where_sun_behind_lines_with_room_covers_all_that_is_sold():
    result = border_adjustment(chain(sun=[100.0, 40.0, 0.0]), ASSUMPTIONS)
    assert result.hours == pytest.approx(8760)
    assert result.qualifying_share == pytest.approx(1 / 3)
    assert result.energy_share == pytest.approx(1.4 / 3)
    assert result.default_t_per_mwh == pytest.approx(1.0)
    allowance = price(ASSUMPTIONS, "cbam", "allowance", unit="USD/t")
    assert allowance == pytest.approx(64.76 * 1.082251 * 128.2 / 125.2)
    assert result.cost_musd == pytest.approx(1.6 * 100 * 2920 * allowance / 1e6)


@pytest.mark.parametrize("full", [{"line_mw": 100.0}, {"inner_mw": 100.0}])
def test_nothing_qualifies_behind_a_congested_line(full):
    result = border_adjustment(chain(sun=[100.0] * 3, **full), ASSUMPTIONS)
    assert result.qualifying_share == 0.0
    assert result.energy_share == 0.0


def test_without_export_to_the_union_there_is_nothing_to_say():
    network = chain(sun=[100.0] * 3)
    network.generators_t.p["europe buyer"] = 0.0
    assert border_adjustment(network, ASSUMPTIONS) is None
