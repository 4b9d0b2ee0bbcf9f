"""The cash flow as a workbook with live formulas, so that a banker can check and change it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from greenanalysis.finance.cashflow import Financed
from greenanalysis.finance.sheet import YearSheet
from greenanalysis.finance.xlsx_rows import cash_flow_rows

RESULTS, INPUTS, FLOW = "Results", "Inputs", "Cash flow"
MILLION = "#,##0.00,,"

RESULT_ROWS = (
    ("Project NPV at commissioning, million USD nominal",
     "={project@first}+NPV({$discount},{project@years})", MILLION),
    ("Project IRR, nominal USD, after tax", '=IFERROR(IRR({project@all}),"none")', "0.00%"),
    ("Owners' NPV at commissioning, million USD nominal",
     "={owners@first}+NPV({$equity_rate},{owners@years})", MILLION),
    ("Owners' IRR, nominal USD", '=IFERROR(IRR({owners@all}),"none")', "0.00%"),
    ("Lowest cover of debt service, P50", "=MIN({dscr50@years})", "0.00"),
    ("Mean cover of debt service, P50", '=IFERROR(AVERAGE({dscr50@years}),"none")', "0.00"),
    ("Lowest cover of debt service, P90", "=MIN({dscr90@years})", "0.00"),
    ("Mean cover of debt service, P90", '=IFERROR(AVERAGE({dscr90@years}),"none")', "0.00"),
    ("Levelised cost, nominal, USD/MWh",
     "=({cost@first}+NPV({$discount},{cost@years}))/NPV({$discount},{energy_all@years})", "0.00"),
    ("Levelised cost, USD of the price year per MWh",
     "=({cost@first}+NPV({$discount},{cost@years}))/NPV((1+{$discount})/(1+{$inflation_usd})-1,"
     "{energy_all@years})/(1+{$inflation_usd})^{$construction_years}", "0.00"),
    ("Loan, million USD", "={$loan}", MILLION),
    ("Check: the loan is repaid at the end",
     '=IF(ABS(SUM({principal@years})-{$loan})<1,"yes","NO: size the loan anew")', "@"),
    ("Check: cover is kept at P50 and P90",
     '=IF(OR({$loan}<1,AND(MIN({dscr50@years})>={$cover_50}-0.0001,MIN({dscr90@years})>='
     '{$cover_90}-0.0001)),"yes","NO")', "@"),
)  # fmt: skip
"""Label, formula and number format of the results, in order."""


def workbook_bytes(made: Financed, *, notes: Sequence[str] = ()) -> bytes:
    """Return an XLSX file: results, inputs and the cash flow, all by formulas.

    Parameters
    ----------
    made : a financed project.
    notes : lines below the results, such as what the weather is.

    Notes
    -----
    Only the size of the loan (and its share of what cover allows, where gearing binds) stands as a
    number: it is the solution of a circle of tax, interest and loan. Checks on the first sheet say
    whether it still fits after inputs are changed.
    """
    from openpyxl import Workbook

    book = Workbook()
    results, inputs, flow = book.active, book.create_sheet(INPUTS), book.create_sheet(FLOW)
    results.title = RESULTS
    rows = cash_flow_rows(
        life=made.terms.lifetime,
        carry_years=made.terms.loss_carry_years,
        annuity=made.terms.repayment == "annuity",
    )
    sheet = YearSheet(rows, _inputs(inputs, made), made.terms.lifetime)
    sheet.write(flow)
    _write_text(results, 1, f"{made.project.name}: cash flow")
    for label, formula, form in RESULT_ROWS:
        results.append([label, sheet.text(formula, sheet=FLOW)])
        results.cell(results.max_row, 2).number_format = form
    results.append([""])
    for note in notes:
        _write_text(results, results.max_row + 1, note)
    _style(results, inputs, flow)
    book.calculation.fullCalcOnLoad = True
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write_text(sheet: Any, row: int, text: str) -> None:
    """Write text that no spreadsheet takes for a formula."""
    cell = sheet.cell(row, 1, text)
    cell.data_type = "s"


def _input_table(made: Financed) -> list[tuple[str, object, str]]:
    project, terms, macro = made.project, made.terms, made.macro
    contract = project.contract
    return [
        ("capacity_mw", project.capacity_mw, "MW"),
        ("p50_mwh", project.energy.p50_mwh, "MWh in a full first year, before curtailment"),
        ("p90_share", project.energy.p90_share, "P90 of ten years over P50"),
        ("curtailment", terms.curtailment, "share of energy"),
        ("degradation", terms.degradation, "a year"),
        ("price_year", macro.price_year, "year of all prices on this sheet"),
        ("construction_years", terms.construction_years, "years"),
        ("inflation_usd", macro.inflation_usd, "a year"),
        ("inflation_kzt", macro.inflation_kzt, "a year"),
        ("rate", macro.kzt_per_usd, "KZT per USD in the price year"),
        ("tariff", contract.price_kzt_per_kwh, "KZT/kWh without VAT, as signed"),
        ("contract_years", contract.years, "years"),
        ("index_fx", contract.index_fx, "share of the change of KZT per USD"),
        ("index_cpi", contract.index_cpi, "share of consumer inflation"),
        ("merchant", contract.merchant_kzt_per_kwh, "KZT/kWh of the price year, market"),
        ("fixed", terms.fixed_cost_usd_2025_per_kw_year, "USD of 2025 per kW and year"),
        ("variable", terms.variable_cost_usd_2025_per_mwh, "USD of 2025 per MWh"),
        ("investment", made.investment, "USD, paid until commissioning"),
        ("cit", terms.cit_rate, "of profit"),
        ("machinery", terms.machinery_share, "of the investment"),
        ("machinery_rate", terms.depreciation_machinery, "declining balance, a year"),
        ("buildings_rate", terms.depreciation_buildings, "declining balance, a year"),
        ("interest", terms.interest_rate, "a year, nominal, USD"),
        ("tenor", terms.tenor, "years"),
        ("cover_50", terms.dscr_p50, "cover of debt service asked at P50"),
        ("cover_90", terms.dscr_p90, "cover of debt service asked at P90"),
        ("loan", made.loan.amount, "USD; solved by the model, not a formula"),
        ("scale", made.scale, "of the service that cover allows; 1 where cover binds"),
        ("level", float(made.loan.service[0]), "USD a year; used by a level annuity only"),
        ("fee", terms.upfront_fee, "of the loan"),
        ("reserve_months", terms.reserve_months, "months of debt service"),
        ("discount", macro.nominal(terms.discount_rate_real), "a year, nominal, project"),
        ("equity_rate", terms.cost_of_equity, "a year, nominal, owners"),
    ]


def _inputs(sheet: Any, made: Financed) -> dict[str, str]:
    sheet.append(["Input", "Value", "Unit and meaning"])
    places = {}
    for name, value, unit in _input_table(made):
        sheet.append([name, value, unit])
        places[name] = f"{INPUTS}!$B${sheet.max_row}"
    return places


def _style(results: Any, inputs: Any, flow: Any) -> None:
    from openpyxl.styles import Font, PatternFill

    from greenanalysis.finance.sheet import FIRST, HEAD

    bold, given = Font(bold=True), Font(color="1F4E9E")
    results["A1"].font = Font(bold=True, size=14)
    results.column_dimensions["A"].width, results.column_dimensions["B"].width = 56, 18
    for sheet, widths in ((inputs, (22, 16, 56)), (flow, (34, 14, 14))):
        for letter, width in zip("ABC", widths, strict=True):
            sheet.column_dimensions[letter].width = width
    for cell in inputs[1]:
        cell.font = bold
    for row in inputs.iter_rows(min_row=2, min_col=2, max_col=2):
        row[0].font = given
    flow["A1"] = "Years across; year 0 is commissioning. Blue figures on Inputs may be changed."
    for cell in flow[HEAD]:
        cell.font, cell.fill = bold, PatternFill("solid", fgColor="E8EEF0")
    for number in range(FIRST + 1, flow.max_column + 1):
        from greenanalysis.finance.sheet import letters

        flow.column_dimensions[letters(number)].width = 14
    flow.freeze_panes = flow.cell(HEAD + 1, FIRST)
