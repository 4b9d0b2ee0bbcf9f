"""The tables of facts that the network is built from, read once and handed on together."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from greenanalysis.core.tables import read_facts


@dataclass(frozen=True)
class Facts:
    """Tables of ``data/facts`` that the Super Grid needs; each row names its source."""

    plants: pd.DataFrame
    plants_planned: pd.DataFrame
    demand: pd.DataFrame
    demand_months: pd.DataFrame
    demand_hours: pd.DataFrame
    demand_weekdays: pd.DataFrame
    hydro_months: pd.DataFrame
    hydro_cascades: pd.DataFrame
    hydro_cascade_months: pd.DataFrame
    region_temperature: pd.DataFrame
    outage_months: pd.DataFrame
    nodes: pd.DataFrame
    interconnectors: pd.DataFrame
    corridors: pd.DataFrame
    corridor_terms: pd.DataFrame
    markets: pd.DataFrame
    market_terms: pd.DataFrame
    market_shapes: pd.DataFrame


NUMERIC: dict[str, list[str]] = {
    "plants_planned": ["capacity_mw", "year"],
    "plants": ["capacity_mw", "year", "lat", "lon"],
    "demand": ["year", "demand_twh", "net_import_twh"],
    "demand_months": ["year", "month", "demand_gwh"],
    "demand_hours": ["hour_local", "relative"],
    "demand_weekdays": ["relative"],
    "hydro_months": ["month", "capacity_factor"],
    "hydro_cascades": [],
    "hydro_cascade_months": ["month", "capacity_factor"],
    "region_temperature": ["month", "temp_air"],
    "outage_months": ["month", "planned_share"],
    "nodes": ["latitude", "longitude"],
    "interconnectors": ["capacity_mw", "length_km", "year"],
    "corridors": ["overhead_km", "subsea_km", "max_mw", "lead_time_years"],
    "corridor_terms": ["toll_usd_per_mwh", "toll_year", "risk_class"],
    "market_terms": ["taken_mw", "import_price_usd_per_mwh", "import_price_year"],
    "markets": ["price", "price_year", "absorption_mw", "import_mw", "import_twh", "co2_t_per_mwh"],
    "market_shapes": ["month", "hour_utc", "relative"],
}


def load_facts() -> Facts:
    """Read the tables.

    Raises
    ------
    InputError : a table or column is missing, or a row names no source.
    """
    return Facts(**{name: read_facts(name, numeric=columns) for name, columns in NUMERIC.items()})
