"""The workbook: values stand in it, edits give the figures of the model, labels translated."""

from __future__ import annotations

import dataclasses
import io
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.project.cashflow import Financed, finance, with_contract_price
from greenanalysis.project.operation import Shock
from greenanalysis.project.risk import outcome
from greenanalysis.project.summary import summarise
from greenanalysis.project.workbook import (
    FLOW,
    INPUTS,
    LANGUAGES,
    RESULTS,
    SCENARIOS,
    SIZING,
    Scenario,
    load_words,
    workbook_bytes,
)
from greenanalysis.project.year_sheet import letters
from tests.support.finance_case import MACRO, financed, project

CASES = {
    "cover, losses lapse": {"tariff": 22.0, "loss_carry_years": 3},
    "gearing, annuity": {"tariff": 45.0, "repayment": "annuity"},
    "no loan": {"tariff": "auction:1", "construction_years": 0},
    "dollars": {
        "tariff": "usd:45+2%", "dscr_p99": 1.05, "vat_share": 1.0, "vat_refund_years": 3,
        "receivable_days": 120.0,
    },
    "tenge, owners first": {
        "tariff": 40.0, "loan_currency": "KZT", "interest_rate": 0.16, "funding": "equity_first",
        "grace_years": 1,
    },
    "taxes": {
        "tariff": 30.0, "cit_holiday_years": 5, "property_tax_rate": 0.015, "salvage_share": 0.1,
        "dividend_tax_rate": 0.1, "balancing_share": 0.02, "transmission_kzt_2025_per_kwh": 1.0,
    },
}  # fmt: skip
LATER = Scenario("A year late and 15 % dearer", capex=1.15, delay=1.0)


def results(content: bytes) -> dict[str, object]:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return {row[0]: row[1] for row in book[RESULTS].iter_rows(values_only=True, max_col=2)}


def edited(content: bytes, changes: Mapping[str, object]) -> bytes:
    """Change inputs; openpyxl drops the values of formulas, so only a recalculation fills them."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[INPUTS]
    rows = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    for name, value in changes.items():
        sheet.cell(rows[name], 2).value = value
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def recalculated(books: Mapping[str, bytes], folder: Path) -> dict[str, dict[str, object]]:
    """Return label -> value of each workbook as LibreOffice computes it, all in one run."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed, so nothing recalculates the workbook")
    for name, content in books.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    subprocess.run(
        [
            office, "--headless", "--norestore", f"-env:UserInstallation={folder.as_uri()}/profile",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"),
            *(str(folder / f"{name}.xlsx") for name in books),
        ],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return {name: results((folder / "out" / f"{name}.xlsx").read_bytes()) for name in books}


def check_whole(sheet: Mapping[str, object], made: Financed, name: str) -> None:
    found = summarise(made)
    near = pytest.approx
    worth = sheet["Project NPV at commissioning, million USD nominal"]
    assert worth == near(found.project_npv_usd_nominal, rel=1e-7, abs=1), name
    worth = sheet["Owners' NPV at commissioning, million USD nominal"]
    assert worth == near(found.equity_npv_usd_nominal, rel=1e-5, abs=100), name
    if np.isfinite(found.project_irr.value):
        rate = sheet["Project IRR, nominal USD, after tax"]
        assert rate == near(found.project_irr.value, abs=1e-7), name
    cost = sheet["Levelised cost, USD of the price year per MWh"]
    assert cost == near(found.lcoe_usd_2025_per_mwh, rel=1e-8), name
    for label in ("P50", "P90", "P99"):
        least = sheet[f"Lowest cover of debt service, {label}"]
        if made.loan.amount > 1:
            assert least == near(found.dscr_min[label], abs=1e-5), name
        else:
            assert least == "none", name
    assert sheet["Check: the loan is repaid at the end"] == "yes", name
    assert sheet["Check: cover is kept at P50 and P90"] == "yes", name


def test_the_values_that_stand_in_the_file_are_those_of_the_model():
    for name, terms in CASES.items():
        made = financed("wind", **terms)
        check_whole(results(workbook_bytes(made)), made, name)


def test_libreoffice_comes_to_the_model_after_edits(tmp_path):
    base = financed("wind", 30.0)
    content = workbook_bytes(base, scenarios=[LATER])
    books = {}
    for share in (0.8, 1.2):
        books[f"price {share}"] = edited(content, {"tariff": 30.0 * share})
        books[f"resized {share}"] = edited(content, {"tariff": 30.0 * share, "resize": 1})
    books["dearer"] = edited(
        content, {"investment_2025": base_investment(base) * 1.2, "interest": 0.105}
    )
    books["scenario"] = edited(content, {"scenario": 2})
    again = ("tenge, owners first", "gearing, annuity")
    for name in again:
        books[name] = edited(workbook_bytes(financed("wind", **CASES[name])), {"resize": 1})
    sheets = recalculated(books, tmp_path)
    covers = []
    for share in (0.8, 1.2):
        same_loan = outcome(base, Shock(price=share))
        sheet = sheets[f"price {share}"]
        assert_outcome(sheet, same_loan)
        covers.append(sheet["Lowest cover of debt service, P50"])
        other = finance(with_contract_price(base.project, 30.0 * share), base.terms, MACRO)
        check_whole(sheets[f"resized {share}"], other, f"resized {share}")
    assert covers[0] < covers[1]  # a lower tariff lowers the cover: the loan is signed
    assert_outcome(sheets["dearer"], outcome(base, Shock(capex=1.2, interest=0.02)))
    assert_outcome(sheets["scenario"], outcome(base, LATER.shock()))
    for name in again:
        check_whole(sheets[name], financed("wind", **CASES[name]), name)


def base_investment(made: Financed) -> float:
    from greenanalysis.project.operation import investment_parts

    return sum(investment_parts(made.project, made.terms).values())


def assert_outcome(sheet: Mapping[str, object], result: object) -> None:
    least = sheet["Lowest cover of debt service, P50"]
    assert least == pytest.approx(result.least_cover[0], abs=1e-6)
    worth = sheet["Project NPV at commissioning, million USD nominal"]
    assert worth == pytest.approx(result.project_npv_usd_nominal[0], rel=1e-7, abs=10)
    owners = sheet["Owners' NPV at commissioning, million USD nominal"]
    assert owners == pytest.approx(result.equity_npv_usd_nominal[0], rel=1e-6, abs=10)


def test_all_years_are_formulas_but_the_loan_as_signed():
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(financed())))
    assert book.sheetnames == [RESULTS, INPUTS, FLOW, SIZING, SCENARIOS]
    rows = list(book[FLOW].iter_rows(min_row=2))
    numbers = {
        row[0].value
        for row in rows
        for cell in row[2:]
        if cell.value is not None and cell.data_type != "f"
    }
    assert numbers == {
        "Part of the investment", "Drawn, as signed", "Repayment, as signed", "Year of operation",
        "  losses so far", "Energy sold, all points", "Owed by the buyer, P50",
        "Owed by the buyer, P90", "Owed by the buyer, P99",
    }  # fmt: skip
    text = " ".join(str(cell.value) for row in rows for cell in row)
    assert "{" not in text
    assert not re.search(r"#REF|#NAME", text)


def test_inputs_name_their_sources():
    content = workbook_bytes(financed(), sources={"cit_rate": "Tax Code"})
    sheet = openpyxl.load_workbook(io.BytesIO(content))[INPUTS]
    sources = {row[0].value: row[3].value for row in sheet.iter_rows(min_row=2)}
    assert sources["cit"] == "Tax Code"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_is_in_the_language_of_the_book(language):
    content = workbook_bytes(financed(), scenarios=[LATER], language=language)
    book = openpyxl.load_workbook(io.BytesIO(content))
    results_sheet, inputs, flow = book.worksheets[:3]
    labels = [cell.value for cell in flow["A"] if cell.value]
    labels += [cell.value for cell in results_sheet["A"][1:] if cell.value]
    labels += [cell.value for cell in inputs["C"] if cell.value]
    if language == "en":
        assert "Debt service" in labels
    else:
        english = [text for text in labels if not re.search(r"[а-яәғқңөұүһі]", text, re.IGNORECASE)]
        assert english == []


def test_words_are_complete_and_an_unknown_language_is_refused():
    russian, kazakh = load_words("ru"), load_words("kk")
    assert set(russian) == set(kazakh)
    assert all(russian.values())
    assert all(kazakh.values())
    with pytest.raises(InputError, match="language"):
        load_words("de")


def test_a_name_is_never_a_formula():
    named = dataclasses.replace(
        financed(), project=dataclasses.replace(project(), name='=HYPERLINK("x")')
    )
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(named, notes=["=1+1"])))
    cells = [row[0] for row in book[RESULTS].iter_rows(max_col=1)]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}


def test_columns_are_named_as_spreadsheets_do():
    assert [letters(n) for n in (1, 26, 27, 52, 703)] == ["A", "Z", "AA", "AZ", "AAA"]
