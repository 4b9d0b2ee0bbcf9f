"""Start content and indicators: sources, conflicts, reported figures, S-curve, rating."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from greenanalysis.registry import content, indicators, scurve, store, views
from greenanalysis.registry import indicators as rating
from greenanalysis.registry.files import EXAMPLE_SHEET, write_template
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import FileMapping
from tests.support.reference import reference_data

YEARS = range(2015, 2026)
ALLOWED = 0.10


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    made = store.open_engine(store.registry_url(str(tmp_path_factory.mktemp("r") / "r.sqlite")))
    store.migrate(made)
    content.load_start(made)
    return made


@pytest.fixture(scope="module")
def tables(engine):
    with store.read_session(engine) as session:
        return views.facilities(session), views.observations(session), views.measures(session)


def test_every_statement_has_a_source_and_conflicts_are_listed():
    statements = content.read_statements()
    assert statements["rank"].notna().all()
    plants, conflicts = content.reconcile(statements)
    assert plants["sources"].str.len().min() > 10
    row = conflicts[
        (conflicts["facility"] == "ekibastuz-ttp-1") & (conflicts["field"] == "capacity_mw")
    ]
    assert row[["taken", "other"]].to_numpy().tolist() == [[2500, 3500]]
    assert plants.loc["ekibastuz-ttp-1", "capacity_mw"] == 2500


def test_the_start_content_is_written_once(engine, tables):
    assert content.load_start(engine) == {"facilities": 0, "observations": 0, "statements": 0}
    plants, told, measures = tables
    assert len(plants) == 235
    assert plants["source"].notna().all()
    assert told["reported_by"].str.len().min() > 3
    assert measures.empty
    assert not plants["synthetic"].any()


@pytest.mark.reference
def test_indicators_match_reported_national_figures_and_misses_are_known(tables):
    """Generation against Ember, all years; capacity of hydro against IRENA."""
    plants, told, _ = tables
    generation = indicators.national(told, "generation")
    source = reference_data("owid_energy", "kazakhstan_electricity_2015_2025_owid.csv")
    for row in csv.DictReader(source.open()):
        for name in ("coal", "gas", "hydro", "wind", "solar"):
            reported = 1000 * float(row[f"{name}_electricity"])
            assert generation.at[int(row["year"]), name] == pytest.approx(reported, abs=0.5)
        assert generation.at[int(row["year"]), "total"] == pytest.approx(
            1000 * float(row["electricity_generation"]), abs=0.5
        )
    irena = defaultdict(float)
    for row in csv.DictReader(
        reference_data("irena_eia", "irena_capacity_mw_2015_2023.csv").open()
    ):
        if row["country"] == "Kazakhstan" and row["technology"] == "Renewable hydropower":
            irena[int(row["year"])] += float(row["value"])
    built = indicators.capacity_by_year(plants, YEARS, ["technology"])
    hydro = built[built["technology"] == "hydro"].set_index("year")["capacity_mw"]
    assert all(hydro[str(year)] == pytest.approx(irena[year], rel=0.04) for year in irena)


def test_misses_are_rows_and_as_many_as_known(tables):
    plants, told, _ = tables
    compared = indicators.compare_national(plants, told, YEARS)
    assert (compared["within"] == (compared["difference"].abs() <= ALLOWED)).all()
    energy = compared[compared["quantity"] == "generation"]
    missed = energy[~energy["within"]]
    assert missed[["technology", "year", "series"]].to_numpy().tolist() == [
        ["coal", 2023, "samruk"],
        ["gas", 2021, "energy_balance"],
        ["solar", 2019, "irena"],
        ["wind", 2018, "irena"],
        ["wind", 2024, "energy_balance"],
    ], "sources of coal and gas contradict each other"
    assert len(energy) >= 27
    capacity = compared[compared["quantity"] == "capacity"].set_index(
        ["technology", "year", "series"]
    )
    assert capacity.loc["hydro"]["within"].all()
    assert capacity.loc["coal"]["within"].all()
    assert capacity.loc["gas"]["within"].all()
    assert capacity.loc[("wind", 2025, "press"), "within"]
    assert not capacity.loc[("wind", 2022, "irena"), "within"]
    assert (~capacity.loc[["solar", "wind"]]["within"]).sum() == 33


def test_capacity_sums_over_regions_and_owners_to_the_country(tables):
    plants, _, _ = tables
    whole = indicators.capacity_by_year(plants, YEARS, ["technology"]).set_index(
        ["technology", "year"]
    )
    for by in ("region", "owner"):
        parts = indicators.capacity_by_year(plants, YEARS, ["technology", by])
        total = parts.groupby(["technology", "year"])["capacity_mw"].sum()
        pd.testing.assert_series_equal(total, whole["capacity_mw"].sort_index(), check_names=False)


def test_shares_growth_emissions_and_arrays(tables):
    _, told, _ = tables
    generation = indicators.national(told, "generation")
    shares = indicators.shares(generation, told)
    assert shares.loc[2025, "share"] == pytest.approx(0.1486, abs=0.001)
    assert shares.loc[[2030, 2050], "target"].tolist() == [0.15, 0.5]
    growth = indicators.growth(pd.DataFrame({"x": [1.0, 2.0, 3.0]}, index=[2015, 2016, 2018]))
    assert growth["x"].iloc[1] == 1.0
    assert growth["x"].isna().tolist() == [True, False, True]
    avoided = indicators.avoided_emissions(generation, coal_t_per_mwh=1.0, gas_t_per_mwh=0.5)
    assert (avoided["low_mt"] <= avoided["avoided_mt"]).all()
    assert (avoided["avoided_mt"] <= avoided["high_mt"]).all()
    array = indicators.as_dataset(generation[["wind"]], unit="GWh", name="generation")
    assert array.sel(year=2025, technology="wind").item() == pytest.approx(5830)
    assert array.attrs["units"] == "GWh"


def test_the_s_curve_finds_a_known_curve_and_says_when_it_cannot_know():
    years = np.arange(2005, 2026)
    values = pd.Series(scurve.logistic(years, 100.0, 0.6, 2015.0), index=years)
    noisy = values * np.exp(np.random.default_rng(1).normal(0, 0.03, len(years)))
    found = scurve.fit_scurve(noisy, ceiling=1000, until=2030, seed=20_260_101, draws=60)
    assert found.ceiling == pytest.approx(100, rel=0.05)
    assert found.middle == pytest.approx(2015, abs=0.5)
    ahead = found.table.loc[2030]
    assert ahead["low"] < 100 < ahead["high"]
    early = scurve.fit_scurve(noisy.loc[:2012], ceiling=1000, until=2030, seed=20_260_101, draws=60)
    assert early.open_ended > found.open_ended
    width = early.table.loc[2030]
    assert width["high"] / width["low"] > ahead["high"] / ahead["low"]
    with pytest.raises(ValueError, match="years"):
        scurve.fit_scurve(values.head(3), ceiling=1000, until=2030, seed=20_260_101, draws=60)


def test_the_rating_is_what_its_formula_says():
    plants = pd.DataFrame(
        {
            "owner": ["A", "A", "B", "C"],
            "technology": ["wind", "coal", "coal", "solar"],
            "capacity_mw": [30.0, 70.0, 10.0, 5.0],
            "status": "operating",
        },
        index=[1, 2, 3, 4],
    )
    measures = pd.DataFrame({"owner": ["A"], "kind": ["water"]}, index=[9])
    told = pd.DataFrame(
        {
            "facility_id": [1.0, np.nan],
            "measure_id": [np.nan, 9.0],
            "year": [2025, 2025],
            "quantity": ["generation", "water_saved"],
        }
    )
    weights = {"capacity": 0.5, "measures": 0.3, "reporting": 0.2}
    rated = rating.rate_enterprises(plants, measures, told, weights=weights, year=2025)
    assert rated.loc["A", "rating"] == pytest.approx(100 * (0.5 * 0.3 + 0.3 * 0.2 + 0.2 * 2 / 3))
    assert rated.loc["B", "rating"] == 0
    assert rated.loc["C", "rating"] == pytest.approx(100 * 0.5 / 0.7)
    assert rated.index[0] == "C"


def test_the_watch_marks_what_does_not_fit():
    plants = pd.DataFrame(
        {
            "name": ["x", "y"],
            "technology": "wind",
            "region": "KZ-15",
            "capacity_mw": 10.0,
            "year": 2020,
        },
        index=[1, 2],
    )
    told = pd.DataFrame(
        {
            "facility_id": [1, 2],
            "quantity": "generation",
            "year": 2023,
            "days": 365,
            "value": [0.35 * 87600, 0.1 * 87600],
            "technology": "wind",
        }
    )
    watch = indicators.capacity_factor_watch(plants, told, pd.Series({1: 0.36, 2: 0.36}))
    assert watch["watch"].tolist() == [False, True]
    assert watch["registered"].tolist() == pytest.approx([0.35, 0.10])


def test_the_template_speaks_three_languages_and_its_example_never_counts(tmp_path: Path):
    path = tmp_path / "template.xlsx"
    write_template(path)
    book = load_workbook(path)
    heads = [book[f"measure {language}"]["A1"].value for language in ("en", "ru", "kk")]
    assert heads == ["Enterprise", "Предприятие", "Кәсіпорын"]
    made = store.open_engine(store.registry_url(str(tmp_path / "r.sqlite")))
    store.migrate(made)
    real = book["measure kk"]
    names = [cell.value for cell in real[1]]
    example = dict(
        zip(
            [cell.value for cell in book[EXAMPLE_SHEET][1]],
            [cell.value for cell in book[EXAMPLE_SHEET][2]],
            strict=True,
        )
    )
    real.append([list(example.values())[n] for n in range(len(names))])
    book.save(path)
    example_only = FileMapping(kind="measure", sheet=EXAMPLE_SHEET, synthetic=True)
    assert import_file(made, path, example_only, who="t").added == 1
    with store.read_session(made) as session:
        assert views.measures(session).empty
        assert views.observations(session).empty
        assert views.measures(session, synthetic=True)["synthetic"].tolist() == [True]
    kazakh = FileMapping(kind="measure", sheet="measure kk")
    assert import_file(made, path, kazakh, who="t").refused == []


def test_a_page_never_prints_the_password_or_the_folder_of_a_registry():
    from greenanalysis.registry.monitoring import START, shown_name

    shown = shown_name("postgresql://user:secret@db.example/registry")
    assert "secret" not in shown
    assert "db.example" in shown
    assert shown_name("/home/someone/my.sqlite") == "my.sqlite"
    assert shown_name("") == START
