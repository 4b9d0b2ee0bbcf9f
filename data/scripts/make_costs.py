"""Make ``data/assumptions/costs.csv`` (US dollars of the model's year) from the table of sources.

``data/facts/technology_costs.csv`` holds each figure in the currency and year of its source; this
script converts the rows that are money, through
:mod:`greenanalysis.core.money`, and copies the rest.
"""

from __future__ import annotations

import pandas as pd

from greenanalysis.core.assumptions import COLUMNS, Assumptions
from greenanalysis.core.files import write_text
from greenanalysis.core.money import MODEL_YEAR, in_model_money
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts, read_table


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


def main() -> None:
    """Write the table."""
    folder = data_dir() / "assumptions"
    rates = read_table(folder / "currency.csv", required=["source"], numeric=["value", "year"])
    table = costs(read_facts("technology_costs", numeric=["value", "year"]), Assumptions(rates))
    write_text(folder / "costs.csv", table.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    main()
