"""The workbook: formulas throughout, and the same figures when LibreOffice computes it."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from greenanalysis.project.cashflow import Financed
from greenanalysis.project.summary import summarise
from greenanalysis.project.workbook import FLOW, INPUTS, RESULTS, workbook_bytes
from tests.support.finance_case import financed, project

CASES = {
    "cover": {"tariff": 22.0},
    "gearing": {"tariff": 45.0},
    "annuity": {"tariff": 30.0, "repayment": "annuity"},
    "losses lapse": {"tariff": 22.0, "loss_carry_years": 3},
    "no loan": {"tariff": 30.0, "max_gearing": 0.0},
    "no return": {"tariff": "auction:1"},
}


def recalculated(made: dict[str, Financed], folder: Path) -> dict[str, dict]:
    """Return label -> value of each workbook as LibreOffice computes it, all in one run."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed, so nothing recalculates the workbook")
    for name, case in made.items():
        (folder / f"{name}.xlsx").write_bytes(workbook_bytes(case))
    subprocess.run(
        [
            office, "--headless", "--norestore", f"-env:UserInstallation={folder.as_uri()}/profile",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"),
            *(str(folder / f"{name}.xlsx") for name in made),
        ],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    found = {}
    for name in made:
        book = openpyxl.load_workbook(folder / "out" / f"{name}.xlsx", data_only=True)
        found[name] = {row[0]: row[1] for row in book[RESULTS].iter_rows(values_only=True)}
    return found


def test_recalculated_by_libreoffice_it_gives_the_figures_of_the_page(tmp_path):
    made = {name: financed("wind", **terms) for name, terms in CASES.items()}
    found = recalculated(made, tmp_path)
    for name, case in made.items():
        said, sheet = summarise(case), found[name]
        npv = sheet["Project NPV at commissioning, million USD nominal"]
        assert npv == pytest.approx(said.project_npv_usd_nominal, rel=1e-8, abs=1), name
        owners = sheet["Owners' NPV at commissioning, million USD nominal"]
        assert owners == pytest.approx(said.equity_npv_usd_nominal, rel=1e-6, abs=10), name
        if name != "no return":
            rate = sheet["Project IRR, nominal USD, after tax"]
            assert rate == pytest.approx(said.project_irr.value, abs=1e-8), name
            rate = sheet["Owners' IRR, nominal USD"]
            assert rate == pytest.approx(said.equity_irr.value, abs=1e-6), name
        cost = sheet["Levelised cost, USD of the price year per MWh"]
        assert cost == pytest.approx(said.lcoe_usd_2025_per_mwh, rel=1e-8), name
        if case.loan.amount > 1:
            for label in ("P50", "P90"):
                least = sheet[f"Lowest cover of debt service, {label}"]
                assert least == pytest.approx(said.dscr_min[label], abs=1e-6), name
                mean = sheet[f"Mean cover of debt service, {label}"]
                assert mean == pytest.approx(said.dscr_mean[label], abs=1e-6), name
            assert sheet["Check: the loan is repaid at the end"] == "yes", name
            assert sheet["Check: cover is kept at P50 and P90"] == "yes", name


def test_all_years_are_formulas_and_only_inputs_are_numbers():
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(financed())))
    assert book.sheetnames == [RESULTS, INPUTS, FLOW]
    cells = [cell for row in book[FLOW].iter_rows(min_row=2, min_col=4) for cell in row]
    numbers = [cell for cell in cells if cell.value is not None and cell.data_type != "f"]
    assert numbers == []
    assert sum(cell.data_type == "f" for cell in cells) > 1000
    formulas = [row[1].value for row in book[RESULTS].iter_rows(min_row=2, max_row=14)]
    assert all(str(value).startswith("=") for value in formulas)
    text = " ".join(str(cell.value) for cell in cells)
    assert "{" not in text


def test_a_name_is_never_a_formula():
    import dataclasses

    named = dataclasses.replace(
        financed(), project=dataclasses.replace(project(), name='=HYPERLINK("x")')
    )
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(named, notes=["=1+1"])))
    cells = [row[0] for row in book[RESULTS].iter_rows(max_col=1)]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
