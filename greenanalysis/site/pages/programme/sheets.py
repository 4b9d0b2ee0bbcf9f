"""The sheets of a programme's funded measures: who, how much, what first; as page and workbook."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from greenanalysis.programme.sheets import UNKNOWN, Sheet, portfolio
from greenanalysis.site.downloads import Download
from greenanalysis.site.draw.tables import Html, html_table, linked

_MADE = dt.datetime(2000, 1, 1)
"""Stands in the workbook as its date, so that the same programme gives the same bytes."""
_LONGEST_NAME = 31


def start_table(sheets: Sequence[Sheet]) -> Html:
    """Return owner, cost and first step of each funded measure, with a link to its sheet."""
    rows: list[tuple[str, str, float, str]] = [
        (
            title,
            sheet.answers["Owner"].text,
            sheet.funded_usd / 1e6,
            sheet.answers["First step"].text,
        )
        for sheet, title in zip(sheets, links(sheets).values(), strict=True)
    ]
    rows.append(("All funded measures", "", portfolio(sheets)["funded_usd"].sum() / 1e6, ""))
    columns = ["Measure", "Who owns it", "Cost, million USD", "First step"]
    shown = pd.DataFrame(rows, columns=columns, dtype=object).astype({columns[2]: float})
    return html_table(
        shown,
        formats={"Cost, million USD": "{:,.1f}"},
        caption="Who starts what, and for how much",
    )


def links(sheets: Sequence[Sheet]) -> dict[str, Html]:
    """Return by measure its title as a link to its sheet further down the page."""
    return {
        sheet.name: Html(Markup('<a href="#{}">{}</a>').format(_anchor(sheet), sheet.title))
        for sheet in sheets
    }


def sheet_blocks(sheets: Sequence[Sheet]) -> Html:
    """Return the sheets one below the other, each with a heading that can be linked."""
    return Html(Markup("").join(_block(sheet) for sheet in sheets))


def _block(sheet: Sheet) -> Markup:
    rows = [(label, answer.text, linked(answer.source)) for label, answer in sheet.answers.items()]
    rows += [("Lenders and refunds", offer.text, linked(offer.source)) for offer in sheet.lenders]
    if not sheet.lenders:
        rows.append(("Lenders and refunds", UNKNOWN, linked("no known programme serves it")))
    shown = pd.DataFrame(rows, columns=["Question", "Answer", "Source"], dtype=object)
    title = f"Sheet: {sheet.title}"
    return Markup('<h3 class="ga-sheet" id="{}">{}</h3>{}').format(
        _anchor(sheet), title, html_table(shown)
    )


def _anchor(sheet: Sheet) -> str:
    return f"sheet-{sheet.name.replace('_', '-')}"


def unknown_finding(sheets: Sequence[Sheet]) -> str:
    """Return in one sentence how many questions of the sheets no available source answers."""
    answers = [answer for sheet in sheets for answer in sheet.answers.values()]
    unknown = sum(not answer.known for answer in answers)
    return (
        f"A sheet for each of {len(sheets)} funded measures: {len(answers) - unknown} of "
        f"{len(answers)} questions have an answer, the others name who can supply it"
    )


def workbook(sheets: Sequence[Sheet], *, region: str) -> Download:
    """Return the sheets as a workbook: the portfolio with its sum, then one sheet a measure."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": _MADE, "title": f"Project sheets, {region}"})
    head = book.add_format({"bold": True, "bg_color": "#DDEBE6"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    money = book.add_format({"num_format": "#,##0", "valign": "top"})
    share = book.add_format({"num_format": "0%", "valign": "top"})
    table = portfolio(sheets)
    first = book.add_worksheet("Portfolio")
    first.set_column(0, 0, 34)
    first.set_column(1, 2, 16)
    first.set_column(3, 4, 52)
    first.write_row(0, 0, ["Measure", "Funded", "Cost, USD of 2025", "Owner", "First step"], head)
    for line, (_, row) in enumerate(table.iterrows(), 1):
        first.write_string(line, 0, row["title"], text)
        first.write_number(line, 1, row["share"], share)
        first.write_number(line, 2, row["funded_usd"], money)
        first.write_string(line, 3, row["owner"], text)
        first.write_string(line, 4, row["first_step"], text)
    last = len(table) + 1
    first.write_string(last, 0, "All funded measures", head)
    total = float(table["funded_usd"].sum())
    first.write_formula(last, 2, f"=SUM(C2:C{last})" if len(table) else "=0", money, total)
    for number, sheet in enumerate(sheets, 1):
        own = book.add_worksheet(f"{number} {sheet.name}"[:_LONGEST_NAME])
        own.set_column(0, 0, 24)
        own.set_column(1, 2, 70)
        own.write_string(0, 0, sheet.title, head)
        own.write_row(1, 0, ["Question", "Answer", "Source"], head)
        offers = [("Lenders and refunds", offer) for offer in sheet.lenders]
        for line, (label, answer) in enumerate([*sheet.answers.items(), *offers], 2):
            own.write_row(line, 0, [label, answer.text, answer.source], text)
    book.close()
    name = f"sheets-{region.lower()}.xlsx"
    label = "project sheets: the portfolio with its sum, and one sheet a measure"
    return Download(name, label, buffer.getvalue())
