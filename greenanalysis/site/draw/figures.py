"""Charts that any page may use: profiles, fields of hours, supply and duration curves, bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.site.draw import palette
from greenanalysis.site.draw.chart import (
    FULL,
    LABEL,
    WORDS,
    Chart,
    Column,
    Key,
    colour_by,
    hover_points,
    tooltip,
    wrapped,
    zoom_along_x,
)
from greenanalysis.site.draw.palette import ColourScale

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HEIGHT = 260
"""Pixels of a chart whose height does not follow from its rows."""

_STEP = 30
"""Pixels of a row of horizontal bars."""

WEAK = "#b9c6cb"
_SHORT_LABEL = 7
"""Letters up to which the names of bars stand below them; longer ones stand on the left."""

_CURVE_POINTS = 201
_ROOM = 1.13
"""Length of an axis over that of its longest bar, for the number at the end of it."""

GAP = "no data"
QUIET_AXIS = {"title": None, "ticks": False, "domain": False, "grid": False}


def _keys_of(
    names: Sequence[str], *, colours: Mapping[str, str] | None = None, kind: str = "bar"
) -> list[Key]:
    """Return one entry of the key a series, coloured as its technology or in the usual order."""
    return [
        Key(
            name,
            (colours or {}).get(name) or palette.carrier_colour(name, position=position),
            kind,
        )
        for position, name in enumerate(names)
    ]


def _long_rows(table: pd.DataFrame, *, index: str, value: str) -> pd.DataFrame:
    """Return a wide table as rows of ``index``, ``series`` and ``value``."""
    wide = table.rename_axis(index=index, columns="series")
    rows = wide.stack(future_stack=True).rename(value).reset_index()  # type: ignore[call-overload]
    return pd.DataFrame(rows)


def monthly_profile(
    series: Mapping[str, Sequence[float]],
    *,
    unit: str,
    kind: str = "line",
    colours: Mapping[str, str] | None = None,
) -> Chart:
    """Return twelve monthly values per series as lines or grouped bars.

    Parameters
    ----------
    series : name -> 12 values, January first, in ``unit``.
    unit : quantity and unit.
    kind : ``line`` or ``bar``.
    colours : name -> colour; by default that of the technology.
    """
    table = _long_rows(
        pd.DataFrame(dict(series), index=list(_MONTHS)), index="month", value="value"
    )
    key = _keys_of(list(series), colours=colours, kind=kind)
    form = ",.3f" if np.nanmax(np.abs(table["value"].to_numpy(dtype=float))) < 10 else ",.1f"
    columns = {
        "month": Column("Month"),
        "series": Column("Series"),
        "value": Column(unit, form),
    }
    words = ["month", "series"]
    x: dict[str, Any] = {
        "field": "month",
        "type": "ordinal",
        "sort": list(_MONTHS),
        "axis": {"title": None, "labelAngle": 0, "labelExpr": LABEL, "labelOverlap": True},
    }
    y = {"field": "value", "type": "quantitative", "axis": {"title": None, "tickCount": 5}}
    if kind == "bar":
        spec: dict[str, Any] = {
            "height": HEIGHT,
            "mark": "bar",
            "encoding": {
                "x": x,
                "xOffset": {"field": "series", "sort": list(series)},
                "y": y,
                "color": colour_by(key),
                "tooltip": tooltip(columns, words),
            },
        }
    else:
        spec = {
            "height": HEIGHT,
            "encoding": {"x": x, "y": y, "color": colour_by(key)},
            "layer": [
                {"mark": {"type": "line", "strokeWidth": 2.4, "point": {"size": 34}}},
                hover_points(columns, words),
            ],
        }
    return Chart(spec, table, columns, unit, key, words)


def month_hour_heatmap(
    values: np.ndarray, *, unit: str, colours: str = "YlGnBu", hours: str = "hour of day"
) -> Chart:
    """Return the mean day of each month as a field of 12 by 24 cells.

    Parameters
    ----------
    values : shape (12, 24), months from January, hours from 0, in ``unit``.
    unit : quantity and unit of the cells.
    colours : matplotlib's name of the colour map.
    hours : label of the horizontal axis; it names the clock.
    """
    field = np.asarray(values, dtype=float)
    month, hour = np.meshgrid(np.arange(12), np.arange(field.shape[1]), indexing="ij")
    table = pd.DataFrame(
        {
            "month": np.array(_MONTHS)[month.ravel()],
            "hour": hour.ravel(),
            "value": field.ravel().round(4),
        }
    )
    columns = {
        "month": Column("Month"),
        "hour": Column(hours, "d"),
        "value": Column(unit, ".3f"),
    }
    high = float(np.nanmax(field)) if np.isfinite(field).any() else 1.0
    scale = ColourScale(0.0, high or 1.0, unit, colours)
    colour = {
        "field": "value",
        "type": "quantitative",
        "scale": {
            "domain": [scale.low, scale.high],
            "range": scale.stops(),
            "interpolate": "rgb",
        },
    }
    spec = {
        "height": HEIGHT,
        "mark": {
            "type": "rect",
            "strokeWidth": 0.7,
            "stroke": {"expr": "scale('color', datum.value)"},
        },
        "encoding": {
            "x": {
                "field": "hour",
                "type": "ordinal",
                "axis": {"title": hours, "labelAngle": 0, "values": list(range(0, 24, 3))},
            },
            "y": {
                "field": "month",
                "type": "ordinal",
                "sort": list(_MONTHS),
                "axis": {**QUIET_AXIS, "labelExpr": LABEL},
            },
            "color": {
                **colour,
                "legend": {
                    "title": None,
                    "type": "gradient",
                    "gradientLength": 200,
                    "tickCount": 4,
                },
            },
            "tooltip": tooltip(columns, ["month"]),
        },
    }
    return Chart(spec, table, columns, unit, words=["month"])


def supply_curve(
    steps: Mapping[str, pd.DataFrame],
    *,
    capacity: str = "capacity_gw",
    cost: str = "lcoe_usd_per_mwh",
    capacity_label: str = "cumulative capacity, GW",
    cost_label: str = "LCOE, USD/MWh",
) -> Chart:
    """Return the cost at which each further unit of capacity can be had, cheapest first.

    Parameters
    ----------
    steps : technology -> rows with columns ``capacity`` and ``cost``.
    capacity, cost : column names.
    capacity_label, cost_label : what the axes say, with units.
    """
    parts = []
    for name, frame in steps.items():
        ordered = frame[[capacity, cost]].dropna().sort_values(cost)
        upto = ordered[capacity].to_numpy(dtype=float).cumsum()
        part = pd.DataFrame(
            {
                "series": name,
                "start": np.append(0.0, upto[:-1])[: len(upto)],
                "upto": upto,
                "cost": ordered[cost].to_numpy(dtype=float),
            }
        )
        parts.append(part)
    table = pd.concat(parts, ignore_index=True).round({"start": 3, "upto": 3, "cost": 2})
    key = _keys_of(list(steps), kind="line")
    columns = {
        "series": Column("Series"),
        "upto": Column(capacity_label, ",.1f"),
        "cost": Column(cost_label, ",.1f"),
    }
    spec = {
        "height": HEIGHT,
        "encoding": {
            "y": {
                "field": "cost",
                "type": "quantitative",
                "scale": {"zero": True},
                "axis": {"title": None, "tickCount": 5},
            },
            "color": colour_by(key),
        },
        "layer": [
            {
                "params": [zoom_along_x()],
                "mark": {"type": "rule", "strokeWidth": 3, "strokeCap": "butt", "clip": True},
                "encoding": {"x": _across("start", capacity_label), "x2": {"field": "upto"}},
            },
            {
                **hover_points(columns, ["series"]),
                "encoding": {
                    **hover_points(columns, ["series"])["encoding"],
                    "x": _across("upto", capacity_label),
                },
            },
        ],
    }
    return Chart(spec, table, columns, cost_label, key, ["series"], zoom="start")


def _across(field: str, label: str, **scale: Any) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"nice": False, **scale},
        "axis": {"title": label, "grid": False},
    }


def duration_curve(series: Mapping[str, np.ndarray], *, unit: str) -> Chart:
    """Return hourly values sorted from high to low over the share of hours.

    Parameters
    ----------
    series : name -> values of any length in ``unit``; NaN is left out.
    unit : quantity and unit of the values.
    """
    share = np.linspace(0, 100, _CURVE_POINTS)
    parts = []
    for name, values in series.items():
        known = np.asarray(values, dtype=float)
        known = known[np.isfinite(known)]
        curve = np.quantile(known, 1 - share / 100) if known.size else np.full(share.size, np.nan)
        parts.append(pd.DataFrame({"series": name, "share": share, "value": curve}))
    return curves(
        pd.concat(parts, ignore_index=True),
        x="share",
        across="share of hours at or above, %",
        unit=unit,
        key=_keys_of(list(series), kind="line"),
        form=",.2f",
    )


def lines(
    table: pd.DataFrame,
    *,
    unit: str,
    across: str,
    form: str = ",.1f",
    colours: Mapping[str, str] | None = None,
) -> Chart:
    """Return one line a column over the numeric index of a table.

    Parameters
    ----------
    table : index = horizontal values, columns = lines, in ``unit``.
    unit : quantity and unit of the values.
    across : label of the horizontal axis.
    form : of the values in the tooltip.
    colours : column -> colour; by default those of :data:`palette.SERIES`, in their order.
    """
    rows = _long_rows(table, index="x", value="value")
    names = [str(name) for name in table.columns]
    usual = {
        name: palette.SERIES[position % len(palette.SERIES)] for position, name in enumerate(names)
    }
    key = _keys_of(names, colours={**usual, **(colours or {})}, kind="line")
    return curves(rows, x="x", across=across, unit=unit, key=key, form=form, points=True)


def curves(
    rows: pd.DataFrame,
    *,
    x: str,
    across: str,
    unit: str,
    key: Sequence[Key],
    form: str = ",.1f",
    points: bool = False,
    zero: bool = True,
    layers: Sequence[Mapping[str, Any]] = (),
) -> Chart:
    """Return lines over a numeric axis along which the chart zooms.

    Parameters
    ----------
    rows : columns ``series``, ``x`` and ``value``.
    x, across : field and label of the horizontal axis.
    unit : quantity and unit of the values.
    key : the series; one of kind ``dash`` is drawn dashed.
    form : of the values in the tooltip.
    points : whether each value is marked.
    zero : whether the vertical axis begins at zero.
    layers : drawn above the lines.
    """
    columns = {
        "series": Column("Series"),
        x: Column(across, ",.4~g"),
        "value": Column(unit, form),
    }
    line: dict[str, Any] = {
        "params": [zoom_along_x()],
        "mark": {"type": "line", "strokeWidth": 2.4, "clip": True}
        | ({"point": {"size": 34}} if points else {}),
    }
    dashed = [one.name for one in key if one.kind == "dash"]
    if dashed:
        line["encoding"] = {
            "strokeDash": {
                "condition": {
                    "test": " || ".join(f"datum.series === {name!r}" for name in dashed),
                    "value": [6, 4],
                },
                "value": [1, 0],
            }
        }
    vertical = {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": zero},
        "axis": {"title": None, "tickCount": 5},
    }
    spec = {
        "height": HEIGHT,
        "encoding": {"x": _across(x, across), "y": vertical, "color": colour_by(key)},
        "layer": [line, hover_points(columns, ["series"]), *layers],
    }
    return Chart(spec, rows, columns, unit, key, ["series"], zoom=x)


def ranked_bars(
    values: Mapping[str, float],
    *,
    unit: str,
    highlight: Sequence[str] = (),
    decimals: int = 1,
    colour: str = palette.ACCENT,
    cheapest_first: bool = False,
) -> Chart:
    """Return named values as horizontal bars, each with its number.

    Parameters
    ----------
    values : name -> value in ``unit``; what is NaN stands last and is named a gap.
    unit : quantity and unit.
    highlight : names drawn in the strong colour; all are when it is empty.
    decimals : digits after the point of the numbers.
    colour : the strong colour.
    cheapest_first : whether the smallest stands on top, as costs do, instead of the largest.
    """
    known = {name: float(value) for name, value in values.items() if np.isfinite(value)}
    order = sorted(known, key=lambda name: known[name], reverse=not cheapest_first)
    order += [name for name in values if name not in known]
    strong = set(highlight) or set(values)
    table = pd.DataFrame(
        {
            "name": order,
            "value": [known.get(name, np.nan) for name in order],
            "strong": [name in strong for name in order],
        }
    )
    form = f",.{decimals}f"
    columns = {"name": Column("Name"), "value": Column(unit, form)}
    along = {
        "field": "value",
        "type": "quantitative",
        "stack": None,
        "scale": {"domain": room_for_numbers(known.values()), "nice": False},
        "axis": {"title": unit, "tickCount": 5},
    }
    spec = {
        "height": {"step": _STEP},
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": None,
                "axis": {**QUIET_AXIS, "labelExpr": wrapped(30, 16), "labelColor": palette.INK},
            },
        },
        "layer": [
            {
                "mark": {"type": "bar", "size": 19},
                "encoding": {
                    "x": along,
                    "color": {
                        "condition": {"test": "datum.strong", "value": colour},
                        "value": WEAK,
                    },
                    "tooltip": tooltip(columns, ["name"]),
                },
            },
            _numbers(form, along),
            _gap_text(),
        ],
    }
    return Chart(spec, table, columns, unit, words=["name"], labels=[GAP])


def room_for_numbers(values: Iterable[float]) -> list[float]:
    """Return the ends of an axis from zero on that leaves room for numbers beyond the bars."""
    ends = [0.0, *values]
    return [_ROOM * min(ends), _ROOM * max(ends) or 1.0]


def _numbers(form: str, along: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layer of numbers at the ends of horizontal bars."""
    return {
        "mark": {
            "type": "text",
            "align": {"expr": "datum.value < 0 ? 'right' : 'left'"},
            "dx": {"expr": "datum.value < 0 ? -4 : 4"},
        },
        "encoding": {
            "x": along,
            "text": {"field": "value", "format": form, "type": "quantitative"},
        },
    }


def _gap_text() -> dict[str, Any]:
    """Return the layer that names the rows without a value, at the foot of their axis."""
    return {
        "transform": [{"filter": "!isValid(datum.value)"}],
        "mark": {
            "type": "text",
            "text": {"expr": f"{WORDS}['{GAP}']"},
            "align": "left",
            "dx": 4,
            "fontStyle": "italic",
            "color": palette.MUTED,
        },
        "encoding": {"x": {"datum": 0, "type": "quantitative"}},
    }


def stacked_bars(
    table: pd.DataFrame,
    *,
    unit: str,
    colours: Mapping[str, str] | None = None,
    marks: Mapping[str, float] | None = None,
    mark_name: str = "",
) -> Chart:
    """Return one stacked bar per row of a table, one colour per column.

    Parameters
    ----------
    table : index = bars, columns = parts, in ``unit``; negative parts go below zero.
    unit : quantity and unit.
    colours : column -> colour; by default that of the technology.
    marks : bar -> a value to set beside it, such as a price, drawn as a tick.
    mark_name : what the marks are.

    Notes
    -----
    Bars with short names stand upright; those with long names lie, so that each can be read.
    """
    wide = table.set_axis([str(name) for name in table.index], axis=0)
    wide = wide.set_axis([str(name) for name in wide.columns], axis=1)
    rows = _long_rows(wide, index="name", value="value")
    rows["place"] = rows["series"].map({name: at for at, name in enumerate(wide.columns)})
    key = _keys_of(list(wide.columns), colours=colours)
    form = ",.1f" if rows["value"].abs().max() >= 10 else ",.2f"
    columns = {"name": Column("Name"), "series": Column("Part"), "value": Column(unit, form)}
    upright = all(len(name) <= _SHORT_LABEL for name in wide.index) and len(wide) > 2
    value = {
        "field": "value",
        "type": "quantitative",
        "axis": {"title": None if upright else unit, "tickCount": 5},
    }
    name: dict[str, Any] = {"field": "name", "type": "nominal", "sort": None}
    if upright:
        name["axis"] = {"title": None, "labelAngle": 0, "labelOverlap": True, "labelExpr": LABEL}
        place, mark = {"x": name, "y": value}, {"type": "bar"}
    else:
        label = wrapped(30, 16)
        name["axis"] = {**QUIET_AXIS, "labelExpr": label, "labelColor": palette.INK}
        place, mark = {"y": name, "x": value}, {"type": "bar"}
    layers: list[dict[str, Any]] = [
        {
            "mark": mark,
            "encoding": {
                "color": colour_by(key),
                "order": {"field": "place"},
                "tooltip": tooltip(columns, ["name", "series"]),
            },
        }
    ]
    if marks:
        rows["mark"] = rows["name"].map({str(bar): at for bar, at in marks.items()})
        columns["mark"] = Column(mark_name, form)
        key.append(Key(mark_name, palette.INK, "tick"))
        layers[0]["encoding"]["tooltip"] = tooltip(columns, ["name", "series"])
        layers.append(
            {
                "transform": [{"filter": f"indexof(hidden, '{mark_name}') < 0"}],
                "mark": {"type": "tick", "thickness": 3, "size": 32, "color": palette.INK},
                "encoding": {
                    "y" if upright else "x": {
                        "field": "mark",
                        "type": "quantitative",
                        "aggregate": "max",
                    }
                },
            }
        )
    spec = {
        "height": HEIGHT if upright else {"step": 46},
        "encoding": place,
        "layer": layers,
    }
    return Chart(spec, rows, columns, unit, key, ["name", "series"])


def spans(table: pd.DataFrame, *, unit: str) -> Chart:
    """Return one bar from ``least`` to ``most`` a row, with a mark at the ``optimum``.

    Parameters
    ----------
    table : index = rows, columns ``least optimum most`` in ``unit``; drawn from the top.
    unit : quantity and unit.
    """
    rows = table.rename_axis("name").reset_index()
    columns = {
        "name": Column("Name"),
        "least": Column("least", ",.2f"),
        "optimum": Column("optimum", ",.2f"),
        "most": Column("most", ",.2f"),
    }
    shown = tooltip(columns, ["name"])
    spec = {
        "height": {"step": 34},
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": None,
                "axis": {
                    **QUIET_AXIS,
                    "labelExpr": wrapped(30, 16),
                    "labelColor": palette.INK,
                    "labelPadding": 10,
                },
            },
            "tooltip": shown,
        },
        "layer": [
            {
                "mark": {"type": "bar", "size": 18, "color": palette.ACCENT, "opacity": 0.5},
                "encoding": {
                    "x": {
                        "field": "least",
                        "type": "quantitative",
                        "axis": {"title": unit, "tickCount": 6},
                    },
                    "x2": {"field": "most"},
                },
            },
            {
                "mark": {
                    "type": "point",
                    "shape": "diamond",
                    "filled": True,
                    "size": 90,
                    "opacity": 1,
                    "color": palette.INK,
                },
                "encoding": {"x": {"field": "optimum", "type": "quantitative"}},
            },
        ],
    }
    return Chart(spec, rows, columns, unit, words=["name"])


def tornado(
    table: pd.DataFrame,
    *,
    base: float,
    unit: str,
    low: str = "low",
    high: str = "high",
    colours: tuple[str, str] = (palette.SERIES[4], palette.ACCENT),
) -> Chart:
    """Return the outcome's swing for each input as bars around the base case.

    Parameters
    ----------
    table : index = inputs, columns ``low`` and ``high``: the outcome in ``unit``, largest swing
        first.
    base : outcome of the base case, in ``unit``.
    unit : quantity and unit of the outcome.
    low, high : what is written for the two sides.
    colours : of the two sides.
    """
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "name": table.index.astype(str),
                    "side": side,
                    "series": said,
                    "base": base,
                    "value": table[side].to_numpy(dtype=float),
                }
            )
            for side, said in (("low", low), ("high", high))
        ],
        ignore_index=True,
    )
    key = [Key(low, colours[0]), Key(high, colours[1])]
    columns = {"name": Column("Input"), "series": Column("Case"), "value": Column(unit, "+,.1f")}
    left = "datum.value < datum.base || (datum.value === datum.base && datum.side === 'low')"
    spec = {
        "height": {"step": 36},
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": None,
                "axis": {**QUIET_AXIS, "labelExpr": wrapped(30, 16), "labelColor": palette.INK},
            }
        },
        "layer": [
            {
                "mark": {"type": "bar", "size": 20},
                "encoding": {
                    "x": {
                        "field": "base",
                        "type": "quantitative",
                        "scale": {"zero": False, "padding": 46},
                        "axis": {"title": unit, "tickCount": 6},
                    },
                    "x2": {"field": "value"},
                    "color": colour_by(key),
                    "tooltip": tooltip(columns, ["name", "series"]),
                },
            },
            {
                "mark": {
                    "type": "text",
                    "align": {"expr": f"({left}) ? 'right' : 'left'"},
                    "dx": {"expr": f"({left}) ? -4 : 4"},
                },
                "encoding": {
                    "x": {"field": "value", "type": "quantitative"},
                    "text": {"field": "value", "type": "quantitative", "format": "+,.1f"},
                },
            },
            {
                "mark": {"type": "rule", "color": palette.INK},
                "encoding": {"y": None, "x": {"datum": round(base, 3)}},
            },
        ],
    }
    return Chart(spec, rows, columns, unit, key, ["name", "series"])


def panels(
    rows: pd.DataFrame,
    parts: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    x: Mapping[str, Any],
    columns: Mapping[str, Column],
    unit: str,
    key: Sequence[Key],
    heights: Sequence[int] = (),
) -> Chart:
    """Return charts one below the other over the same horizontal axis.

    Parameters
    ----------
    rows : columns ``panel``, ``series``, ``value`` and the field of ``x``.
    parts : panel -> its layers; the panel is written above them.
    x : encoding of the horizontal axis.
    columns : as for a chart.
    unit : what all panels show.
    key : series of all panels.
    heights : pixels of each panel; 170 by default.
    """
    tall = list(heights) or [170] * len(parts)
    told = [name for name in ("panel", "series") if name in columns]
    views = [
        {
            "title": {"text": {"expr": f"{WORDS}[{panel!r}] || {panel!r}"}, "fontWeight": "normal"},
            "width": FULL,
            "height": height,
            "transform": [{"filter": f"datum.panel === {panel!r}"}],
            "encoding": {
                "x": dict(x),
                "y": {
                    "field": "value",
                    "type": "quantitative",
                    "axis": {"title": None, "tickCount": 4, "minExtent": 40},
                },
                "color": colour_by(key),
                "tooltip": tooltip(columns, told),
            },
            "layer": [dict(layer) for layer in layers],
        }
        for (panel, layers), height in zip(parts.items(), tall, strict=True)
    ]
    words = [name for name in told if name in rows]
    return Chart({"vconcat": views}, rows, columns, unit, key, words)


def only(*series: str) -> list[dict[str, Any]]:
    """Return the transform that leaves the rows of some series."""
    return [{"filter": {"field": "series", "oneOf": list(series)}}]
