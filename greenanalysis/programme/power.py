"""Solar and wind plants of a region's programme: how many, where, at what cost and price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.money import MODEL_CURRENCY, MODEL_YEAR, Money, convert
from greenanalysis.core.tables import read_facts
from greenanalysis.programme.measure import Benefit, Measure

_HOURS_PER_YEAR = 8760
_KM_PER_DEGREE = 111.2
_COSTS = {"solar": "solar_utility", "wind": "onwind"}


def power_measures(
    cells: pd.DataFrame,
    *,
    region: str,
    demand_gwh: float,
    settlements: pd.DataFrame,
    assumptions: Assumptions,
    cost_year: int,
    grid_co2_t_per_mwh: float,
    price_factor: float = 1.0,
    existing_gwh: Mapping[str, float] | None = None,
) -> list[Measure]:
    """Size solar and wind plants to a share of the region's demand, on its cheapest land.

    Parameters
    ----------
    cells : of :func:`~greenanalysis.assessment.potential.cell_potential`.
    region : ISO 3166-2 code; only its cells count.
    demand_gwh : electricity demand of the region in a year.
    settlements : name, latitude, longitude; the place of a plant is named by the nearest.
    assumptions : ``programme/renewable_share``, ``solar_part``, prices, jobs, and the costs.
    cost_year : whose costs.
    grid_co2_t_per_mwh : emissions of the generation that the plants displace.
    price_factor : scales both auction prices, for sensitivity.
    existing_gwh : what solar and wind plants of the region make already; new ones make what is
        lacking of the share.

    Returns
    -------
    list : a measure for solar and one for wind; a technology without land in the region, or a
        share that is reached already, gives none.

    Raises
    ------
    InputError : a negative demand.
    """
    if not demand_gwh >= 0:
        raise input_error("demand_gwh", where=region, allowed="0 or more", got=demand_gwh)
    share = assumptions.get("programme", "renewable_share", unit="1")
    solar = assumptions.get("programme", "solar_part", unit="1")
    lacking = max(0.0, share * demand_gwh - sum((existing_gwh or {}).values()))
    parts = {"solar": lacking * solar, "wind": lacking * (1 - solar)}
    measures = []
    for technology, part in parts.items():
        here = cells[(cells["region"] == region) & (cells["technology"] == technology)]
        chosen = cheapest(here, energy_gwh=part)
        if len(chosen):
            place = _place(chosen.iloc[0], settlements)
            measures.append(
                _plant(
                    technology,
                    chosen,
                    place,
                    region=region,
                    assumptions=assumptions,
                    cost_year=cost_year,
                    grid_co2_t_per_mwh=grid_co2_t_per_mwh,
                    price_factor=price_factor,
                )
            )
    return measures


def cheapest(cells: pd.DataFrame, *, energy_gwh: float) -> pd.DataFrame:
    """Return the cheapest cells that together make an energy, the last one in part.

    Parameters
    ----------
    cells : of one technology, with capacity_mw, energy_gwh, lcoe_usd_per_mwh.
    energy_gwh : what they shall make in a year; all cells if they cannot.
    """
    able = cells[cells["energy_gwh"] > 0].sort_values(
        ["lcoe_usd_per_mwh", "latitude", "longitude"], ignore_index=True
    )
    before = able["energy_gwh"].cumsum() - able["energy_gwh"]
    part = ((energy_gwh - before) / able["energy_gwh"]).clip(0, 1)
    scaled = able.assign(
        capacity_mw=able["capacity_mw"] * part, energy_gwh=able["energy_gwh"] * part
    )
    return scaled[part > 0]


def _plant(
    technology: str,
    chosen: pd.DataFrame,
    place: str,
    *,
    region: str,
    assumptions: Assumptions,
    cost_year: int,
    grid_co2_t_per_mwh: float,
    price_factor: float,
) -> Measure:
    cost = _COSTS[technology]
    capacity_kw = float(chosen["capacity_mw"].sum()) * 1e3
    energy = float(chosen["energy_gwh"].sum()) * 1e3
    capex = assumptions.get(cost, "investment", unit="USD/kW", year=cost_year) * capacity_kw
    fom = assumptions.get(cost, "fom", unit="%/year", year=cost_year) / 100
    vom = (
        assumptions.get(cost, "vom", unit="USD/MWh", year=cost_year) if technology == "wind" else 0
    )
    auction = _auction_price(region, technology, assumptions)
    price = auction.usd_per_mwh * price_factor
    keys = [f"{cost}/{name}" for name in ("investment", "fom", "lifetime")]
    own = ["renewable_share", "solar_part", f"{technology}_jobs"]
    if not auction.local:
        own.append(f"{technology}_price")
    return Measure(
        name=f"{technology}_plants",
        title=f"{technology.capitalize()} power plants",
        theme=technology,
        region=region,
        size=f"{capacity_kw / 1e3:,.0f} MW",
        capex_usd=capex,
        opex_usd_per_year=capex * fom + vom * energy,
        lifetime_years=assumptions.get(cost, "lifetime", unit="year", year=cost_year),
        benefits=(
            Benefit(
                name="electricity",
                quantity=energy,
                unit="MWh",
                price_usd=price,
                gains="operator",
            ),
        ),
        electricity_mwh_per_year=energy,
        gas_m3_per_year=0.0,
        water_m3_per_year=0.0,
        co2_t_per_year=energy * grid_co2_t_per_mwh,
        readiness=3,
        readiness_source="plants of this kind in operation: data/facts/plants.csv",
        place=place,
        jobs=assumptions.get("programme", f"{technology}_jobs", unit="1/MW") * capacity_kw / 1e3,
        assumptions=(*keys, *(f"programme/{name}" for name in own)),
        note=f"Sold at {auction.words}. Cost at the plant, without connection and curtailment.",
    )


@dataclass(frozen=True)
class _Auction:
    """A price of an auction, USD of 2025 per MWh, and where it is from."""

    usd_per_mwh: float
    words: str
    local: bool


def _auction_price(region: str, technology: str, assumptions: Assumptions) -> _Auction:
    """Return the last price won in the region; the national one where none was."""
    table = read_facts("auctions", numeric=["price_kzt_per_kwh", "year"])
    won = table[
        (table["region"] == region) & (table["technology"] == technology) & (table["kind"] == "won")
    ].sort_values("date")
    if won.empty:
        price = assumptions.get("programme", f"{technology}_price", unit="USD/MWh")
        return _Auction(price, f"{price:.1f} USD/MWh, the last known price of the country", False)
    last = won.iloc[-1]
    stated = Money(float(last["price_kzt_per_kwh"]) * 1000, "KZT", int(last["year"]))
    price = convert(
        stated, currency=MODEL_CURRENCY, year=MODEL_YEAR, assumptions=assumptions
    ).amount
    words = (
        f"{price:.1f} USD/MWh of 2025, the last price won in the region "
        f"({last['price_kzt_per_kwh']:g} KZT/kWh, {last['place']}, {int(last['year'])})"
    )
    return _Auction(price, words, True)


def _place(cell: pd.Series, settlements: pd.DataFrame) -> str:
    north = (settlements["latitude"] - cell["latitude"]) * _KM_PER_DEGREE
    east = (settlements["longitude"] - cell["longitude"]) * (
        _KM_PER_DEGREE * np.cos(np.radians(cell["latitude"]))
    )
    distance = np.hypot(north, east)
    nearest = distance.idxmin()
    return (
        f"{cell['latitude']:.2f} N {cell['longitude']:.2f} E; {distance[nearest]:.0f} km from "
        f"{settlements['name'].astype(str)[nearest]}"
    )
