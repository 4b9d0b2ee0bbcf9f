"""Reverse osmosis: osmotic pressure, energy per cubic metre, cost per cubic metre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.resource.checks import require_above_zero, require_range, require_share

_GAS_CONSTANT = 8.314462618
"""J/(mol K), CODATA."""
_MOLAR_MASS_NACL = 58.44
"""g/mol."""
_KWH_PER_M3_PER_MPA = 1 / 3.6


def osmotic_pressure_mpa(salinity_g_per_l: float, *, temperature_degc: float) -> float:
    """Return the osmotic pressure of salt water after van 't Hoff.

    Parameters
    ----------
    salinity_g_per_l : taken as sodium chloride, 0 or more.
    temperature_degc : of the water.

    Returns
    -------
    float : MPa, ``2 c R T`` with two ions a molecule.

    Raises
    ------
    InputError : negative salinity or a temperature outside 0..100.

    Notes
    -----
    Ideal dilute solution; sea water of 35 g/L comes out some 10 % too high, as its ions interact
    and part of them are heavier. Brackish water is closer.

    References
    ----------
    J. H. van 't Hoff, Zeitschrift für physikalische Chemie 1, 481-508, 1887.
    """
    where = "osmotic_pressure_mpa()"
    require_range("salinity_g_per_l", salinity_g_per_l, where=where)
    require_range("temperature_degc", temperature_degc, where=where, maximum=100)
    moles_per_m3 = salinity_g_per_l / _MOLAR_MASS_NACL * 1000
    return 2 * moles_per_m3 * _GAS_CONSTANT * (temperature_degc + 273.15) / 1e6


def least_energy_kwh_per_m3(osmotic_mpa: float, *, recovery: float) -> float:
    """Return the energy that no plant can go below at a recovery.

    Parameters
    ----------
    osmotic_mpa : osmotic pressure of the feed.
    recovery : fresh water over feed, 0 up to (not) 1.

    Returns
    -------
    float : kWh per m3 of fresh water, ``pi ln(1 / (1 - r)) / r``; ``pi`` as ``r`` goes to zero.

    Raises
    ------
    InputError : negative pressure or a recovery outside 0..1.
    """
    where = "least_energy_kwh_per_m3()"
    require_range("osmotic_mpa", osmotic_mpa, where=where)
    require_range("recovery", recovery, where=where, maximum=1 - 1e-9)
    factor = 1.0 if recovery < 1e-9 else -np.log1p(-recovery) / recovery
    return float(osmotic_mpa * factor * _KWH_PER_M3_PER_MPA)


@dataclass(frozen=True, kw_only=True)
class OsmosisPlant:
    """A single-stage plant: recovery, efficiencies (0..1), pressures (MPa), the rest (kWh/m3).

    ``overpressure`` is the feed pressure over the osmotic pressure of the brine, 1 or more;
    ``membrane_loss_mpa`` comes on top; ``recovery_device_efficiency`` is the share of the brine's
    pressure that reaches the feed again (0: none fitted); ``auxiliary_kwh_per_m3`` is intake,
    pretreatment and delivery.
    """

    recovery: float
    pump_efficiency: float
    recovery_device_efficiency: float
    overpressure: float
    membrane_loss_mpa: float
    auxiliary_kwh_per_m3: float

    def __post_init__(self) -> None:
        """Refuse what no plant can be."""
        where = "OsmosisPlant"
        require_range("recovery", self.recovery, where=where, minimum=0.01, maximum=0.99)
        require_range(
            "pump_efficiency", self.pump_efficiency, where=where, minimum=0.01, maximum=1.0
        )
        require_share("recovery_device_efficiency", self.recovery_device_efficiency, where=where)
        require_range("overpressure", self.overpressure, where=where, minimum=1.0)
        require_range("membrane_loss_mpa", self.membrane_loss_mpa, where=where)
        require_range("auxiliary_kwh_per_m3", self.auxiliary_kwh_per_m3, where=where)


def specific_energy_kwh_per_m3(
    salinity_g_per_l: float, *, temperature_degc: float, plant: OsmosisPlant
) -> float:
    """Compute the electricity for a cubic metre of fresh water.

    Parameters
    ----------
    salinity_g_per_l, temperature_degc : of the feed, see :func:`osmotic_pressure_mpa`.
    plant : see :class:`OsmosisPlant`.

    Returns
    -------
    float : kWh/m3. The feed is raised to ``overpressure`` times the osmotic pressure of the brine,
        ``pi / (1 - recovery)``, plus the membrane loss; the brine gives part of it back.

    Raises
    ------
    InputError : as in :func:`osmotic_pressure_mpa`.

    References
    ----------
    V. G. Gude, Energy consumption and recovery in reverse osmosis, Desalination and Water
    Treatment 36, 2011, doi:10.5004/dwt.2011.2534.
    """
    osmotic = osmotic_pressure_mpa(salinity_g_per_l, temperature_degc=temperature_degc)
    pressure = osmotic / (1 - plant.recovery) * plant.overpressure + plant.membrane_loss_mpa
    returned = plant.recovery_device_efficiency * (1 - plant.recovery)
    pumped = pressure * (1 - returned) / plant.recovery * _KWH_PER_M3_PER_MPA
    return pumped / plant.pump_efficiency + plant.auxiliary_kwh_per_m3


def on_site_share(capacity_factor: np.ndarray, *, plant_mw: float, load_mw: float) -> float:
    """Return the share of an even load that an on-site plant covers hour by hour.

    Parameters
    ----------
    capacity_factor : hourly, 0..1, of the PV or wind plant.
    plant_mw, load_mw : rated power and even load; surplus is spilled, no battery.

    Raises
    ------
    InputError : a capacity factor outside 0..1, negative power, no load.
    """
    where = "on_site_share()"
    require_share("capacity_factor", capacity_factor, where=where)
    require_range("plant_mw", plant_mw, where=where)
    require_above_zero("load_mw", load_mw, where=where)
    generation = np.asarray(capacity_factor, dtype=float) * plant_mw
    return float(np.nanmean(np.minimum(generation, load_mw)) / load_mw)


def water_cost_usd_per_m3(
    *,
    yearly_cost_usd: float,
    water_m3_per_year: float,
    energy_kwh_per_m3: float,
    electricity_usd_per_mwh: float,
) -> float:
    """Return capital, upkeep and electricity of a cubic metre.

    Raises
    ------
    InputError : a negative number, or no water.
    """
    where = "water_cost_usd_per_m3()"
    require_range("yearly_cost_usd", yearly_cost_usd, where=where)
    require_above_zero("water_m3_per_year", water_m3_per_year, where=where)
    require_range("energy_kwh_per_m3", energy_kwh_per_m3, where=where)
    require_range("electricity_usd_per_mwh", electricity_usd_per_mwh, where=where)
    return yearly_cost_usd / water_m3_per_year + energy_kwh_per_m3 * electricity_usd_per_mwh / 1000
