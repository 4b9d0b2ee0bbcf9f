"""What a cubic metre from reverse osmosis costs with power from the grid, the sun or the wind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.errors import input_error
from greenanalysis.money import price
from greenanalysis.programme.prices import yearly_cost
from greenanalysis.resource.checks import require_range
from greenanalysis.resource.desalination import (
    OsmosisPlant,
    on_site_share,
    specific_energy_kwh_per_m3,
    water_cost_usd_per_m3,
)

PLANTS = {"reverse_osmosis": "sea water", "brackish_osmosis": "brackish water"}
SIZES = (0.25, 0.5, 0.75, 1.0)
"""Energy of an on-site plant in a year over that of the works; the cheapest is taken."""


@dataclass(frozen=True)
class OnSite:
    """A plant next to the works: levelised cost (USD/MWh) and hourly capacity factor (0..1)."""

    lcoe_usd_per_mwh: float
    capacity_factor: np.ndarray


def osmosis_energy(assumptions: Assumptions, technology: str = "reverse_osmosis") -> float:
    """Return the electricity (kWh/m3) of a plant of :data:`PLANTS` as the assumptions have it.

    Raises
    ------
    InputError : a plant that is not in the assumptions, or values out of range.
    """

    def get(parameter: str, unit: str = "1") -> float:
        return assumptions.get(technology, parameter, unit=unit)

    plant = OsmosisPlant(
        recovery=get("recovery"),
        pump_efficiency=get("pump_efficiency"),
        recovery_device_efficiency=get("recovery_device_efficiency"),
        overpressure=get("overpressure"),
        membrane_loss_mpa=get("membrane_loss", "MPa"),
        auxiliary_kwh_per_m3=get("auxiliary", "kWh/m3"),
    )
    return specific_energy_kwh_per_m3(
        get("salinity", "g/L"), temperature_degc=get("temperature", "degC"), plant=plant
    )


def osmosis_capex(assumptions: Assumptions, technology: str, *, m3_per_day: float) -> float:
    """Return the investment (USD of 2025) of a plant of that output at full load."""
    require_range("m3_per_day", m3_per_day, where="osmosis_capex()")
    return price(assumptions, technology, "investment", unit="USD/(m3/h)") * m3_per_day / 24


def osmosis_options(
    assumptions: Assumptions,
    *,
    grid_usd_per_mwh: float,
    on_site: Mapping[str, OnSite],
    wacc: float,
    technology: str = "reverse_osmosis",
    m3_per_day: float = 10_000.0,
) -> pd.DataFrame:
    """Compare sources of electricity for reverse osmosis.

    Parameters
    ----------
    assumptions : of ``technology``.
    technology : a key of :data:`PLANTS`.
    grid_usd_per_mwh : tariff of the works.
    on_site : name -> plant of the region, e.g. ``{"pv": OnSite(...), "wind": OnSite(...)}``.
    wacc : real interest of the works.
    m3_per_day : output at full load; the cost per m3 does not depend on it.

    Returns
    -------
    DataFrame : a row a source (``grid`` and one for each of ``on_site``), cheapest first, with
        ``on_site_size`` (its energy of a year over that of the works), ``on_site_share`` (of the
        electricity used), ``electricity_usd_per_mwh`` on average, ``energy_kwh_per_m3``,
        ``water_usd_per_m3``.

    Raises
    ------
    InputError : a negative price, or an on-site plant that yields nothing.

    Notes
    -----
    An on-site plant has the cheapest of the sizes :data:`SIZES`. What it makes in an hour beyond
    the load is lost, though paid for; the grid gives the rest. No battery, no sale.
    """
    require_range("grid_usd_per_mwh", grid_usd_per_mwh, where="osmosis_options()")
    energy = osmosis_energy(assumptions, technology)
    water = m3_per_day * 365 * assumptions.get(technology, "load_factor", unit="1")
    capex = osmosis_capex(assumptions, technology, m3_per_day=m3_per_day)
    interest, upkeep, _ = yearly_cost(assumptions, technology, capex_usd=capex, wacc=wacc)
    rows = []
    for name in ("grid", *on_site):
        mean, size, share = grid_usd_per_mwh, 0.0, 0.0
        if name != "grid":
            mean, size, share = _blend(name, on_site[name], grid_usd_per_mwh)
        cost = water_cost_usd_per_m3(
            yearly_cost_usd=interest + upkeep,
            water_m3_per_year=water,
            energy_kwh_per_m3=energy,
            electricity_usd_per_mwh=mean,
        )
        rows.append(
            {
                "source": name,
                "on_site_size": size,
                "on_site_share": share,
                "electricity_usd_per_mwh": mean,
                "energy_kwh_per_m3": energy,
                "water_usd_per_m3": cost,
            }
        )
    return pd.DataFrame(rows).sort_values("water_usd_per_m3", ignore_index=True)


def _blend(name: str, plant: OnSite, grid_usd_per_mwh: float) -> tuple[float, float, float]:
    """Mean price of what the works use, size of the plant, its share: at the cheapest size."""
    require_range("lcoe_usd_per_mwh", plant.lcoe_usd_per_mwh, where=f"on-site {name}")
    mean = float(np.nanmean(plant.capacity_factor))
    if not mean > 0:
        raise input_error("capacity_factor", where=f"on-site {name}", allowed="above 0", got=mean)
    choices = []
    for size in SIZES:
        share = on_site_share(plant.capacity_factor, plant_mw=size / mean, load_mw=1.0)
        choices.append(
            (plant.lcoe_usd_per_mwh * size + (1 - share) * grid_usd_per_mwh, size, share)
        )
    return min(choices)
