"""Make ``data/assumptions/costs.csv`` (US dollars of the model's year) from the table of sources.

``data/facts/technology_costs.csv`` holds each figure in the currency and year of its source; this
script converts the rows that are money, through
:mod:`greenanalysis.core.money`, and copies the rest.

Where enough projects of the country published their cost (``data/facts/project_costs.csv``), their
median replaces the investment of the model's year, and the table of sources gives only the trend to
later years. Fixed running cost is a share of the investment and so follows it. The range of the
local projects stands beside, as ``investment_low`` and ``investment_high``.
"""

from __future__ import annotations

import pandas as pd

from greenanalysis.core.assumptions import COLUMNS, Assumptions
from greenanalysis.core.files import write_text
from greenanalysis.core.money import MODEL_YEAR, in_model_money
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts, read_table

FIRST_YEAR, FEWEST = 2023, 3
"""From which year projects count, and how many are needed to replace the European table."""


def costs(sources: pd.DataFrame, currency: Assumptions) -> pd.DataFrame:
    """Return the rows of ``sources`` with money in model dollars; the origin goes to the note."""
    table = sources.copy()
    for row in sources.index[sources["currency_year"] != ""]:
        value, unit = sources.at[row, "value"], sources.at[row, "unit"]
        year = int(sources.at[row, "currency_year"])
        dollars, dollar_unit = in_model_money(value, unit, year, currency)
        origin = f"{value:g} {unit} of {year}"
        note = "; ".join(text for text in (sources.at[row, "note"], origin) if text)
        table.loc[row, ["value", "unit", "note", "currency_year"]] = [
            float(f"{dollars:.6g}"),
            dollar_unit,
            note,
            str(MODEL_YEAR),
        ]
    table["year"] = table["year"].astype("Int64")
    return table[COLUMNS]


def project_costs(projects: pd.DataFrame, table: pd.DataFrame, currency: Assumptions) -> pd.Series:
    """Return the investment of each project in model dollars per kW, without its battery."""
    battery = {
        name: _value(table, technology, "investment", MODEL_YEAR)
        for name, technology in (
            ("storage_mwh", "battery_storage"),
            ("storage_mw", "battery_inverter"),
        )
    }
    costs = []
    for _, row in projects.iterrows():
        unit = {"MUSD": "USD", "MKZT": "KZT"}[row["unit"]]
        amount, _ = in_model_money(row["cost"] * 1e6, unit, int(row["price_year"]), currency)
        amount -= sum(row[name] * 1e3 * price for name, price in battery.items())
        costs.append(amount / row["capacity_mw"] / 1e3)
    return pd.Series(costs, index=projects.index)


def localised(table: pd.DataFrame, projects: pd.DataFrame, currency: Assumptions) -> pd.DataFrame:
    """Return the table with investment moved to what projects of the country cost.

    Parameters
    ----------
    table : of :func:`costs`.
    projects : rows of ``data/facts/project_costs.csv``.
    currency : exchange rates and deflators.

    Notes
    -----
    Counted are projects decided in :data:`FIRST_YEAR` or later whose cost is no mere bound. With
    fewer than :data:`FEWEST` of them the table of sources stands and only the range is local.
    """
    recent = projects[(projects["year"] >= FIRST_YEAR) & (projects["kind"] != "lower bound")]
    recent = recent.assign(cost=project_costs(recent, table, currency))
    table = table.copy()
    for technology, name in (("wind", "onwind"), ("solar", "solar_utility")):
        local = recent.loc[recent["technology"] == technology, "cost"]
        rows = table.index[(table["technology"] == name) & (table["parameter"] == "investment")]
        factor = 1.0
        if len(local) >= FEWEST:
            europe = _value(table, name, "investment", MODEL_YEAR)
            factor = float(local.median()) / europe
            table.loc[rows, "value"] = [
                float(f"{value * factor:.6g}") for value in table.loc[rows, "value"]
            ]
            table.loc[rows, "source"] = [
                f"median of {len(local)} projects of the country, data/facts/project_costs.csv; "
                f"trend over the years: {source}"
                for source in table.loc[rows, "source"]
            ]
            table.loc[rows, "note"] = [
                f"{factor:.3f} of {note}" for note in table.loc[rows, "note"]
            ]
        ends = [
            {
                "technology": name,
                "parameter": f"investment_{end}",
                "year": MODEL_YEAR,
                "value": float(f"{value:.6g}"),
                "unit": "USD/kW",
                "source": "data/facts/project_costs.csv",
                "note": f"{word} of {len(local)} projects decided in {FIRST_YEAR} or later",
                "currency_year": str(MODEL_YEAR),
            }
            for end, word, value in (
                ("low", "lowest", local.min()),
                ("high", "highest", local.max()),
            )
        ]
        where = int(rows[-1]) + 1
        table = pd.concat(
            [table.iloc[:where], pd.DataFrame(ends), table.iloc[where:]], ignore_index=True
        )
    table["year"] = table["year"].astype("Int64")
    return table[COLUMNS]


def _value(table: pd.DataFrame, technology: str, parameter: str, year: int) -> float:
    chosen = (table["technology"] == technology) & (table["parameter"] == parameter)
    return float(table.loc[chosen & (table["year"] == year), "value"].iloc[0])


def make_table() -> pd.DataFrame:
    """Return the cost table from the facts."""
    folder = data_dir() / "assumptions"
    rates = Assumptions(
        read_table(folder / "currency.csv", required=["source"], numeric=["value", "year"])
    )
    table = costs(read_facts("technology_costs", numeric=["value", "year"]), rates)
    numeric = ["capacity_mw", "year", "cost", "price_year", "storage_mw", "storage_mwh"]
    return localised(table, read_facts("project_costs", numeric=numeric), rates)


def main() -> None:
    """Write the table."""
    table = make_table()
    write_text(
        data_dir() / "assumptions" / "costs.csv", table.to_csv(index=False, lineterminator="\n")
    )


if __name__ == "__main__":
    main()
