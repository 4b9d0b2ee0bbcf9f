import pandas as pd
import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.robustness.cost_benefit import cost_benefit
from greenanalysis.supergrid.solve.optimise import solve

pytestmark = pytest.mark.filterwarnings("ignore")


def star(*, plant_mw=1000.0):
    """A plant at 20 USD/MWh, and two markets with a line each that may be built."""
    import pypsa

    network = pypsa.Network(name="star")
    network.set_snapshots([0])
    network.snapshot_weightings.loc[:, :] = 8760.0
    network.add("Bus", "A", kind="region")
    network.add("Bus", ["M", "N"], kind="market")
    network.add("Load", "A", bus="A", p_set=10.0)
    network.add("Generator", "A plant", bus="A", p_nom=plant_mw, marginal_cost=20.0, carrier="gas",
                co2_t_per_mwh=0.4)  # fmt: skip
    network.add("Generator", "A shed", bus="A", p_nom=10.0, marginal_cost=3000.0,
                carrier="load_shedding", co2_t_per_mwh=0.0)  # fmt: skip
    for market, price, mw, toll in [("M", 60.0, 50.0, 5.0), ("N", 80.0, 30.0, 0.0)]:
        network.add(
            "Link", market, bus0="A", bus1=market, efficiency=0.9, capital_cost=87_600.0,
            marginal_cost=toll, p_nom_extendable=True, corridor=market, direction="there",
            same_as=market, carrier="hvdc", length=1.0,
        )  # fmt: skip
        network.add(
            "Generator", f"{market} buyer", bus=market, sign=-1.0, p_nom=mw, marginal_cost=-price,
            carrier="export", co2_t_per_mwh=0.5,
        )  # fmt: skip
    network.meta = {"scenario": {"markets": {}, "res_share": None, "co2_limit_mt": None}}
    solve(network)
    return network


def table(network):
    return cost_benefit(network).set_index(["corridor", "case"])


def test_put_in_and_taken_out_agree_where_lines_do_not_act_on_each_other():
    sheet = table(star(plant_mw=1000.0))
    for line, price, mw, toll in [("M", 60.0, 50.0, 5.0), ("N", 80.0, 30.0, 0.0)]:
        put_in, taken_out = sheet.loc[(line, "PINT")], sheet.loc[(line, "TOOT")]
        pd.testing.assert_series_equal(put_in, taken_out, check_names=False, atol=1e-9)
        sent = mw / 0.9
        assert put_in["capacity_mw"] == pytest.approx(sent)
        assert put_in["welfare_musd"] == pytest.approx((price * mw - 20 * sent) * 8760 / 1e6)
        assert put_in["transit_musd"] == pytest.approx(toll * sent * 8760 / 1e6)
        assert put_in["cost_musd"] == pytest.approx(87_600 * sent / 1e6)
        parts = put_in[["kazakhstan_musd", "buyers_musd", "transit_musd"]].sum()
        assert parts == pytest.approx(put_in["welfare_musd"])
        # the last buyer served would pay its whole price: nothing is left to it then
        upper = put_in["kazakhstan_most_musd"]
        assert upper == pytest.approx(put_in["kazakhstan_musd"] + put_in["buyers_musd"])
        assert put_in["net_musd"] == pytest.approx(put_in["welfare_musd"] - put_in["cost_musd"])
        assert put_in["losses_twh"] == pytest.approx((sent - mw) * 8760 / 1e6)
        assert put_in["co2_home_mt"] == pytest.approx(0.4 * sent * 8760 / 1e6)
        assert put_in["co2_abroad_mt"] == pytest.approx(-0.5 * mw * 8760 / 1e6)
        assert put_in["unserved_mwh"] == pytest.approx(0.0, abs=1e-6)


def test_lines_that_compete_for_one_plant_are_worth_more_alone():
    network = star(plant_mw=1000.0)
    network.generators.loc["A plant", "p_nom"] = 60.0
    sheet = table(network)
    worth = sheet["welfare_musd"].unstack()
    assert (worth["PINT"] >= worth["TOOT"] - 1e-9).all()
    assert worth.at["M", "PINT"] > worth.at["M", "TOOT"] + 0.1


def test_without_a_solution_or_a_line_there_is_no_sheet():
    network = star(plant_mw=1000.0)
    network.links["p_nom_opt"] = 0.0
    assert cost_benefit(network).empty
    import pypsa

    with pytest.raises(InputError, match="not solved"):
        cost_benefit(pypsa.Network(name="blank"))
