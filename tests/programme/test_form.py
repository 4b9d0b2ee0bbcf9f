"""The form for the facts of a region: what it asks for, what it refuses, what it changes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from greenanalysis.cli.main import cli
from greenanalysis.core import tables
from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import data_dir
from greenanalysis.geo.names import region_names
from greenanalysis.programme import collect, form

REGION = "KZ-10"
FACTS = data_dir() / "facts"


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand copies of the tables in the place of the project's own, to be changed."""
    folder = tmp_path / "data" / "facts"
    folder.mkdir(parents=True)
    for name in collect.TABLES:
        (folder / f"{name}.csv").write_bytes((FACTS / f"{name}.csv").read_bytes())
    for module in (form, tables):
        monkeypatch.setattr(module, "data_dir", lambda: tmp_path / "data")
    return folder


def filled(path: Path, rows: dict[int, dict[str, Any]]) -> Path:
    """Write the form of the region with some cells filled in, by the row below the headings."""
    book = load_workbook(io.BytesIO(form.form_bytes(REGION, this_year=2026)))
    sheet = book.active
    headings = [cell.value for cell in sheet[1]]
    for number, cells in rows.items():
        for name, value in cells.items():
            sheet.cell(row=number + 2, column=headings.index(name) + 1, value=value)
    book.save(path)
    return path


GOOD = {"value": 9.5, "year": 2024, "source": "Bureau of National Statistics, 2025"}


def test_the_form_asks_for_all_gaps_and_old_facts_and_is_the_same_each_time() -> None:
    facts = collect.region_facts("KZ-27")
    old = collect.old_facts(facts, this_year=2026)
    assert (old["year"] < 2023).all()
    assert len(old) + len(collect.to_collect(facts)) == (
        load_workbook(io.BytesIO(form.form_bytes("KZ-27", this_year=2026))).active.max_row - 1
    )
    assert form.form_bytes("KZ-27", this_year=2026) == form.form_bytes("KZ-27", this_year=2026)


def test_a_fact_without_a_year_counts_as_old() -> None:
    facts = pd.DataFrame({"value": [1.0, 2.0, float("nan")], "year": [float("nan"), 2023, 1999]})
    assert collect.old_facts(facts, this_year=2026).index.tolist() == [0]


def test_every_region_is_in_every_table_that_knows_regions() -> None:
    for code in region_names():
        assert set(collect.region_facts(code)["table"]) == set(collect.TABLES)


def test_a_filled_form_changes_its_rows_and_no_other_byte(tmp_path: Path, facts: Path) -> None:
    before = {path.name: path.read_text().splitlines() for path in facts.iterdir()}
    read = form.read_form(filled(tmp_path / "f.xlsx", {0: {**GOOD, "note": 'a "b", c'}}))
    assert [(one.table, one.quantity, one.value) for one in read] == [
        ("heat_regions", "floor_area", 9.5)
    ]
    assert [path.name for path in form.write_facts(read)] == ["heat_regions.csv"]
    for name, lines in before.items():
        after = (facts / name).read_text().splitlines()
        changed = [(old, new) for old, new in zip(lines, after, strict=True) if old != new]
        assert len(changed) == (name == "heat_regions.csv")
    known = (
        collect.region_facts(REGION)
        .set_index(["table", "quantity"])
        .loc[("heat_regions", "floor_area")]
    )
    assert (known["value"], known["year"], known["status"]) == (9.5, 2024, "reported")
    assert known["source"] == GOOD["source"]
    assert known["note"] == 'a "b", c'


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({**GOOD, "year": None}, "year: got '' in .*row 2"),
        ({**GOOD, "source": None}, "source: got nothing"),
        ({**GOOD, "value": None}, "value: got ''"),
        ({**GOOD, "value": -1}, "0 or more"),
        ({**GOOD, "value": "nine"}, "a number"),
        ({**GOOD, "year": 2224}, "a year from 1990"),
        ({**GOOD, "quantity": "flor_area"}, "did you mean floor_area"),
        ({**GOOD, "region": "KZ-100"}, "unknown region"),
        ({**GOOD, "table": "heat"}, "did you mean heat_regions"),
        ({**GOOD, "unit": "m2"}, "allowed: million m2"),
    ],
)
def test_a_row_filled_in_part_or_moved_is_refused(
    tmp_path: Path, cells: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        form.read_form(filled(tmp_path / "f.xlsx", {0: cells}))


def test_a_share_above_one_is_refused(tmp_path: Path) -> None:
    rows = collect.to_collect(collect.region_facts(REGION)).reset_index()
    number = int(rows.index[rows["quantity"] == "gas_access"][0])
    with pytest.raises(InputError, match="0 to 1"):
        form.read_form(filled(tmp_path / "f.xlsx", {number: {**GOOD, "value": 91.3}}))


def test_an_unfilled_form_and_another_workbook(tmp_path: Path) -> None:
    assert form.read_form(filled(tmp_path / "f.xlsx", {})) == []
    (tmp_path / "text.xlsx").write_text("no workbook")
    for path in (tmp_path / "text.xlsx", tmp_path / "none.xlsx"):
        with pytest.raises(InputError, match=path.name):
            form.read_form(path)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=st.floats(0, 1e12), year=st.integers(1990, 2026), source=st.text(min_size=1))
def test_what_is_written_is_what_is_read(facts: Path, value: float, year: int, source: str) -> None:
    text = " ".join(source.split()) or "x"
    if not text.isprintable() or text.startswith("#"):
        return
    new = form.NewFact("waste_regions", REGION, "collected_kt", value, year, text, "")
    form.write_facts([new])
    read = collect.region_facts(REGION).set_index("quantity").loc["collected_kt"]
    assert read["value"] == pytest.approx(value, rel=1e-9)
    assert (read["year"], read["source"]) == (year, text)


def test_the_command_writes_the_form_and_keeps_what_is_there(tmp_path: Path) -> None:
    target = tmp_path / "abai.xlsx"
    done = CliRunner().invoke(cli, ["programme", "form", "Abai", str(target)])
    assert done.exit_code == 0
    assert target.stat().st_size > 5000
    again = CliRunner().invoke(cli, ["programme", "form", "Abai", str(target)])
    assert isinstance(again.exception, InputError)
    checked = CliRunner().invoke(cli, ["programme", "fill", str(target)])
    assert "holds no new fact" in checked.output
