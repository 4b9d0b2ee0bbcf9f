"""A sheet for each funded measure: owner, cost, break-even, first step, risks, who might lend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from greenanalysis.core.errors import unknown_name
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_table
from greenanalysis.programme.funding import Programme
from greenanalysis.programme.measure import PARTIES, READINESS

QUESTIONS = ("owner", "site", "first_step", "risks")
"""What published sources may answer of a measure."""
UNKNOWN = "unknown"
_COMPUTED = "this programme; its assumptions and their sources stand below"
_MODEL = "as the model takes it"
_INDICATORS = (
    ("electricity_mwh_per_year", "electricity", 1e3, "GWh a year"),
    ("gas_m3_per_year", "gas saved", 1e6, "million m3 a year"),
    ("water_m3_per_year", "water saved or made", 1e6, "million m3 a year"),
    ("co2_t_per_year", "CO2 avoided", 1e3, "kt a year"),
)


@dataclass(frozen=True)
class Answer:
    """What is said of one question, and whose word it is; of what is unknown, who can supply it."""

    text: str
    source: str

    @property
    def known(self) -> bool:
        """Whether somebody has said it."""
        return self.text != UNKNOWN


@dataclass(frozen=True)
class Sheet:
    """The sheet of one funded measure.

    Parameters
    ----------
    name, title, theme, size : of the measure; ``size`` is the full one.
    share : part of the measure that the budget funds.
    funded_usd : money for it, USD of 2025.
    answers : label -> answer, in the order of the sheet.
    lenders : programmes that measures like it have drawn on, each with its source.
    """

    name: str
    title: str
    theme: str
    size: str
    share: float
    funded_usd: float
    answers: dict[str, Answer]
    lenders: tuple[Answer, ...]


def project_sheets(programme: Programme) -> list[Sheet]:
    """Return a sheet for each measure that the budget funds, in the order of funding.

    Parameters
    ----------
    programme : of a region.

    Raises
    ------
    InputError : a row of the tables of answers or lenders lacks its source or year, or asks a
        question that there is not.
    """
    funded = programme.funded()
    needs = programme.break_even()["words"].astype(str).to_dict()
    answers, suppliers, lenders = _answers(), _suppliers(), _lenders()
    return [
        Sheet(
            name=str(name),
            title=row["title"],
            theme=row["theme"],
            size=row["size"],
            share=float(row["share"]),
            funded_usd=float(row["funded_usd"]),
            answers=_sheet_answers(
                row.rename(str(name)), needs[str(name)], answers, suppliers, programme.region
            ),
            lenders=_offers(lenders, str(name), row["theme"], programme.region),
        )
        for name, row in funded[funded["share"] > 0].iterrows()
    ]


def portfolio(sheets: Sequence[Sheet]) -> pd.DataFrame:
    """Return the sheets as a table: what each costs and brings; the columns sum to the programme.

    Returns
    -------
    DataFrame : ``title``, ``share``, ``funded_usd``, ``owner``, ``first_step``, by name.
    """
    rows = {
        sheet.name: {
            "title": sheet.title,
            "share": sheet.share,
            "funded_usd": sheet.funded_usd,
            "owner": sheet.answers["Owner"].text,
            "first_step": sheet.answers["First step"].text,
        }
        for sheet in sheets
    }
    columns = ["title", "share", "funded_usd", "owner", "first_step"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("name")


def _sheet_answers(
    row: pd.Series, needs: str, answers: pd.DataFrame, suppliers: pd.Series, region: str
) -> dict[str, Answer]:
    found = {
        question: _published(answers, question, str(row.name), row["theme"], region)
        or Answer(UNKNOWN, f"who can supply it: {suppliers[row['theme']]}")
        for question in QUESTIONS
    }
    if not found["owner"].known:
        found["owner"] = Answer(
            f"{PARTIES[row['owner']]} ({_MODEL})",
            f"no source names the owner; who can supply it: {suppliers[row['theme']]}",
        )
    if not found["site"].known and row["place"]:
        found["site"] = Answer(f"{row['place']} (cheapest by the model)", _COMPUTED)
    share = row["share"]
    cost = f"{row['funded_usd'] / 1e6:,.1f} million USD"
    if share < 1:
        cost += f" for {share:.0%} of the measure; {row['capex_usd'] / 1e6:,.1f} million in full"
    marks = [
        f"{label} {row[column] * share / unit:,.1f} {text}"
        for column, label, unit, text in _INDICATORS
        if abs(row[column] * share / unit) >= 0.05
    ]
    return {
        "Owner": found["owner"],
        "Cost": Answer(cost, _COMPUTED),
        "First step": found["first_step"],
        "Site": found["site"],
        "Full size": Answer(row["size"], _COMPUTED),
        "Running cost": Answer(
            f"{row['opex_usd_per_year'] * share / 1e6:,.2f} million USD a year", _COMPUTED
        ),
        "Break-even": Answer(needs, _COMPUTED),
        "Indicators to follow": Answer(
            "; ".join(marks) or "none of energy, water or CO2", _COMPUTED
        ),
        "Readiness": Answer(READINESS[row["readiness"]], row["readiness_source"]),
        "Risks": found["risks"],
    }


def _published(
    answers: pd.DataFrame, question: str, name: str, theme: str, region: str
) -> Answer | None:
    """Return what a source says, the most particular row first."""
    rows = answers[
        (answers["question"] == question)
        & answers["measure"].isin([name, theme])
        & answers["region"].isin([region, ""])
    ]
    if rows.empty:
        return None
    nearness = 2 * (rows["measure"] == name) + (rows["region"] == region)
    row = rows.iloc[int(nearness.to_numpy().argmax())]
    said = "" if row["kind"] == "reported" else ", said of measures like this one"
    return Answer(row["answer"], f"{row['source']} ({row['year']}{said})")


def _offers(table: pd.DataFrame, name: str, theme: str, region: str) -> tuple[Answer, ...]:
    fits = table["serves"].map(lambda text: bool({name, theme} & set(text.split(";"))))
    rows = table[fits & table["region"].isin([region, ""])]
    return tuple(
        Answer(
            f"{row['programme']}, {row['lender']}: {row['terms']}",
            f"{row['source']} ({row['year']})",
        )
        for _, row in rows.iterrows()
    )


def _answers() -> pd.DataFrame:
    table = _read("measure_answers", ["measure", "question", "answer", "year", "kind"])
    for question in table["question"]:
        if question not in QUESTIONS:
            where = "data/facts/measure_answers.csv"
            raise unknown_name("question", question, QUESTIONS, where=where)
    return table


def _suppliers() -> pd.Series:
    return _read("measure_suppliers", ["theme", "supplier", "kind"]).set_index("theme")["supplier"]


def _lenders() -> pd.DataFrame:
    return _read("lender_programmes", ["programme", "lender", "serves", "terms", "year", "kind"])


def _read(name: str, required: list[str]) -> pd.DataFrame:
    return read_table(data_dir() / "facts" / f"{name}.csv", required=[*required, "source"])
