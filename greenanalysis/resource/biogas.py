"""The digester: gas, digestate, its heat, and the methane that no store emits; mass closes."""

from __future__ import annotations

from dataclasses import dataclass

from greenanalysis.errors import input_error
from greenanalysis.resource.amounts import Amount, above_zero, not_negative, shares
from greenanalysis.resource.biomass import DAYS_PER_YEAR, METHANE_DENSITY, manure_methane

WATER_HEAT_CAPACITY = 4.186
"""kJ/kg/K; slurry of up to about 12 % dry matter is taken as water."""
CARBON_DIOXIDE_PER_METHANE = 44.01 / 16.04
"""Mass of a m3 of carbon dioxide over that of a m3 of methane (equal moles)."""


@dataclass(frozen=True)
class Digestion:
    """A year of a digester: ``slurry_t = digestate_t + biogas_t``.

    ``biogas_t`` is methane and carbon dioxide, dry, with what leaks; ``methane_mwh`` is the lower
    heating value of the methane that reaches the user.
    """

    slurry_t: float
    digestate_t: float
    biogas_t: float
    biogas_m3: float
    methane_t: float
    leaked_methane_t: float
    methane_mwh: float
    digester_m3: float


def digester_volume(slurry_m3_per_day: Amount, *, retention_days: float) -> Amount:
    """Compute the working volume of a digester, m3: daily slurry times retention time.

    Raises
    ------
    InputError : a negative amount or a retention of zero or less.

    References
    ----------
    U. Werner, U. Stoehr, N. Hees, Biogas Plants in Animal Husbandry, GTZ/GATE 1989, section 4.3.
    """
    not_negative("digester_volume()", slurry_m3_per_day=slurry_m3_per_day)
    above_zero("digester_volume()", retention_days=retention_days)
    return slurry_m3_per_day * retention_days


def gas_production(volatile_solids_kg: Amount, *, yield_m3_per_kg: float) -> Amount:
    """Compute gas from volatile solids and their specific yield, m3 in the time of the input.

    Raises
    ------
    InputError : a negative number.

    References
    ----------
    As :func:`digester_volume`, section 4.2.
    """
    not_negative(
        "gas_production()", volatile_solids_kg=volatile_solids_kg, yield_m3_per_kg=yield_m3_per_kg
    )
    return volatile_solids_kg * yield_m3_per_kg


def digest(
    volatile_solids_t: float,
    *,
    capacity_m3_per_kg: float,
    conversion: float,
    methane_share: float,
    leakage: float,
    volatile_share: float,
    slurry_dry_matter: float,
    retention_days: float,
    methane_mj_per_kg: float,
) -> Digestion:
    """Run a digester for a year on the volatile solids of its feed.

    Parameters
    ----------
    volatile_solids_t : a year, t.
    capacity_m3_per_kg : B0 of the mixture, m3 of methane (20 degC) per kg of volatile solids.
    conversion : methane formed over B0, 0..1; grows with temperature and retention.
    methane_share : methane in the gas by volume, above 0..1; the rest is carbon dioxide.
    leakage : share of the methane lost on the plant, 0..1.
    volatile_share : volatile over dry solids, above 0..1.
    slurry_dry_matter : dry solids of the slurry after water is added, above 0..1.
    retention_days : hydraulic retention time.
    methane_mj_per_kg : lower heating value.

    Returns
    -------
    Digestion : masses, volumes and energy of a year.

    Raises
    ------
    InputError : a share outside its range, or more gas than volatile solids.

    Notes
    -----
    Slurry weighs 1 t/m3. Water that leaves as vapour with the gas stays in the digestate.
    """
    where = "digest()"
    shares(where, leakage=leakage)
    for name, value in (
        ("methane_share", methane_share),
        ("volatile_share", volatile_share),
        ("slurry_dry_matter", slurry_dry_matter),
    ):
        above_zero(where, **{name: value})
        shares(where, **{name: value})
    methane = manure_methane(
        volatile_solids_t, capacity_m3_per_kg=capacity_m3_per_kg, conversion=conversion
    )
    carbon_dioxide = methane * (1 - methane_share) / methane_share * CARBON_DIOXIDE_PER_METHANE
    gas = methane + carbon_dioxide
    if gas > volatile_solids_t:
        raise input_error(
            "biogas", where=where, allowed=f"up to {volatile_solids_t:g} t of solids", got=gas
        )
    slurry = volatile_solids_t / volatile_share / slurry_dry_matter
    used = methane * (1 - leakage)
    return Digestion(
        slurry_t=slurry,
        digestate_t=slurry - gas,
        biogas_t=gas,
        biogas_m3=methane * 1000 / METHANE_DENSITY / methane_share,
        methane_t=methane,
        leaked_methane_t=methane * leakage,
        methane_mwh=used * methane_mj_per_kg / 3.6,
        digester_m3=digester_volume(slurry / DAYS_PER_YEAR, retention_days=retention_days),
    )


def digester_heat(
    fresh_t: float, *, feed_celsius: float, digester_celsius: float, wall_loss: float
) -> float:
    """Compute the heat that keeps a digester warm, MWh a year.

    Parameters
    ----------
    fresh_t : cold manure and water fed in a year; liquid returned warm does not count.
    feed_celsius, digester_celsius : mean of the year; a feed warmer than the digester needs none.
    wall_loss : heat lost through walls and pipes over the heat for the feed, 0..1.

    Raises
    ------
    InputError : a negative mass or a loss outside 0..1.
    """
    not_negative("digester_heat()", fresh_t=fresh_t)
    shares("digester_heat()", wall_loss=wall_loss)
    rise = max(digester_celsius - feed_celsius, 0.0)
    return fresh_t * WATER_HEAT_CAPACITY * rise / 3600 * (1 + wall_loss)


def avoided_methane_co2(
    store_methane_t: float, *, released_methane_t: float, warming_potential: float
) -> float:
    """Return the emissions avoided, t CO2e: the store's methane less what the plant releases.

    References
    ----------
    IPCC 2006 Guidelines, vol. 4, ch. 10, equation 10.23 gives the store's methane.
    """
    not_negative(
        "avoided_methane_co2()",
        store_methane_t=store_methane_t,
        released_methane_t=released_methane_t,
        warming_potential=warming_potential,
    )
    return (store_methane_t - released_methane_t) * warming_potential
