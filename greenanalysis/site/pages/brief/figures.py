"""Charts of the project briefs: losses, price, cash flow, tornado, risk of the loan, auctions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from greenanalysis.geo.country import local_money
from greenanalysis.site.draw import figures, palette
from greenanalysis.site.draw.chart import (
    Chart,
    Column,
    Key,
    colour_by,
    tooltip,
    wrapped,
    zoom_along_x,
)

if TYPE_CHECKING:
    from greenanalysis.project.brief import Brief

LOSS, GOOD, BAD = "#b5493f", palette.ACCENT, "#b5493f"
_GREY = "#8b9aa3"
_UNKNOWN_MW = 20.0
"""Size at which an auctioned plant of unknown capacity is drawn."""

_BIN = 0.05
"""Step of the cover for which the histogram says the share of draws."""


def loss_waterfall(brief: Brief) -> Chart:
    """Return gross to net energy of a first year, one falling bar a loss, GWh."""
    tree = brief.tree[brief.tree["share"] > 0]
    net = brief.gwh(50, 1)
    gross = net / float(tree["kept"].iloc[-1])
    left = gross * tree["kept"].to_numpy()
    before = np.append(gross, left[:-1])
    losses = [_loss_name(*row) for row in tree[["category", "loss"]].to_numpy()]
    rows = pd.DataFrame(
        {
            "name": ["gross", *losses, "net, P50"],
            "start": [0.0, *left, 0.0],
            "end": [gross, *before, net],
            "value": [gross, *(left - before), net],
        }
    )
    rows["loss"] = rows["value"] < 0
    unit = "GWh in a first year"
    columns = {"name": Column("Step"), "value": Column(unit, ",.1f")}
    spec = {
        "height": {"step": 27},
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": None,
                "axis": {
                    **figures.QUIET_AXIS,
                    "labelExpr": wrapped(34, 18),
                    "labelColor": palette.INK,
                },
            },
        },
        "layer": [
            {
                "mark": {"type": "bar", "size": 17},
                "encoding": {
                    "x": {
                        "field": "start",
                        "type": "quantitative",
                        "scale": {"domain": figures.room_for_numbers([gross]), "nice": False},
                        "axis": {"title": unit, "tickCount": 6},
                    },
                    "x2": {"field": "end"},
                    "color": {
                        "condition": {"test": "datum.loss", "value": LOSS},
                        "value": palette.carrier_colour(brief.project.technology),
                    },
                    "tooltip": tooltip(columns, ["name"]),
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {
                    "x": {"field": "end", "type": "quantitative"},
                    "text": {"field": "value", "type": "quantitative", "format": ",.1f"},
                },
            },
        ],
    }
    return Chart(spec, rows, columns, unit, words=["name"])


def _loss_name(category: str, loss: str) -> str:
    text = category.replace("_", " ")
    return text if text.startswith(loss[:6]) or loss == "performance" else f"{text}: {loss}"


def exceedance(brief: Brief) -> Chart:
    """Return the probability with which a yearly energy is exceeded, for one and ten years."""
    from greenanalysis.project.uncertainty import HORIZONS, exceeded

    levels = np.linspace(1, 99, 99)
    p50 = brief.gwh(50, 1)
    names = ["any one year" if years == 1 else f"mean of {years} years" for years in HORIZONS]
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "series": name,
                    "energy": [
                        exceeded(p50, brief.terms, level=level, years=years) for level in levels
                    ],
                    "value": levels,
                }
            )
            for years, name in zip(HORIZONS, names, strict=True)
        ],
        ignore_index=True,
    )
    marked = [{"energy": round(brief.gwh(level, 10), 2), "value": level} for level in (50, 90)]
    at = {
        "x": {"field": "energy", "type": "quantitative"},
        "y": {"field": "value", "type": "quantitative"},
    }
    named = "'P' + datum.value + ': ' + format(datum.energy, ',.0f')"
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": marked},
            "mark": {"type": "point", "filled": True, "size": 60, "color": palette.ACCENT},
            "encoding": {**at, "color": {"value": palette.ACCENT}},
        },
        {
            "data": {"values": marked},
            "transform": [{"calculate": named, "as": "text"}],
            "mark": {"type": "text", "align": "left", "dx": 8, "dy": -4, "clip": True},
            "encoding": {**at, "text": {"field": "text"}, "color": {"value": palette.INK}},
        },
    ]
    key = [Key(names[0], _GREY, "dash"), *(Key(name, palette.ACCENT, "line") for name in names[1:])]
    return figures.curves(
        rows,
        x="energy",
        across="energy sold in a first year, GWh",
        unit="probability of more, %",
        key=key,
        form=",.0f",
        layers=layers,
    )


def prices(brief: Brief) -> Chart:
    """Return the price received by year in dollars and tenge, money of each year."""
    base, contract = brief.made.base, brief.project.contract
    dollars = base.price_kzt_per_kwh / base.kzt_per_usd * 1000
    under = np.arange(len(base.years)) < contract.years
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "panel": panel,
                    "year": base.years,
                    "series": np.where(under, "contract", "market, assumed"),
                    "value": values,
                }
            )
            for panel, values in (
                (f"{local_money()}/kWh", base.price_kzt_per_kwh),
                ("USD/MWh", dollars),
            )
        ],
        ignore_index=True,
    )
    columns = {
        "year": Column("Year", "d"),
        "series": Column("Series"),
        "panel": Column("Unit"),
        "value": Column("Price", ",.1f"),
    }
    key = [
        Key("contract", palette.ACCENT, "line"),
        Key("market, assumed", palette.WARNING, "line"),
    ]
    key = [one for one in key if (rows["series"] == one.name).any()]
    line = {"mark": {"type": "line", "strokeWidth": 2.4, "point": {"size": 30}}}
    return figures.panels(
        rows,
        {f"{local_money()}/kWh": [line], "USD/MWh": [line]},
        x=_years("year; money of each year"),
        columns=columns,
        unit="price received, money of each year",
        key=key,
    )


def _years(title: str) -> dict[str, Any]:
    return {
        "field": "year",
        "type": "quantitative",
        "scale": {"zero": False, "nice": False, "padding": 12},
        "axis": {"title": title, "format": "d", "grid": False, "tickMinStep": 1},
    }


def cash_flow(brief: Brief) -> Chart:
    """Return cash for debt service beside the service, and the cover, by year."""
    result, million = brief.made, 1e6
    years, loan = result.base.years, result.loan
    money, cover = "million USD, nominal", "cover (DSCR)"
    paying = loan.service > 0
    parts = [
        (money, "interest", loan.interest / result.unit / million),
        (money, "repayment", loan.principal / result.unit / million),
    ]
    for row, name in enumerate(("cash, P50", "cash, P90")):
        cash = result.cfads[row]
        ratio = np.divide(cash, result.debt_service, out=np.full(len(cash), np.nan), where=paying)
        parts += [(money, name, cash / million), (cover, name, ratio)]
    rows = pd.concat(
        [
            pd.DataFrame({"panel": panel, "year": years, "series": series, "value": values})
            for panel, series, values in parts
        ],
        ignore_index=True,
    )
    rows = rows[rows["value"].notna()]
    key = [
        Key("interest", _GREY),
        Key("repayment", palette.WIND),
        Key("cash, P50", palette.ACCENT, "line"),
        Key("cash, P90", "#6f9e3f", "line"),
    ]
    columns = {
        "year": Column("Year", "d"),
        "panel": Column("Quantity"),
        "series": Column("Series"),
        "value": Column("Value", ",.2f"),
    }
    line = {
        "transform": figures.only("cash, P50", "cash, P90"),
        "mark": {"type": "line", "strokeWidth": 2.2, "point": {"size": 26}},
    }
    bars = {"transform": figures.only("interest", "repayment"), "mark": {"type": "bar"}}
    one = {
        "mark": {"type": "rule", "color": BAD},
        "encoding": {
            "x": None,
            "y": {"datum": 1},
            "color": {"value": BAD},
            "tooltip": {"value": None},
        },
    }
    return figures.panels(
        rows,
        {money: [bars, line], cover: [line, one]},
        x={
            "field": "year",
            "type": "ordinal",
            "axis": {"title": "year", "labelAngle": 0, "labelOverlap": True},
        },
        columns=columns,
        unit="million USD, nominal; cover of debt service",
        key=key,
        heights=(210, 130),
    )


def tornado(brief: Brief) -> Chart:
    """Return what each driver does to the owners' worth, million dollars."""
    table = brief.tornado.set_index("driver")[["low_usd_nominal", "high_usd_nominal"]] / 1e6
    return figures.tornado(
        table.set_axis(["low", "high"], axis=1),
        base=brief.summary.equity_npv_usd_nominal / 1e6,
        unit="worth of the equity at commissioning, million USD nominal",
        low="worse case",
        high="better case",
    )


def cover_histogram(brief: Brief, *, covenant: float) -> Chart:
    """Return how often the least cover of a draw falls where."""
    least = brief.outcome.least_cover
    least = least[np.isfinite(least)]
    rows = pd.DataFrame({"start": [], "end": [], "series": [], "value": []})
    below, above = f"below {covenant:.2f}", f"{covenant:.2f} and more"
    if least.size:
        edges = np.linspace(np.quantile(least, 0.005), np.quantile(least, 0.995), 41)
        edges = np.unique(np.round(np.append(edges, covenant), 6))
        counts, _ = np.histogram(least, edges)
        rows = pd.DataFrame(
            {
                "start": edges[:-1],
                "end": edges[1:],
                "series": np.where(edges[:-1] < covenant - 1e-9, below, above),
                "value": counts / least.size / np.diff(edges) * _BIN * 100,
            }
        )
    unit = f"% of draws in steps of {_BIN:g}" if least.size else "there is no loan"
    key = [Key(below, BAD), Key(above, GOOD)]
    columns = {
        "start": Column("cover from", ".2f"),
        "end": Column("to", ".2f"),
        "series": Column("Covenant"),
        "value": Column(unit, ",.2f"),
    }
    spec = {
        "height": figures.HEIGHT,
        "layer": [
            {
                "params": [zoom_along_x()],
                "mark": {"type": "rect", "clip": True},
                "encoding": {
                    "x": {
                        "field": "start",
                        "type": "quantitative",
                        "scale": {"zero": False, "nice": False},
                        "axis": {
                            "title": "least cover of debt service over the loan's life",
                            "grid": False,
                        },
                    },
                    "x2": {"field": "end"},
                    "y": {"field": "value", "type": "quantitative", "axis": {"title": None}},
                    "y2": {"datum": 0},
                    "color": colour_by(key),
                    "tooltip": tooltip(columns, ["series"]),
                },
            },
            {
                "mark": {"type": "rule", "color": palette.INK},
                "encoding": {"x": {"datum": covenant}},
            },
        ],
    }
    return Chart(spec, rows, columns, unit, key, ["series"], zoom="start")


def auctions(brief: Brief) -> Chart:
    """Return auction prices of the technology by year in money of 2025, beside what is needed."""
    table, rate = brief.auctions, brief.made.macro.kzt_per_usd
    own = f"zone {brief.zone}"
    rows = pd.DataFrame(
        {
            "year": table["year"].to_numpy(dtype=float),
            "series": np.where(table["own_zone"], own, "other or unknown zone"),
            "mw": table["mw"].to_numpy(dtype=float),
            "area": table["mw"].fillna(_UNKNOWN_MW).to_numpy(dtype=float),
            "value": table["price_usd_2025_per_mwh"].to_numpy(dtype=float),
        }
    )
    key = [Key("other or unknown zone", _GREY, "point"), Key(own, palette.ACCENT, "point")]
    levels = []
    for value, label, kind in (
        (brief.summary.break_even_kzt_per_kwh, "needed", "line"),
        (brief.project.contract.price_kzt_per_kwh, "assumed here", "dash"),
    ):
        if np.isfinite(value):
            name = f"{label}: {value:.1f} {local_money()}/kWh"
            levels.append({"series": name, "value": value / rate * 1000})
            key.append(Key(name, palette.WARNING, kind))
    rows = pd.concat([rows, pd.DataFrame(levels)], ignore_index=True)
    unit = "USD of 2025 per MWh"
    columns = {
        "year": Column("Year", "d"),
        "series": Column("Series"),
        "mw": Column("MW", ",.0f"),
        "value": Column(unit, ",.1f"),
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": True},
        "axis": {"title": None, "tickCount": 6},
    }
    rules = {
        "transform": [{"filter": "!isValid(datum.year)"}],
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {
            "y": y,
            "color": colour_by(key),
            "strokeDash": {
                "condition": {"test": "indexof(datum.series, 'assumed') === 0", "value": [6, 4]},
                "value": [1, 0],
            },
            "tooltip": tooltip({name: columns[name] for name in ("series", "value")}, ["series"]),
        },
    }
    dots = {
        "transform": [{"filter": "isValid(datum.year)"}],
        "mark": {"type": "point", "filled": True, "opacity": 0.8},
        "encoding": {
            "x": {
                "field": "year",
                "type": "quantitative",
                "scale": {"zero": False, "padding": 24},
                "axis": {
                    "title": "year of the auction; area by MW",
                    "format": "d",
                    "grid": False,
                    "tickMinStep": 1,
                },
            },
            "y": y,
            "size": {
                "field": "area",
                "type": "quantitative",
                "scale": {"range": [40, 420]},
                "legend": None,
            },
            "color": colour_by(key),
            "tooltip": tooltip(columns, ["series"]),
        },
    }
    return Chart({"height": 300, "layer": [dots, rules]}, rows, columns, unit, key, ["series"])
