"""Crop residues and manure: what there is, what can be taken, what pays (three levels).

The levels are steps of their own: :func:`crop_residue` and :func:`excretion` give what there is
(theoretical), :func:`removable_residue` and :func:`collected_manure` what can be taken without
harm and beside other uses (technical), :func:`paying_part` what costs no more than it is worth
(economic).
"""

from __future__ import annotations

from greenanalysis.resource.checks import Amount, not_negative, shares

DAYS_PER_YEAR = 365
METHANE_DENSITY = 0.67
"""kg/m3 at 20 degC and 101.325 kPa, the density in equation 10.23 of the IPCC guidelines."""
_WATER_EVAPORATION = 2.443
"""MJ/kg, latent heat of water at 25 degC."""


def crop_residue(production_t: Amount, *, dry_matter: float, residue_ratio: float) -> Amount:
    """Compute the above-ground residue of a crop (theoretical level).

    Parameters
    ----------
    production_t : harvested product as it is weighed, t.
    dry_matter : dry share of the product, 0..1.
    residue_ratio : dry residue over dry product, R_AG.

    Returns
    -------
    like ``production_t`` : residue, t of dry matter, 0 or more.

    Raises
    ------
    InputError : a negative amount or a share outside 0..1.

    References
    ----------
    IPCC 2019 Refinement, vol. 4, ch. 11, equation 11.6 and table 11.1a.
    """
    not_negative("crop_residue()", production_t=production_t, residue_ratio=residue_ratio)
    shares("crop_residue()", dry_matter=dry_matter)
    return production_t * dry_matter * residue_ratio


def net_heating_value(dry_mj_per_kg: Amount, *, moisture: float) -> Amount:
    """Compute the lower heating value of a wet fuel.

    Parameters
    ----------
    dry_mj_per_kg : lower heating value of the dry matter, MJ/kg.
    moisture : water over wet mass, 0..1.

    Returns
    -------
    like ``dry_mj_per_kg`` : MJ per kg of wet fuel; below zero where the water takes more heat than
        the fuel gives.

    Raises
    ------
    InputError : a negative heating value, or moisture outside 0..1.

    References
    ----------
    ISO 18125:2017, Solid biofuels, calorific value: conversion between moisture contents.
    """
    not_negative("net_heating_value()", dry_mj_per_kg=dry_mj_per_kg)
    shares("net_heating_value()", moisture=moisture)
    return dry_mj_per_kg * (1 - moisture) - _WATER_EVAPORATION * moisture


def residue_energy(dry_t: Amount, *, dry_mj_per_kg: float, moisture: float) -> Amount:
    """Compute the fuel energy of residue burnt at its own moisture.

    Parameters
    ----------
    dry_t : dry matter, t.
    dry_mj_per_kg : lower heating value of the dry matter, MJ/kg.
    moisture : water over wet mass when burnt, 0 up to less than 1.

    Returns
    -------
    like ``dry_t`` : lower heating value of the wet mass, GJ.
    """
    not_negative("residue_energy()", dry_t=dry_t)
    return dry_t * (net_heating_value(dry_mj_per_kg, moisture=moisture) / (1 - moisture))


def removable_residue(dry_t: Amount, *, removable_share: float, used_share: float) -> Amount:
    """Compute the residue left for energy beside the soil and other uses (technical level).

    Parameters
    ----------
    dry_t : residue, t of dry matter.
    removable_share : share that may leave the field without harm to the soil and that the machines
        reach, 0..1.
    used_share : share of the whole residue that fodder and bedding take, 0..1; they come first.

    Returns
    -------
    like ``dry_t`` : t of dry matter, never below zero.

    Raises
    ------
    InputError : a negative amount or a share outside 0..1.
    """
    not_negative("removable_residue()", dry_t=dry_t)
    shares("removable_residue()", removable_share=removable_share, used_share=used_share)
    return dry_t * max(removable_share - used_share, 0.0)


def excretion(heads: Amount, *, live_weight_kg: float, rate_kg_per_t_day: float) -> Amount:
    """Compute what a herd excretes in a year (theoretical level): volatile solids or nitrogen.

    Parameters
    ----------
    heads : animals, mean of the year.
    live_weight_kg : typical animal mass, kg.
    rate_kg_per_t_day : kg of volatile solids (or nitrogen) per 1000 kg of animal and day.

    Returns
    -------
    like ``heads`` : t a year, 0 or more.

    Raises
    ------
    InputError : a negative number.

    References
    ----------
    IPCC 2019 Refinement, vol. 4, ch. 10, equations 10.22A and 10.30, tables 10.13a and 10.19.
    """
    not_negative(
        "excretion()",
        heads=heads,
        live_weight_kg=live_weight_kg,
        rate_kg_per_t_day=rate_kg_per_t_day,
    )
    return heads * live_weight_kg * rate_kg_per_t_day * DAYS_PER_YEAR / 1e6


def collected_manure(excreted_t: Amount, *, collected_share: float) -> Amount:
    """Compute the part of the excretion that falls where it can be gathered (technical level).

    Raises
    ------
    InputError : a negative amount or a share outside 0..1.
    """
    not_negative("collected_manure()", excreted_t=excreted_t)
    shares("collected_manure()", collected_share=collected_share)
    return excreted_t * collected_share


def manure_methane(
    volatile_solids_t: Amount, *, capacity_m3_per_kg: float, conversion: float
) -> Amount:
    """Compute the methane that manure gives, in a store or in a digester.

    Parameters
    ----------
    volatile_solids_t : t.
    capacity_m3_per_kg : the most methane a kg of volatile solids can give, B0, m3/kg.
    conversion : share of it that forms (MCF of a store; yield of a digester over B0), 0..1.

    Returns
    -------
    like ``volatile_solids_t`` : methane, t, 0 or more.

    Raises
    ------
    InputError : a negative amount or a conversion outside 0..1.

    References
    ----------
    IPCC 2006 Guidelines, vol. 4, ch. 10, equation 10.23.
    """
    not_negative(
        "manure_methane()",
        volatile_solids_t=volatile_solids_t,
        capacity_m3_per_kg=capacity_m3_per_kg,
    )
    shares("manure_methane()", conversion=conversion)
    return volatile_solids_t * capacity_m3_per_kg * METHANE_DENSITY * conversion


def paying_part(technical: Amount, *, cost: float, worth: float) -> Amount:
    """Return the technical amount where it costs no more than it is worth, else zero (economic).

    Parameters
    ----------
    technical : amount of the technical level; NaN stays NaN.
    cost, worth : per unit of energy, in one money.

    Raises
    ------
    InputError : a negative amount, cost or worth.
    """
    not_negative("paying_part()", technical=technical, cost=cost, worth=worth)
    return technical * (1.0 if cost <= worth else 0.0)
