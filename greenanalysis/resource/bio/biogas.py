"""A biogas plant: its digester, and what the gas is used for; mass and energy close.

The digester gives gas and digestate, needs heat and loses the methane that no store holds. The gas
becomes heat and power, or biomethane.
"""

from __future__ import annotations

from dataclasses import dataclass

from greenanalysis.core.errors import input_error
from greenanalysis.resource.bio.residues import DAYS_PER_YEAR, METHANE_DENSITY, manure_methane
from greenanalysis.resource.checks import Amount, above_zero, not_negative, shares

_WATER_HEAT_CAPACITY = 4.186
"""kJ/kg/K; slurry of up to about 12 % dry matter is taken as water."""
_CARBON_DIOXIDE_PER_METHANE = 44.01 / 16.04
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
    carbon_dioxide = methane * (1 - methane_share) / methane_share * _CARBON_DIOXIDE_PER_METHANE
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
    return fresh_t * _WATER_HEAT_CAPACITY * rise / 3600 * (1 + wall_loss)


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


@dataclass(frozen=True)
class HeatAndPower:
    """A year of the engine: ``gas = power_mwh + heat_mwh + lost_mwh``, all in MWh."""

    power_mwh: float
    own_power_mwh: float
    net_power_mwh: float
    heat_mwh: float
    digester_heat_mwh: float
    spare_heat_mwh: float
    lost_mwh: float


@dataclass(frozen=True)
class Upgrading:
    """A year of upgrading: ``gas = boiler_mwh + slip_mwh + biomethane_mwh``."""

    biomethane_mwh: float
    biomethane_m3: float
    boiler_mwh: float
    slip_mwh: float
    slip_methane_t: float
    power_used_mwh: float


@dataclass(frozen=True)
class Nutrients:
    """What crops can use of a year's digestate, t of N, P2O5 and K2O."""

    nitrogen_t: float
    phosphate_t: float
    potash_t: float


def heat_and_power(
    methane_mwh: float,
    *,
    electric_efficiency: float,
    heat_efficiency: float,
    own_power_share: float,
    digester_heat_mwh: float,
) -> HeatAndPower:
    """Burn a year's gas in an engine that also warms the digester.

    Parameters
    ----------
    methane_mwh : lower heating value.
    electric_efficiency, heat_efficiency : of the engine, together at most 1.
    own_power_share : power used by pumps and mixers over power made, 0..1.
    digester_heat_mwh : from :func:`digester_heat`.

    Raises
    ------
    InputError : efficiencies above 1 together, or a digester that needs more heat than the engine
        gives (thicken the slurry, or insulate).
    """
    where = "heat_and_power()"
    not_negative(where, methane_mwh=methane_mwh, digester_heat_mwh=digester_heat_mwh)
    shares(
        where,
        electric_efficiency=electric_efficiency,
        heat_efficiency=heat_efficiency,
        own_power_share=own_power_share,
        total_efficiency=electric_efficiency + heat_efficiency,
    )
    power, heat = methane_mwh * electric_efficiency, methane_mwh * heat_efficiency
    if digester_heat_mwh > heat:
        raise input_error(
            "digester_heat_mwh", where=where, allowed=f"up to {heat:g}", got=digester_heat_mwh
        )
    return HeatAndPower(
        power_mwh=power,
        own_power_mwh=power * own_power_share,
        net_power_mwh=power * (1 - own_power_share),
        heat_mwh=heat,
        digester_heat_mwh=digester_heat_mwh,
        spare_heat_mwh=heat - digester_heat_mwh,
        lost_mwh=methane_mwh - power - heat,
    )


def upgrade(
    methane_mwh: float,
    *,
    digester_heat_mwh: float,
    boiler_efficiency: float,
    slip: float,
    power_kwh_per_m3: float,
    methane_share: float,
    methane_mj_per_kg: float,
) -> Upgrading:
    """Make biomethane of a year's gas; a boiler on the raw gas warms the digester.

    Parameters
    ----------
    methane_mwh : lower heating value of the raw gas.
    digester_heat_mwh : from :func:`digester_heat`.
    boiler_efficiency : above 0..1.
    slip : methane lost in upgrading, 0..1.
    power_kwh_per_m3 : power for upgrading and plant per m3 of raw gas.
    methane_share : methane in the raw gas by volume, above 0..1.
    methane_mj_per_kg : lower heating value.

    Returns
    -------
    Upgrading : ``biomethane_m3`` is pure methane at 20 degC and 101.325 kPa, the state at which
        natural gas is billed.

    Raises
    ------
    InputError : a share outside its range, or a boiler that would need all the gas.
    """
    where = "upgrade()"
    not_negative(where, methane_mwh=methane_mwh, digester_heat_mwh=digester_heat_mwh)
    not_negative(where, power_kwh_per_m3=power_kwh_per_m3)
    shares(where, slip=slip, boiler_efficiency=boiler_efficiency, methane_share=methane_share)
    above_zero(where, boiler_efficiency=boiler_efficiency, methane_share=methane_share)
    boiler = digester_heat_mwh / boiler_efficiency
    if boiler > methane_mwh:
        raise input_error(
            "digester_heat_mwh",
            where=where,
            allowed=f"up to {methane_mwh * boiler_efficiency:g}",
            got=digester_heat_mwh,
        )
    treated = methane_mwh - boiler
    mwh_per_m3 = METHANE_DENSITY * methane_mj_per_kg / 3600
    return Upgrading(
        biomethane_mwh=treated * (1 - slip),
        biomethane_m3=treated * (1 - slip) / mwh_per_m3,
        boiler_mwh=boiler,
        slip_mwh=treated * slip,
        slip_methane_t=treated * slip * 3.6 / methane_mj_per_kg,
        power_used_mwh=treated / mwh_per_m3 / methane_share * power_kwh_per_m3 / 1000,
    )


def digestate_nutrients(
    nitrogen_t: float, phosphate_t: float, potash_t: float, *, nitrogen_kept: float
) -> Nutrients:
    """Return the nutrients of a year's digestate: all phosphate and potash, part of the nitrogen.

    Parameters
    ----------
    nitrogen_t, phosphate_t, potash_t : in the manure fed, t of N, P2O5, K2O.
    nitrogen_kept : share of the nitrogen that reaches the crop, 0..1.
    """
    not_negative(
        "digestate_nutrients()", nitrogen_t=nitrogen_t, phosphate_t=phosphate_t, potash_t=potash_t
    )
    shares("digestate_nutrients()", nitrogen_kept=nitrogen_kept)
    return Nutrients(nitrogen_t * nitrogen_kept, phosphate_t, potash_t)


def fertiliser_value(
    nutrients: Nutrients,
    *,
    nitrogen_usd_per_kg: float,
    phosphate_usd_per_kg: float,
    potash_usd_per_kg: float,
) -> float:
    """Return what the same nutrients cost as mineral fertiliser, USD."""
    prices = {
        "nitrogen_usd_per_kg": nitrogen_usd_per_kg,
        "phosphate_usd_per_kg": phosphate_usd_per_kg,
        "potash_usd_per_kg": potash_usd_per_kg,
    }
    not_negative("fertiliser_value()", **prices)
    masses = (nutrients.nitrogen_t, nutrients.phosphate_t, nutrients.potash_t)
    return 1000 * sum(t * price for t, price in zip(masses, prices.values(), strict=True))
