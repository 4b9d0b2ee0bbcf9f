"""Figures of the project briefs: losses, price, cash flow, tornado, risk of the loan, auctions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greenanalysis.site.draw import palette
from greenanalysis.site.draw.style import HEIGHT, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from greenanalysis.project.brief import Brief

LOSS, GOOD, BAD = "#b5493f", palette.ACCENT, "#b5493f"


@styled
def loss_waterfall(brief: Brief) -> Figure:
    """Return gross to net energy of a first year, one falling bar a loss, GWh."""
    tree = brief.tree[brief.tree["share"] > 0]
    net = brief.gwh(50, 1)
    gross = net / float(tree["kept"].iloc[-1])
    left = gross * tree["kept"].to_numpy()
    lost = np.append(gross, left[:-1]) - left
    names = ["gross", *(_loss_name(*row) for row in tree[["category", "loss"]].to_numpy()),
             "net, P50"]  # fmt: skip
    figure = new_figure(height=0.9 + 0.27 * len(names))
    axes = figure.subplots()
    place = np.arange(len(names))
    axes.barh(place[[0, -1]], [gross, net], color=palette.carrier_colour(brief.project.technology))
    axes.barh(place[1:-1], lost, left=left, color=LOSS)
    for row, (end, text) in enumerate(
        [
            (gross, f"{gross:,.1f}"),
            *((a + b, f"-{b:,.1f}") for a, b in zip(left, lost, strict=True)),
            (net, f"{net:,.1f}"),
        ]
    ):
        axes.annotate(text, (end, row), xytext=(4, 0), textcoords="offset points", va="center",
                      fontsize=8.5)  # fmt: skip
    axes.set_yticks(place, labels=names)
    axes.invert_yaxis()
    axes.set_xlabel("GWh in a first year")
    axes.margins(x=0.14, y=0.02)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0, colors=palette.INK)
    return figure


def _loss_name(category: str, loss: str) -> str:
    text = category.replace("_", " ")
    return text if text.startswith(loss[:6]) or loss == "performance" else f"{text}: {loss}"


@styled
def exceedance(brief: Brief) -> Figure:
    """Return the probability with which a yearly energy is exceeded, for one and ten years."""
    from greenanalysis.project.uncertainty import HORIZONS, exceeded

    figure = new_figure()
    axes = figure.subplots()
    levels = np.linspace(1, 99, 99)
    p50 = brief.gwh(50, 1)
    for years, colour, line in zip(HORIZONS, ("#8b9aa3", palette.ACCENT), ("--", "-"), strict=True):
        energy = [exceeded(p50, brief.terms, level=level, years=years) for level in levels]
        label = "any one year" if years == 1 else f"mean of {years} years"
        axes.plot(energy, levels, color=colour, linestyle=line, linewidth=2.2, label=label)
    for level in (50, 90):
        value = brief.gwh(level, 10)
        axes.plot([value], [level], "o", color=palette.ACCENT)
        axes.annotate(f"P{level}: {value:,.0f}", (value, level), xytext=(7, 2),
                      textcoords="offset points", fontsize=9)  # fmt: skip
    axes.set_xlabel("energy sold in a first year, GWh")
    axes.set_ylabel("probability of more, %")
    axes.set_ylim(0, 100)
    axes.legend(loc="lower left")
    return figure


@styled
def prices(brief: Brief) -> Figure:
    """Return the price received by year in dollars and tenge, money of each year."""
    base, contract = brief.made.base, brief.project.contract
    dollars = base.price_kzt_per_kwh / base.kzt_per_usd * 1000
    figure = new_figure(height=HEIGHT + 0.5)
    upper, lower = figure.subplots(2, 1, sharex=True)
    under = np.arange(len(base.years)) < contract.years
    for axes, values, unit in ((upper, base.price_kzt_per_kwh, "KZT/kWh"),
                               (lower, dollars, "USD/MWh")):  # fmt: skip
        axes.plot(base.years[under], values[under], color=palette.ACCENT, linewidth=2.2,
                  label="contract")  # fmt: skip
        axes.plot(base.years[~under], values[~under], color=palette.WARNING, linewidth=2.2,
                  linestyle="--", label="market, assumed")  # fmt: skip
        axes.set_ylabel(unit)
        axes.set_ylim(bottom=0)
    if under.any() and not under.all():
        upper.legend(loc="lower right")
    lower.set_xlabel("year; money of each year")
    return figure


@styled
def cash_flow(brief: Brief) -> Figure:
    """Return cash for debt service beside the service, and the cover, by year."""
    made = brief.made
    years, million = made.base.years, 1e6
    figure = new_figure(height=HEIGHT + 1.2)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    upper.bar(
        years, made.loan.interest / made.unit / million, 0.75, color="#8b9aa3", label="interest"
    )
    upper.bar(years, made.loan.principal / made.unit / million, 0.75,
              bottom=made.loan.interest / made.unit / million,
              color="#2a78b5", label="repayment")  # fmt: skip
    for row, (label, line) in enumerate((("cash, P50", "-"), ("cash, P90", "--"))):
        upper.plot(years, made.cfads[row] / million, line, color=palette.ACCENT, linewidth=2,
                   label=label)  # fmt: skip
    upper.set_ylabel("million USD, nominal")
    upper.set_ylim(bottom=0)
    _legend(upper, 4)
    _covers(lower, brief)
    lower.set_xlabel("year")
    return figure


def _covers(axes: Axes, brief: Brief) -> None:
    made = brief.made
    service = made.debt_service
    paying = service > 0
    for row, (label, line) in enumerate((("P50", "-"), ("P90", "--"))):
        axes.plot(made.base.years[paying], made.cfads[row][paying] / service[paying], line,
                  color=palette.ACCENT, linewidth=2, label=label)  # fmt: skip
    axes.axhline(1, color=BAD, linewidth=1)
    axes.set_ylabel("cover (DSCR)")
    axes.set_ylim(bottom=0.8)


@styled
def tornado(brief: Brief) -> Figure:
    """Return what each driver does to the owners' worth, million dollars."""
    table = brief.tornado
    centre = brief.summary.equity_npv_usd_nominal / 1e6
    figure = new_figure(height=0.9 + 0.36 * len(table))
    axes = figure.subplots()
    place = np.arange(len(table))
    for column, colour in (("low_usd_nominal", BAD), ("high_usd_nominal", GOOD)):
        ends = table[column].to_numpy() / 1e6
        axes.barh(place, ends - centre, left=centre, color=colour, height=0.62)
        for row, end in enumerate(ends):
            left = end < centre or (end == centre and column.startswith("low"))
            axes.annotate(f"{end:+,.1f}", (end, row), xytext=(-4 if left else 4, 0),
                          textcoords="offset points", va="center", fontsize=8.5,
                          ha="right" if left else "left")  # fmt: skip
    axes.axvline(centre, color=palette.INK, linewidth=1)
    axes.set_yticks(place, labels=table["driver"].tolist())
    axes.invert_yaxis()
    axes.set_xlabel("worth of the equity at commissioning, million USD nominal")
    axes.margins(x=0.16)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0, colors=palette.INK)
    return figure


@styled
def cover_histogram(brief: Brief, *, covenant: float) -> Figure:
    """Return how often the least cover of a draw falls where."""
    least = brief.outcome.least_cover
    least = least[np.isfinite(least)]
    figure = new_figure()
    axes = figure.subplots()
    if least.size == 0:
        axes.annotate("there is no loan", (0.5, 0.5), xycoords="axes fraction", ha="center")
        return figure
    edges = np.linspace(np.quantile(least, 0.005), np.quantile(least, 0.995), 41)
    edges = np.unique(np.round(np.append(edges, covenant), 6))
    counts, _ = np.histogram(least, edges)
    share = counts / least.size / np.diff(edges) * 0.05 * 100
    colours = [BAD if edge < covenant - 1e-9 else GOOD for edge in edges[:-1]]
    axes.bar(edges[:-1], share, np.diff(edges), align="edge", color=colours)
    axes.axvline(covenant, color=palette.INK, linewidth=1)
    axes.annotate(f"{covenant:.2f}", (covenant, 1), xycoords=("data", "axes fraction"),
                  xytext=(4, -4), textcoords="offset points", va="top", fontsize=9)  # fmt: skip
    axes.set_xlabel("least cover of debt service over the loan's life")
    axes.set_ylabel("% of draws in steps of 0.05")
    return figure


@styled
def auctions(brief: Brief) -> Figure:
    """Return auction prices of the technology by year in money of 2025, beside what is needed."""
    table, rate = brief.auctions, brief.made.macro.kzt_per_usd
    figure = new_figure()
    axes = figure.subplots()
    for own, colour, label in ((False, "#8b9aa3", "other or unknown zone"),
                               (True, palette.ACCENT, f"zone {brief.zone}")):  # fmt: skip
        rows = table[table["own_zone"] == own]
        if len(rows):
            size = 20 + rows["mw"].fillna(20) * 0.9
            axes.scatter(rows["year"], rows["price_usd_2025_per_mwh"], size, color=colour,
                         alpha=0.85, label=label)  # fmt: skip
    for value, label, line in (
        (brief.summary.break_even_kzt_per_kwh, "needed", "-"),
        (brief.project.contract.price_kzt_per_kwh, "assumed here", "--"),
    ):
        if np.isfinite(value):
            axes.axhline(value / rate * 1000, color=palette.WARNING, linestyle=line, linewidth=1.8,
                         label=f"{label}: {value:.1f} KZT/kWh")  # fmt: skip
    axes.set_xlim(2017.5, 2025.5)
    axes.set_ylim(0, 1.06 * axes.get_ylim()[1])
    axes.set_xlabel("year of the auction; area by MW")
    axes.set_ylabel("USD of 2025 per MWh")
    _legend(axes, 2)
    return figure


def _legend(axes: Axes, columns: int) -> None:
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, borderaxespad=0.2,
                handlelength=1.4, columnspacing=2.0)  # fmt: skip
