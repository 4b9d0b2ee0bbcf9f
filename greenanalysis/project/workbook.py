"""The cash flow as a workbook with live formulas, so that a banker can check and change it.

A sheet of yearly rows whose formulas name each other instead of cells.

The rows of the workbook's cash flow as formulas; the model's equations once more.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenanalysis.project.cashflow import Financed

_TOKEN = re.compile(r"\{(\$?)(\w+)(?:@(-\d+|\+\d+|first|all|years))?\}")
_FIRST = 3
"""Column of year 0; before it stand label and unit."""
_HEAD = 2

_Formula = str | float | Callable[[int], str | float | None] | None


@dataclass(frozen=True)
class Row:
    """One row: ``first`` in year 0, ``each`` in the others, perhaps a function of the year."""

    label: str
    unit: str
    first: _Formula = None
    each: _Formula = None
    form: str = "#,##0"


class YearSheet:
    """Rows by name, years as columns; year 0 is the first.

    In a formula ``{row}`` is the row in the same year, ``{row@-1}`` the year before (any number),
    ``{row@first}`` year 0, ``{row@all}`` all years, ``{row@years}`` all but year 0, and ``{$name}``
    an input.
    """

    def __init__(self, rows: Mapping[str, Row], inputs: Mapping[str, str], years: int) -> None:
        self.rows, self.inputs, self.years = dict(rows), dict(inputs), years
        self.places = {name: _HEAD + number for number, name in enumerate(rows)}

    def write(self, sheet: Any) -> None:
        """Write all rows."""
        for name, row in self.rows.items():
            place = self.places[name]
            sheet.cell(place, 1, row.label)
            sheet.cell(place, 2, row.unit)
            for year in range(self.years + 1):
                what = row.first if year == 0 else row.each
                value = what(year) if callable(what) else what
                if value is not None:
                    cell = sheet.cell(place, _FIRST + year, self.text(value, year))
                    cell.number_format = row.form

    def text(self, value: str | float, year: int = 0, *, sheet: str = "") -> str | float:
        """Return a formula with names replaced by cells; other values as they are."""
        if not isinstance(value, str) or not value.startswith("="):
            return value
        return _TOKEN.sub(lambda match: self._cell(match, year, sheet), value)

    def _cell(self, match: re.Match[str], year: int, sheet: str) -> str:
        if match[1]:
            return self.inputs[match[2]]
        row, where = self.places[match[2]], match[3]
        place = f"'{sheet}'!" if sheet else ""
        if where in ("all", "years"):
            start = _letters(_FIRST + (where == "years"))
            return f"{place}${start}${row}:${_letters(_FIRST + self.years)}${row}"
        shift = -year if where == "first" else int(where or 0)
        return f"{place}{_letters(_FIRST + year + shift)}{row}"


def _letters(number: int) -> str:
    """Return the letters of a column, 1 is A."""
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number))


_USD = "USD, nominal"
_KZT = "KZT, nominal"
_LEVEL = "(1+{$inflation_usd})^({year}-{$price_year})"
_DEBT_COST = "({$investment}+{$loan}*({$fee}+{$interest}*{$construction_years}/2))"


def _cash_flow_rows(*, life: int, carry_years: int, annuity: bool) -> dict[str, Row]:
    """Return all rows by name.

    Parameters
    ----------
    life : years of operation.
    carry_years : how long losses count.
    annuity : whether the service is level (then an input) or shaped by the cash flow.
    """
    return {
        **_prices(),
        **_operation("50", "P50", ""),
        **_operation("90", "P90", "*{$p90_share}"),
        "dep": _deduction("Tax depreciation", _DEBT_COST, life),
        "dep_alone": _deduction("Tax depreciation without loan", "{$investment}", life),
        **_loan(annuity=annuity),
        **_tax("50", "P50", "{ebitda50}-{dep}-{paid}", carry_years),
        **_tax("90", "P90", "{ebitda90}-{dep}-{paid}", carry_years),
        **_tax("_alone", "P50 without loan", "{ebitda50}-{dep_alone}", carry_years),
        **_cover("50", "P50"),
        **_cover("90", "P90"),
        "project": Row(
            "Cash flow of the project", _USD, "=-{$investment}", "={ebitda50}-{tax_alone}"
        ),
        "owners": Row(
            "Cash flow of the owners",
            _USD,
            "={$loan}-{$investment}-{$loan}*({$fee}+{$interest}*{$construction_years}/2)-{reserve}",
            "={cfads50}-{service}-({reserve}-{reserve@-1})",
        ),
        "cost": Row("Cost before tax and loan", _USD, "={$investment}", "={opex50}"),
        "energy_all": Row("Energy sold, with year 0", "MWh", 0, "={energy50}"),
    }


def _prices() -> dict[str, Row]:
    fx = "={$rate}*((1+{$inflation_kzt})/(1+{$inflation_usd}))^({year}-{$price_year})"
    contract = "={contract@-1}*(1+{$index_fx}*({fx}/{fx@-1}-1)+{$index_cpi}*{$inflation_kzt})"
    return {
        "year": Row("Year", "", "={$price_year}+{$construction_years}", "={year@-1}+1", "0"),
        "age": Row("Year of operation", "", 0, "={age@-1}+1", "0"),
        "fx": Row("Exchange rate", "KZT per USD", fx, fx, "0.0"),
        "contract": Row(
            "Contract price",
            "KZT/kWh",
            None,
            lambda year: "={$tariff}" if year == 1 else contract,
            "0.00",
        ),
        "price": Row(
            "Price received",
            "KZT/kWh",
            None,
            "=IF({age}<={$contract_years},{contract},"
            "{$merchant}*(1+{$inflation_kzt})^({year}-{$price_year}))",
            "0.00",
        ),
    }


def _operation(key: str, label: str, share: str) -> dict[str, Row]:
    energy = "={$p50_mwh}" + share + "*(1-{$curtailment})*(1-{$degradation})^({age}-1)"
    return {
        f"energy{key}": Row(f"Energy sold, {label}", "MWh", None, energy),
        f"revenue{key}": Row(
            f"Revenue, {label}", _USD, None, f"={{energy{key}}}*1000*{{price}}/{{fx}}"
        ),
        f"opex{key}": Row(
            f"Running cost, {label}",
            _USD,
            None,
            f"=({{$fixed}}*{{$capacity_mw}}*1000+{{$variable}}*{{energy{key}}})*{_LEVEL}",
        ),
        f"ebitda{key}": Row(f"EBITDA, {label}", _USD, None, f"={{revenue{key}}}-{{opex{key}}}"),
    }


def _deduction(label: str, cost: str, life: int) -> Row:
    def group(share: str, rate: str, last: bool) -> str:
        taken = "" if last else f"*{rate}"
        return f"{share}*(1-{rate})^({{age}}-1){taken}"

    def formula(year: int) -> str:
        last = year == life
        machinery = group("{$machinery}", "{$machinery_rate}", last)
        buildings = group("(1-{$machinery})", "{$buildings_rate}", last)
        return f"={cost}*({machinery}+{buildings})*{{fx@first}}/{{fx}}"

    return Row(label, _USD, None, formula)


def _loan(*, annuity: bool) -> dict[str, Row]:
    shaped = "{$scale}*MAX(0,MIN({cfads50}/{$cover_50},{cfads90}/{$cover_90}))"
    service = "{$level}" if annuity else shaped
    return {
        "paid": Row("Interest", _USD, None, "={$interest}*{balance@-1}"),
        "service": Row("Debt service", _USD, None, f"=IF({{age}}<={{$tenor}},{service},0)"),
        "principal": Row("Repayment", _USD, None, "={service}-{paid}"),
        "balance": Row("Loan owed at the end", _USD, "={$loan}", "={balance@-1}-{principal}"),
        "reserve": Row(
            "Reserve account at the end",
            _USD,
            "={$reserve_months}/12*{service@+1}",
            "={$reserve_months}/12*{service@+1}",
        ),
    }


def _tax(key: str, label: str, profit: str, carry: int) -> dict[str, Row]:
    def lapsed(year: int) -> str:
        before = f"{{gone{key}@-1}}+{{used{key}@-1}}" if year > 1 else "0"
        back = carry + 1
        old = f",{{losses{key}@-{back}}}" if year - back >= 1 else ""
        return f"=MAX({before}{old})"

    return {
        f"profit{key}": Row(f"Taxable profit, {label}", _KZT, None, f"=({profit})*{{fx}}"),
        f"losses{key}": Row(
            "  losses so far", _KZT, 0, f"={{losses{key}@-1}}+MAX(0,-{{profit{key}}})"
        ),
        f"gone{key}": Row("  used or lapsed before", _KZT, None, lapsed),
        f"used{key}": Row(
            "  used this year",
            _KZT,
            None,
            f"=MIN(MAX(0,{{profit{key}}}),MAX(0,{{losses{key}@-1}}-{{gone{key}}}))",
        ),
        f"tax{key}": Row(
            f"Income tax, {label}",
            _USD,
            None,
            f"={{$cit}}*(MAX(0,{{profit{key}}})-{{used{key}}})/{{fx}}",
        ),
    }


def _cover(key: str, label: str) -> dict[str, Row]:
    return {
        f"cfads{key}": Row(
            f"Cash for debt service, {label}", _USD, None, f"={{ebitda{key}}}-{{tax{key}}}"
        ),
        f"dscr{key}": Row(
            f"Cover of debt service, {label}",
            "",
            None,
            f'=IF({{service}}>0.01,{{cfads{key}}}/{{service}},"")',
            "0.00",
        ),
    }


RESULTS, INPUTS, FLOW = "Results", "Inputs", "Cash flow"
_MILLION = "#,##0.00,,"

_RESULT_ROWS = (
    ("Project NPV at commissioning, million USD nominal",
     "={project@first}+NPV({$discount},{project@years})", _MILLION),
    ("Project IRR, nominal USD, after tax", '=IFERROR(IRR({project@all}),"none")', "0.00%"),
    ("Owners' NPV at commissioning, million USD nominal",
     "={owners@first}+NPV({$equity_rate},{owners@years})", _MILLION),
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
    ("Loan, million USD", "={$loan}", _MILLION),
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
    rows = _cash_flow_rows(
        life=made.terms.lifetime,
        carry_years=made.terms.loss_carry_years,
        annuity=made.terms.repayment == "annuity",
    )
    sheet = YearSheet(rows, _inputs(inputs, made), made.terms.lifetime)
    sheet.write(flow)
    _write_text(results, 1, f"{made.project.name}: cash flow")
    for label, formula, form in _RESULT_ROWS:
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

    pass

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
    for cell in flow[_HEAD]:
        cell.font, cell.fill = bold, PatternFill("solid", fgColor="E8EEF0")
    for number in range(_FIRST + 1, flow.max_column + 1):
        pass

        flow.column_dimensions[_letters(number)].width = 14
    flow.freeze_panes = flow.cell(_HEAD + 1, _FIRST)
