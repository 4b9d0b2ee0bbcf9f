"""Municipal waste: how much, what burning it gives, what keeping it from the landfill saves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.resource.bio.landfill import METHANE_PER_CARBON, check_composition

_LATENT_HEAT = 2.442
"""MJ per kg of water at 25 degC."""

_WATER_PER_HYDROGEN = 9.0
_CO2_PER_CARBON = 44.0 / 12.0


def generation_t(population: np.ndarray, per_head_kg: float) -> np.ndarray:
    """Return the municipal waste of a population.

    Parameters
    ----------
    population : persons, any shape.
    per_head_kg : kg a person and year, 0 or more.

    Returns
    -------
    ndarray : t a year.

    Raises
    ------
    InputError : a negative argument.
    """
    people = np.asarray(population, dtype=float)
    if (people < 0).any() or not per_head_kg >= 0:
        raise input_error(
            "population or waste per head",
            where="waste",
            allowed="0 or more",
            got=(people.min(), per_head_kg),
        )
    return people * per_head_kg / 1000


def lower_heating_value(
    composition: Mapping[str, float],
    *,
    higher_heating_value: Mapping[str, float],
    dry_matter: Mapping[str, float],
    hydrogen: Mapping[str, float],
) -> float:
    """Return the heat of burning mixed wet waste, less that of the water that leaves as vapour.

    Parameters
    ----------
    composition : share of the wet mass by kind, together at most 1; the rest counts as inert.
    higher_heating_value : MJ per kg of the wet kind.
    dry_matter : share of the wet mass, 0 to 1.
    hydrogen : share of the dry mass, 0 to 1.

    Returns
    -------
    float : MJ per kg of wet waste.

    Raises
    ------
    InputError : shares outside their range, or a kind without its coefficients.
    """
    check_composition(composition)
    total = 0.0
    for kind, share in composition.items():
        for known in (higher_heating_value, dry_matter, hydrogen):
            if kind not in known:
                raise unknown_name("kind of waste", kind, known, where="heating value")
        dry = dry_matter[kind]
        vapour = (1 - dry) + _WATER_PER_HYDROGEN * hydrogen[kind] * dry
        total += share * (higher_heating_value[kind] - _LATENT_HEAT * vapour)
    return total


def fossil_co2(
    composition: Mapping[str, float],
    *,
    dry_matter: Mapping[str, float],
    carbon: Mapping[str, float],
    fossil_share: Mapping[str, float],
    oxidation: float,
) -> float:
    """Return the fossil carbon dioxide of burning mixed waste.

    Parameters
    ----------
    composition : share of the wet mass by kind, together at most 1.
    dry_matter, carbon, fossil_share : of the wet mass, of the dry mass, of the carbon.
    oxidation : share of the carbon that burns, 0 to 1.

    Returns
    -------
    float : t CO2 per t of wet waste.

    References
    ----------
    2006 IPCC Guidelines, volume 5, chapter 5, equation 5.2.
    """
    check_composition(composition)
    if not 0 <= oxidation <= 1:
        raise input_error("oxidation", where="fossil_co2", allowed="0 to 1", got=oxidation)
    return sum(
        share * dry_matter[kind] * carbon[kind] * fossil_share[kind] * oxidation * _CO2_PER_CARBON
        for kind, share in composition.items()
    )


def electricity_mwh(waste_t: float, *, heating_value: float, efficiency: float) -> float:
    """Return the electricity of burnt waste in MWh; heating value in MJ/kg, efficiency 0 to 1.

    Raises
    ------
    InputError : negative waste or an efficiency outside 0 to 1.
    """
    if not waste_t >= 0:
        raise input_error("waste", where="electricity_mwh", allowed="0 or more", got=waste_t)
    if not 0 <= efficiency <= 1:
        raise input_error("efficiency", where="electricity_mwh", allowed="0 to 1", got=efficiency)
    return waste_t * max(heating_value, 0.0) / 3.6 * efficiency


def methane_power_mw(
    methane_t: float, *, heating_value: float, efficiency: float, availability: float
) -> float:
    """Return the capacity of engines that burn a year's methane.

    Parameters
    ----------
    methane_t : t a year.
    heating_value : lower, MJ/kg.
    efficiency : electric, 0 to 1.
    availability : share of the year in which the engines run, above 0, at most 1.

    Returns
    -------
    float : MW electric.
    """
    if not 0 < availability <= 1:
        raise input_error(
            "availability", where="methane_power_mw", allowed="above 0 to 1", got=availability
        )
    energy = electricity_mwh(methane_t, heating_value=heating_value, efficiency=efficiency)
    return energy / (8760 * availability)


def divert(
    waste: Mapping[str, float], recovery: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Return what a sorting scenario takes out of the waste and what remains.

    Parameters
    ----------
    waste : t by kind.
    recovery : share of each kind that is taken out; kinds not named stay.

    Returns
    -------
    dict : ``"recovered"`` and ``"residual"``, t by kind; they sum to ``waste``.

    Raises
    ------
    InputError : a kind that the waste does not hold, or a share outside 0 to 1.
    """
    for kind, share in recovery.items():
        if kind not in waste:
            raise unknown_name("kind of waste", kind, waste, where="diversion")
        if not 0 <= share <= 1:
            raise input_error(f"recovery of {kind}", where="diversion", allowed="0 to 1", got=share)
    recovered = {kind: mass * recovery.get(kind, 0.0) for kind, mass in waste.items()}
    return {
        "recovered": recovered,
        "residual": {kind: mass - recovered[kind] for kind, mass in waste.items()},
    }


def methane_potential_t(
    waste: Mapping[str, float],
    *,
    organic_carbon: Mapping[str, float],
    decomposing_share: float,
    methane_correction: float,
    methane_share: float,
) -> float:
    """Return all the methane that waste gives in a landfill, however long it takes.

    Parameters
    ----------
    waste : t by kind; a kind without organic carbon gives none.
    organic_carbon, decomposing_share, methane_correction, methane_share : as in
        :mod:`greenanalysis.resource.bio.landfill`.

    Returns
    -------
    float : t of methane; the sum over all years of :func:`landfill.landfill_methane`.
    """
    carbon = sum(mass * organic_carbon.get(kind, 0.0) for kind, mass in waste.items())
    factor = decomposing_share * methane_correction * methane_share * METHANE_PER_CARBON
    return carbon * factor
