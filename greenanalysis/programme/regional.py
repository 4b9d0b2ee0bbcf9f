"""Facts of one region with their gaps, as the measures of heat and water need them."""

from __future__ import annotations

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.tables import read_facts

REFERENCE = ("quantity", "got", "expected", "unit", "tolerance", "hit", "source", "remark")
"""Columns of a comparison with published figures."""
_SHARES = (
    "gas_access",
    "gas_heated_share",
    "district_heat_share",
    "gas_leak_share",
    "canal_loss",
    "worn_canals",
)
_QUANTITIES = {
    "heat_regions": ("floor_area", "heat_demand", *_SHARES[:4]),
    "water_regions": (
        "irrigated_area",
        "water_limit",
        "water_received",
        "drip_area",
        "drip_area_plan",
        "wells",
        "drinking_supply",
        "summer_deficit",
        "desalination_plan",
        "wastewater_reuse",
        *_SHARES[4:],
    ),
}
"""Table in ``data/facts`` -> the rows that each region has in it, filled or not."""


def regional_facts(name: str, region: str) -> dict[str, float]:
    """Return quantity -> value of one region; NaN where no figure is known.

    Parameters
    ----------
    name : of a table, a key of :data:`_QUANTITIES`.
    region : ISO 3166-2 code.

    Raises
    ------
    InputError : the table or a row is missing, the region is not in it, a value is negative or a
        share above 1.
    """
    table = read_facts(name, numeric=["value"])
    where = f"data/facts/{name}.csv"
    known = sorted(table["region"].unique())
    if region not in known:
        raise unknown_name("region", region, known, where=where)
    rows = table[table["region"] == region]
    if sorted(rows["quantity"]) != sorted(_QUANTITIES[name]):
        raise input_error(
            f"rows of {region}",
            where=where,
            allowed=f"each once: {', '.join(sorted(_QUANTITIES[name]))}",
            got=", ".join(sorted(rows["quantity"])),
        )
    for quantity, value in zip(rows["quantity"], rows["value"], strict=True):
        if value < 0 or (quantity in _SHARES and value > 1):
            raise input_error(
                "value",
                where=f"{where}, {region} {quantity}",
                allowed="0 to 1" if quantity in _SHARES else "0 or more",
                got=value,
            )
    return dict(zip(rows["quantity"], rows["value"], strict=True))


def missing_facts(name: str, region: str, needed: tuple[str, ...]) -> list[str]:
    """Say in plain sentences which of the needed facts a region lacks.

    Raises
    ------
    InputError : as in :func:`regional_facts`.
    """
    regional_facts(name, region)
    table = read_facts(name, numeric=["value"])
    rows = table[(table["region"] == region) & table["value"].isna()]
    lacking = dict(zip(rows["quantity"], rows["source"], strict=True))
    return [
        f"{region}: {quantity.replace('_', ' ')} is not known ({lacking[quantity]})."
        for quantity in needed
        if quantity in lacking
    ]
