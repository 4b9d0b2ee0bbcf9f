"""A project is extended by one module or by rows of data, and its pages build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import toy


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.install(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> Path:
    """The site of the project with a theme, a source and a market more."""
    home = toy.make_project(tmp_path_factory.mktemp("project"))
    toy.add_rows(home, "nodes", "atlantis,market,Poseidonis,43.0,90.0,made by a test,")
    toy.add_rows(
        home,
        "markets",
        "atlantis,Atlantis,200,USD/MWh,2025,reported,flat,900,0,0,0.4,2021,made by a test,",
    )
    toy.add_rows(
        home,
        "corridors",
        "atlantis,Taldykorgan-Poseidonis,KZ-33,atlantis,hvdc_overhead,1000,0,a guess,900,4,"
        "made by a test,",
    )
    (home / "data" / "scenarios" / "atlantis.yaml").write_text(
        "title: Line to Atlantis\nquestion: What does Atlantis buy?\n"
        "corridors: {allowed: [atlantis], least_mw: 300, loss_steps: 1}\n"
        "time: {typical_days: 2, hours_per_step: 6, link_days: false}\n"
    )
    return toy.build(home, packages, "atlas", "export-atlantis")


def page_of(site: Path, name: str) -> str:
    return (site / f"{name}.html").read_text(encoding="utf-8")


def test_a_theme_of_one_module_stands_in_question_map_tables_checks_and_downloads(extended):
    text = page_of(extended, "atlas")
    assert "sun, wind, water, biomass, waste and toy_heat" in text
    assert "Geothermal heat, 2024 (modelled)" in text
    assert re.search(r"deep heat, technical, PJ/year", text)
    assert re.search(r"<td[^>]*>toy_heat</td>\s*<td[^>]*>deep heat", text)
    assert "Deep heat is a toy of the tests." in text
    assert (extended / "downloads" / "atlas" / "toy_heat.csv").is_file()


def test_a_source_of_one_module_opens_by_its_name(extended):
    assert "made by a test" in page_of(extended, "atlas")


def test_a_market_of_rows_buys(extended):
    text = page_of(extended, "export-atlantis")
    assert "What does Atlantis buy?" in text
    row = re.search(r"Atlantis</td>.*?</tr>", text, re.DOTALL)
    assert row is not None


def test_another_country_of_two_regions_is_rows_of_data(tmp_path, packages):
    home = toy.make_project(tmp_path / "project")
    boxes = {"XA-01": (64.0, 44.0, 67.0, 47.0), "XA-02": (67.0, 44.0, 70.0, 47.0)}
    toy.set_regions(home, boxes)
    toy.set_country(
        home,
        **{"code": "XA", "name_en": "Zembla", "currency": "XTS", "utc_offset": 6},
        **{"layout": "of Zembla", "area_least": 1e5, "area_most": 2e5},
        **{"grid_west": 62, "grid_south": 42, "grid_east": 72, "grid_north": 49},
        **{"extent_west": 64, "extent_south": 44, "extent_east": 70, "extent_north": 47},
        **{"boundary_west": 63, "boundary_south": 43, "boundary_east": 71, "boundary_north": 48},
    )
    row = (
        "{code},{name},{name},{name},oblast,Onhava,45.5,{east},79000,a test,500000,2023-01-01,"
        "a test,900,official,a test,,made by a test"
    )
    regions = [("XA-01", "Onhava", 65.5), ("XA-02", "Odevalla", 68.5)]
    toy.keep_rows(home, "regions", *(row.format(code=c, name=n, east=e) for c, n, e in regions))
    toy.keep_rows(home, "plants")
    toy.keep_rows(home, "protected_areas", "XA,2025-01-01,1000,1.0,reported,made by a test,")
    site = toy.build(home, packages, "region-xa-02")
    text = page_of(site, "region-xa-02")
    assert "Solar and wind in Odevalla" in text
    assert "UTC+6" in text
    assert "XA-02" in text
