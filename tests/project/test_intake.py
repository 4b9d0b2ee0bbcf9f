"""Projects as offices hand them over: tables of Russian spreadsheets, names, settings."""

from __future__ import annotations

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.project.description import parse_settings, setting_names
from greenanalysis.project.intake import read_portfolio, slug
from greenanalysis.site.workflow.briefs import brief_pages

ROWS = [
    ["название", "широта", "долгота", "технология", "мощность, МВт", "тариф"],
    ["Тасты ВЭС", "44,10", "70,25", "ветер", "50", "21,4"],
    ["Сарыбулак", "43,30", "68,90", "СЭС", "30,5", "usd:45+2%"],
]
ENGLISH = ["name", "latitude", "longitude", "technology", "capacity_mw", "tariff"]


def written(rows, delimiter, encoding, path):
    quoted = [[f'"{c}"' if delimiter == "," and "," in c else c for c in row] for row in rows]
    text = "\r\n".join(delimiter.join(row) for row in quoted) + "\r\n"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("heads", [ROWS[0], ENGLISH])
def test_a_table_of_any_spreadsheet_is_read(tmp_path, encoding, delimiter, heads):
    path = written([heads, *ROWS[1:]], delimiter, encoding, tmp_path / "p.csv")
    first, second = read_portfolio(path)
    assert first == {
        "name": "Тасты ВЭС", "latitude": 44.1, "longitude": 70.25, "technology": "wind",
        "capacity_mw": 50.0, "tariff": "21,4",
    }  # fmt: skip
    assert (second["technology"], second["capacity_mw"]) == ("solar", 30.5)
    pages = brief_pages([first, second], weather="sample")
    assert [page.name for page in pages] == ["brief-tasty-ves", "brief-sarybulak"]


def test_a_workbook_is_read(tmp_path):
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.save(tmp_path / "p.xlsx")
    assert [project["name"] for project in read_portfolio(tmp_path / "p.xlsx")] == [
        "Тасты ВЭС", "Сарыбулак",
    ]  # fmt: skip
    (tmp_path / "q.xlsx").write_bytes(b"no workbook")
    with pytest.raises(InputError, match="no XLSX"):
        read_portfolio(tmp_path / "q.xlsx")


def test_columns_may_set_any_term(tmp_path):
    rows = [[*ENGLISH, "debt.tenor_years", "energy.p50_gwh"], [*ROWS[1], "12", "160,5"]]
    path = written(rows, ";", "utf-8", tmp_path / "p.csv")
    assert read_portfolio(path)[0]["settings"] == {
        "debt.tenor_years": "12", "energy.p50_gwh": "160,5",
    }  # fmt: skip
    rows[1][6] = "long"
    with pytest.raises(InputError, match=r"debt.tenor_years: got 'long' in .*row 2"):
        read_portfolio(written(rows, ";", "utf-8", tmp_path / "p.csv"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((0, 0, "кличка"), "no name, unknown 'кличка'"),
        ((1, 1, "север"), "latitude: got 'север'"),
        ((1, 5, "22,68;9"), "cells: got 7"),
    ],
)
def test_a_bad_table_names_what_is_wrong(tmp_path, change, said):
    rows = [list(row) for row in ROWS]
    line, column, text = change
    rows[line][column] = text
    with pytest.raises(InputError, match=said):
        read_portfolio(written(rows, ";", "cp1251", tmp_path / "p.csv"))


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Жаңатас", "zhanatas"),
        ("Ерейментау-1", "ereymentau-1"),
        ("ВЭС-1", "ves-1"),
        ("СЭС-1", "ses-1"),
        ("Щучинск ЖЭС", "shchuchinsk-zhes"),
        ("B & C", "b-c"),
    ],
)
def test_names_are_written_in_latin_letters(name, address):
    assert slug(name) == address


@given(st.text(min_size=1, max_size=20))
def test_an_address_is_never_empty_and_plain(name):
    assert slug(name)
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_names_that_look_alike_in_latin_keep_their_own_pages():
    base = dict(zip(ENGLISH, ["x", 44.1, 70.25, "wind", 50.0, 20], strict=True))
    pages = brief_pages([base | {"name": n} for n in ("Тасты", "Tasty", "风电")], weather="sample")
    names = [page.name for page in pages]
    assert len(set(names)) == 3
    assert names[0].startswith("brief-tasty-")
    with pytest.raises(InputError, match="each name once"):
        brief_pages([base, base], weather="sample")


def test_settings_are_read_as_people_write_them():
    said = parse_settings(
        {
            "debt.tenor_years": "12",
            "energy.curtailment": "3%",
            "cost.capex_usd_per_kw": "1050,5",
            "construction.drawdown": "20/50/30",
            "debt.currency": "KZT",
        }
    )
    assert said.term_changes() == {
        "tenor": 12,
        "curtailment": 0.03,
        "capex_usd_2025_per_kw": 1050.5,
        "drawdown": (0.2, 0.5, 0.3),
        "loan_currency": "KZT",
    }
    assert "debt.tenor_years" in setting_names()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"debt.tenor": 5}, "debt.tenor_years"),
        ({"tenor_years": 5}, "debt.tenor_years"),
        ({"debt.tenor_years": "long"}, "debt.tenor_years: got 'long'"),
        ({"losses.wake": 1.2}, "losses.wake: got 1.2"),
        ({"energy.p50_gwh": 100, "energy.p90_gwh": 120}, "at most the P50"),
        ({"energy.p90_gwh": 120}, "beside energy.p50_gwh"),
        ({"plant.rating": "peak"}, "'ac' or 'dc'"),
        ({"debt.currency": "EUR"}, "'USD' or 'KZT'"),
    ],
)
def test_a_wrong_setting_names_the_key_and_what_is_allowed(values, said):
    with pytest.raises(InputError, match=said):
        parse_settings(values)
