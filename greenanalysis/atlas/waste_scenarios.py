"""What becomes of municipal waste when more of it is sorted or burnt, and what that saves."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.atlas.waste_coefficients import (
    landfill_coefficients,
    read_composition,
    waste_coefficient,
)
from greenanalysis.errors import input_error
from greenanalysis.resource.landfill import landfill_methane
from greenanalysis.resource.waste import (
    divert,
    electricity_mwh,
    fossil_co2,
    lower_heating_value,
)

RECYCLABLE = ("paper", "plastic", "glass", "metal")


def waste_scenarios(
    waste_t: float, assumptions: Assumptions, *, grid_co2_t_per_mwh: float, years: int = 25
) -> pd.DataFrame:
    """Compare ways of dealing with the same waste, year after year.

    Parameters
    ----------
    waste_t : municipal waste of a year, t, of the country's mean composition.
    assumptions : with ``waste.csv``.
    grid_co2_t_per_mwh : what a MWh from the grid emits.
    years : over which the methane saved is averaged.

    Returns
    -------
    DataFrame : index scenario ("all on landfills", "recycling of today", "recycling as planned",
        "planned and the rest burnt"); columns recovered_t, burnt_t, landfilled_t (sum: the waste),
        electricity_mwh, and t CO2 a year against all on landfills: methane_saved, grid_saved,
        material_credit (glass only), fossil_burnt, avoided (their balance).

    Raises
    ------
    InputError : negative waste or emission factor.
    """
    for name, value in (("waste_t", waste_t), ("grid_co2_t_per_mwh", grid_co2_t_per_mwh)):
        if not value >= 0:
            raise input_error(name, where="waste_scenarios", allowed="0 or more", got=value)
    today = 1 - assumptions.get("landfill", "deposited_share", unit="1")
    plan = assumptions.get("waste", "recycling_target", unit="1")
    ways = {
        "all on landfills": (0.0, False),
        "recycling of today": (today, False),
        "recycling as planned": (plan, False),
        "planned and the rest burnt": (plan, True),
    }
    rows = {
        name: _balance(waste_t, share, burn, assumptions, grid_co2_t_per_mwh, years)
        for name, (share, burn) in ways.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario")


def recovered_t(waste: Mapping[str, float], extra_t: float) -> dict[str, dict[str, float]]:
    """Take ``extra_t`` of recyclables out of waste, the same share of each; see :func:`divert`."""
    there = sum(waste[kind] for kind in RECYCLABLE)
    share = min(extra_t / there, 1.0) if there > 0 else 0.0
    return divert(waste, dict.fromkeys(RECYCLABLE, share))


def avoided_methane_t(
    diverted: Mapping[str, float], assumptions: Assumptions, *, years: int
) -> float:
    """Return the methane that waste kept from the landfill would have given, mean of the years.

    Parameters
    ----------
    diverted : t a year by kind, the same each year.
    assumptions : holds ``landfill`` and the coefficients of each kind.
    years : of diversion, e.g. the lifetime of the measure.

    Returns
    -------
    float : t of methane a year; less than the whole potential, as the decay outlasts the years.
    """
    total = sum(diverted.values())
    if total <= 0:
        return 0.0
    kinds = {kind: mass / total for kind, mass in diverted.items()}
    waste = pd.Series(total, index=range(years))
    coefficients = landfill_coefficients(kinds, assumptions)
    return float(landfill_methane(waste, kinds, **coefficients).to_numpy().sum() / years)


def heating_value(
    assumptions: Assumptions, composition: Mapping[str, float] | None = None
) -> float:
    """Return the lower heating value, MJ per kg of wet waste; of the mean waste by default."""
    kinds = read_composition() if composition is None else composition
    return lower_heating_value(
        kinds,
        higher_heating_value=waste_coefficient(kinds, "higher_heating_value", "MJ/kg", assumptions),
        dry_matter=waste_coefficient(kinds, "dry_matter", "1", assumptions),
        hydrogen=waste_coefficient(kinds, "hydrogen", "1", assumptions),
    )


def burnt_fossil_t(
    mass_t: float, composition: Mapping[str, float], assumptions: Assumptions
) -> float:
    """Return the fossil CO2 of burning waste of a composition, t a year."""
    return mass_t * fossil_co2(
        composition,
        dry_matter=waste_coefficient(composition, "dry_matter", "1", assumptions),
        carbon=waste_coefficient(composition, "carbon", "1", assumptions),
        fossil_share=waste_coefficient(composition, "fossil_share", "1", assumptions),
        oxidation=assumptions.get("waste_to_energy", "oxidation", unit="1"),
    )


def _balance(
    waste_t: float, share: float, burn: bool, assumptions: Assumptions, grid: float, years: int
) -> dict[str, float]:
    kinds = {kind: part * waste_t for kind, part in read_composition().items()}
    parts = recovered_t(kinds, share * waste_t)
    recovered = sum(parts["recovered"].values())
    rest = waste_t - recovered
    kept = dict(parts["recovered"])
    energy = fossil = 0.0
    if burn and rest > 0:
        composition = {kind: mass / rest for kind, mass in parts["residual"].items()}
        energy = electricity_mwh(
            rest,
            heating_value=heating_value(assumptions, composition),
            efficiency=assumptions.get("waste_to_energy", "efficiency", unit="1"),
        )
        fossil = burnt_fossil_t(rest, composition, assumptions)
        kept = kinds
    gwp = assumptions.get("methane", "warming_potential", unit="1")
    methane = avoided_methane_t(kept, assumptions, years=years) * gwp
    credit = parts["recovered"]["glass"] * assumptions.get("secondary_glass", "credit", unit="t/t")
    return {
        "recovered_t": recovered,
        "burnt_t": rest if burn else 0.0,
        "landfilled_t": 0.0 if burn else rest,
        "electricity_mwh": energy,
        "methane_saved": methane,
        "grid_saved": energy * grid,
        "material_credit": credit,
        "fossil_burnt": fossil,
        "avoided": methane + energy * grid + credit - fossil,
    }
