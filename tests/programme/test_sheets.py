"""Project sheets: whose word each field is, what is unknown, and that they sum to the programme."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pandas as pd
import pytest
from openpyxl import load_workbook

from greenanalysis.programme import sheets
from greenanalysis.programme.funding import Programme
from greenanalysis.programme.measure import Benefit, Measure, measure_table
from greenanalysis.programme.prices import RATE
from greenanalysis.programme.rank import effects
from greenanalysis.programme.sheets import UNKNOWN, portfolio, project_sheets
from greenanalysis.site.pages.programme import sheets as views


def measure(name: str, theme: str, *, capex: float, owner: str = "operator") -> Measure:
    sold = Benefit(name="power", quantity=100.0, unit="MWh", price_usd=60.0, gains=owner)
    return Measure(
        name=name,
        title=f"Title of {name}",
        theme=theme,
        region="KZ-61",
        size="1 MW",
        capex_usd=capex,
        opex_usd_per_year=10.0,
        lifetime_years=20.0,
        benefits=(sold,),
        electricity_mwh_per_year=100.0,
        gas_m3_per_year=0.0,
        water_m3_per_year=0.0,
        co2_t_per_year=80.0,
        readiness=3,
        readiness_source="seen there",
        owner=owner,
    )


@pytest.fixture(scope="module")
def programme() -> Programme:
    """Return a programme of three measures; its budget is short of the third by half."""
    table = measure_table(
        [
            measure("drip_irrigation", "water", capex=20_000.0, owner="farmers"),
            measure("manure_biogas_power", "biotechnology", capex=30_000.0),
            measure("solar_plants", "solar", capex=40_000.0),
        ]
    )
    return Programme(
        region="KZ-61",
        budget_musd=0.07,
        order="cost",
        co2_usd_per_t=0.0,
        inputs={RATE: 0.08},
        missing=(),
        targets=pd.DataFrame(),
        spread=0.2,
        build_years=5,
        base=table,
        build=lambda inputs: table,
    )


def test_the_portfolio_sums_to_the_programme(programme: Programme) -> None:
    made = project_sheets(programme)
    assert made[0].name == "drip_irrigation"
    total = effects(programme.funded())["funded_usd"]
    assert portfolio(made)["funded_usd"].sum() == pytest.approx(total, rel=1e-12)
    assert total == pytest.approx(70_000, rel=1e-9)


def test_every_field_has_a_source_or_is_unknown_with_who_can_supply_it(
    programme: Programme,
) -> None:
    for sheet in project_sheets(programme):
        assert list(sheet.answers)[:3] == ["Owner", "Cost", "First step"]
        for label, answer in sheet.answers.items():
            assert answer.text.strip(), (sheet.name, label)
            if not answer.known:
                assert answer.source.startswith("who can supply it: "), (sheet.name, label)
            else:
                assert answer.source.strip(), (sheet.name, label)


def test_the_nearest_row_counts_and_says_how_it_is_known(programme: Programme) -> None:
    made = {sheet.name: sheet for sheet in project_sheets(programme)}
    drip = made["drip_irrigation"].answers
    assert "80 %" in drip["First step"].text
    assert drip["Site"].text.startswith("Maktaaral")
    assert re.search(r"https://.*2025\)$", drip["Owner"].source)
    assert "from abroad" in drip["Risks"].text
    biogas = made["manure_biogas_power"].answers
    assert biogas["First step"].text == UNKNOWN
    assert "agriculture" in biogas["First step"].source
    assert "as the model takes it" in biogas["Owner"].text
    assert "measures like this one" in made["solar_plants"].answers["Owner"].source
    elsewhere = project_sheets(replace(programme, region="KZ-10"))
    assert next(one for one in elsewhere if one.theme == "water").answers["Site"].text == UNKNOWN


def test_lenders_fit_theme_measure_and_region(programme: Programme) -> None:
    offers = {
        sheet.name: " ".join(offer.text for offer in sheet.lenders)
        for sheet in project_sheets(programme)
    }
    assert "EBRD" in offers["solar_plants"]
    assert "EBRD" not in offers["drip_irrigation"]
    assert "Subsidies of 2026" in offers["drip_irrigation"]
    other = project_sheets(replace(programme, region="KZ-10"))
    assert "Subsidies of 2026" not in " ".join(o.text for s in other for o in s.lenders)


def test_tables_name_only_what_there_is() -> None:
    from greenanalysis.programme.measure import _THEMES

    answers, lenders = sheets._answers(), sheets._lenders()
    names = set(_THEMES)
    served = {name for text in lenders["serves"] for name in text.split(";")}
    assert set(sheets._suppliers().index) == names
    known = names | set(answers["measure"]) | {"reverse_osmosis"}
    assert served <= known
    assert not answers.duplicated(["measure", "region", "question"]).any()


def test_the_page_links_each_measure_to_its_sheet_and_sums(programme: Programme) -> None:
    made = project_sheets(programme)
    table, blocks = str(views.start_table(made)), str(views.sheet_blocks(made))
    for anchor in re.findall(r'href="#([\w-]+)"', table):
        assert blocks.count(f'id="{anchor}"') == 1
    assert table.count('href="#') == len(made)
    assert "All funded measures" in table


def test_the_ranking_links_the_funded_measures_to_their_sheets(programme: Programme) -> None:
    from greenanalysis.site.pages.programme.views import measures_table

    made, funded = project_sheets(programme), programme.funded()
    table = str(measures_table(funded, links=views.links(made)))
    assert table.count('href="#sheet-') == len(made)
    assert table.count("<tr>") == len(funded) + 1
    assert "Title of" in str(measures_table(funded))


def test_the_workbook_sums_and_is_the_same_each_time(programme: Programme) -> None:
    made = project_sheets(programme)
    file = views.workbook(made, region="KZ-61")
    assert file.content == views.workbook(made, region="KZ-61").content
    book = load_workbook(io.BytesIO(file.content), data_only=True)
    assert len(book.sheetnames) == len(made) + 1
    first = book["Portfolio"]
    assert first.cell(first.max_row, 3).value == pytest.approx(70_000, rel=1e-9)
    assert book.worksheets[1].cell(3, 1).value == "Owner"


def test_a_budget_that_funds_nothing_makes_no_sheet(programme: Programme) -> None:
    none = project_sheets(replace(programme, budget_musd=0.0))
    assert none == []
    assert views.sheet_blocks(none) == ""
    assert portfolio(none)["funded_usd"].sum() == 0
    assert "All funded measures" in views.start_table(none)
    assert views.workbook(none, region="KZ-61").content
