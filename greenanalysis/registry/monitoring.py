"""The registry beside the weather model: plants, reported figures, indicators, modelled yields."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from greenanalysis.assessment.assess import Assessment, assess
from greenanalysis.assessment.capacity_factors import SITED
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.display import Card, Shown, holds_of
from greenanalysis.registry import content, indicators, scurve, store, views
from greenanalysis.registry import indicators as rating
from greenanalysis.registry.conflicts import conflicts

YEARS = range(2015, 2026)
TARGET_YEAR = 2030
CURVE_UNTIL = 2035
START = "start content"


@dataclass(frozen=True, eq=False, repr=False)
class Monitoring(Shown):
    """Tables of the registry and indicators made of them.

    ``plants``, ``told``, ``measures`` are the registry's; ``compared`` sets indicators beside
    reports; ``generation`` is GWh by year; ``curve`` the S-curve of solar and wind, GWh;
    ``watch`` registered against modelled capacity factors; ``conflicts`` between the sources.
    """

    name: str
    weather: Mapping[str, object]
    regions: pd.DataFrame
    plants: pd.DataFrame
    told: pd.DataFrame
    measures: pd.DataFrame
    compared: pd.DataFrame
    generation: pd.DataFrame
    shares: pd.DataFrame
    avoided: pd.DataFrame
    curve: scurve.SCurve
    watch: pd.DataFrame
    ratings: pd.DataFrame
    weights: Mapping[str, float]
    conflicts: pd.DataFrame

    def _card(self) -> Card:
        running = self.plants[self.plants["status"] == "operating"]
        groups = running.groupby("technology")["capacity_mw"]
        table = pd.DataFrame({"plants": groups.size(), "capacity_mw": groups.sum()})
        table = table.sort_values("capacity_mw", ascending=False).reset_index()
        return Card(
            title=f"Monitoring of {self.name}",
            caption=f"{len(self.plants):,} plants, {len(self.told):,} reported figures, "
            f"{len(self.measures):,} measures; plants in operation:",
            table=table,
            holds=holds_of(self),
        )


def monitoring(registry: str = "", *, weather: str = "sample") -> Monitoring:
    """Read a registry and compute all indicators.

    Parameters
    ----------
    registry : file or URL; empty: what a new registry starts with.
    weather : a weather name or file for the modelled yields.

    Raises
    ------
    InputError : no registry there, unknown weather.
    """
    plants, told, measures, differences = _tables(registry)
    study = assess(weather)
    assumptions = load_assumptions()
    generation = indicators.national(told, "generation")
    weights = rating.rating_weights(assumptions)
    green = (generation["solar"] + generation["wind"]).dropna()
    last = int(green.index.max())
    return Monitoring(
        name=shown_name(registry),
        weather=study.weather,
        regions=study.regions,
        plants=plants,
        told=told,
        measures=measures,
        compared=indicators.compare_national(plants, told, YEARS),
        generation=generation,
        shares=indicators.shares(generation, told),
        avoided=indicators.avoided_emissions(
            generation,
            coal_t_per_mwh=assumptions.get("coal", "co2", unit="t/MWh"),
            gas_t_per_mwh=assumptions.get("gas", "co2", unit="t/MWh"),
        ),
        curve=scurve.fit_scurve(
            green,
            ceiling=float(generation["total"].max()),
            until=CURVE_UNTIL,
            seed=int(assumptions.get("adoption_curve", "seed", unit="1")),
        ),
        watch=indicators.capacity_factor_watch(plants, told, _modelled_factors(plants, study)),
        ratings=rating.rate_enterprises(plants, measures, told, weights=weights, year=last),
        weights=weights,
        conflicts=differences,
    )


def shown_name(registry: str) -> str:
    """Return the registry as a page may print it: no password, no folder of a machine."""
    if not registry:
        return START
    url = store.registry_url(registry)
    if url.get_backend_name() == "sqlite":
        return Path(str(url.database)).name
    return url.render_as_string(hide_password=True)


def _tables(registry: str) -> tuple[pd.DataFrame, ...]:
    """Return plants, observations, measures and conflicts."""
    with tempfile.TemporaryDirectory(prefix="greenanalysis-registry-") as folder:
        url = store.registry_url(registry or str(Path(folder) / "registry.sqlite"))
        engine = store.open_engine(url, read_only=bool(registry))
        if not registry:
            store.migrate(engine)
            content.load_start(engine)
        with store.read_session(engine) as session:
            tables = (
                *(views.facilities(session), views.observations(session)),
                *(views.measures(session), conflicts(session)),
            )
        engine.dispose()
    return tables


def _modelled_factors(plants: pd.DataFrame, study: Assessment) -> pd.Series:
    """Return the modelled capacity factor of each solar and wind plant with a place, 0..1."""
    fields = {"solar": study.mean_cf["solar"], "wind": study.mean_cf[SITED]}
    placed = plants[plants["technology"].isin(list(fields)) & plants["latitude"].notna()]
    return pd.Series(
        {
            key: float(
                fields[row["technology"]].sel(
                    latitude=row["latitude"], longitude=row["longitude"], method="nearest"
                )
            )
            for key, row in placed.iterrows()
        },
        dtype=float,
    )
