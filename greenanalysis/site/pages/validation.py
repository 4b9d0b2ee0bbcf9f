"""Figures, tables and words of the page of the validation."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.site import elements as page
from greenanalysis.site.draw import figures, palette
from greenanalysis.site.draw.chart import Chart, Column, Key, colour_by, tooltip, wrapped
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.validation.measured import Measured, errors, monthly
from greenanalysis.validation.plants import PlantRow, plant_score

TITLE = "Validation: what the model says against what was measured or published"
_SHOWN_ERROR = 100.0
_HEADINGS = {
    "outcome": "Result",
    "quantity": "Reference value",
    "error": "Error (allowed), %",
    "expected": "Reference",
    "got": "Model",
    "remark": "What to know",
}
_VERDICTS = {"miss": "missed", "hit": "hit", "not modelled": "not modelled"}
READING = (
    "Independent: nothing of the reference value went into the model. Only these rows say how good "
    "it is.",
    "Fit: the sample weather was drawn to this value, or a coefficient was taken from it. A hit "
    "shows that the fit worked, not that the model is right elsewhere.",
    "Cross-check: two published figures, or a list of plants and a statistic. No model is in it.",
    "Method: an equation of the project against a worked example in print or another program.",
    "The allowed error is fixed by the kind of reference, in the table at the end, and is not "
    "moved for a row. Misses stand first in each table.",
)
LIMITS = (
    "The sample weather is screening grade, not measured weather. Rows on plants of Kazakhstan "
    "test the chain together with this weather. Wind plants are predicted without the sites around "
    "them; three solar plants and the level of the fleet are what the weather was drawn to.",
    "Most published yields are designs: what a study expected, not what a meter counted. In the "
    "trade, realised energy lies 6.6 to 7.4 % below the P50 of studies (Simley and others, Wind "
    "Energy Science 11, 2026, 1251).",
    "No hourly output of a plant in Kazakhstan is public. The measured power comes from Colorado "
    "and France, so it tests the method and not the weather of Kazakhstan.",
    "The measured PV systems are small and of the 1990s; no measured year of a large plant with "
    "known modules and irradiance is in an open package.",
    "The power curve of the measured turbines is that of a sister model with a larger rotor, "
    "stretched; the wind at the nacelle is measured behind the rotor.",
    "Capacities built up from plants miss national figures because most wind plants and a part of "
    "the solar plants have no known place or year.",
    "A published potential without method or year is a weak reference, met or missed.",
    "Costs, prices and financing are checked as equations only: no project in Kazakhstan publishes "
    "its full cash flow.",
)


def _counts(table: pd.DataFrame, basis: str) -> tuple[int, int]:
    """Return how many rows of a basis are met, and how many are compared."""
    rows = table[(table["basis"] == basis) & (table["outcome"] != "not modelled")]
    return int((rows["outcome"] == "hit").sum()), len(rows)


def key_figures(plants: list[PlantRow], table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return the tiles of the page: label, value, unit."""
    tiles = []
    for technology in ("wind", "solar"):
        band, median = plant_score(plants, technology)
        inside = f"{band.hits} of {band.number}"
        tiles += [
            (f"Plants inside the stated band, {technology}", inside, "P90 to P10, 80 % stated"),
            (f"Median error, {technology} plants", f"{100 * median:.0f} %", "of published yields"),
        ]
    met, compared = _counts(table, "method")
    worked = ("Worked examples and other programs met", f"{met} of {compared}")
    return [*tiles, (*worked, "within the allowed error")]


def record_figures(tiles: list[tuple[str, str, str]]) -> None:
    """Hand the first tiles to the index of the site."""
    for number, (label, value, _) in enumerate(tiles[:2]):
        page.record(f"validation_{number}", value, label="", unit=label.lower())


def trust_finding(plants: list[PlantRow]) -> str:
    """Return the first sentence of the page."""
    band, median = plant_score(plants)
    return (
        f"{band.hits} of {band.number} plants that the model does not know lie inside the stated "
        f"band; the median error is {100 * median:.0f} %"
    )


def plants_table(plants: list[PlantRow]) -> Html:
    """Return every plant and plant-year beside the model, by technology and size of the error."""
    ordered = sorted(plants, key=lambda row: (row.technology, row.basis, -abs(row.error)))
    shown = pd.DataFrame(
        {
            "Plant": [row.name for row in ordered],
            "Technology": [row.technology for row in ordered],
            "Kind": [row.kind for row in ordered],
            "Basis": [row.basis for row in ordered],
            "Published": [row.expected for row in ordered],
            "Model": [row.got for row in ordered],
            "Error, %": [100 * row.error for row in ordered],
            "Stated sigma, %": [100 * row.sigma for row in ordered],
            "P90 to P10": ["inside" if row.inside else "OUTSIDE" for row in ordered],
        }
    )
    formats = {
        "Published": "{:.3f}",
        "Model": "{:.3f}",
        "Error, %": "{:+.1f}",
        "Stated sigma, %": "{:.0f}",
    }
    return html_table(
        shown,
        formats=formats,
        caption="Capacity factors of plants and fleets: published and as a brief computes them",
    )


def trust(table: pd.DataFrame, plants: Sequence[Measured]) -> list[str]:
    """Return what may be relied on and what may not, in plain sentences."""
    found = {plant.name: errors(plant.hours) for plant in plants}
    own = [100 * found[name]["bias"] for name in ("pv_serf_west", "wind_nacelle")]
    far = [100 * found[name]["bias"] for name in ("pv_serf_east", "wind_era5")]
    hours = 100 * found["wind_era5"]["rmse"]
    missed = table[(table["basis"] == "independent") & (table["outcome"] == "miss")]
    areas = ", ".join(sorted({str(area).lower() for area in missed["area"]}))
    return [
        f"Power from measured weather: the energy of a PV plant has an error of {own[0]:+.1f} %, "
        f"that of four wind turbines {own[1]:+.1f} %; 10 % is allowed.",
        f"Power from satellites and reanalysis: {far[0]:+.1f} % for PV, {far[1]:+.1f} % for wind "
        f"over the whole record, but an hour of wind is typically off by {hours:.0f} % of the mean "
        "power. Energy of years can be used, single hours and months cannot.",
        f"Areas with misses among the independent values: {areas}.",
    ]


def checks_table(table: pd.DataFrame, basis: str, *, caption: str) -> Html:
    """Return all rows of one basis, misses first."""
    rows = table[table["basis"] == basis]
    shown = rows.assign(
        quantity=[_what(row) for row in rows.to_dict("records")],
        outcome=rows["outcome"].map(_VERDICTS),
        error=[_error(row) for row in rows.to_dict("records")],
        expected=rows["expected"].map(_number),
        got=rows["got"].map(_number),
    )
    shown["remark"] = shown["remark"].str.replace("turbulence_intensity", "turbulence intensity")
    shown = shown[list(_HEADINGS)].rename(columns=_HEADINGS)
    listed = [
        f"{row['area']}: {row['quantity']}: {row['source']}" for row in rows.to_dict("records")
    ]
    told = page.folded("Sources of these rows", page.sources(listed))
    return Html(html_table(shown, caption=caption) + told)


def _what(row: Mapping[Hashable, Any]) -> str:
    unit = "" if row["unit"] == "1" else f", {row['unit']}"
    return f"{row['area']}: {row['quantity']}{unit}"


def _error(row: Mapping[Hashable, Any]) -> str:
    allowed = f"({100 * row['tolerance']:g})"
    return allowed if np.isnan(row["error"]) else f"{100 * row['error']:+.1f} {allowed}"


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def registry_table(table: pd.DataFrame) -> Html:
    """Return the national series row by row: years met, years missed, the largest error."""
    rows = table[table["area"] == "Registry"]
    parts = rows["quantity"].str.extract(r"^(\w+) of (\w+) (\d{4}), (\w+)$")
    rows = rows.assign(
        what=parts[0].to_numpy(), technology=parts[1].to_numpy(), year=parts[2].to_numpy(),
        series=parts[3].to_numpy(),
    )  # fmt: skip
    found = []
    for (what, technology, series), part in rows.groupby(["what", "technology", "series"]):
        missed = sorted(part.loc[part["outcome"] == "miss", "year"])
        worst = part["error"].iloc[int(part["error"].abs().to_numpy().argmax())]
        found.append(
            {
                "Result": "missed" if missed else "hit",
                "Quantity": what,
                "Technology": technology,
                "Series": series,
                "Years met": len(part) - len(missed),
                "Years missed": ", ".join(missed),
                "Largest error, %": 100 * float(worst),
            }
        )
    shown = pd.DataFrame(found).sort_values(["Result", "Quantity", "Technology"])
    return html_table(
        shown,
        formats={"Largest error, %": "{:+.0f}"},
        caption="Registry of plants against national statistics (capacity), and these against each "
        "other (generation), 2015 to 2025",
    )


def registry_finding(table: pd.DataFrame) -> str:
    """Return how the registry and the statistics agree."""
    rows = table[table["area"] == "Registry"]
    missed = int((rows["outcome"] == "miss").sum())
    return (
        f"{missed} of {len(rows)} yearly figures of the registry and the statistics differ by more "
        "than a tenth: most plants have no known year"
    )


def measured_table(plants: Sequence[Measured]) -> Html:
    """Return bias and error of the plants with published power."""
    rows = []
    for plant in plants:
        found = errors(plant.hours)
        rows.append(
            {
                "Plant": plant.title,
                "Level": plant.basis,
                "Hours": int(found["hours"]),
                "Bias, %": 100 * found["bias"],
                "RMSE of an hour, % of the mean": 100 * found["rmse"],
                "Correlation": found["correlation"],
                "Left out": plant.left_out,
                "What to know": plant.remark,
            }
        )
    return html_table(
        pd.DataFrame(rows),
        formats={
            "Bias, %": "{:+.1f}",
            "RMSE of an hour, % of the mean": "{:.0f}",
            "Correlation": "{:.3f}",
        },
        caption="Measured power against the model; no coefficient was changed for it",
    )


def measured_finding(plants: Sequence[Measured]) -> str:
    """Return how far the energy of the measured plants is off at most."""
    bias = [abs(errors(plant.hours)["bias"]) for plant in plants]
    return f"The energy of {len(bias)} measured records is met within {100 * max(bias):.0f} %"


def monthly_figure(plants: Sequence[Measured]) -> Chart:
    """Return energy by month, modelled beside measured, of the records of more than a month."""
    parts, layers = [], {}
    for plant in plants:
        months = monthly(plant.hours)
        if len(months) <= 3:
            continue
        panel = f"{plant.title}, {'kWh' if plant.unit == 'W' else 'MWh'} a month"
        layers[panel] = (
            {"transform": figures.only("measured"), "mark": "bar"},
            {"transform": figures.only("model"), "mark": {"type": "point", "filled": True}},
        )
        for column, series in (("measured", "measured"), ("modelled", "model")):
            values = months[column].to_numpy(dtype=float)
            parts.append(
                pd.DataFrame(
                    {
                        "panel": panel,
                        "month": [str(month) for month in months.index],
                        "series": series,
                        "value": values,
                    }
                )
            )
    columns = {
        "panel": Column("Plant"),
        "month": Column("Month"),
        "series": Column("Series"),
        "value": Column("Energy", ",.4~g"),
    }
    return figures.panels(
        pd.concat(parts, ignore_index=True),
        layers,
        x={
            "field": "month",
            "type": "ordinal",
            "axis": {"title": None, "labelAngle": 0, "labelOverlap": True},
        },
        columns=columns,
        unit="energy of each month",
        key=[Key("measured", figures.WEAK), Key("model", palette.ACCENT, "point")],
    )


def error_figure(table: pd.DataFrame) -> Chart:
    """Return the error of each independent check by area; errors beyond 100 % stand at the edge."""
    rows = table[(table["basis"] == "independent") & (table["outcome"] != "not modelled")]
    shown = pd.DataFrame(
        {
            "area": rows["area"].to_numpy(),
            "name": rows["quantity"].to_numpy(),
            "series": rows["outcome"].to_numpy(),
            "error": 100 * rows["error"].to_numpy(dtype=float),
            "value": (100 * rows["error"]).clip(-_SHOWN_ERROR, _SHOWN_ERROR).to_numpy(dtype=float),
        }
    ).sort_values("area", kind="stable")
    unit = "error of the model, % of the reference value"
    key = [Key("hit", palette.ACCENT, "point"), Key("miss", palette.WARNING, "point")]
    columns = {
        "area": Column("Area"),
        "name": Column("Reference value"),
        "series": Column("Result"),
        "error": Column(unit, "+,.1f"),
    }
    edge = 1.05 * _SHOWN_ERROR
    spec = {
        "height": {"step": 32},
        "encoding": {
            "x": {
                "field": "value",
                "type": "quantitative",
                "scale": {"domain": [-edge, edge], "nice": False},
                "axis": {"title": unit, "values": [-100, -50, 0, 50, 100]},
            },
            "y": {
                "field": "area",
                "type": "nominal",
                "axis": {**figures.QUIET_AXIS, "labelExpr": wrapped(26, 14), "grid": True},
            },
        },
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "size": 75, "opacity": 0.75},
                "encoding": {
                    "color": colour_by(key),
                    "shape": {
                        "field": "series",
                        "type": "nominal",
                        "scale": {"domain": ["hit", "miss"], "range": ["circle", "diamond"]},
                        "legend": None,
                    },
                    "tooltip": tooltip(columns, ["area", "name", "series"]),
                },
            },
            {"mark": {"type": "rule"}, "encoding": {"y": None, "x": {"datum": 0}}},
        ],
    }
    return Chart(spec, shown, columns, unit, key, ["area", "name", "series"])


def tolerance_table(kinds: pd.DataFrame) -> Html:
    """Return the allowed errors by kind with their reason."""
    shown = kinds.reset_index(drop=True)[["title", "tolerance", "reason"]]
    shown = shown.assign(tolerance=100 * shown["tolerance"])
    headings = {"title": "Kind of reference", "tolerance": "Allowed, %", "reason": "Why"}
    return html_table(
        shown.rename(columns=headings),
        formats={"Allowed, %": "{:g}"},
        caption="Allowed error by kind, relative to the reference value; project assumptions",
    )


def sources(plants: Sequence[Measured]) -> list[str]:
    """Return the sources of the measured series; the rows of the tables name their own."""
    return list(dict.fromkeys(plant.source for plant in plants))
