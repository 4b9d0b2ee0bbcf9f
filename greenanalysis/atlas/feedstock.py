"""Livestock and harvest by region as feedstock, with the coefficients of the assumptions.

The tables are read and checked; gaps stay gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import load_country
from greenanalysis.geo.names import region_names
from greenanalysis.resource.bio.residues import (
    collected_manure,
    crop_residue,
    excretion,
    removable_residue,
    residue_energy,
)

ANIMALS = ("cattle", "sheep", "goats", "horses", "camels", "swine", "poultry")
_CROPS = ("wheat", "barley", "rice", "grain", "oilseeds", "cotton")
_STATUS = ("reported", "derived", "no data")


def read_livestock() -> pd.DataFrame:
    """Return ``data/facts/livestock.csv``: region, class, heads (NaN: no data), date, status.

    Raises
    ------
    InputError : no file, or a row that :func:`checked` refuses.
    """
    table = read_facts("livestock", numeric=["heads"])
    return checked(table, kind="class", kinds=ANIMALS, value="heads")


def read_crops() -> pd.DataFrame:
    """Return ``data/facts/crops.csv``: region, crop, production_t (NaN: no data), year, status.

    Raises
    ------
    InputError : no file, or a row that :func:`checked` refuses.
    """
    table = read_facts("crops", numeric=["production_t"])
    return checked(table, kind="crop", kinds=_CROPS, value="production_t")


def checked(
    table: pd.DataFrame, *, kind: str, kinds: Iterable[str], value: str, where: str = "facts"
) -> pd.DataFrame:
    """Return a table of statistics, or refuse it.

    Parameters
    ----------
    table : columns region, ``kind``, ``value``, status, source.
    kind, kinds : the column that names the animal or crop, and what it may hold.
    value : the column with the number; empty exactly where status is ``"no data"``.
    where : the table stands, for the message.

    Raises
    ------
    InputError : an unknown region, kind or status, a negative number, a number without data or
        data without number, or one fact stated twice.
    """
    for name, allowed in (
        ("region", [load_country().code, *region_names()]),
        (kind, list(kinds)),
        ("status", list(_STATUS)),
    ):
        bad = table.loc[~table[name].isin(allowed), name]
        if len(bad):
            raise unknown_name(name, bad.iloc[0], allowed, where=where)
    negative = table.loc[table[value] < 0]
    if len(negative):
        raise input_error(
            value,
            where=f"{where}, region {negative['region'].iloc[0]}",
            allowed="0 or more",
            got=negative[value].iloc[0],
        )
    wrong = table.loc[table[value].isna() != (table["status"] == "no data")]
    if len(wrong):
        raise input_error(
            value,
            where=f"{where}, region {wrong['region'].iloc[0]}, {wrong[kind].iloc[0]}",
            allowed="a number, or none and status 'no data'",
            got=f"{wrong[value].iloc[0]} with status {wrong['status'].iloc[0]!r}",
        )
    twice = table.loc[table.duplicated(["region", kind])]
    if len(twice):
        raise input_error(
            kind, where=where, allowed="each once a region", got=twice[["region", kind]].values[0]
        )
    return table


def _of_region(table: pd.DataFrame, region: str, *, kind: str, value: str) -> dict[str, float]:
    """Return the known numbers of a region by animal or crop, without those of no data.

    Raises
    ------
    InputError : an unknown region, or no row for it (a row "no data" is a row).
    """
    regions = [load_country().code, *region_names()]
    if region not in regions:
        raise unknown_name("region", region, regions, where="statistics")
    rows = table.loc[table["region"] == region]
    if rows.empty:
        raise input_error(
            "statistics", where=f"region {region}", allowed="a row, be it 'no data'", got="none"
        )
    known = rows.loc[rows[value].notna()]
    return dict(zip(known[kind], known[value].astype(float), strict=True))


def herd(livestock: pd.DataFrame, region: str) -> dict[str, float]:
    """Return heads by animal, those known."""
    return _of_region(livestock, region, kind="class", value="heads")


def harvest(crops: pd.DataFrame, region: str) -> dict[str, float]:
    """Return tonnes by crop, those known."""
    return _of_region(crops, region, kind="crop", value="production_t")


_LEVELS = ("theoretical", "technical", "farms")


@dataclass(frozen=True)
class Feedstock:
    """A year's feed of digesters.

    Parameters
    ----------
    volatile_solids_t : t of volatile solids.
    capacity_m3 : the most methane they can give, m3 at 20 degC (volatile solids times B0).
    nitrogen_t, phosphate_t, potash_t : t of N, P2O5, K2O.
    """

    volatile_solids_t: float
    capacity_m3: float
    nitrogen_t: float
    phosphate_t: float
    potash_t: float

    @property
    def capacity_m3_per_kg(self) -> float:
        """Mean B0 of the mixture, m3/kg; 0 without feed."""
        if self.volatile_solids_t == 0:
            return 0.0
        return self.capacity_m3 / self.volatile_solids_t / 1000

    def __add__(self, other: Feedstock) -> Feedstock:
        """Return both together."""
        return Feedstock(
            self.volatile_solids_t + other.volatile_solids_t,
            self.capacity_m3 + other.capacity_m3,
            self.nitrogen_t + other.nitrogen_t,
            self.phosphate_t + other.phosphate_t,
            self.potash_t + other.potash_t,
        )

    def share(self, part: float) -> Feedstock:
        """Return a share of it, 0..1."""
        if not 0 <= part <= 1:
            raise input_error("share", where="feedstock", allowed="0 to 1", got=part)
        return Feedstock(
            self.volatile_solids_t * part,
            self.capacity_m3 * part,
            self.nitrogen_t * part,
            self.phosphate_t * part,
            self.potash_t * part,
        )


_NOTHING = Feedstock(0.0, 0.0, 0.0, 0.0, 0.0)


def manure(heads: Mapping[str, float], assumptions: Assumptions, *, level: str) -> Feedstock:
    """Return the manure of a herd.

    Parameters
    ----------
    heads : animals by class of :data:`biomass_facts.ANIMALS`.
    assumptions : ``<animal>/live_weight`` and so on.
    level : "theoretical" all of it, "technical" what falls where it can be gathered, "farms" the
        part of that in peasant farms and enterprises (household yards are too scattered).

    Raises
    ------
    InputError : an unknown class or level, a negative number of heads.
    """
    if level not in _LEVELS:
        raise unknown_name("level", level, _LEVELS, where="manure()")
    total = _NOTHING
    for animal, number in heads.items():
        if animal not in ANIMALS:
            raise unknown_name("animal", animal, ANIMALS, where="manure()")
        total = total + _of_class(animal, number, assumptions).share(
            _gathered(animal, assumptions, level)
        )
    return total


def straw_feed(dry_t: float, assumptions: Assumptions) -> Feedstock:
    """Return straw as feed of a digester; its phosphate and potash are not counted.

    Parameters
    ----------
    dry_t : tonnes of dry matter a year.
    assumptions : of straw and digesters.
    """
    share = assumptions.get("straw", "volatile_share", unit="1")
    capacity = assumptions.get("straw", "methane_capacity", unit="m3/kg")
    solids = collected_manure(dry_t, collected_share=share)
    nitrogen = dry_t * assumptions.get("straw", "nitrogen", unit="kg/kg")
    return Feedstock(solids, solids * 1000 * capacity, nitrogen, 0.0, 0.0)


def residues(
    harvest: Mapping[str, float], assumptions: Assumptions, *, level: str
) -> tuple[float, float]:
    """Return the crop residues of a harvest: t of dry matter and GJ when burnt as bales.

    Parameters
    ----------
    harvest : t by crop of :data:`biomass_facts.CROPS`.
    assumptions : ``<crop>/residue_ratio`` and so on.
    level : "theoretical" all above ground; "technical" what soil, fodder and bedding leave.

    Raises
    ------
    InputError : an unknown crop or level, a negative harvest.
    """
    if level not in ("theoretical", "technical"):
        raise unknown_name("level", level, ("theoretical", "technical"), where="residues()")
    mass = energy = 0.0
    for crop, production_t in harvest.items():
        if crop not in _CROPS:
            raise unknown_name("crop", crop, _CROPS, where="residues()")
        dry = crop_residue(
            production_t,
            dry_matter=assumptions.get(crop, "dry_matter", unit="1"),
            residue_ratio=assumptions.get(crop, "residue_ratio", unit="1"),
        )
        if level == "technical":
            dry = removable_residue(
                dry,
                removable_share=assumptions.get(crop, "removable_share", unit="1"),
                used_share=assumptions.get(crop, "used_share", unit="1"),
            )
        mass += dry
        energy += residue_energy(
            dry,
            dry_mj_per_kg=assumptions.get(crop, "heating_value", unit="MJ/kg"),
            moisture=assumptions.get(crop, "moisture", unit="1"),
        )
    return mass, energy


def _of_class(animal: str, number: float, assumptions: Assumptions) -> Feedstock:
    weight = assumptions.get(animal, "live_weight", unit="kg")
    solids, nitrogen = (
        excretion(
            number,
            live_weight_kg=weight,
            rate_kg_per_t_day=assumptions.get(animal, rate, unit="kg/t/day"),
        )
        for rate in ("volatile_solids", "nitrogen")
    )
    return Feedstock(
        solids,
        solids * 1000 * assumptions.get(animal, "methane_capacity", unit="m3/kg"),
        nitrogen,
        nitrogen * assumptions.get(animal, "phosphate_ratio", unit="1"),
        nitrogen * assumptions.get(animal, "potash_ratio", unit="1"),
    )


def _gathered(animal: str, assumptions: Assumptions, level: str) -> float:
    if level == "theoretical":
        return 1.0
    share = assumptions.get(animal, "collected_share", unit="1")
    if level == "technical":
        return share
    return share * assumptions.get(animal, "farm_share", unit="1")
