"""Reference values of Kazakhstan in the project's facts against what the model says."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

from greenanalysis.assessment.assess import Assessment
from greenanalysis.atlas.biomass import national_comparison
from greenanalysis.atlas.hydro import hydro_checks, hydro_plants
from greenanalysis.atlas.waste import waste_checks
from greenanalysis.core.tables import read_facts
from greenanalysis.programme.heat_demand import SOUTH, heat_reference
from greenanalysis.programme.study import prepare_place
from greenanalysis.programme.water_need import water_reference
from greenanalysis.registry import content, indicators, store, views
from greenanalysis.validation.table import Check, from_comparison
from greenanalysis.weather.sample.climate import load_climate

_YEARS = range(2015, 2026)
CAPITAL, TURKISTAN = "KZ-71", "KZ-61"
_DRAWN_TO_AREA = (
    "KZ-10", "KZ-19", "KZ-33", "KZ-35", "KZ-62", "KZ-63", "KZ-71", "KZ-75", "KZ-79",
)  # fmt: skip
"""Regions split in 2022, drawn by their stated share of the area, and cities, drawn as discs."""


def is_sample(study: Assessment) -> bool:
    """Return whether the weather is the synthetic year that was drawn to some of the references."""
    return str(study.weather.get("name")) == "sample"


def irradiance(study: Assessment) -> list[Check]:
    """Cited irradiance that the sample is scaled to: fits; none for other weather."""
    if not is_sample(study):
        return []
    climate = load_climate()
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) * 24 / 1000
    sun = (climate["ghi_mean"] * xr.DataArray(days, dims="month")).sum("month")
    return [
        Check(
            area="Weather",
            quantity=f"irradiance of a year, {row['site']}",
            kind="anchor",
            basis="fit",
            expected=row["ghi_kwh_m2_year"],
            got=float(
                sun.sel(latitude=row["latitude"], longitude=row["longitude"], method="nearest")
            ),
            unit="kWh/m2",
            source=row["source"],
            remark=f"{row['kind']}; the climatology is scaled to it",
        )
        for row in read_facts(
            "ghi_anchors", numeric=["latitude", "longitude", "ghi_kwh_m2_year"]
        ).to_dict("records")
    ]


def atlas(study: Assessment) -> list[Check]:
    """Water, biomass and waste of the country against published totals."""
    hydro = hydro_checks(study.regions, study.assumptions)
    potential = {"theoretical": "potential", "technical": "potential", "economic": "potential"}
    checks = from_comparison(hydro, area="Water", kinds=potential, basis="independent")
    checks += from_comparison(
        national_comparison(study.assumptions),
        area="Biomass",
        kinds={},
        basis="independent",
        otherwise="potential",
    )
    waste = waste_checks(study.regions, study.assumptions)
    return checks + from_comparison(waste, area="Waste", kinds={}, basis="cross-check")


def hydro_east() -> list[Check]:
    """The Irtysh plants of East Kazakhstan and Abai against their reported year."""
    facts = read_facts("hydro_published", numeric=["value", "year"]).to_dict("records")
    fact = next(row for row in facts if row["quantity"] == "generation of East Kazakhstan")
    existing = hydro_plants()
    got = float(existing.loc[existing["region"].isin(["KZ-63", "KZ-10"]), "energy_gwh"].sum())
    return [
        Check(
            area="Water",
            quantity=f"generation of East Kazakhstan with Abai, {fact['year']:.0f}",
            kind="total",
            basis="independent",
            expected=fact["value"],
            got=got,
            unit=fact["unit"],
            source=fact["source"],
            remark=fact["note"],
        )
    ]


def heat_and_water(study: Assessment, weather: xr.Dataset) -> list[Check]:
    """Heat and gas of housing and water of cotton against reports."""
    places = {
        code: prepare_place(study, code, weather=weather) for code in dict.fromkeys(
            (*SOUTH, CAPITAL, TURKISTAN)
        )
    }  # fmt: skip
    heat = heat_reference({code: place.heat for code, place in places.items()})
    checks = from_comparison(heat, area="Heat", kinds={}, basis="independent", otherwise="use")
    need = water_reference(TURKISTAN, study.assumptions, need_mm=places[TURKISTAN].season_need_mm)
    return checks + from_comparison(
        need, area="Irrigation", kinds={}, basis="independent", otherwise="use"
    )


def regions(study: Assessment) -> list[Check]:
    """Areas of the drawn regions against the stated ones; the outlines are approximate."""
    stated = read_facts("regions", numeric=["area_km2"]).set_index("region")
    drawn = study.regions.to_crs(6933).geometry.area / 1e6
    return [
        Check(
            area="Regions",
            quantity=f"area, {row['name_en']}",
            kind="area",
            basis="fit" if code in _DRAWN_TO_AREA else "cross-check",
            expected=row["area_km2"],
            got=float(drawn[code]),
            unit="km2",
            source=row["area_source"],
            remark="outline drawn so that this area results"
            if code in _DRAWN_TO_AREA
            else "outlines of Natural Earth, approximate",
        )
        for code, row in stated.iterrows()
    ]


def registry() -> list[Check]:
    """The registry of plants against national statistics, and these against each other."""
    with tempfile.TemporaryDirectory(prefix="greenanalysis-validation-") as folder:
        engine = store.open_engine(store.registry_url(str(Path(folder) / "registry.sqlite")))
        store.migrate(engine)
        content.load_start(engine)
        with store.read_session(engine) as session:
            listed, told = views.facilities(session), views.observations(session)
        engine.dispose()
    compared = indicators.compare_national(listed, told, _YEARS)
    texts = {
        "capacity": "plants of the registry with a known year; those undated stand in the last",
        "generation": "two published series; no model in it",
    }
    return [
        Check(
            area="Registry",
            quantity=f"{row['quantity']} of {row['technology']} {row['year']}, {row['series']}",
            kind="statistic",
            basis="cross-check",
            expected=row["reported"],
            got=row["indicator"],
            unit="MW" if row["quantity"] == "capacity" else "GWh",
            source=f"data/facts/registry_national.csv and generation_mix.csv, {row['series']}",
            remark=texts[row["quantity"]],
        )
        for row in compared.to_dict("records")
    ]
