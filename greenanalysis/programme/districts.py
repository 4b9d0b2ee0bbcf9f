"""Facts by district: what is known of each, and one remainder to the region's total."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.districts import JOIN, district_name, load_districts
from greenanalysis.geo.names import region_code

REGION, REMAINDER = "region", "remainder"
KINDS = {
    "reported": "reported",
    "planned": "planned, not there yet",
    "derived": "derived",
    "statement": "statement of one person",
}
"""How a fact came about."""
_TABLE = "data/facts/district_facts.csv"
_PLANNED = "planned"


def district_quantities() -> pd.DataFrame:
    """Return what is asked of each district: index quantity; title, unit, theme, adds."""
    table = read_facts("district_quantities", numeric=["adds"]).set_index("quantity")
    return table.assign(adds=table["adds"] == 1)


def district_facts(region: str) -> pd.DataFrame:
    """Return the facts of a region's districts, checked.

    Parameters
    ----------
    region : ISO 3166-2 code or name.

    Returns
    -------
    DataFrame : ``district`` (English name; empty for the whole region; names joined by ``+`` where
        a source counts several together), ``quantity``, ``value``, ``unit``, ``year``, ``kind`` (of
        :data:`KINDS`), ``source``, ``note``.

    Raises
    ------
    InputError : a fact without year, source or value, an unknown district, quantity, unit or kind,
        a negative value, or a district that is counted both alone and with others.
    """
    code, quantities = region_code(region), district_quantities()
    districts = load_districts(code)
    # A fact without source is refused as the table is read.
    table = read_facts("district_facts", numeric=["value", "year"])
    table = table[table["region"] == code].reset_index(drop=True)
    for number, row in table.iterrows():
        where = f"{_TABLE}, {code} {row['district'] or REGION} {row['quantity']}"
        for name in ("value", "year"):
            if math.isnan(row[name]):
                raise input_error(name, where=where, allowed="a number", got="an empty cell")
        if row["quantity"] not in quantities.index:
            raise unknown_name("quantity", row["quantity"], quantities.index, where=where)
        unit = quantities.loc[row["quantity"], "unit"]
        if row["unit"] != unit:
            raise input_error("unit", where=where, allowed=unit, got=row["unit"])
        if row["kind"] not in KINDS:
            raise unknown_name("kind", row["kind"], KINDS, where=where)
        if row["value"] < 0 or (unit == "share" and row["value"] > 1):
            allowed = "0 to 1" if unit == "share" else "0 or more"
            raise input_error("value", where=where, allowed=allowed, got=row["value"])
        names = [one for one in row["district"].split(JOIN) if one]
        known = [district_name(one, code, where=where, districts=districts) for one in names]
        table.loc[number, "district"] = JOIN.join(known)
    _refuse_counted_twice(table)
    return table


def _refuse_counted_twice(table: pd.DataFrame) -> None:
    for quantity, rows in table[table["district"] != ""].groupby("quantity"):
        latest = rows.drop_duplicates("district")
        names = [name for text in latest["district"] for name in text.split(JOIN)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            where = f"{_TABLE}, {quantity}"
            allowed = "each district alone or in one group"
            raise input_error("districts", where=where, allowed=allowed, got=twice)


def district_table(region: str, quantity: str) -> pd.DataFrame:
    """Return one quantity by district, with the remainder to the region's total.

    Parameters
    ----------
    region : ISO 3166-2 code or name.
    quantity : an index of :func:`district_quantities`.

    Returns
    -------
    DataFrame : index ``district``: each known district or group, then ``remainder`` (of all that
        are not known, never spread over them; NaN where the region's total is not known or the
        quantity does not add up) and ``region``; columns value, year, kind, source, note. The
        latest fact of a district counts.

    Raises
    ------
    InputError : an unknown quantity, districts that sum to more than the region, or facts that
        :func:`district_facts` refuses.
    """
    quantities = district_quantities()
    if quantity not in quantities.index:
        raise unknown_name("quantity", quantity, quantities.index, where="district_table()")
    facts = district_facts(region)
    rows = (
        facts[facts["quantity"] == quantity]
        .sort_values("year")
        .drop_duplicates("district", keep="last")
    )
    columns = ["value", "year", "kind", "source", "note"]
    known = rows[rows["district"] != ""].set_index("district").sort_index()[columns]
    whole = rows[rows["district"] == ""]
    total = float(whole["value"].iloc[0]) if len(whole) else math.nan
    adds = bool(quantities.loc[quantity, "adds"])
    rest = total - float(known["value"].sum()) if adds else math.nan
    if rest < -1e-6 * total:
        raise input_error(
            "sum of districts",
            where=f"{_TABLE}, {quantity}",
            allowed=f"at most the region's {total:,g}",
            got=f"{known['value'].sum():,g}",
        )
    listed = set(load_districts(region).index)
    lacking = sorted(listed - {name for text in known.index for name in text.split(JOIN)})
    note = f"of {len(lacking)} districts without a figure: {', '.join(lacking)}" if lacking else ""
    last = pd.DataFrame(
        {
            "value": [max(rest, 0.0) if not math.isnan(rest) else rest, total],
            "year": [math.nan, float(whole["year"].iloc[0]) if len(whole) else math.nan],
            "kind": ["", str(whole["kind"].iloc[0]) if len(whole) else ""],
            "source": ["", str(whole["source"].iloc[0]) if len(whole) else ""],
            "note": [note, str(whole["note"].iloc[0]) if len(whole) else ""],
        },
        index=pd.Index([REMAINDER, REGION], name="district"),
    )
    return pd.concat([known, last])


def coverage(region: str) -> pd.DataFrame:
    """Return how many districts have each quantity, so that gaps can be seen.

    Returns
    -------
    DataFrame : index quantity; ``title``, ``theme``, ``known`` (districts with a figure, alone or
        in a group), ``of`` (all districts), ``latest`` (year of the newest, NaN without one).
    """
    facts, districts = district_facts(region), load_districts(region)
    quantities = district_quantities()
    rows = {}
    for quantity in quantities.index:
        own = facts[(facts["quantity"] == quantity) & (facts["district"] != "")]
        names = {name for text in own["district"] for name in text.split(JOIN)}
        rows[quantity] = {
            "title": quantities.loc[quantity, "title"],
            "theme": quantities.loc[quantity, "theme"],
            "known": len(names),
            "of": len(districts),
            "latest": float(own["year"].max()),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("quantity")


def by_district(region: str, outlines: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """Return the districts with all quantities as columns, NaN where nothing is known.

    Parameters
    ----------
    region : ISO 3166-2 code or name.
    outlines : of :func:`~greenanalysis.geo.districts.district_outlines`; by default the point of
        each district's centre stands for it.
    """
    districts, facts = load_districts(region), district_facts(region)
    if outlines is not None:
        shapes = outlines["geometry"].reindex(districts.index)
        districts = districts.set_geometry(shapes.where(shapes.notna(), districts.geometry))
    single = facts[facts["district"].isin(districts.index)].sort_values("year")
    latest = single.drop_duplicates(["district", "quantity"], keep="last")
    wide = latest.pivot(index="district", columns="quantity", values="value")
    return districts.join(wide.reindex(columns=district_quantities().index))
