"""The cash flow as a workbook that a banker may change: inputs, cash flow, loan, scenarios.

The loan stands as signed, so a changed tariff moves the cover and not the debt service; one switch
sizes it anew. Every formula carries the value it comes to.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.core.paths import data_dir
from greenanalysis.geo.country import local_money
from greenanalysis.project.cashflow import Financed
from greenanalysis.project.operation import (
    Shock,
    investment_parts,
    residual_real_usd,
    storage_cost,
    storage_losses_mwh,
)
from greenanalysis.project.risk import outcome
from greenanalysis.project.workbook_rows import flow_rows, sizing_rows
from greenanalysis.project.year_sheet import FIRST, YearSheet, letters

RESULTS, INPUTS, FLOW, SIZING, SCENARIOS, SENSITIVITY = (
    "Results", "Inputs", "Cash flow", "Sizing", "Scenarios", "Sensitivity",
)  # fmt: skip
LANGUAGES = ("en", "ru", "kk")
_MILLION = "#,##0.00,,"
_NUMBER = re.compile(r"\d+(?:\.\d+)?%?")
_FACTORS = ("price", "energy", "capex", "opex", "rate", "delay")

_RESULT_ROWS = (
    ("Project NPV at commissioning, million USD nominal",
     "=NPV({$discount},{project@all})*(1+{$discount})^COUNT({project@built})", _MILLION),
    ("Project IRR, nominal USD, after tax", '=IFERROR(IRR({project@all}),"none")', "0.00%"),
    ("Owners' NPV at commissioning, million USD nominal",
     "=NPV({$equity_rate},{owners@all})*(1+{$equity_rate})^COUNT({owners@built})", _MILLION),
    ("Owners' IRR, nominal USD", '=IFERROR(IRR({owners@all}),"none")', "0.00%"),
    ("Lowest cover of debt service, P50", '=IF(COUNT({dscr50@years})=0,"none",MIN({dscr50@years}))',
     "0.00"),
    ("Mean cover of debt service, P50", '=IFERROR(AVERAGE({dscr50@years}),"none")', "0.00"),
    ("Lowest cover of debt service, P90", '=IF(COUNT({dscr90@years})=0,"none",MIN({dscr90@years}))',
     "0.00"),
    ("Mean cover of debt service, P90", '=IFERROR(AVERAGE({dscr90@years}),"none")', "0.00"),
    ("Lowest cover of debt service, P99", '=IF(COUNT({dscr99@years})=0,"none",MIN({dscr99@years}))',
     "0.00"),
    ("Levelised cost, nominal, USD/MWh",
     "=NPV({$discount},{cost_all@all})/NPV({$discount},{energy_all@all})", "0.00"),
    ("Levelised cost, USD of the price year per MWh",
     "=NPV({$discount},{cost_all@all})*(1+{$discount})"
     "/(NPV((1+{$discount})/(1+{$inflation_usd})-1,{energy_all@all})"
     "*((1+{$discount})/(1+{$inflation_usd})))", "0.00"),
    ("Loan, million", "={balance@start}", _MILLION),
    ("Equity paid in, million USD", "=SUM({uses@built})-SUM({draws@built})", _MILLION),
    ("Check: the loan is repaid at the end",
     '=IF(ABS({balance@last})<1+0.000001*{balance@start},"yes","NO")', "@"),
    ("Check: cover is kept at P50 and P90",
     '=IF({balance@start}<1,"yes",IF(MIN({dscr50@years})<{$cover_50}-0.0001,"NO",'
     'IF(MIN({dscr90@years})<{$cover_90}-0.0001,"NO","yes")))', "@"),
)  # fmt: skip
"""Label, formula and number format of the results, in order."""


@dataclass(frozen=True)
class Scenario:
    """A name and what it changes: factors on price, energy, investment, cost, tenge; years late."""

    name: str
    price: float = 1.0
    energy: float = 1.0
    capex: float = 1.0
    opex: float = 1.0
    rate: float = 1.0
    delay: float = 0.0

    def shock(self) -> Shock:
        """Return the same as a departure from the base case."""
        return Shock(**{name: getattr(self, name) for name in _FACTORS})


BASE = Scenario("Base case")


def workbook_bytes(
    made: Financed,
    *,
    notes: Sequence[str] = (),
    sources: Mapping[str, str] | None = None,
    scenarios: Sequence[Scenario] = (),
    sensitivity: pd.DataFrame | None = None,
    language: str = "en",
) -> bytes:
    """Return an XLSX file: results, inputs, cash flow, sizing of the loan, scenarios, sensitivity.

    Parameters
    ----------
    made : a financed project.
    notes : lines below the results, such as what the weather is.
    sources : of inputs, by their name.
    scenarios : beside the base case; the number of one on the sheet of inputs applies it.
    sensitivity : of :func:`~greenanalysis.project.risk.tornado`.
    language : of all labels: ``en``, ``ru`` or ``kk``.
    """
    import xlsxwriter

    words = load_words(language)
    cases = [BASE, *scenarios]
    table = _input_table(made, cases)
    places = {
        row[0]: (f"'{words.get(INPUTS, INPUTS)}'!$B${number}", row[1])
        for number, row in enumerate(table, 2)
    }
    names = {sheet: words.get(sheet, sheet) for sheet in
             (RESULTS, INPUTS, FLOW, SIZING, SCENARIOS, SENSITIVITY)}  # fmt: skip
    points, life = made.construction.capex.size, made.terms.lifetime
    sizing = YearSheet(names[SIZING], sizing_rows(made), places, points, life)
    flow = YearSheet(names[FLOW], flow_rows(made), places, points, life, others=[sizing])
    sizing.others = [flow]
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    writer = _Writer(book, words)
    results = book.add_worksheet(names[RESULTS])
    writer.inputs(book.add_worksheet(names[INPUTS]), table, sources or {}, names[SCENARIOS])
    sheet = book.add_worksheet(names[FLOW])
    writer.years(sheet, flow)
    writer.years(book.add_worksheet(names[SIZING]), sizing)
    writer.scenarios(book.add_worksheet(names[SCENARIOS]), made, cases)
    if sensitivity is not None:
        writer.sensitivity(book.add_worksheet(names[SENSITIVITY]), sensitivity)
    writer.results(results, made, flow, notes)
    book.close()
    return buffer.getvalue()


def load_words(language: str) -> dict[str, str]:
    """Return the labels of the workbook in a language, by their English text.

    Raises
    ------
    InputError : a language that the table does not hold.
    """
    from greenanalysis.core.errors import unknown_name

    if language not in LANGUAGES:
        raise unknown_name("language", language, LANGUAGES, where="workbook")
    if language == "en":
        return {}
    table = pd.read_csv(data_dir() / "workbook_words.csv", dtype=str, keep_default_na=False)
    return dict(zip(table["en"], table[language], strict=True))


def _input_table(made: Financed, cases: Sequence[Scenario]) -> list[tuple[str, Any, str, str]]:
    """Name, value, what it is, and the field of terms that it comes from."""
    project, terms, macro = made.project, made.terms, made.macro
    contract, energy = project.contract, project.energy
    rise = macro.inflation_usd if terms.capex_escalation is None else terms.capex_escalation
    return [
        ("resize", 0, "1 sizes the loan anew, 0 leaves it as signed", ""),
        ("scenario", 1, "number of the scenario on its sheet, 1 is the base case", ""),
        *[(f"{name}_factor" if name != "delay" else name, getattr(BASE, name),
           "taken from the scenario", "") for name in _FACTORS],
        ("capacity_mw", project.capacity_mw, "MW", ""),
        ("p50_mwh", energy.p50_mwh, "MWh in a full first year, before curtailment", "p50"),
        ("p90_share", energy.p90_share, "P90 of ten years over P50", "p50"),
        ("p99_share", energy.p99_share, "P99 of ten years over P50", "p50"),
        ("curtailment", terms.curtailment, "share of energy", "curtailment"),
        ("degradation", terms.degradation, "a year", "degradation"),
        ("storage_loss_mwh", storage_losses_mwh(project, terms), "MWh a year lost in the battery",
         "storage_cycles_per_year"),
        ("price_year", macro.price_year, "year of all prices on this sheet", ""),
        ("inflation_usd", macro.inflation_usd, "a year", "inflation_usd"),
        ("inflation_kzt", macro.inflation_kzt, "a year", "inflation_kzt"),
        *([("depreciation", macro.depreciation, f"rise of {local_money()} per USD, a year", "")]
          if macro.depreciation is not None else []),
        ("rate", macro.kzt_per_usd, f"{local_money()} per USD in the price year", "kzt_per_usd"),
        ("tariff", contract.price_kzt_per_kwh, f"{local_money()}/kWh without VAT, as signed",
         "tariff"),
        ("contract_years", contract.years, "years", "contract"),
        ("index_fx", contract.index_fx, f"share of the change of {local_money()} per USD",
         "index_fx"),
        ("index_cpi", contract.index_cpi, "share of consumer inflation", "index_cpi"),
        ("construction_fx", contract.construction_fx,
         "the same, once for the construction period", "construction_fx"),
        ("construction_cpi", contract.construction_cpi,
         "the same, once for the construction period", "construction_cpi"),
        ("escalator", contract.escalator, "rise of the price, a year", "tariff"),
        ("merchant", contract.merchant_kzt_per_kwh,
         f"{local_money()}/kWh of the price year, market", "merchant"),
        ("carbon", terms.carbon_usd_2025_per_mwh, "USD of 2025 per MWh",
         "carbon_usd_2025_per_mwh"),
        ("investment_2025", sum(investment_parts(project, terms).values()), "USD of 2025",
         "capex_usd_2025_per_kw"),
        ("escalation", rise, "rise of investment prices until paid, a year", "inflation_usd"),
        ("fixed", terms.fixed_cost_usd_2025_per_kw_year * project.capacity_mw * 1000,
         "USD of 2025 a year", "fixed_cost_usd_2025_per_kw_year"),
        ("storage_cost", storage_cost(project, terms), "USD of 2025 a year, battery",
         "storage_augmentation_share"),
        ("variable", terms.variable_cost_usd_2025_per_mwh, "USD of 2025 per MWh",
         "variable_cost_usd_2025_per_mwh"),
        ("local", terms.operation_local_share, "share of running cost paid in tenge",
         "operation_local_share"),
        ("transmission", terms.transmission_kzt_2025_per_kwh,
         f"{local_money()}/kWh of the price year", "transmission_kzt_2025_per_kwh"),
        ("balancing", terms.balancing_share, "share of revenue", "balancing_share"),
        ("property_tax", terms.property_tax_rate, "of the book value of buildings, a year",
         "property_tax_rate"),
        ("receivable_days", terms.receivable_days, "days until the buyer pays",
         "receivable_days"),
        ("residual", residual_real_usd(project, terms), "USD of 2025, salvage less dismantling",
         "salvage_share"),
        ("cit", terms.cit_rate, "of profit", "cit_rate"),
        ("holiday", terms.cit_holiday_years, "years without corporate tax", ""),
        ("dividend_tax", terms.dividend_tax_rate, "of distributions", "dividend_tax_rate"),
        ("vat", terms.vat_rate * terms.vat_share, "VAT over the whole investment", "vat_share"),
        ("machinery", terms.machinery_share, "of the investment", "machinery_share"),
        ("machinery_rate", terms.depreciation_machinery, "declining balance, a year",
         "depreciation_machinery"),
        ("buildings_rate", terms.depreciation_buildings, "declining balance, a year",
         "depreciation_buildings"),
        ("loan_currency", terms.loan_currency, f"currency of the loan, USD or {local_money()}", ""),
        ("interest", terms.interest_rate, "a year, nominal, currency of the loan",
         "interest_rate"),
        ("tenor", terms.tenor, "years, used when the loan is sized anew", "tenor"),
        ("grace", terms.grace_years, "first years that pay interest alone", ""),
        ("max_gearing", terms.max_gearing, "loan over all uses, at most", "max_gearing"),
        ("cover_50", terms.dscr_p50, "cover of debt service asked at P50", "dscr_p50"),
        ("cover_90", terms.dscr_p90, "cover of debt service asked at P90", "dscr_p90"),
        *([("cover_99", terms.dscr_p99, "cover of debt service asked at P99", "")]
          if terms.dscr_p99 else []),
        ("upfront_fee", terms.upfront_fee, "of the loan", "upfront_fee"),
        ("commitment_fee", terms.commitment_fee, "of what is not drawn, a year",
         "commitment_fee"),
        ("reserve_months", terms.reserve_months, "months of debt service", "reserve_months"),
        ("reserve_interest", terms.reserve_interest, "a year", "reserve_interest"),
        ("capex_signed", float(made.construction.capex.sum()),
         "investment when the loan was signed, its currency; do not change", ""),
        ("uses_signed", float(made.construction.uses.sum()),
         "all uses when the loan was signed, its currency; do not change", ""),
        ("discount", macro.nominal(terms.discount_rate_real), "a year, nominal, project",
         "discount_rate_real"),
        ("equity_rate", terms.cost_of_equity, "a year, nominal, owners", "cost_of_equity"),
    ]  # fmt: skip


class _Writer:
    """Puts tables on sheets of an XlsxWriter book in one language."""

    def __init__(self, book: Any, words: Mapping[str, str]) -> None:
        self.book, self.words = book, words
        self.bold = book.add_format({"bold": True})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format({"bold": True, "bg_color": "#E8EEF0"})
        self.given = book.add_format({"font_color": "#1F4E9E", "num_format": "General"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.forms = {
            form: book.add_format({"num_format": form})
            for form in ("#,##0", "0", "0.0", "0.00", "0.000", "0.0000", "0.0%", "0.00%",
                         _MILLION, "@")
        }  # fmt: skip

    def say(self, text: str) -> str:
        """Return a label in the language of the book; case names in it stay."""
        if text in self.words:
            return self.words[text]
        for case in (", P50 without loan", ", P50", ", P90", ", P99"):
            if text.endswith(case) and text.removesuffix(case) in self.words:
                tail = self.words.get(case.removeprefix(", "), case.removeprefix(", "))
                return f"{self.words[text.removesuffix(case)]}, {tail}"
        if text.startswith("Round "):
            return f"{self.words.get('Round', 'Round')} {text.removeprefix('Round ')}"
        numbers = _NUMBER.findall(text)
        pattern = _NUMBER.sub("{}", text)
        return self.words[pattern].format(*numbers) if pattern in self.words else text

    def inputs(
        self, sheet: Any, table: Sequence[tuple[str, Any, str, str]], sources: Mapping[str, str],
        scenarios: str,
    ) -> None:  # fmt: skip
        sheet.set_column("A:A", 22)
        sheet.set_column("B:B", 16)
        sheet.set_column("C:C", 52)
        sheet.set_column("D:D", 80)
        for column, text in enumerate(("Input", "Value", "Unit and meaning", "Source")):
            sheet.write_string(0, column, self.say(text), self.bold)
        for number, (name, value, meaning, origin) in enumerate(table, 1):
            sheet.write_string(number, 0, name)
            if meaning == "taken from the scenario":
                factor = letters(2 + _FACTORS.index(name.removesuffix("_factor")))
                formula = f"=INDEX('{scenarios}'!${factor}$2:${factor}$99,$B$3)"
                sheet.write_formula(number, 1, formula, None, value)
            elif isinstance(value, str):
                sheet.write_string(number, 1, value, self.given)
            else:
                sheet.write_number(number, 1, float(value), self.given)
            sheet.write_string(number, 2, self.say(meaning))
            sheet.write_string(number, 3, sources.get(origin, "") if origin else "")
        sheet.data_validation(1, 1, 1, 1, {"validate": "list", "source": [0, 1]})
        sheet.freeze_panes(1, 1)

    def years(self, sheet: Any, years: YearSheet) -> None:
        sheet.set_column(0, 0, 40)
        sheet.set_column(1, 1, 15)
        sheet.set_column(2, FIRST + years.columns, 14)
        note = (
            "Columns: points in time until commissioning, then years of operation. "
            "Change inputs only."
        )
        sheet.write_string(0, 0, self.say(note))
        for name, row in years.rows.items():
            line = years.places[name] - 1
            sheet.write_string(line, 0, self.say(row.label), self.head if row.head else None)
            sheet.write_string(line, 1, self.say(row.unit))
        for name, position, text, value in years.cells():
            line, column = years.places[name] - 1, FIRST - 1 + position
            form = self.forms[years.rows[name].form]
            if isinstance(text, str):
                sheet.write_formula(line, column, text, form, "" if value is None else value)
            else:
                sheet.write_number(line, column, text, form)
        sheet.freeze_panes(2, 2)

    def results(self, sheet: Any, made: Financed, flow: YearSheet, notes: Sequence[str]) -> None:
        sheet.set_column("A:A", 58)
        sheet.set_column("B:B", 18)
        sheet.write_string(0, 0, f"{made.project.name}: {self.say('cash flow')}", self.title)
        line = 0
        for line, (label, formula, form) in enumerate(_RESULT_ROWS, 1):
            sheet.write_string(line, 0, self.say(label))
            sheet.write_formula(
                line, 1, str(flow.text(formula, sheet=flow.name)), self.forms[form],
                flow.evaluate(formula),
            )  # fmt: skip
        for number, note in enumerate(notes, line + 2):
            sheet.write_string(number, 0, note)
        self._charts(sheet, flow)

    def _charts(self, sheet: Any, flow: YearSheet) -> None:
        start, end = FIRST - 1 + flow.points, FIRST - 2 + flow.columns

        def series(name: str, colour: str, first: int = start) -> dict[str, Any]:
            line = flow.places[name] - 1
            year = flow.places["year"] - 1
            return {
                "name": [flow.name, line, 0],
                "categories": [flow.name, year, first, year, end],
                "values": [flow.name, line, first, line, end],
                "line": {"color": colour, "width": 2},
                "fill": {"color": colour},
            }

        chart = self.book.add_chart({"type": "line"})
        chart.add_series(series("dscr50", "#1f77b4"))
        chart.add_series(series("dscr90", "#d62728"))
        chart.set_title({"name": self.say("Cover of debt service"), "name_font": {"size": 11}})
        chart.show_blanks_as("gap")
        sheet.insert_chart("D2", chart, {"x_scale": 1.3})
        chart = self.book.add_chart({"type": "column"})
        chart.add_series(series("owners", "#2a788e", FIRST - 1))
        chart.set_title({"name": self.say("Cash flow of the owners"), "name_font": {"size": 11}})
        sheet.insert_chart("D18", chart, {"x_scale": 1.3})

    def scenarios(self, sheet: Any, made: Financed, cases: Sequence[Scenario]) -> None:
        heads = ("Scenario", *(f"factor: {name}" if name != "delay" else "delay, years"
                               for name in _FACTORS), "Project NPV, million USD",
                 "Owners' NPV, million USD", "Lowest cover of debt service, P50")  # fmt: skip
        sheet.set_column("A:A", 44)
        sheet.set_column("B:J", 15)
        for column, text in enumerate(heads):
            sheet.write_string(0, column, self.say(text), self.bold)
        for line, case in enumerate(cases, 1):
            sheet.write_string(line, 0, self.say(case.name))
            for column, name in enumerate(_FACTORS, 1):
                sheet.write_number(line, column, getattr(case, name), self.given)
            result = outcome(made, case.shock())
            values = (result.project_npv_usd_nominal[0], result.equity_npv_usd_nominal[0],
                      result.least_cover[0])  # fmt: skip
            for column, (value, form) in enumerate(
                zip(values, (_MILLION, _MILLION, "0.00"), strict=True), 7
            ):
                if np.isfinite(value):
                    sheet.write_number(line, column, float(value), self.forms[form])
        note = (
            "The last three columns are the model's, with the loan as signed; "
            "the number of a row on the inputs applies it."
        )
        sheet.write_string(len(cases) + 2, 0, self.say(note))
        sheet.freeze_panes(1, 1)

    def sensitivity(self, sheet: Any, table: pd.DataFrame) -> None:
        heads = ("Driver", "From worse to better", "Owners' NPV, worse", "Owners' NPV, better",
                 "Lowest cover, worse", "Lowest cover, better")  # fmt: skip
        sheet.set_column("A:B", 34)
        sheet.set_column("C:F", 18)
        for column, text in enumerate(heads):
            sheet.write_string(0, column, self.say(text), self.bold)
        forms = (_MILLION, _MILLION, "0.00", "0.00")
        for line, row in enumerate(table.itertuples(index=False), 1):
            sheet.write_string(line, 0, self.say(str(row[0])))
            sheet.write_string(line, 1, str(row[1]))
            for column, (value, form) in enumerate(zip(row[2:6], forms, strict=True), 2):
                if np.isfinite(value):
                    sheet.write_number(line, column, float(value), self.forms[form])
        chart = self.book.add_chart({"type": "bar"})
        for column, colour in ((2, "#d62728"), (3, "#2a788e")):
            chart.add_series(
                {
                    "name": [sheet.name, 0, column],
                    "categories": [sheet.name, 1, 0, len(table), 0],
                    "values": [sheet.name, 1, column, len(table), column],
                    "fill": {"color": colour},
                }
            )
        sheet.insert_chart(len(table) + 3, 0, chart, {"x_scale": 1.5})
