"""Files that a brief hands over inside the page: the workbook and the yield assessment."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
from typing import Any

import numpy as np
from markupsafe import Markup

from greenanalysis.project.brief import Brief
from greenanalysis.project.contract import contract_group
from greenanalysis.project.eya import Plant, eya_document
from greenanalysis.project.intake import slug
from greenanalysis.project.scenarios import downside
from greenanalysis.project.summary import year_table
from greenanalysis.project.terms import term_sources
from greenanalysis.project.workbook import LANGUAGES, workbook_bytes
from greenanalysis.site.draw.tables import Html
from greenanalysis.site.elements import SCREENING, SCREENING_TEXT
from greenanalysis.site.pages.brief.views import headline

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def downloads(brief: Brief) -> Html:
    """Return links to files that lie inside the page itself."""
    stem = slug(brief.project.name)
    names = {"en": "English", "ru": "Русский", "kk": "Қазақша"}
    files = [
        (
            f"{stem}{'' if language == 'en' else f'-{language}'}.xlsx",
            "Cash flow with live formulas, XLSX"
            if language == "en"
            else f"XLSX, {names[language]}",
            _XLSX,
            _workbook(brief, language=language),
        )
        for language in LANGUAGES
    ]
    files += [
        (
            f"{stem}-eya.json",
            "Yield assessment, IEC 61400-15-2 exchange format, JSON"
            if brief.project.technology == "wind"
            else "Yield assessment, JSON",
            "application/json",
            json.dumps(_assessment_json(brief), indent=1).encode(),
        ),
        (
            f"{stem}-years.csv",
            "Cash flow by year, CSV",
            "text/csv",
            year_table(brief.made).to_csv(float_format="%.6g").encode(),
        ),
    ]
    links = Markup(" · ").join(
        Markup('<a download="{}" href="data:{};base64,{}">{}</a>').format(
            name, kind, base64.b64encode(content).decode(), label
        )
        for name, label, kind, content in files
    )
    return Html(Markup("<p><strong>Files:</strong> {}</p>").format(links))


def _workbook(brief: Brief, *, language: str = "en") -> bytes:
    """Return the workbook of a brief."""
    screening = brief.study.weather.get("grade") == SCREENING
    notes = [
        headline(brief),
        f"{SCREENING_TEXT}." if screening else f"Weather: {brief.study.weather['source']}",
    ]
    values, contract = brief.study.assumptions, brief.project.contract
    sources = term_sources(values, brief.project.technology)
    stated = dict.fromkeys(brief.settings.term_changes(), "stated with the project")
    indexed = values.rows(contract_group(contract.name), "construction_fx")["source"].iloc[0]
    return workbook_bytes(
        brief.made,
        notes=notes,
        sources={
            **sources,
            **stated,
            "p50": f"{brief.study.weather['source']}; uncertainty: page of the project",
            "tariff": contract.origin,
            "construction_fx": indexed,
            "construction_cpi": indexed,
        },
        scenarios=downside(brief.made, values),
        sensitivity=brief.tornado,
        language=language,
    )


def _assessment_json(brief: Brief) -> dict[str, Any]:
    """Return the yield assessment of a brief as a JSON value."""
    from greenanalysis.assessment.turbines import wind_plant
    from greenanalysis.weather.sample.climate import load_climate

    study, project, said = brief.study, brief.project, brief.settings.plant
    farm = wind_plant(study.assumptions, turbine=said.turbine, hub_height_m=said.hub_height_m)
    place = {"latitude": brief.latitude, "longitude": brief.longitude}
    height = load_climate()["elevation"].sel(place, method="nearest")
    wind = project.technology == "wind"
    mean, bins = _wind(brief) if wind else (float("nan"), ())
    plant = Plant(
        name=project.name,
        technology=project.technology,
        latitude=brief.latitude,
        longitude=brief.longitude,
        altitude_m=round(float(height), 1),
        capacity_mw=project.capacity_mw,
        hub_height_m=float(farm.hub_height),
        turbine=said.turbine or "generic, see data/assumptions/wind.csv",
        start_year=int(brief.made.base.years[0]),
        lifetime=brief.made.terms.lifetime,
        weather=f"{study.weather['name']}, {study.weather['grade']} grade, "
        f"{study.weather['source']}",
        wind_speed_mean=mean,
        wind_speed_bins=bins,
    )
    return eya_document(
        plant,
        p50_gwh=brief.gwh(50, 1),
        tree=brief.tree,
        terms=brief.terms,
        issued=dt.datetime.now(dt.UTC).date().isoformat(),
    )


def _wind(brief: Brief) -> tuple[float, tuple[float, ...]]:
    """Mean and distribution of the wind at 100 m at the place of the plant."""
    from greenanalysis.assessment.plant_yield import cell_at
    from greenanalysis.assessment.ready import stated_shear
    from greenanalysis.assessment.turbines import wind_plant
    from greenanalysis.core.variables import wind_heights
    from greenanalysis.resource.wind.heights import wind_for_hub

    study, site = brief.study, brief.plant.wind
    ratio = study.assumptions.get("wind_climate", "siting_speed_ratio", unit="1")
    cell = cell_at(study.dataset, brief.latitude, brief.longitude)
    farm = wind_plant(study.assumptions)
    exponent = brief.settings.plant.shear_exponent
    if exponent is None and len(wind_heights(cell)) == 1:
        exponent = farm.shear_exponent
    hub = dataclasses.replace(stated_shear(farm, exponent), hub_height=100.0)
    speed = wind_for_hub(cell, hub)["wind_speed_100m"].to_numpy().ravel().astype(float)
    values = speed[np.isfinite(speed)]
    if study.weather.get("measured"):
        ratio = 1.0
    values = values * (ratio if site is None else site.speed / values.mean())
    edges = np.concatenate([[0.0], np.arange(0.5, 31.5)])
    counts, _ = np.histogram(np.clip(values, 0, edges[-1]), edges)
    return float(values.mean()), tuple(counts / values.size)
