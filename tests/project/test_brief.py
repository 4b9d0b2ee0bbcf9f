"""Project briefs: what a page says, its files, portfolios, and errors before anything runs."""

from __future__ import annotations

import base64
import io
import json
import re
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from greenanalysis.assessment import assess as assessment
from greenanalysis.assessment import capacity_factors as factors
from greenanalysis.cli.main import cli
from greenanalysis.core.errors import InputError
from greenanalysis.finance.metrics import npv
from greenanalysis.project.brief import make_brief
from greenanalysis.project.intake import check_project, read_portfolio, slug
from greenanalysis.project.portfolio import TOTAL, comparison, pooled_energy
from greenanalysis.site.draw.twin import twin_svg
from greenanalysis.site.page import check_pages
from greenanalysis.site.pages.brief import context as brief_context
from greenanalysis.site.pages.brief import figures as brief_figures
from greenanalysis.site.pages.brief import files as brief_files
from greenanalysis.site.pages.brief import map as brief_map
from greenanalysis.site.pages.brief import tables as brief_tables
from greenanalysis.site.pages.brief import views as brief_views
from greenanalysis.site.workflow.briefs import brief_pages
from greenanalysis.site.workflow.pages import site_pages
from tests.assessment.test_assessment import plain_weather
from tests.resource.test_equipment_files import OND, PAN, pow_file

WIND = {
    "name": "Zhanatas wind", "latitude": 43.57, "longitude": 69.75, "technology": "wind",
    "capacity_mw": 100.0, "tariff": "ceiling",
}  # fmt: skip
SOLAR = {
    "name": "Kentau solar", "latitude": 43.52, "longitude": 68.51, "technology": "solar",
    "capacity_mw": 50.0, "tariff": "ceiling",
}  # fmt: skip
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factors, "cache_dir", lambda: folder)
        patch.setattr(assessment, "open_year", lambda name: plain_weather())
        yield assessment.assess("plain")


@pytest.fixture(scope="module")
def briefs(study):
    return [make_brief(**project, study=study) for project in (WIND, SOLAR)]


def test_the_brief_stands_on_the_cell_of_its_place(briefs, study):
    wind, solar = briefs
    place = {"latitude": WIND["latitude"], "longitude": WIND["longitude"]}
    factor = float(study.mean_cf["wind_at_plants"].sel(place, method="nearest"))
    assert wind.project.energy.p50_mwh == pytest.approx(factor * 8760 * 100)
    assert float(wind.hours.mean()) == pytest.approx(factor, rel=1e-6)
    assert wind.gwh(50, 1) == pytest.approx(factor * 876 * 0.98)
    assert (wind.region, wind.zone) == ("KZ-31", "south")
    assert (solar.region, solar.zone) == ("KZ-61", "south")
    assert [term.category for term in wind.terms if term.category == "screening"] == []
    assert wind.gwh(90, 10) > wind.gwh(90, 1) > wind.gwh(99, 1)


def test_tiles_and_sentences_say_what_the_model_says(briefs):
    for brief in briefs:
        tiles = {label: value for label, value, _ in brief_views.brief_figures(brief)}
        found = brief.summary
        assert tiles["Project IRR"] == f"{found.project_irr.value:.1%}"
        worth = npv(brief.made.project_flow, rate=found.discount_rate_nominal, at=brief.made.start)
        assert tiles["Project NPV"] == f"{worth / 1e6:,.1f}"
        assert tiles["Energy P50"] == f"{brief.gwh(50, 1):,.0f}"
        text = brief_views.headline(brief)
        assert ("does not earn" in text) == (found.project_npv_usd_nominal < 0)
        assert all("nan" not in line for line in brief_views.in_short(brief))


def assert_drawn(chart):
    spec = chart.shown(title="T").vega_lite()
    assert spec["data"]["values"]
    assert "<path" in twin_svg(spec)


def test_tables_and_figures_can_be_made(briefs):
    for brief in briefs:
        for module in (brief_tables, brief_context):
            for name in dir(module):
                if name.endswith("_table") and name not in ("html_table", "year_table"):
                    html = str(getattr(module, name)(brief))
                    assert "<table" in html, name
                    assert "nan" not in re.sub(r"<[^>]*>", " ", html).split(), name
                    assert "&lt;wbr" not in html, name
        for name in ("loss_waterfall", "exceedance", "prices", "cash_flow", "tornado", "auctions"):
            assert_drawn(getattr(brief_figures, name)(brief))
        assert_drawn(brief_figures.cover_histogram(brief, covenant=1.2))
        assert len(brief_map.layers(brief)) >= 3


def test_every_input_in_the_table_has_a_source(briefs):
    for brief in briefs:
        rows = str(brief_context.inputs_table(brief)).split("<tr>")[2:]
        assert len(rows) > 40
        for row in rows:
            source = re.findall(r"<td[^>]*>(.*?)</td>", row)[2]
            assert source not in ("", "–"), row


def linked_files(brief) -> dict[str, bytes]:
    html = str(brief_files.downloads(brief))
    found = re.findall(r'download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', html)
    return {name: base64.b64decode(content) for name, content in found}


def test_the_page_carries_its_files(briefs, monkeypatch):
    monkeypatch.setattr("greenanalysis.weather.open_weather", lambda name: plain_weather())
    wind = linked_files(briefs[0])
    assert sorted(wind) == [
        "zhanatas-wind-eya.json", "zhanatas-wind-kk.xlsx", "zhanatas-wind-ru.xlsx",
        "zhanatas-wind-years.csv", "zhanatas-wind.xlsx",
    ]  # fmt: skip
    openpyxl.load_workbook(io.BytesIO(wind["zhanatas-wind.xlsx"]))
    made = json.loads(wind["zhanatas-wind-eya.json"])
    resource = made["wind_resource_assessments"][0]["results"]
    shares = [share for _, share in resource["probability"][0]["statistics"][0]["values"]]
    assert sum(shares) == pytest.approx(1)
    assert b"equity_flow_usd_nominal" in wind["zhanatas-wind-years.csv"]
    assert "kentau-solar-eya.json" in linked_files(briefs[1])


def test_names_are_escaped(study):
    brief = make_brief(**(SOLAR | {"name": EVIL}), study=study)
    for html in (brief_files.downloads(brief), brief_tables.project_table(brief)):
        assert "<script" not in html
    assert slug(EVIL) == "script-alert-1-script"


def test_large_projects_carry_a_battery(study):
    brief = make_brief(**(WIND | {"capacity_mw": 1000.0}), study=study)
    assert (brief.project.storage_mw, brief.project.storage_mwh) == (300.0, 600.0)
    assert "300 MW, 600 MWh" in brief_tables.project_table(brief)
    without = make_brief(**(WIND | {"capacity_mw": 1000.0, "storage": "no"}), study=study)
    assert brief.made.investment > without.made.investment


def test_a_project_without_return_says_so(study):
    brief = make_brief(**(WIND | {"tariff": "merchant:0.2"}), study=study)
    assert "no rate of return" in brief_views.headline(brief)
    tiles = {label: value for label, value, _ in brief_views.brief_figures(brief)}
    assert tiles["Project IRR"] == "none"
    assert brief.made.loan.amount == 0
    assert tiles["Least cover P50 / P90"] == "no loan"
    assert "no loan" in brief_tables.return_table(brief)
    empty = brief_figures.cover_histogram(brief, covenant=1.2)
    assert empty.table.empty
    assert empty.unit == "there is no loan"
    assert all("nan" not in line for line in brief_views.in_short(brief))


def test_terms_can_be_changed_and_nonsense_names_its_field(study):
    level = make_brief(**WIND, study=study, changes={"repayment": "annuity"})
    service = level.made.loan.service
    assert np.ptp(service[service > 0]) == pytest.approx(0, abs=1e-6)
    for change, field in (
        ({"max_gearing": 1.2}, "max_gearing"),
        ({"tenor": 40}, "tenor"),
        ({"bonus": 1}, "unknown term"),
    ):
        with pytest.raises(InputError, match=field):
            make_brief(**WIND, study=study, changes=change)


def test_the_comparison_sums_what_adds_up_and_pools_the_cost(briefs):
    table = comparison(briefs).set_index("project")
    one, two = (table.loc[name] for name in ("Zhanatas wind", "Kentau solar"))
    whole = table.loc[TOTAL]
    assert whole["capacity_mw"] == 150
    assert whole["p50_gwh"] == pytest.approx(one["p50_gwh"] + two["p50_gwh"])
    assert whole["p90_ten_years_gwh"] > one["p90_ten_years_gwh"] + two["p90_ten_years_gwh"]
    assert whole["p90_ten_years_gwh"] < whole["p50_gwh"]
    single = pooled_energy(briefs[:1], level=90, years=10)
    assert single == pytest.approx(one["p90_ten_years_gwh"])
    cost = "lcoe_usd_nominal_per_mwh"
    assert min(one[cost], two[cost]) < whole[cost] < max(one[cost], two[cost])
    assert whole[cost] != pytest.approx((one[cost] + two[cost]) / 2, rel=1e-3)
    money = [name for name in table if "usd" in name or "kzt" in name]
    assert all(name.endswith(("_nominal", "_2025", "_per_kwh", "_per_mwh")) for name in money)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"technology": "tidal"}, "technology"),
        ({"tariff": "-3"}, "tariff"),
        ({"tariff": "bargain"}, "tariff"),
        ({"capacity_mw": -100.0}, "capacity_mw"),
        ({"capacity_mw": float("nan")}, "capacity_mw"),
        ({"name": ""}, "name"),
        ({"name": "x" * 200}, "name"),
    ],
)
def test_nonsense_is_refused_before_anything_runs(change, field):
    with pytest.raises(InputError, match=field):
        check_project(WIND | change)


def test_a_place_abroad_is_refused(study):
    with pytest.raises(InputError, match="latitude, longitude"):
        make_brief(**(WIND | {"latitude": 39.9, "longitude": 116.4}), study=study)
    with pytest.raises(InputError, match="grid_factor"):
        make_brief(**WIND, grid_factor="none", study=study)


def test_the_site_holds_both_briefs():
    pages = {page.name: page for page in site_pages()}
    assert {"brief-alakol-wind", "brief-arys-solar"} <= set(pages)
    assert pages["brief-alakol-wind"].parameters["capacity_mw"] == 100
    check_pages(list(pages.values()))


HEAD = "name,latitude,longitude,technology,capacity_mw,tariff,connection_km\n"


def test_a_portfolio_is_read_row_by_row(tmp_path):
    path = tmp_path / "projects.csv"
    path.write_text(HEAD + "A,43.5,69.7,wind,100,auction,\nB & C,43.5,68.5,solar,50,ppa20:30,12\n")
    first, second = read_portfolio(path)
    assert "connection_km" not in first
    assert second["connection_km"] == 12.0
    names = [page.name for page in brief_pages([first, second], weather="sample")]
    assert names == ["brief-a", "brief-b-c"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,latitude\nA,43\n", "columns"),
        (HEAD.replace("tariff", "price") + "A,43,69,wind,100,20,\n", "columns"),
        (HEAD, "no rows"),
        (HEAD + "A,north,69,wind,100,20,\n", "latitude: got 'north'"),
        (HEAD + ",43,69,wind,100,20,\n", "name"),
    ],
)
def test_a_bad_portfolio_is_refused(tmp_path, text, said):
    path = tmp_path / "projects.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_portfolio(path)


def test_two_projects_of_one_name_are_refused():
    with pytest.raises(InputError, match="name"):
        brief_pages([WIND, WIND], weather="sample")


def test_a_portfolio_from_the_command_line_is_compared(study, tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr(assessment, "assess", lambda weather, **how: study)
    monkeypatch.setattr(
        "greenanalysis.site.workflow.build.build_site",
        lambda pages, **options: built.extend(pages) or SimpleNamespace(exit_code=0),
    )
    path = tmp_path / "projects.csv"
    path.write_text(HEAD + "A,43.5,69.7,wind,100,auction,\nB & C,43.5,68.5,solar,50,ppa20:30,12\n")
    out = tmp_path / "out"
    done = CliRunner().invoke(cli, ["brief", "--portfolio", str(path), "--output", str(out)])
    assert done.exit_code == 0, done.output
    assert [page.name for page in built] == ["brief-a", "brief-b-c"]
    table = pd.read_csv(out / "comparison.csv").set_index("project")
    assert list(table.index) == ["A", "B & C", TOTAL]
    assert table.loc[TOTAL, "p50_gwh"] == pytest.approx(table["p50_gwh"].iloc[:2].sum(), rel=1e-5)
    both = ["--portfolio", str(path), "--name", "A"]
    assert "exclude each other" in CliRunner().invoke(cli, ["brief", *both]).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "A", "--latitude", "43", "--longitude", "69"], "technology"),
        ([], "name"),
        (["--portfolio", "missing.csv"], "missing.csv"),
    ],
)
def test_the_command_line_names_the_field(arguments, said, tmp_path):
    result = CliRunner().invoke(cli, ["brief", *arguments, "--output", str(tmp_path / "out")])
    assert isinstance(result.exception, InputError)
    assert said in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_the_bias_of_the_trade_is_an_option_of_wind(study):
    usual = make_brief(**WIND, study=study)
    lower = make_brief(**WIND, study=study, settings={"energy.trade_bias": True})
    bias = study.assumptions.get("wind_uncertainty", "p50_bias", unit="1")
    assert lower.project.energy.p50_mwh == pytest.approx((1 - bias) * usual.project.energy.p50_mwh)
    assert float(lower.hours.mean()) == pytest.approx((1 - bias) * float(usual.hours.mean()))
    assert any("lowered by" in remark for remark in lower.site.remarks)
    with pytest.raises(InputError, match="trade_bias"):
        make_brief(**SOLAR, study=study, settings={"energy.trade_bias": True})


def test_a_turbine_of_a_file_yields_what_the_librarys_does(study, tmp_path):
    """The same curve by name and by file; the file's hub height holds unless another is stated."""
    path = pow_file(tmp_path / "own.pow")
    named = {"plant.turbine": "E-126/4200", "plant.hub_height_m": 99}
    library = make_brief(**WIND, study=study, settings=named)
    own = make_brief(**WIND, study=study, settings={"plant.turbine_file": str(path)})
    assert own.site.p50_mwh == pytest.approx(library.site.p50_mwh, rel=1e-3)
    assert any("power curve of Own turbine from a file" in text for text in own.site.remarks)
    pages = brief_pages([{**WIND, "settings": {"plant.turbine_file": str(path)}}], weather="sample")
    assert path.resolve() in pages[0].inputs
    with pytest.raises(InputError, match=r"plant.turbine_file: got .*; allowed: not beside"):
        make_brief(**WIND, study=study, settings={**named, "plant.turbine_file": str(path)})
    with pytest.raises(InputError, match="turbine_file: got absent.wtg"):
        brief_pages([{**WIND, "settings": {"plant.turbine_file": "absent.wtg"}}], weather="sample")


def test_modules_and_inverters_of_files_change_the_yield_as_their_numbers_do(study, tmp_path):
    (tmp_path / "m.PAN").write_text(PAN)
    (tmp_path / "i.OND").write_text(OND)
    usual = make_brief(**SOLAR, study=study)
    files = {
        "plant.module_file": str(tmp_path / "m.PAN"),
        "plant.inverter_file": str(tmp_path / "i.OND"),
    }
    own = make_brief(**SOLAR, study=study, settings=files)
    assert 1.01 < own.site.p50_mwh / usual.site.p50_mwh < 1.06, "98.5 % of inverters for 96 %"
    assert any("European efficiency 98.49%" in text for text in own.site.remarks)
