"""What biogas is used for: heat and power, biomethane, and the digestate; energy closes."""

from __future__ import annotations

from dataclasses import dataclass

from greenanalysis.errors import input_error
from greenanalysis.resource.amounts import above_zero, not_negative, shares
from greenanalysis.resource.biomass import METHANE_DENSITY


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
