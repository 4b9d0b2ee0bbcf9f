"""Biomass by region: residues and manure at three levels, herds and harvests as reported.

The country's sum stands beside the published potential: hits and misses, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from greenanalysis.atlas.farm_biogas import farm_biogas
from greenanalysis.atlas.feedstock import (
    Feedstock,
    harvest,
    herd,
    manure,
    read_crops,
    read_livestock,
    residues,
)
from greenanalysis.atlas.table import atlas_table
from greenanalysis.atlas.themes import MapLayer, Theme
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import price
from greenanalysis.geo.country import load_country
from greenanalysis.resource.bio.residues import METHANE_DENSITY, net_heating_value, paying_part

_REFERENCE = (
    "https://www.mdpi.com/1996-1073/15/17/6482 (A. Askarova et al., Energies 15 (2022) 6482)"
)
_REFERENCE_PJ = 466.74
_REFERENCE_ANIMAL_SHARE = 0.6102
_REFERENCE_CROP_SHARE = 0.3834
_TOLERANCE = 0.25


def national_comparison(
    assumptions: Assumptions,
    *,
    livestock: pd.DataFrame | None = None,
    crops: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compare the theoretical level of the whole country with the published potential.

    Returns
    -------
    DataFrame : columns quantity, got, expected, unit, tolerance (relative), hit, source, remark.
        The country is summed from its own totals, not from the regions.
    """
    heads = herd(read_livestock() if livestock is None else livestock, load_country().code)
    fields = harvest(read_crops() if crops is None else crops, load_country().code)
    solids = manure(heads, assumptions, level="theoretical").volatile_solids_t
    dry = solids / assumptions.get("manure", "volatile_share", unit="1")
    animal = dry * assumptions.get("manure", "heating_value", unit="MJ/kg") / 1e6
    crop = residues(fields, assumptions, level="theoretical")[1] / 1e6
    technical = residues(fields, assumptions, level="technical")[1] / 1e6
    burnt = (
        "manure counted as dry fuel to burn, as the reference on co-firing does; as biogas it is "
    )
    burnt += f"{_manure_energy_pj(heads, assumptions, level='theoretical'):.0f} PJ"
    grain = sum(fields.get(name, 0.0) for name in _GRAIN) / 1e6
    straw = (
        f"all straw above ground of the record harvest of 2025 ({grain:.1f} million t of grain) "
        "and of oilseeds and cotton, ratios of the IPCC; the reference counts 37.26 million t of "
        "crop, animal and municipal residue together, about as much as this straw alone; what "
        f"soil, fodder and bedding leave is {technical:.0f} PJ"
    )
    expected_animal = _REFERENCE_PJ * _REFERENCE_ANIMAL_SHARE
    expected_crop = _REFERENCE_PJ * _REFERENCE_CROP_SHARE
    lines = [
        ("animal residue", animal, expected_animal, "PJ/year", burnt),
        ("crop residue", crop, expected_crop, "PJ/year", straw),
        ("residual biomass", animal + crop, _REFERENCE_PJ, "PJ/year", "without municipal waste"),
        ("animal share", animal / (animal + crop), _REFERENCE_ANIMAL_SHARE, "1", "as above"),
        ("crop share", crop / (animal + crop), _REFERENCE_CROP_SHARE, "1", "as above"),
    ]
    return pd.DataFrame([_line(*line) for line in lines])


def _line(
    quantity: str, got: float, expected: float, unit: str, remark: str
) -> dict[str, str | float | bool]:
    return {
        "quantity": quantity,
        "got": got,
        "expected": expected,
        "unit": unit,
        "tolerance": _TOLERANCE,
        "hit": bool(abs(got / expected - 1) <= _TOLERANCE),
        "source": _REFERENCE,
        "remark": remark,
    }


_REPORTED_ANIMALS = ("cattle", "sheep", "horses")
_GRAIN = ("wheat", "barley", "rice", "grain")


def biomass_table(
    regions: pd.DataFrame | Iterable[str],
    assumptions: Assumptions,
    *,
    livestock: pd.DataFrame | None = None,
    crops: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return biomass by region in the form of :func:`atlas.table.atlas_table`.

    Parameters
    ----------
    regions : codes, or a table indexed by them such as :func:`regions.load_regions`.
    assumptions : coefficients and prices.
    livestock, crops : statistics; by default those of ``data/facts``.

    Returns
    -------
    DataFrame : quantities "manure biogas" and "crop residues" (PJ/year; theoretical, technical,
        economic), "cattle", "sheep", "horses" (heads), "grain harvest" (t; level reported). A
        region without cattle figure has no manure figure: without cattle a sum would mislead.

    Notes
    -----
    Each value is of the statistics of its own region; nothing is spread. What a region's figure
    lacks (animals, crops) stands in its note.
    """
    codes = list(regions.index) if isinstance(regions, pd.DataFrame) else list(regions)
    animals = read_livestock() if livestock is None else livestock
    fields = read_crops() if crops is None else crops
    rows: list[dict[str, object]] = []
    for code in codes:
        rows += _manure_rows(code, animals, assumptions)
        rows += _residue_rows(code, fields, assumptions)
        rows += _reported_rows(code, animals, fields)
    return atlas_table(rows, regions=codes)


def _manure_energy_pj(heads: Mapping[str, float], assumptions: Assumptions, *, level: str) -> float:
    """Return the lower heating value of the methane of a herd's manure, PJ a year.

    ``level`` is "theoretical" (all manure, all of B0), "technical" (gathered, in a digester) or
    "farms" (of that, farms and enterprises only).
    """
    feed = manure(heads, assumptions, level=level)
    conversion = assumptions.get("biogas_plant", "conversion", unit="1")
    return _methane_pj(feed, assumptions) * (1.0 if level == "theoretical" else conversion)


def _manure_power_cost(heads: Mapping[str, float], assumptions: Assumptions) -> float:
    """Return the cost of power from the manure of a region's farms, USD/MWh (no bought power)."""
    plant = farm_biogas(
        manure(heads, assumptions, level="farms"),
        assumptions,
        route="power",
        electricity_usd_per_mwh=0.0,
    )
    return plant.cost_usd_per_mwh


def straw_cost(assumptions: Assumptions, crop: str = "wheat") -> float:
    """Return the price of straw at the boiler, USD per GJ of lower heating value."""
    delivered = price(assumptions, "straw", "farm_gate_price", unit="USD/t")
    way = assumptions.get("straw", "haul_distance", unit="km")
    delivered += way * price(assumptions, "straw", "haul_price", unit="USD/t/km")
    return delivered / net_heating_value(
        assumptions.get(crop, "heating_value", unit="MJ/kg"),
        moisture=assumptions.get(crop, "moisture", unit="1"),
    )


def coal_cost(assumptions: Assumptions) -> float:
    """Return the price of the coal that straw replaces, USD per GJ."""
    per_tonne = price(assumptions, "coal_heat", "price", unit="USD/t")
    return per_tonne / assumptions.get("coal_heat", "heating_value", unit="MJ/kg")


def _methane_pj(feed: Feedstock, assumptions: Assumptions) -> float:
    heating = assumptions.get("biogas_plant", "methane_heating_value", unit="MJ/kg")
    return feed.capacity_m3 * METHANE_DENSITY * heating / 1e9


def _manure_rows(
    code: str, table: pd.DataFrame, assumptions: Assumptions
) -> list[dict[str, object]]:
    heads = herd(table, code)
    rows = table.loc[(table["region"] == code) & table["heads"].notna()]
    base = _base(code, "manure biogas", "PJ/year")
    if "cattle" not in heads:
        known = ", ".join(heads) or "none"
        note = f"no figure for cattle (known: {known}); without cattle a sum would mislead"
        missing = _first_source(table, code, "class", "cattle")
        levels = ("theoretical", "technical", "economic")
        return [base | _no_data(missing, note) | {"level": level} for level in levels]
    cost = _manure_power_cost(heads, assumptions)
    worth = price(assumptions, "biogas", "power_sale_price", unit="USD/MWh")
    lacking = [name for name in ("sheep", "goats", "horses") if name not in heads]
    counted = f"counted: {', '.join(heads)}" + (
        f"; lower bound, no separate figure for {', '.join(lacking)}" if lacking else ""
    )
    farms = _manure_energy_pj(heads, assumptions, level="farms")
    values = {
        "theoretical": (_manure_energy_pj(heads, assumptions, level="theoretical"), ""),
        "technical": (_manure_energy_pj(heads, assumptions, level="technical"), ""),
        "economic": (
            paying_part(farms, cost=cost, worth=worth),
            f"; farms and enterprises only; power would cost {cost:.0f} USD/MWh, the highest "
            f"renewable tariff paid is {worth:.0f}",
        ),
    }
    filled = {
        "year": _years(rows["date"]),
        "status": "modelled",
        "source": "; ".join(dict.fromkeys(rows["source"])),
    }
    return [
        base | filled | {"level": level, "value": value, "note": counted + note}
        for level, (value, note) in values.items()
    ]


def _residue_rows(
    code: str, table: pd.DataFrame, assumptions: Assumptions
) -> list[dict[str, object]]:
    fields = harvest(table, code)
    rows = table.loc[(table["region"] == code) & table["production_t"].notna()]
    base = _base(code, "crop residues", "PJ/year")
    levels = ("theoretical", "technical", "economic")
    if not fields:
        missing = _first_source(table, code, "crop", None)
        return [base | _no_data(missing, "") | {"level": level} for level in levels]
    theoretical, technical = (
        residues(fields, assumptions, level=level)[1] / 1e6 for level in levels[:2]
    )
    cost, worth = straw_cost(assumptions), coal_cost(assumptions)
    counted = f"counted: {', '.join(fields)}; other crops of the region lack a figure"
    paying = f"; straw {cost:.2f} against coal {worth:.2f} USD/GJ, fuel for fuel"
    values = {
        "theoretical": (theoretical, ""),
        "technical": (technical, ""),
        "economic": (paying_part(technical, cost=cost, worth=worth), paying),
    }
    filled = {
        "year": _years(rows["year"]),
        "status": "modelled",
        "source": "; ".join(dict.fromkeys(rows["source"])),
    }
    return [
        base | filled | {"level": level, "value": value, "note": counted + note}
        for level, (value, note) in values.items()
    ]


def _reported_rows(
    code: str, animals: pd.DataFrame, crops: pd.DataFrame
) -> list[dict[str, object]]:
    rows = []
    for animal in _REPORTED_ANIMALS:
        found = animals.loc[(animals["region"] == code) & (animals["class"] == animal)]
        base = _base(code, animal, "heads") | {"level": "reported"}
        rows.append(base | _reported(found, "heads", "date"))
    grain = crops.loc[(crops["region"] == code) & crops["crop"].isin(_GRAIN)]
    known = grain.loc[grain["production_t"].notna()]
    base = _base(code, "grain harvest", "t") | {"level": "reported"}
    return [*rows, base | _reported(known if len(known) else grain, "production_t", "year")]


def _reported(found: pd.DataFrame, value: str, when: str) -> dict[str, object]:
    if found.empty:
        return _no_data("missing: no row in data/facts", "")
    sources = "; ".join(dict.fromkeys(found["source"]))
    notes = "; ".join(text for text in dict.fromkeys(found["note"]) if text)
    if found[value].isna().all():
        return _no_data(sources, notes)
    derived = (found["status"] == "derived").any()
    return {
        "value": float(found[value].sum()),
        "year": _years(found[when]),
        "status": "modelled" if derived else "reported",
        "source": sources,
        "note": notes,
    }


def _base(code: str, quantity: str, unit: str) -> dict[str, object]:
    return {"region": code, "theme": "biomass", "quantity": quantity, "unit": unit}


def _no_data(source: str, note: str) -> dict[str, object]:
    return {"value": np.nan, "year": "", "status": "no data", "source": source, "note": note}


def _first_source(table: pd.DataFrame, code: str, kind: str, name: str | None) -> str:
    rows = table.loc[table["region"] == code]
    if name is not None:
        rows = rows.loc[rows[kind] == name]
    return str(rows["source"].iloc[0]) if len(rows) else "missing: no row in data/facts"


def _years(dates: pd.Series) -> str:
    years = sorted({str(date)[:4] for date in dates if str(date).strip()})
    return "" if not years else years[0] if len(years) == 1 else f"{years[0]}-{years[-1]}"


THEME = Theme(
    name="biomass",
    order=2,
    table=biomass_table,
    layer=MapLayer("crop residues", "technical", "Crop residues", "YlGn", 0),
    checks=lambda regions, assumptions: national_comparison(assumptions),
)
