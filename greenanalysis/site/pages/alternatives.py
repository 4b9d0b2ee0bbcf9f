"""What the page of alternatives shows: tables and findings for researchers."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from greenanalysis.core.tables import read_facts
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.pages.export import CARRIER_NAMES, market_names, place_names
from greenanalysis.supergrid.export_tools import Alternatives
from greenanalysis.supergrid.scenario import export_corridors


def checks_table(table: pd.DataFrame) -> Html:
    """Return the checks as HTML, misses marked."""
    shown = pd.DataFrame(
        {
            "Check": table["check"],
            "Expected": table["expected"].map(_number),
            "Got": table["got"].map(_number),
            "Unit": table["unit"],
            "Limit": table["limit"].map(lambda v: f"{v:.0%}" if v >= 0.01 else f"{v:g}"),
            "Holds": table["holds"].map({True: "yes", False: "NO"}),
            "Note": table["note"],
        }
    )
    return html_table(shown, caption="Checks of the model: expected and got")


def checks_finding(table: pd.DataFrame) -> str:
    """Return in one sentence how many checks hold and which do not."""
    missed = table.loc[~table["holds"], "check"].tolist()
    text = f"{int(table['holds'].sum())} of {len(table)} checks hold"
    return text + (f"; missed: {'; '.join(missed)}" if missed else "")


def _number(value: float) -> str:
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def benchmark_table() -> Html:
    """Return the measured error of fewer hours as HTML."""
    numeric = ["typical_days", "hours_per_step", "objective_musd", "error", "gap", "wall_s"]
    numeric += ["memory_gb"]
    table = read_facts("grid_benchmark", numeric=numeric)
    shown = pd.DataFrame(
        {
            "Typical days": table["typical_days"],
            "Hours a step": table["hours_per_step"],
            "Solver": table["method"],
            "Cost less sales, million USD": table["objective_musd"],
            "Against the full year": table["error"],
            "Duality gap": table["gap"],
            "Wall s": table["wall_s"],
            "Memory GB": table["memory_gb"],
            "Remark": table["note"],
        }
    )
    formats = {
        "Typical days": "{:.0f}",
        "Hours a step": "{:.0f}",
        "Cost less sales, million USD": "{:,.1f}",
        "Against the full year": "{:+.2%}",
        "Duality gap": "{:.0e}",
        "Wall s": "{:,.0f}",
        "Memory GB": "{:.1f}",
    }
    return html_table(shown, formats=formats, caption="The year in fewer hours, as measured once")


def benefits_table(found: Alternatives) -> Html:
    """Return cost and benefit of each new line abroad as HTML, as ENTSO-E lays it out."""
    names = read_facts("corridors", numeric=["lead_time_years"]).set_index("corridor")
    table = found.benefits
    shown = pd.DataFrame(
        {
            "Line": table["corridor"].map(names["name"]),
            "Case": table["case"],
            "GW": table["capacity_mw"] / 1e3,
            "Years to build": table["corridor"].map(names["lead_time_years"]),
            "Benefit": table["welfare_musd"],
            "Kazakhstan at least": table["kazakhstan_musd"],
            "Kazakhstan at most": table["kazakhstan_most_musd"],
            "Buyers at most": table["buyers_musd"],
            "Transit": table["transit_musd"],
            "Cost": table["cost_musd"],
            "Net": table["net_musd"],
            "CO2 at home Mt": table["co2_home_mt"],
            "CO2 abroad Mt": table["co2_abroad_mt"],
            "Losses TWh": table["losses_twh"],
            "Not served GWh": table["unserved_mwh"] / 1e3,
        }
    )
    formats = dict.fromkeys(shown.columns[4:], "{:+,.1f}") | {
        "GW": "{:.2f}",
        "Years to build": "{:.0f}",
    }
    caption = (
        "Cost and benefit of each new line, million USD a year: put in alone, taken out of all"
    )
    return html_table(shown, formats=formats, caption=caption)


def benefits_finding(found: Alternatives) -> str:
    """Return in one sentence which new line abroad brings most, and what it costs."""
    table = found.benefits
    if table.empty:
        return "No new line abroad is built, so there is nothing to weigh"
    names = dict(read_facts("corridors")[["corridor", "name"]].to_numpy())
    taken_out = table[table["case"] == "TOOT"].reset_index(drop=True)
    best = taken_out.iloc[int(taken_out["net_musd"].to_numpy().argmax())]
    return (
        f"Taken out of the plan, {names[best['corridor']]} would cost "
        f"{best['welfare_musd']:,.0f} million USD a year and save {best['cost_musd']:,.0f}"
    )


def ranges_table(found: Alternatives) -> Html:
    """Return the least and most capacity of each line by slack as HTML, GW."""
    names = dict(read_facts("corridors")[["corridor", "name"]].to_numpy())
    table = found.ranges
    rows = []
    for corridor, part in table.groupby("corridor", sort=False):
        row = {"Line": names[corridor], "Optimum GW": part["optimum_mw"].iloc[0] / 1e3}
        for entry in part.to_dict("records"):
            span = f"{entry['least_mw'] / 1e3:.1f} to {entry['most_mw'] / 1e3:.1f}"
            row[f"{entry['slack']:.0%} dearer"] = span
        row["Kind"] = _kind(part)
        rows.append(row)
    caption = "Least and most GW of each line where the system may be dearer"
    return html_table(pd.DataFrame(rows), formats={"Optimum GW": "{:.1f}"}, caption=caption)


def _kind(part: pd.DataFrame) -> str:
    must = part.loc[part["kind"] == "must-have", "slack"]
    if len(must):
        return f"must-have up to {must.max():.0%}"
    return "exchangeable" if (part["kind"] == "exchangeable").any() else "never"


def ranges_finding(found: Alternatives) -> str:
    """Return in one sentence which lines must be built and which may be swapped."""
    names = dict(read_facts("corridors")[["corridor", "name"]].to_numpy())
    first = found.ranges[found.ranges["slack"] == found.ranges["slack"].min()]
    must = [names[c] for c in first.loc[first["kind"] == "must-have", "corridor"]]
    swap = int((first["kind"] == "exchangeable").sum())
    said = f"{', '.join(must)} must be built" if must else "no single line must be built"
    slack = first["slack"].iloc[0]
    return (
        f"If the system may cost {slack:.0%} more, {said}; {swap} other lines may be chosen or left"
    )


def break_even_table(found: Alternatives) -> Html:
    """Return the prices and line costs at which each line begins to pay, as HTML."""
    table = found.break_even.replace({"market": market_names()})
    names = dict(read_facts("corridors")[["corridor", "name"]].to_numpy())
    lines = [" + ".join(names.get(c, c) for c in path.split(" + ")) for path in table["path"]]
    shown = table.assign(path=lines).rename(
        columns={
            "market": "Market",
            "path": "Lines",
            "price_usd_per_mwh": "Price USD/MWh",
            "break_even_usd_per_mwh": "Pays from USD/MWh",
            "line_cost_factor": "Line may cost, times",
        }
    )
    formats = dict.fromkeys(["Price USD/MWh", "Pays from USD/MWh"], "{:.0f}")
    formats["Line may cost, times"] = "{:.2f}"
    return html_table(shown, formats=formats, caption="The first megawatt of each line")


def break_even_finding(found: Alternatives) -> str:
    """Return in one sentence which line pays first."""
    table = found.break_even
    pays = table[table["break_even_usd_per_mwh"] <= table["price_usd_per_mwh"]]
    names = market_names()
    if pays.empty:
        first = table.iloc[0]
        return f"No line pays at today's prices; nearest is {names[first['market']]}"
    listed = ", ".join(names[m] for m in pays["market"])
    return f"The first megawatt pays to: {listed}; all others need a higher price"


def outages_table(found: Alternatives, *, rows: int = 12) -> Html:
    """Return the costliest losses of one line as HTML."""
    names = place_names()
    table = found.outages.head(rows)
    shown = pd.DataFrame(
        {
            "Line": [_line_name(key, names) for key in table["corridor"]],
            "MW": table["capacity_mw"],
            "Out MW": table["lost_mw"],
            "Load lost GWh": table["lost_load_mwh"] / 1e3,
            "Cost million USD": table["cost_musd"],
        }
    )
    formats = {
        "MW": "{:,.0f}",
        "Out MW": "{:,.0f}",
        "Load lost GWh": "{:,.1f}",
        "Cost million USD": "{:,.0f}",
    }
    return html_table(
        shown, formats=formats, caption="One circuit of a line out for the whole year"
    )


def _line_name(key: str, names: dict[str, str]) -> str:
    titles = dict(read_facts("corridors")[["corridor", "name"]].to_numpy())
    if key in export_corridors():
        return str(titles[key])
    ends = key.removesuffix(":new").split(":")
    said = " – ".join(names.get(end, end) for end in ends)
    return f"{said} (new)" if key.endswith(":new") else said


def outages_finding(found: Alternatives) -> str:
    """Return in one sentence what the worst loss of a circuit costs."""
    worst = found.outages.iloc[0]
    lossless = int((found.outages["lost_load_mwh"] < 1.0).sum())
    return (
        f"The worst circuit to lose is {_line_name(worst['corridor'], place_names())}: "
        f"{worst['lost_load_mwh'] / 1e3:,.0f} GWh of load a year; {lossless} of "
        f"{len(found.outages)} lines can lose one without any"
    )


def week_finding(found: Alternatives) -> str:
    """Return in one sentence how the dark calm week goes."""
    value = found.week.set_index("quantity")["value"]
    when = pd.Timestamp("2023-01-01") + pd.Timedelta(days=value["begins"] - 1)
    shed = value["load shedding"]
    told = "no load is shed" if shed < 0.01 else f"{shed:,.1f} GWh of load are shed"
    return (
        f"In the darkest and calmest week, from {when:%-d %B}, {told}; solar and wind give "
        f"{(value['solar'] + value['wind']) / value['demand']:.0%} of demand, "
        f"{value['export']:,.0f} GWh still go abroad"
    )


def week_bars(found: Alternatives) -> pd.DataFrame:
    """Return the supply of each day of the week by carrier, mean GW."""
    flows = found.week_flows
    begins = pd.DatetimeIndex(flows.index) - pd.Timedelta(minutes=1)
    return flows.groupby(begins.strftime("%d %b"), sort=False).mean().rename(columns=CARRIER_NAMES)


def sweep_table(results: xr.Dataset, value: str, *, along: str, by: str, caption: str) -> Html:
    """Return one value of a sweep as HTML: rows by one varied key, columns by another."""
    wide = results[[value]].to_dataframe().pivot_table(index=along, columns=by, values=value)
    wide.columns = [f"{name:g}" for name in wide.columns]
    formats = dict.fromkeys(wide.columns, "{:,.1f}")
    return html_table(wide, formats=formats, caption=caption, index=True)


def pathway_bars(pathway: xr.Dataset) -> pd.DataFrame:
    """Return generation by carrier and year, TWh."""
    data = pathway["generation_by_carrier"]
    years = [f"{year:.0f}" for year in pathway["year"].to_numpy()]
    table = pd.DataFrame(data.to_numpy(), index=years, columns=data["carrier"].to_numpy())
    return table[[name for name in table if table[name].max() > 0.5]].rename(columns=CARRIER_NAMES)


def pathway_finding(found: Alternatives) -> str:
    """Return in one sentence what the last year of the pathway builds and sells."""
    last = found.pathway.isel(scenario=-1)
    return (
        f"In {float(last['year']):.0f} with the targets, {float(last['export']):,.0f} TWh are sold "
        f"and {float(last['co2_at_home']):,.0f} Mt of CO2 emitted at home"
    )


def neutrality_finding(found: Alternatives) -> str:
    """Return in one sentence what falling emissions cost by the last year."""
    last = found.neutrality.isel(scenario=-1)
    stored = last["new_capacity"].to_series().get("hydrogen", 0.0) / 1e3
    told = (
        f"{stored:,.1f} GW of hydrogen storage are built"
        if stored > 0.05
        else "hydrogen storage is not built"
    )
    return (
        f"On the way to neutrality {float(last['co2_at_home']):,.0f} Mt of CO2 are left in "
        f"{float(last['year']):.0f}; the last tonne costs "
        f"{float(last['co2_limit_price']):,.0f} USD, {told}"
    )


def neutrality_note(found: Alternatives) -> str:
    """Return the limits of the way to neutrality in words."""
    data = found.neutrality
    pairs = zip(data["year"].to_numpy(), data["co2_limit_mt"].to_numpy(), strict=True)
    limits = ", ".join(f"{limit:.0f} Mt in {year:.0f}" for year, limit in pairs)
    return f"At most {limits}: a straight line from reported generation to zero in 2060."


def trade_off_lines(results: xr.Dataset) -> pd.DataFrame:
    """Return exports in TWh by price factor (rows), one column for each cost of capital."""
    wide = (
        results[["export"]]
        .to_dataframe()
        .pivot_table(index="markets_price_factor", columns="wacc", values="export")
    )
    wide.columns = [f"cost of capital {value:.0%}" for value in wide.columns]
    return wide


def trade_off_finding(results: xr.Dataset) -> str:
    """Return in one sentence what price and cost of capital do to exports."""
    table = trade_off_lines(results)
    best, worst = float(table.to_numpy().max()), float(table.to_numpy().min())
    return (
        f"Between the best and the worst of prices and cost of capital exports range from "
        f"{worst:,.0f} to {best:,.0f} TWh"
    )


def range_spans(found: Alternatives) -> pd.DataFrame:
    """Return least, optimum and most GW of each line at the widest slack, by name."""
    names = dict(read_facts("corridors")[["corridor", "name"]].to_numpy())
    widest = found.ranges[found.ranges["slack"] == found.ranges["slack"].max()]
    table = widest[["least_mw", "optimum_mw", "most_mw"]] / 1e3
    table.columns = ["least", "optimum", "most"]
    return pd.DataFrame(table).set_axis([names[key] for key in widest["corridor"]], axis=0)
