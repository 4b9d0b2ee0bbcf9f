"""Making water: pumping with the sun, desalination of sea water, and the prices they meet.

A cubic metre from reverse osmosis is priced with power from the grid, the sun or the wind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.money import price
from greenanalysis.programme.measure import Benefit, Measure
from greenanalysis.programme.prices import yearly_cost
from greenanalysis.resource.checks import require_range
from greenanalysis.resource.water.desalination import (
    OsmosisPlant,
    on_site_share,
    specific_energy_kwh_per_m3,
    water_cost_usd_per_m3,
)
from greenanalysis.resource.water.pumping import pumping_energy_kwh_per_m3, pv_size_kw

_PLANTS = {"reverse_osmosis": "sea water", "brackish_osmosis": "brackish water"}
_SIZES = (0.25, 0.5, 0.75, 1.0)
"""Energy of an on-site plant in a year over that of the works; the cheapest is taken."""


@dataclass(frozen=True)
class OnSite:
    """A plant next to the works: levelised cost (USD/MWh) and hourly capacity factor (0..1)."""

    lcoe_usd_per_mwh: float
    capacity_factor: np.ndarray


def osmosis_energy(assumptions: Assumptions, technology: str = "reverse_osmosis") -> float:
    """Return the electricity (kWh/m3) of a plant of :data:`_PLANTS` as the assumptions have it.

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


def _osmosis_capex(assumptions: Assumptions, technology: str, *, m3_per_day: float) -> float:
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
    technology : a key of :data:`_PLANTS`.
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
    An on-site plant has the cheapest of the sizes :data:`_SIZES`. What it makes in an hour beyond
    the load is lost, though paid for; the grid gives the rest. No battery, no sale.
    """
    require_range("grid_usd_per_mwh", grid_usd_per_mwh, where="osmosis_options()")
    energy = osmosis_energy(assumptions, technology)
    water = m3_per_day * 365 * assumptions.get(technology, "load_factor", unit="1")
    capex = _osmosis_capex(assumptions, technology, m3_per_day=m3_per_day)
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
    for size in _SIZES:
        share = on_site_share(plant.capacity_factor, plant_mw=size / mean, load_mw=1.0)
        choices.append(
            (plant.lcoe_usd_per_mwh * size + (1 - share) * grid_usd_per_mwh, size, share)
        )
    return min(choices)


_IRENA = "IRENA, Solar pumping for irrigation, policy brief, June 2016"
_KENDERLI = (
    "Kenderli plant, 50,000 m3/day, https://www.lada.kz/aktau_news/146311-opresnitelnyi-zavod-"
    "kenderli-vyshel-na-proektnuiu-moshchnost-i-gotov-k-peredache-akimatu-mangistauskoi-oblasti.html"
)
_DAYS_BEFORE_SEASON = 90
"""1 January to 31 March."""


@dataclass(frozen=True, kw_only=True)
class WaterPrices:
    """Prices of the measures: USD per MWh, m3 and t, t of CO2 per MWh of the grid, real interest.

    ``pv`` and ``wind`` are plants next to the works, None where not on offer; the capacity factor
    of ``pv`` (a year of 8760 hours, UTC) also drives the pumps.
    """

    electricity_usd_per_mwh: float
    irrigation_usd_per_m3: float
    drinking_usd_per_m3: float
    grid_co2_t_per_mwh: float
    wacc: float
    cotton_usd_per_t: float = 0.0
    pv: OnSite | None = None
    wind: OnSite | None = None

    def __post_init__(self) -> None:
        """Refuse negative prices."""
        for name in (
            "electricity_usd_per_mwh",
            "irrigation_usd_per_m3",
            "drinking_usd_per_m3",
            "grid_co2_t_per_mwh",
            "cotton_usd_per_t",
        ):
            require_range(name, getattr(self, name), where="WaterPrices")

    def on_site(self) -> Mapping[str, OnSite]:
        """Return the plants on offer by name."""
        plants = {"pv": self.pv, "wind": self.wind}
        return {name: plant for name, plant in plants.items() if plant is not None}


def pumping_measure(
    region: str, wells: float, assumptions: Assumptions, prices: WaterPrices, pv: OnSite
) -> Measure:
    """Return the measure that runs so many wells with the sun instead of the grid.

    Each well has its own PV plant (and tank, if the assumptions have one), sized to give the
    assumed share of its water in the season from 1 April on; the grid gives the rest.
    """

    def get(parameter: str, unit: str) -> float:
        return assumptions.get("pv_pumping", parameter, unit=unit)

    daily, served = get("volume_per_well", "m3/day"), get("served", "1")
    days = round(get("season", "day"))
    lift = pumping_energy_kwh_per_m3(get("head", "m"), efficiency=get("pump_efficiency", "1"))
    start, end = _DAYS_BEFORE_SEASON * 24, (_DAYS_BEFORE_SEASON + days) * 24
    if len(pv.capacity_factor) < end:
        raise input_error(
            "hours of the capacity factor",
            where="water_measures()",
            allowed=f"a year, at least {end}",
            got=len(pv.capacity_factor),
        )
    tank = get("tank_days", "day") * daily
    size = pv_size_kw(
        np.asarray(pv.capacity_factor)[start:end],
        served=served,
        energy_kwh_per_m3=lift,
        demand_m3_per_h=daily / 24,
        tank_m3=tank,
    )
    per_kw = price(assumptions, "pv_pumping", "pv_investment", unit="USD/kW")
    per_kw += price(assumptions, "pv_pumping", "drive_investment", unit="USD/kW")
    capex = wells * (
        size * per_kw + tank * price(assumptions, "pv_pumping", "tank_investment", unit="USD/m3")
    )
    saved = wells * daily * days * served * lift / 1000
    return Measure(
        name="pv_pumping",
        title="Pump with the sun",
        theme="water",
        region=region,
        size=f"{wells:,.0f} wells, {wells * size / 1000:.1f} MW of PV",
        capex_usd=capex,
        opex_usd_per_year=capex * get("fom", "%/year") / 100,
        lifetime_years=get("lifetime", "year"),
        benefits=(
            Benefit(
                name="electricity",
                quantity=saved,
                unit="MWh",
                price_usd=prices.electricity_usd_per_mwh,
                gains="operator",
            ),
        ),
        electricity_mwh_per_year=saved,
        gas_m3_per_year=0.0,
        water_m3_per_year=0.0,
        co2_t_per_year=saved * prices.grid_co2_t_per_mwh,
        readiness=2,
        readiness_source=_IRENA,
        assumptions=tuple(
            f"pv_pumping/{name}"
            for name in (
                "head",
                "volume_per_well",
                "season",
                "served",
                "tank_days",
                "pv_investment",
            )
        ),
        note="an upper bound: takes the place of grid power in wells that were to be restored (how "
        "many run today is not known), and draws no new water; head and volume of a well are "
        "project assumptions",
    )


def osmosis_measure(
    region: str, m3_per_day: float, assumptions: Assumptions, prices: WaterPrices
) -> Measure:
    """Return the measure of a desalination plant, with the cheapest source of electricity."""
    name = "reverse_osmosis"
    best = osmosis_options(
        assumptions,
        grid_usd_per_mwh=prices.electricity_usd_per_mwh,
        on_site=prices.on_site(),
        wacc=prices.wacc,
    ).iloc[0]
    water = m3_per_day * 365 * assumptions.get(name, "load_factor", unit="1")
    capex = _osmosis_capex(assumptions, name, m3_per_day=m3_per_day)
    upkeep = assumptions.get(name, "fom", unit="%/year") / 100 * capex
    power = water * float(best["energy_kwh_per_m3"]) / 1000
    from_grid = power * (1 - float(best["on_site_share"]))
    return Measure(
        name=name,
        title="Desalinate sea water",
        theme="water",
        region=region,
        size=f"{m3_per_day:,.0f} m3 a day",
        capex_usd=capex,
        opex_usd_per_year=upkeep + power * float(best["electricity_usd_per_mwh"]),
        lifetime_years=assumptions.get(name, "lifetime", unit="year"),
        benefits=(
            Benefit(
                name="drinking water",
                quantity=water,
                unit="m3",
                price_usd=prices.drinking_usd_per_m3,
                gains="operator",
            ),
        ),
        electricity_mwh_per_year=-power,
        gas_m3_per_year=0.0,
        water_m3_per_year=water,
        co2_t_per_year=-from_grid * prices.grid_co2_t_per_mwh,
        readiness=3,
        readiness_source=_KENDERLI,
        place="Aktau" if region == "KZ-47" else "",
        assumptions=tuple(
            f"{name}/{parameter}"
            for parameter in ("salinity", "recovery", "investment", "fom", "load_factor")
        ),
        note=f"electricity: {best['source']}, {best['on_site_share']:.0%} made on site; "
        "the investment of an on-site plant is in its cost of electricity, not in the investment",
    )
