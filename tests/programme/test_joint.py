"""Joint projects: what the tables refuse, how loans are read, what counts for a memorandum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import data_dir
from greenanalysis.programme import joint

FACTS = data_dir() / "facts"


@pytest.fixture(scope="module")
def assumptions() -> Assumptions:
    return load_assumptions()


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand copies of the tables in the place of the project's own, to be damaged."""
    (tmp_path / "facts").mkdir()
    for name in ("joint_projects", "memorandum", "memorandum_progress"):
        (tmp_path / "facts" / f"{name}.csv").write_bytes((FACTS / f"{name}.csv").read_bytes())
    monkeypatch.setattr(joint, "data_dir", lambda: tmp_path)
    return tmp_path / "facts" / "joint_projects.csv"


def changed(path: Path, column: str, value: str) -> None:
    """Write a value into the first project."""
    rows = pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    rows.loc[0, column] = value
    rows.to_csv(path, index=False)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("source", "", "source"),
        ("year", "", "year"),
        ("investor", "", "investor"),
        ("status", "operatng", "did you mean operating"),
        ("item", "solar_wnd", "did you mean solar_wind"),
        ("region", "KZ-99", "unknown region"),
        ("project", "Sholakkorgan solar", "each once"),
        ("unit", "MEUR", "allowed: MUSD, MKZT"),
        ("price_year", "1999", "price year"),
        ("capacity_mw", "many", "a finite number"),
    ],
)
def test_a_bad_row_is_refused(
    table: Path, assumptions: Assumptions, column: str, value: str, said: str
) -> None:
    changed(table, column, value)
    with pytest.raises(InputError, match=said):
        joint.joint_projects(assumptions)


def test_costs_are_dollars_of_2025_by_hand(assumptions: Assumptions) -> None:
    projects = joint.joint_projects(assumptions).set_index("project")
    rates = {
        year: assumptions.get("KZT", "exchange_rate", unit="USD/KZT", year=year)
        for year in (2021, 2025)
    }
    deflators = {
        year: assumptions.get("USD", "deflator", unit="1", year=year) for year in (2021, 2025)
    }
    by_hand = 12000 * rates[2021] * deflators[2025] / deflators[2021]
    assert projects.loc["Shaulder solar", "cost_musd"] == pytest.approx(by_hand, rel=1e-12)
    assert projects.loc["Orangai solar with storage", "cost_musd"] == 320
    assert np.isnan(projects.loc["Kentau solar (Hevel)", "cost_musd"])
    assert projects.loc["Zhanatas wind", "countries"] == ["China"]


def test_loans_are_read_and_only_with_their_amount() -> None:
    projects = pd.DataFrame(
        {
            "project": ["a", "b"],
            "lender": [
                "AIIB 36 MUSD; EBRD; Green Climate Fund 10.5 MUSD; EBRD with CTF about 30 MUSD",
                "",
            ],
        }
    )
    loans = joint.loans(projects)
    assert loans["lender"].tolist() == ["AIIB", "Green Climate Fund", "EBRD with CTF"]
    assert loans["musd"].tolist() == [36, 10.5, 30]


def test_domestic_projects_answer_a_point_without_a_foreign_partner() -> None:
    points = pd.DataFrame({"title": ["Sun", "Gas"]}, index=["solar_wind", "gas_supply"])
    projects = pd.DataFrame(
        {
            "item": ["solar_wind", "solar_wind", "gas_supply", ""],
            "status": ["operating", "agreed", "operating", "operating"],
            "lender": ["", "ADB", "", ""],
            "countries": [["Italy"], [], [], ["China"]],
        }
    )
    table = joint.answers(points, projects)
    assert table.loc["solar_wind", ["operating", "agreed", "foreign"]].tolist() == [1, 1, 2]
    assert table.loc["gas_supply", ["operating", "foreign"]].tolist() == [1, 0]


def test_every_point_of_the_memorandum_has_a_source_and_other_regions_have_none() -> None:
    points = joint.memorandum("KZ-61")
    assert {"solar_wind", "energy_efficiency", "gas_supply", "biotechnology"} <= set(points.index)
    assert set(joint.memorandum_progress()["item"]) <= set(points.index)
    assert joint.memorandum("KZ-10").empty
