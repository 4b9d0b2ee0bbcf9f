"""The panel in which a reader assesses a place of their own: a click on the map, or coordinates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

from markupsafe import Markup

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.technologies import POTENTIAL
from greenanalysis.geo.country import load_country
from greenanalysis.project.uncertainty import budget, combined
from greenanalysis.site.draw.tables import Html
from greenanalysis.site.elements import SCREENING
from greenanalysis.site.pages.nearby import schematic_lines

_LEVEL = 0.9
_YEARS = 10.0
"""The band is that of a brief: P90 to P10 of a mean of ten years."""


def panel_data(study: Assessment) -> dict[str, Any]:
    """Return what the panel knows: cells with yield and cost, bands, schematic lines.

    Returns
    -------
    dict : ``cells`` rows of latitude, longitude, code of the region, then capacity factor and cost
        of each technology (None where no plant may stand); ``bands`` half widths, relative.
    """
    table = study.cells.sort_values("capacity_mw", ascending=False, kind="stable")
    cells: dict[tuple[float, float], list[Any]] = {}
    for row in table[table["capacity_mw"] > 0].to_dict("records"):
        place = (round(float(row["latitude"]), 2), round(float(row["longitude"]), 2))
        known = cells.setdefault(place, [*place, str(row["region"]), *[None] * 2 * len(POTENTIAL)])
        at = 3 + 2 * POTENTIAL.index(str(row["technology"]))
        known[at] = round(float(row["cf"]), 4)
        known[at + 1] = round(float(row["lcoe_usd_per_mwh"]), 1)
    screening = str(study.weather.get("grade")) == SCREENING
    width = NormalDist().inv_cdf(_LEVEL)
    return {
        "technologies": list(POTENTIAL),
        "step": load_country().grid_step,
        "cells": list(cells.values()),
        "bands": {
            name: round(
                width
                * combined(budget(name, study.assumptions, screening=screening), years=_YEARS),
                4,
            )
            for name in POTENTIAL
        },
        "lines": [
            [line.name, line.voltage, *(round(one, 3) for end in line.ends.coords for one in end)]
            for line in schematic_lines()
        ],
    }


def site_panel(study: Assessment) -> Html:
    """Return the panel for a page with a map of the country."""
    names = {str(code): str(name) for code, name in study.regions["name_en"].items()}
    return panel_html(panel_data(study), names)


def panel_html(data: Mapping[str, Any], names: Mapping[str, str]) -> Html:
    """Return the panel as HTML; the script of the page fills it.

    Parameters
    ----------
    data : of :func:`panel_data`.
    names : of regions by code.
    """
    regions = Markup("").join(
        Markup('<a data-region="{}" href="region-{}.html">{}</a> ').format(code, code.lower(), name)
        for code, name in names.items()
    )
    rows = Markup("").join(
        Markup(
            '<div><dt>{}</dt><dd><b data-say="{}-hours"></b> <span>full-load hours a year, '
            'P90 to P10 of a mean of ten years</span><br><b data-say="{}-cost"></b> '
            "<span>USD/MWh at the plant</span></dd></div>"
        ).format(technology.capitalize(), technology, technology)
        for technology in POTENTIAL
    )
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return Html(
        Markup(
            '<section class="ga-site"><h2 class="ga-finding" id="assess-my-site">Assess my site'
            "</h2><p>Click on the map above, or type a place.</p>"
            '<form class="ga-site-form"><label>Latitude <input type="number" name="latitude" '
            'step="any" min="-90" max="90" required></label> <label>Longitude <input type="number" '
            'name="longitude" step="any" min="-180" max="180" required></label> '
            '<button class="ga-button">Assess</button></form>'
            '<p class="ga-site-outside" role="status" hidden>No plant may stand here: outside the '
            "country, or no land is left in this cell.</p>"
            '<dl class="ga-facts ga-site-facts" aria-live="polite" hidden>'
            '<div><dt>Place</dt><dd><b data-say="place"></b> <span data-say="region"></span></dd>'
            "</div>{}<div><dt>Nearest schematic corridor</dt><dd>"
            '<b data-say="line"></b><br><b data-say="km"></b> <span>km away</span></dd></div>'
            '<div><dt>Command for a brief</dt><dd><code data-say="command" translate="no"></code>'
            "</dd></div></dl>"
            '<p class="ga-note">Values of a cell half a degree wide. Corridors are straight lines '
            "between the nodes of the grid, not routes.</p>"
            '<p class="ga-site-regions" hidden>{}</p>'
            '<script type="application/json" class="ga-site-data">{}</script></section>'
        ).format(rows, regions, Markup(text))
    )
