"""Coal, gas and nuclear plants: how cold, repairs and breakdowns rule what they give.

Three ways to operate (column ``operation`` of ``plants.csv``):

- ``condensing``: a block that runs stays above its minimum load; which blocks run is decided for
  each day, see :func:`~greenanalysis.supergrid.model.rules.add_rules`.
- ``chp``: heat is led by the cold. It sets the least electric power, and without heat a part of the
  turbines stands still.
- ``field``: plants of oil and gas fields and of works burn their own gas and run through. In the
  isolated West they follow the load.

Condensing plants are generators of their own. The others of a region with the same fuel share all
limits, and one generator for them is the same linear program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.supergrid.model.economics import co2, marginal_cost
from greenanalysis.supergrid.model.facts import Facts
from greenanalysis.supergrid.model.periods import Periods
from greenanalysis.supergrid.scenario import Scenario

if TYPE_CHECKING:
    import pypsa

THERMAL = ("coal", "gas", "nuclear")
OPERATIONS = ("condensing", "chp", "field", "nuclear")
_STATUS = {"none": (), "construction": ("construction",)}
"""Setting ``fleet.planned`` -> status of the plants that open; any other takes all of them."""
ISLAND = ("KZ-23", "KZ-27", "KZ-47")
"""Atyrau, West Kazakhstan and Mangystau: tied to the rest of the country by no strong line."""
_MID_MONTH = np.array([15, 46, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349])
"""Day of the year in the middle of each month."""


def seasonal_series(facts: Facts, time: pd.DatetimeIndex) -> pd.DataFrame:
    """Return what the season does to thermal plants, hour by hour.

    Parameters
    ----------
    facts : ``region_temperature`` and ``outage_months``.
    time : labels that end the hours, UTC.

    Returns
    -------
    DataFrame : ``cold <region>``, the normal temperature as a fraction of its range over the year
        (0 in the warmest month, 1 in the coldest, linear between the middles of months), and
        ``planned outage``, share of capacity in repair.
    """
    hours = time - pd.Timedelta(hours=1)
    normal = _normal_temperature(facts)
    days = hours.dayofyear.to_numpy()
    columns = {}
    for region, months in normal.items():
        values = months.to_numpy()
        course = np.interp(days, _MID_MONTH, values, period=365)
        columns[f"cold {region}"] = (values.max() - course) / np.ptp(values)
    outages = facts.outage_months.set_index(facts.outage_months["month"].astype(int))
    columns["planned outage"] = outages["planned_share"].loc[hours.month].to_numpy()
    return pd.DataFrame(columns, index=time)


def heat_load(cold: pd.Series, months: pd.Series, assumptions: Assumptions) -> pd.Series:
    """Return the heat that a region asks of its plants, relative to the coldest month, 0 to 1.

    Parameters
    ----------
    cold : see :func:`seasonal_series`.
    months : normal temperature of the region by month, degC.
    assumptions : ``chp`` temperatures of rooms and season, and share of hot water.

    Notes
    -----
    Hot water all year, rooms in the heating season in proportion to the degrees below the
    temperature of heated rooms.
    """
    temperature = months.max() - cold * np.ptp(months.to_numpy())
    inside = assumptions.get("chp", "heat_temperature", unit="degC")
    season = temperature <= assumptions.get("chp", "season_temperature", unit="degC")
    water = assumptions.get("chp", "hot_water", unit="1")
    rooms = ((inside - temperature) / (inside - months.min())).clip(0.0, 1.0)
    load: pd.Series = water + (1.0 - water) * rooms.where(season, 0.0)
    return load


def _normal_temperature(facts: Facts) -> pd.DataFrame:
    """Return the normal temperature by month (rows 1..12) and region, degC."""
    table = facts.region_temperature.astype({"month": int})
    return table.pivot(index="month", columns="region", values="temp_air")


def running_plants(facts: Facts, scenario: Scenario) -> pd.DataFrame:
    """Return the plants that run in the year of a scenario, planned ones included.

    A plant without a year stays for ever, and hydropower is renewed in its place. Any other closes
    when it is older than ``fleet.retire_after_years``, or when a planned plant that replaces it has
    opened.
    """
    year, oldest = scenario.year, scenario.fleet.retire_after_years
    running = facts.plants[~(facts.plants["year"] > year)]
    if oldest is not None:
        old = (running["year"] + oldest < year) & (running["carrier"] != "hydro")
        running = running[~old]
    planned = facts.plants_planned[facts.plants_planned["year"] <= year]
    chosen = _STATUS.get(scenario.fleet.planned)
    if chosen is not None:
        planned = planned[planned["status"].isin(chosen)]
    running = running[~running["name"].isin(planned["replaces"])]
    columns = ["name", "region", "carrier", "operation", "capacity_mw", "year"]
    return pd.concat([running[columns], planned[columns]], ignore_index=True)


def add_thermal(
    network: pypsa.Network,
    scenario: Scenario,
    plants: pd.DataFrame,
    *,
    facts: Facts,
    assumptions: Assumptions,
    periods: Periods,
) -> None:
    """Add coal and gas plants with what they can and must give at each step.

    ``p_min_pu`` is the must-run of heat and of fields. ``minimum_load`` (a column of the network)
    holds for blocks that run, and ``relief_cost`` is what a MWh of must-run costs that is not
    generated: the rules of the network use both.

    Raises
    ------
    InputError : an operation that no rule knows.
    """
    units = _units(plants)
    known = units["operation"].isin(OPERATIONS)
    if not known.all():
        got = units.loc[~known, "operation"].iloc[0]
        raise unknown_name("operation", got, list(OPERATIONS), where="plants.csv")
    normal = _normal_temperature(facts)
    low, high = {}, {}
    for name, unit in units.iterrows():
        ceiling = _available(unit["carrier"], periods, assumptions)
        region = unit["region"]
        if region not in normal:
            raise input_error(
                "region", where="region_temperature.csv", allowed="each region with a plant",
                got=f"no {region}",
            )  # fmt: skip
        heat = heat_load(periods.series[f"cold {region}"], normal[region], assumptions)
        low[name], high[name] = _limits(unit, ceiling, heat, assumptions)
    least = pd.DataFrame(low, index=periods.series.index)
    if not scenario.fleet.must_run:
        least *= 0.0
    minimum = scenario.fleet.coal_minimum
    if minimum is None:
        minimum = assumptions.get("coal", "minimum_load", unit="1")
    block = (units["carrier"] == "coal") & (units["operation"] == "condensing")
    network.add(
        "Generator", list(units.index), bus=units["region"], carrier=units["carrier"],
        p_nom=units["capacity_mw"], p_min_pu=least,
        p_max_pu=pd.DataFrame(high, index=periods.series.index),
        marginal_cost=units["carrier"].map(
            {name: marginal_cost(name, scenario, assumptions) for name in THERMAL}
        ),
        co2_t_per_mwh=units["carrier"].map({name: co2(name, assumptions) for name in THERMAL}),
        operation=units["operation"], minimum_load=block * minimum,
        relief_cost=units["operation"].isin(["chp", "field"]) * _relief_cost(assumptions),
    )  # fmt: skip


def _units(plants: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each generator: ``region carrier operation capacity_mw``."""
    thermal = plants[plants["carrier"].isin(THERMAL)]
    one_by_one = thermal["operation"].isin(["condensing", "nuclear"])
    thermal = thermal.assign(
        unit=(thermal["name"].str.strip() + " " + thermal["carrier"]).where(
            one_by_one, thermal["region"] + " " + thermal["carrier"] + " " + thermal["operation"]
        )
    )
    keys = ["unit", "region", "carrier", "operation"]
    units: pd.DataFrame = thermal.groupby(keys)["capacity_mw"].sum().reset_index(keys[1:])
    return units[units["capacity_mw"] > 0]


def _available(carrier: str, periods: Periods, assumptions: Assumptions) -> pd.Series:
    """Return the share of capacity that wear, breakdowns and planned repair leave."""
    if carrier == "nuclear":
        whole: pd.Series = 0.0 * periods.series["planned outage"]
        return whole + assumptions.get("nuclear", "availability", unit="1")
    left = 1.0 - assumptions.get(carrier, "derating", unit="1")
    left *= 1.0 - assumptions.get(carrier, "forced_outage", unit="1")
    available: pd.Series = left * (1.0 - periods.series["planned outage"])
    return available


def _limits(
    unit: pd.Series, ceiling: pd.Series, heat: pd.Series, assumptions: Assumptions
) -> tuple[pd.Series, pd.Series]:
    """Return least and most power of a unit, of its capacity."""
    if unit["operation"] in ("condensing", "nuclear"):
        return 0.0 * ceiling, ceiling
    if unit["operation"] == "chp":
        condensing = assumptions.get("chp", "condensing_share", unit="1")
        open_turbines = condensing + (1.0 - condensing) * heat
        high = ceiling.where(ceiling < open_turbines, open_turbines)
        led = assumptions.get("chp", "power_at_full_heat", unit="1") * heat
        return led.where(led < high, high), high
    through = 0.0 if unit["region"] in ISLAND else 1.0
    least = through * assumptions.get("gas", "field_least", unit="1")
    most = assumptions.get("gas", "field_most", unit="1")
    return 0.0 * ceiling + least, 0.0 * ceiling + most


def _relief_cost(assumptions: Assumptions) -> float:
    """Return what boilers burn to take over the heat of a MWh that is not generated, USD/MWh."""
    gas = assumptions.get("gas_ccgt", "fuel", unit="USD/MWh")
    per_heat = gas * assumptions.get("gas_ccgt", "efficiency", unit="1", year=2030)
    heat = assumptions.get("chp", "heat_to_power", unit="1")
    return heat * per_heat / assumptions.get("chp", "boiler_efficiency", unit="1")
