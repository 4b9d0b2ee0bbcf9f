"""Sun, wind and a battery behind one connection, or a battery alone, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.technologies import TECHNOLOGIES
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import InputError, input_error
from greenanalysis.finance.cost import annuity
from greenanalysis.project.description import Settings
from greenanalysis.project.energy import site_energy

_FLOWS = ("charge", "discharge", "stored", "curtailed")
"""Columns of the linear programme, one each hour."""


@dataclass(frozen=True)
class Battery:
    """A battery: power at the terminals in MW, usable energy in MWh, efficiency there and back."""

    power_mw: float
    energy_mwh: float
    efficiency: float

    def __post_init__(self) -> None:
        limits = {
            "power_mw": (self.power_mw >= 0, "0 or more MW", self.power_mw),
            "energy_mwh": (self.energy_mwh >= 0, "0 or more MWh", self.energy_mwh),
            "efficiency": (0 < self.efficiency <= 1, "above 0, up to 1", self.efficiency),
        }
        for name, (fits, allowed, got) in limits.items():
            if not fits:
                raise input_error(name, where="battery", allowed=allowed, got=got)


@dataclass(frozen=True, eq=False)
class Hybrid:
    """Hours of a hybrid plant and what they come to.

    ``hours`` has one row an hour (``time``, UTC, end of the hour) in MW: each source as available,
    ``curtailed``, ``charge``, ``discharge``, ``export`` (negative where the battery buys), and
    ``stored`` in MWh at the end of the hour; ``price`` in USD/MWh where one was given.
    ``year`` is the table of sums by name, with unit.
    """

    hours: pd.DataFrame
    year: pd.DataFrame

    def value(self, quantity: str) -> float:
        """Return a figure of ``year``."""
        return float(self.year.set_index("quantity")["value"][quantity])


def dispatch(
    available: pd.DataFrame,
    *,
    connection_mw: float,
    battery: Battery,
    price: pd.Series | None = None,
    grid_charging: bool = False,
) -> pd.DataFrame:
    """Run plants and a battery behind one connection so that they earn the most.

    Parameters
    ----------
    available : (time) by source, MW of one hour each, 0 or more; without columns for a battery
        alone.
    connection_mw : most that may flow either way.
    battery : ``Battery(0, 0, 1)`` for none.
    price : (time), USD/MWh, of energy sold and bought; by default even, so that energy is what
        is made the most of.
    grid_charging : whether the battery may buy from the grid.

    Returns
    -------
    DataFrame : as ``hours`` of :class:`Hybrid`.

    Raises
    ------
    InputError : a negative or absent value, or hours of the price that differ.

    Notes
    -----
    A linear programme over all hours: prices and weather are foreseen, so its revenue is the most
    that an operator could reach. The battery ends as it began.
    """
    times = available.index
    if not connection_mw > 0:
        raise input_error("connection_mw", where="hybrid", allowed="above 0 MW", got=connection_mw)
    source = available.sum(axis=1).to_numpy(dtype=float)
    if not (np.isfinite(available.to_numpy(dtype=float)).all() and (available >= 0).all(axis=None)):
        raise InputError("hybrid: available power must be 0 or more MW in each hour")
    if price is not None and not price.index.equals(times):
        raise InputError("hybrid: the price must have the hours of the plants, one value each")
    worth = np.ones(len(times)) if price is None else price.to_numpy(dtype=float)
    if not np.isfinite(worth).all():
        raise InputError("hybrid: the price lacks an hour")

    hours, one_way = len(times), battery.efficiency**0.5
    identity, empty = sparse.identity(hours, format="csr"), sparse.csr_array((hours, hours))
    # the last hour comes before the first, so that the year ends as it began
    previous = np.roll(np.arange(hours), 1)
    last = sparse.csr_array((np.ones(hours), (np.arange(hours), previous)))
    # export = source - curtailed - charge + discharge stays within the connection
    balance = sparse.hstack([-identity, identity, empty, -identity])
    least = -connection_mw if grid_charging else 0.0
    # stored now = stored before + what charging adds - what discharging takes
    state = sparse.hstack([-one_way * identity, identity / one_way, identity - last, empty])
    # both at once would only burn energy, which a negative price would pay for
    inverter = sparse.hstack([identity, identity, empty, empty])
    rows = [
        LinearConstraint(balance, least - source, connection_mw - source),
        LinearConstraint(state, 0.0, 0.0),
        LinearConstraint(inverter, -np.inf, battery.power_mw),
    ]
    most = np.concatenate(
        [np.full(2 * hours, battery.power_mw), np.full(hours, battery.energy_mwh), source]
    )
    cost = np.concatenate([worth, -worth, np.zeros(hours), worth])
    solution = milp(cost, constraints=rows, bounds=Bounds(0.0, most))
    if not solution.success:
        raise InputError(f"hybrid: no dispatch was found: {solution.message}")
    flows = dict(zip(_FLOWS, np.split(solution.x, len(_FLOWS)), strict=True))
    table = available.copy()
    for name in ("curtailed", "charge", "discharge"):
        table[name] = flows[name]
    table["export"] = source - flows["curtailed"] - flows["charge"] + flows["discharge"]
    table["stored"] = flows["stored"]
    if price is not None:
        table["price"] = worth
    table.index.name = "time"
    return table


def make_hybrid(
    study: Assessment,
    *,
    latitude: float,
    longitude: float,
    capacity_mw: dict[str, float],
    connection_mw: float,
    battery_mw: float = 0.0,
    battery_mwh: float = 0.0,
    price: pd.Series | float | None = None,
    grid_charging: bool = False,
) -> Hybrid:
    """Assess plants and a battery behind one connection at a place.

    Parameters
    ----------
    study : the assessment of the weather.
    latitude, longitude : degrees.
    capacity_mw : technology (``solar``, ``wind``) -> MW of AC; empty for a battery alone.
    connection_mw : most that may flow either way.
    battery_mw, battery_mwh : of the battery.
    price : USD/MWh, one value or an hourly series, whose hours are then those of the result.
    grid_charging : whether the battery may buy from the grid.

    Raises
    ------
    InputError : as :func:`dispatch`; a technology unknown or without energy at the place; nothing
        to run.

    Notes
    -----
    Costs are those of the atlas: investment and fixed cost of ``study.cost_year``, one real rate.
    The battery's inverter is renewed at the end of its own life.
    """
    battery = Battery(battery_mw, battery_mwh, _efficiency(study))
    plants = {name: mw for name, mw in capacity_mw.items() if mw > 0}
    if not plants and not (battery_mw > 0 and battery_mwh > 0):
        raise InputError("hybrid: neither a plant nor a battery with power and energy is given")
    available = pd.DataFrame(
        {
            name: site_energy(
                study,
                technology=name,
                latitude=latitude,
                longitude=longitude,
                capacity_mw=mw,
                settings=Settings(),
            )
            .plant.hours.to_series()
            .clip(lower=0.0)
            * mw
            for name, mw in plants.items()
        }
    )
    if not plants:
        if not isinstance(price, pd.Series):
            raise InputError("hybrid: a battery alone needs an hourly price")
        available = pd.DataFrame(index=price.index)
    if isinstance(price, pd.Series):
        series: pd.Series | None = price
    elif price is not None:
        series = pd.Series(float(price), index=available.index)
    else:
        series = None
    hours = dispatch(
        available,
        connection_mw=connection_mw,
        battery=battery,
        price=series,
        grid_charging=grid_charging,
    )
    return Hybrid(hours, _year(hours, plants, battery, connection_mw, study))


def read_prices(path: Path) -> pd.Series:
    """Read an hourly price from a CSV with the columns ``time`` (UTC) and ``usd_per_mwh``.

    Raises
    ------
    InputError : columns, times or numbers that do not fit.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no table of prices: {error}") from error
    if not {"time", "usd_per_mwh"} <= set(table.columns):
        got = ", ".join(map(str, table.columns))
        raise input_error("columns", where=str(path), allowed="time and usd_per_mwh", got=got)
    times = pd.to_datetime(table["time"], errors="coerce", utc=True).dt.tz_localize(None)
    values = pd.to_numeric(table["usd_per_mwh"], errors="coerce")
    bad = times.isna() | values.isna()
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        got = f"{table['time'].iloc[row]}, {table['usd_per_mwh'].iloc[row]}"
        allowed = "a time and a number"
        raise input_error(f"row {row + 2}", where=str(path), allowed=allowed, got=got)
    index = pd.DatetimeIndex(times)
    if len(index) < 2 or not (np.diff(index.to_numpy()) == np.timedelta64(1, "h")).all():
        raise InputError(f"{path}: the times must follow each other by one hour, without gaps")
    return pd.Series(values.to_numpy(), index=index, name="usd_per_mwh")


def _efficiency(study: Assessment) -> float:
    value = study.assumptions.get("battery_inverter", "efficiency", unit="1", year=study.cost_year)
    return float(value)


def _year(
    hours: pd.DataFrame,
    plants: dict[str, float],
    battery: Battery,
    connection_mw: float,
    study: Assessment,
) -> pd.DataFrame:
    """Sum the hours to a year of 8760 of them."""
    scale = 8760 / len(hours) / 1e3
    export = hours["export"]
    sold, bought = export.clip(lower=0).sum(), (-export).clip(lower=0).sum()
    rows: list[tuple[str, float, str]] = [
        (f"{name}, available", float(hours[name].sum()) * scale, "GWh/year") for name in plants
    ]
    rows += [
        ("curtailed at the connection", float(hours["curtailed"].sum()) * scale, "GWh/year"),
        ("sold", float(sold) * scale, "GWh/year"),
        ("bought", float(bought) * scale, "GWh/year"),
        ("lost in the battery",
         float((hours["charge"] - hours["discharge"]).sum()) * scale, "GWh/year"),
        ("use of the connection", float(sold) * scale * 1e5 / (connection_mw * 8760), "%"),
    ]  # fmt: skip
    if battery.energy_mwh > 0:
        taken = float(hours["discharge"].sum()) / battery.efficiency**0.5
        rows.append(
            ("full cycles of the battery", taken * scale * 1e3 / battery.energy_mwh, "1/year")
        )
    cost = yearly_cost(study.assumptions, plants, battery, year=study.cost_year)
    rows.append(("cost", cost / 1e6, f"million USD of {study.cost_year} a year"))
    if sold > 0 and plants:
        level = cost / (float(sold) * scale * 1e3)
        rows.append(("levelised cost of what is sold", level, f"USD of {study.cost_year}/MWh"))
    if "price" in hours:
        revenue = float((hours["price"] * export).sum()) * scale / 1e3
        rows.append(("revenue less purchases", revenue, "million USD a year"))
    return pd.DataFrame(rows, columns=["quantity", "value", "unit"])


def yearly_cost(
    assumptions: Assumptions, plants: dict[str, float], battery: Battery, *, year: int
) -> float:
    """Return the yearly cost of plants and battery, USD in the money of the tables.

    Parameters
    ----------
    assumptions : the cost tables.
    plants : technology -> MW of AC.
    battery : its size.
    year : whose costs are taken.
    """
    wacc = assumptions.get("supergrid", "wacc", unit="1")

    def payment(table: str, unit: str, *, fixed: bool = True) -> float:
        """Annuity and fixed cost, USD a year per unit of size."""
        investment = assumptions.get(table, "investment", unit=unit, year=year)
        share = assumptions.get(table, "fom", unit="%/year", year=year) / 100 if fixed else 0.0
        lifetime = assumptions.get(table, "lifetime", unit="year", year=year)
        return float(investment * (annuity(wacc, lifetime) + share))

    total = sum(mw * 1e3 * payment(TECHNOLOGIES[n].cost, "USD/kW") for n, mw in plants.items())
    cells = battery.energy_mwh * 1e3 * payment("battery_storage", "USD/kWh", fixed=False)
    inverter = battery.power_mw * 1e3 * payment("battery_inverter", "USD/kW")
    return float(total + cells + inverter)
