"""What a region's programme rests on: facts known, old and to collect, and the form for them."""

from __future__ import annotations

import pandas as pd

from greenanalysis.programme.collect import OLDEST_YEARS, TABLES, old_facts, to_collect
from greenanalysis.programme.form import form_bytes
from greenanalysis.site.downloads import Download
from greenanalysis.site.draw.tables import Html, html_table, linked
from greenanalysis.site.provenance import made_utc

_MISSING = "missing: "


def _this_year() -> int:
    """Return the year in which the page is made, from which the age of facts counts."""
    return int(made_utc()[:4])


def facts_finding(facts: pd.DataFrame, *, name: str) -> str:
    """Return in one sentence how much is known of a region, and how much of that is old.

    Parameters
    ----------
    facts : of :func:`~greenanalysis.programme.collect.region_facts`.
    name : of the region.
    """
    known = int(facts["value"].notna().sum())
    old = len(old_facts(facts, this_year=_this_year()))
    text = f"{known} of {len(facts)} facts that the measures of {name} need are known"
    return text + (f"; {old} of these are more than {OLDEST_YEARS} years old" if old else "")


def old_table(facts: pd.DataFrame) -> Html:
    """Return the facts to renew, with their age; nothing where none is old."""
    old = old_facts(facts, this_year=_this_year())
    if old.empty:
        return Html("")
    shown = pd.DataFrame(
        {
            "Fact": [_words(row) for _, row in old.iterrows()],
            "Value": old["value"],
            "Unit": old["unit"],
            "Of": [
                "year unknown" if pd.isna(year) else f"{year:.0f}, {_this_year() - year:.0f} years"
                for year in old["year"]
            ],
            "Source": pd.Series([linked(one) for one in old["source"]], old.index, dtype=object),
        }
    )
    return html_table(
        shown,
        formats={"Value": "{:,.6g}"},
        caption="Warning: old facts that the programme still rests on",
    )


def collect_table(facts: pd.DataFrame) -> Html:
    """Return the facts to collect: what each serves, and who publishes it."""
    lacking = to_collect(facts)
    shown = pd.DataFrame(
        {
            "Fact": [_words(row) for _, row in lacking.iterrows()],
            "Unit": lacking["unit"],
            "Serves": lacking["table"].map(lambda name: TABLES[name].serves),
            "Who publishes it": lacking["source"].str.removeprefix(_MISSING),
        }
    )
    return html_table(shown, caption="Data to collect")


def _words(row: pd.Series) -> str:
    """Return a fact as a reader knows it."""
    name = str(row["quantity"]).replace("_", " ")
    return {
        "livestock": f"heads of {name}",
        "crops": f"harvest of {name}",
        "waste_regions": f"waste {name.removesuffix(' kt').removesuffix(' percent')}",
    }.get(str(row["table"]), name)


def form_file(region: str) -> Download:
    """Return the form to fill in, as a file of the page."""
    return Download(
        f"facts-{region.lower()}.xlsx",
        "form for the data to collect; read back by: greenanalysis programme fill",
        form_bytes(region, this_year=_this_year()),
    )
