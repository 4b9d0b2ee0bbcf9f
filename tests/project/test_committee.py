"""What lenders read first: downside, covenants, sizing, law and tax, the bridge to the atlas."""

from __future__ import annotations

import numpy as np
import pytest

from greenanalysis.core.tables import read_facts
from greenanalysis.project.bridge import atlas_terms, cost_bridge, real_cost
from greenanalysis.project.brief import make_brief
from greenanalysis.project.description import parse_settings
from greenanalysis.project.scenarios import downside_table
from greenanalysis.project.summary import sizing_cases, summarise
from greenanalysis.project.switchboard import switchboard
from greenanalysis.site.pages.brief import committee as brief_committee
from tests.project.test_brief import SOLAR, WIND, study  # noqa: F401
from tests.support.finance_case import MACRO, VALUES, financed


@pytest.fixture(scope="module")
def briefs(study):  # noqa: F811
    return [make_brief(**project, study=study) for project in (WIND, SOLAR)]


def test_the_bridge_leads_from_the_atlas_to_the_brief(briefs):
    for brief in briefs:
        place = {"latitude": brief.latitude, "longitude": brief.longitude}
        table = cost_bridge(brief.made, brief.study, **place)
        levels = table["usd_2025_per_mwh"]
        atlas = float(brief.study.lcoe[brief.project.technology].sel(place, method="nearest"))
        assert levels.iloc[0] == pytest.approx(atlas)
        assert levels.iloc[-1] == pytest.approx(brief.summary.lcoe_usd_2025_per_mwh, abs=0.01)
        assert table["change"].sum() == pytest.approx(levels.iloc[-1] - levels.iloc[0], abs=0.02)


def test_with_the_settings_of_the_atlas_a_brief_costs_what_the_atlas_says(briefs):
    for brief in briefs:
        place = {"latitude": brief.latitude, "longitude": brief.longitude}
        name = brief.project.technology
        mean = float(brief.study.mean_cf[name].sel(place, method="nearest"))
        project = brief.project.__class__(
            **{
                **vars(brief.project),
                "energy": type(brief.project.energy)(mean * 8760 * brief.project.capacity_mw, 0.9),
            }
        )
        atlas = float(brief.study.lcoe[name].sel(place, method="nearest"))
        cost = real_cost(project, atlas_terms(brief.made.terms), brief.made.macro)
        assert cost == pytest.approx(atlas, abs=0.1)


def test_technologies_rank_the_same_in_atlas_and_briefs(study):  # noqa: F811
    place = {"latitude": WIND["latitude"], "longitude": WIND["longitude"]}
    atlas = {
        name: float(study.lcoe[name].sel(place, method="nearest")) for name in ("wind", "solar")
    }
    brief = {}
    for name in ("wind", "solar"):
        project = make_brief(**(WIND | {"technology": name}), study=study)
        brief[name] = project.summary.lcoe_usd_2025_per_mwh
        cell = float(study.mean_cf[name].sel(place, method="nearest"))
        brief[name] *= float(project.hours.mean()) / cell  # at the mean of the cell, as the atlas
    assert (atlas["wind"] < atlas["solar"]) == (brief["wind"] < brief["solar"])


def test_every_downside_is_one(briefs):
    for brief in briefs:
        table = downside_table(brief.made, VALUES)
        assert table["case"].iloc[0] == "Base case"
        assert (table["equity_npv_usd"].iloc[1:] < table["equity_npv_usd"].iloc[0]).all()
        if brief.made.loan.amount > 1:
            assert (table["least_cover"].iloc[1:] <= table["least_cover"].iloc[0] + 1e-9).all()


def test_the_tightest_probability_limits_the_loan():
    made = financed(tariff=26.0)
    table = sizing_cases(made).set_index("case")
    alone = table.loc[["P50", "P90"], "debt_usd"]
    assert table.loc["all that is asked", "debt_usd"] <= alone.min() * (1 + 1e-6)
    assert table.loc["P90", "debt_usd"] < table.loc["P50", "debt_usd"]
    assert made.loan.amount == pytest.approx(alone.min(), rel=0.02)


def test_switches_move_worth_the_way_they_must():
    made = financed(tariff="auction:30")
    table = switchboard(made, VALUES).set_index("switch")
    worth = table["equity_npv_change_usd"]
    assert worth["cit_preference"] > 0
    assert worth["dividends"] < worth["dividends_reduced"] < 0
    assert worth["vat_import"] < 0 < worth["vat_before"]
    assert worth["no_construction_indexation"] < 0
    assert np.isnan(worth["transmission"])  # the single buyer takes the energy at the plant
    assert table.loc[table["kind"] == "gap", "applies"].eq(False).all()
    bilateral = switchboard(financed(tariff="ppa20:30"), VALUES).set_index("switch")
    assert bilateral.loc["transmission", "equity_npv_change_usd"] < 0
    assert not bilateral.loc["no_construction_indexation", "applies"]


def test_every_switch_is_a_setting_with_source_and_gaps_say_what_is_missing():
    for row in read_facts("law").to_dict("records"):
        assert row["kind"] in ("switch", "gap"), row["switch"]
        assert row["source"].startswith(("http", "Tax Code", "Government"))
        if row["kind"] == "gap":
            assert row["note"]
            assert not row["terms"]
        pairs = [part.split("=") for part in row["terms"].split(";") if "." in part]
        parse_settings(dict(pairs))


def test_the_first_page_can_be_made(briefs, study):  # noqa: F811
    poor = make_brief(**(WIND | {"tariff": "merchant:0.2"}), study=study)
    for brief in (*briefs, poor):
        for name in ("term_sheet", "downside", "covenants", "sizing", "risks", "bridge", "law"):
            html = str(getattr(brief_committee, name)(brief))
            assert "<table" in html, name
            assert ">nan<" not in html, name
        for name in ("asked", "downside_finding", "evidence"):
            assert "nan" not in getattr(brief_committee, name)(brief).split(), name


def test_a_stated_yield_comes_back(study):  # noqa: F811
    settings = {"energy.p50_gwh": "310,5", "energy.p90_gwh": 262.0}
    brief = make_brief(**WIND, study=study, settings=settings)
    assert brief.gwh(50, 1) == pytest.approx(310.5)
    assert brief.gwh(90, 10) == pytest.approx(262.0, rel=1e-6)
    assert brief.made.base.energy_mwh[0] == pytest.approx(310_500)
    assert float(brief.hours.mean()) == pytest.approx(310.5 / 876)


def test_modules_are_rated_as_stated(study):  # noqa: F811
    ac = make_brief(**SOLAR, study=study)
    dc = make_brief(**SOLAR, study=study, settings={"plant.rating": "dc"})
    assert dc.gwh(50, 1) == pytest.approx(ac.gwh(50, 1) / 1.2)
    assert dc.summary.lcoe_usd_2025_per_mwh == pytest.approx(
        ac.summary.lcoe_usd_2025_per_mwh, rel=1e-6
    )
    tracked = make_brief(**SOLAR, study=study, settings={"plant.mounting": "single_axis"})
    assert tracked.gwh(50, 1) > ac.gwh(50, 1)


def test_a_stated_loss_changes_the_energy_by_its_share(study):  # noqa: F811
    usual = make_brief(**WIND, study=study)
    more = make_brief(**WIND, study=study, settings={"losses.wake": 0.12})
    assert more.gwh(50, 1) / usual.gwh(50, 1) == pytest.approx(0.88 / 0.94)
    shares = more.tree.set_index("loss")["share"]
    assert shares["wake"] == 0.12


def test_every_term_of_the_description_reaches_the_brief(study):  # noqa: F811
    brief = make_brief(
        **WIND,
        study=study,
        settings={
            "debt.tenor_years": 12,
            "debt.currency": "KZT",
            "debt.interest_rate": 0.17,
            "contract.years": 18,
            "macro.inflation_kzt": 0.08,
            "storage.mwh": 50,
            "storage.mw": 25,
            "finance.lifetime_years": 30,
        },
    )
    assert (brief.made.terms.tenor, brief.made.terms.lifetime) == (12, 30)
    assert brief.made.terms.loan_currency == "KZT"
    assert brief.project.contract.years == 18
    assert brief.made.macro.inflation_kzt == 0.08
    assert brief.project.storage_mwh == 50
    assert summarise(brief.made).dscr_min["P50"] == pytest.approx(brief.summary.dscr_min["P50"])
    assert MACRO.inflation_kzt != 0.08
