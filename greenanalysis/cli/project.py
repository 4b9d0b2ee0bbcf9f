"""``greenanalysis brief`` and ``hybrid``: projects alone, side by side, or behind one line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

_SETTINGS = {
    "p50_gwh": ("energy.p50_gwh", "Own P50 of a first year, net of all losses, GWh."),
    "p90_gwh": ("energy.p90_gwh", "Own P90 of ten years, GWh."),
    "capex_usd_per_kw": ("cost.capex_usd_per_kw", "Investment, USD of 2025 per kW as rated."),
    "storage_mw": ("storage.mw", "Battery, MW."),
    "storage_mwh": ("storage.mwh", "Battery, MWh."),
    "rating": ("plant.rating", "MW of a solar plant are of inverters (ac) or modules (dc)."),
    "mounting": ("plant.mounting", "Solar: fixed or single_axis."),
    "turbine": ("plant.turbine", "Wind: name of the turbine."),
    "turbine_file": ("plant.turbine_file", "Wind: own power curve, NAME.wtg or NAME.pow."),
    "module_file": ("plant.module_file", "Solar: own module, NAME.PAN of PVsyst."),
    "inverter_file": ("plant.inverter_file", "Solar: own inverter, NAME.OND of PVsyst."),
    "hub_height_m": ("plant.hub_height_m", "Wind: height of the hub, m."),
    "curtailment": ("energy.curtailment", "Share of the energy not taken and not paid."),
}


def _setting_options(command: Any) -> Any:
    for name, (_, text) in reversed(_SETTINGS.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, help=text)(command)
    return command


@click.command()
@click.option("--name", help="Of the project.")
@click.option("--latitude", type=float, help="Degrees north.")
@click.option("--longitude", type=float, help="Degrees east.")
@click.option("--technology", help="wind or solar.")
@click.option("--capacity-mw", type=float, help="MW.")
@click.option(
    "--tariff",
    default="auction",
    show_default=True,
    help="KZT/kWh, or auction, ceiling, ppa15, ppa20, ppa25, merchant, igo, ppa20:25, usd:45+2%, "
    "kzt:24+5%.",
)
@click.option("--connection-km", type=float, help="Line to the grid.  [default: assumption]")
@click.option("--storage", default="auto", show_default=True, help="auto, yes or no.")
@click.option(
    "--set", "pairs", multiple=True, metavar="KEY=VALUE",
    help="Any term, such as debt.tenor_years=12; repeat for more.",
)  # fmt: skip
@click.option("--list-settings", is_flag=True, help="Print what --set knows and stop.")
@_setting_options
@click.option(
    "--portfolio", type=click.Path(path_type=Path), help="Projects, one a row (CSV or XLSX)."
)
@click.option("--weather", default="sample", show_default=True, help="Weather name or file.")
@click.option("--jobs", type=click.IntRange(1), help="Notebooks run at once.  [default: cores]")
@click.option("--force", is_flag=True, help="Build what has not changed, too.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder.  [default: reports/briefs]"
)
def brief(
    portfolio: Path | None,
    pairs: tuple[str, ...],
    list_settings: bool,
    weather: str,
    jobs: int | None,
    force: bool,
    output: Path | None,
    **fields: Any,
) -> None:
    """Make the brief of one project, or of a portfolio with a table that compares them.

    The columns of a portfolio are name, latitude, longitude, technology, capacity_mw, tariff and,
    if wanted, connection_km, storage, grid_factor and any key of --set. What --set says holds for
    all its projects that do not say it themselves.
    """
    from greenanalysis.project.description import setting_names
    from greenanalysis.project.intake import read_portfolio

    if list_settings:
        for name in setting_names():
            click.echo(name)
        return
    settings = _settings(fields, pairs)
    if portfolio and any(fields[name] is not None for name in ("name", "latitude", "longitude")):
        raise click.UsageError("--portfolio and a single project exclude each other")
    given = {name: value for name, value in fields.items() if value is not None}
    projects = read_portfolio(portfolio) if portfolio else [given]
    if settings:
        projects = [
            {**project, "settings": {**settings, **project.get("settings", {})}}
            for project in projects
        ]
    sys.exit(_publish(projects, weather, jobs=jobs, force=force, output=output))


def _settings(fields: dict[str, Any], pairs: tuple[str, ...]) -> dict[str, str]:
    """Take settings out of the options; ``--set`` wins over an option of the same term."""
    from greenanalysis.project.description import parse_settings, settings_files

    settings = {}
    for name, (key, _) in _SETTINGS.items():
        value = fields.pop(name)
        if value is not None:
            settings[key] = value
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark:
            raise click.UsageError(f"--set {pair!r}: KEY=VALUE is wanted")
        settings[key.strip()] = value.strip()
    parse_settings(settings, where="--set")
    settings_files(settings)
    return settings


def _publish(
    projects: list[dict[str, Any]],
    weather: str,
    *,
    jobs: int | None,
    force: bool,
    output: Path | None,
) -> int:
    from greenanalysis.assessment.assess import assess
    from greenanalysis.core.files import write_text
    from greenanalysis.core.paths import reports_dir
    from greenanalysis.project.brief import make_brief
    from greenanalysis.project.description import parse_settings
    from greenanalysis.project.energy import hourly_years
    from greenanalysis.project.intake import slug
    from greenanalysis.project.portfolio import comparison
    from greenanalysis.site.workflow.briefs import brief_pages
    from greenanalysis.site.workflow.build import build_site
    from greenanalysis.site.workflow.pages import weather_input

    folder = output or reports_dir() / "briefs"
    source, inputs = weather_input(weather)
    pages = brief_pages(projects, weather=source, inputs=inputs)
    said = [parse_settings(project.get("settings", {}), where="portfolio") for project in projects]
    exponents = {settings.plant.shear_exponent for settings in said}
    shear = exponents.pop() if len(exponents) == 1 else None
    heights = {settings.plant.hub_height_m for settings in said}
    hub = heights.pop() if len(heights) == 1 else None
    study = assess(source, place=True, shear_exponent=shear, hub_height_m=hub)
    briefs = [make_brief(**project, weather=source, study=study) for project in projects]
    table = comparison(briefs)
    result = build_site(
        pages, out_dir=folder, weather=source, jobs=jobs, force=force, echo=click.echo
    )
    write_text(folder / "comparison.csv", table.to_csv(index=False, float_format="%.6g"))
    for brief in briefs:
        path = folder / f"{slug(brief.project.name)}-hours.csv"
        hours = hourly_years(
            brief.site,
            curtailment=brief.made.terms.curtailment,
            p90_share=brief.project.energy.p90_share,
        )
        write_text(path, hours.to_csv(float_format="%.4f"))
    click.echo(table.to_string(index=False, float_format=lambda value: f"{value:,.3g}"))
    click.echo(f"comparison: {folder / 'comparison.csv'}")
    return result.exit_code


@click.command()
@click.option("--latitude", type=float, required=True, help="Degrees north.")
@click.option("--longitude", type=float, required=True, help="Degrees east.")
@click.option("--solar-mw", type=click.FloatRange(0), default=0.0, help="Sun, MW of AC.")
@click.option("--wind-mw", type=click.FloatRange(0), default=0.0, help="Wind, MW.")
@click.option("--connection-mw", type=float, required=True, help="Most that the line carries, MW.")
@click.option("--battery-mw", type=click.FloatRange(0), default=0.0, help="Battery, MW.")
@click.option("--battery-mwh", type=click.FloatRange(0), default=0.0, help="Battery, usable MWh.")
@click.option("--price", metavar="USD/MWH|FILE", help="One price, or a CSV: time, usd_per_mwh.")
@click.option("--grid-charging", is_flag=True, help="The battery may buy from the grid.")
@click.option("--weather", default="sample", show_default=True, help="Weather name or file.")
@click.option("--out", type=click.Path(path_type=Path), help="NAME.csv or NAME.xlsx of the hours.")
def hybrid(
    latitude: float,
    longitude: float,
    solar_mw: float,
    wind_mw: float,
    connection_mw: float,
    battery_mw: float,
    battery_mwh: float,
    price: str | None,
    grid_charging: bool,
    weather: str,
    out: Path | None,
) -> None:
    """Run sun, wind and a battery behind one connection, hour by hour; or a battery alone.

    With weather and prices foreseen: the most that an operator could reach. The yield is that of
    the plants before other curtailment; costs are those of the atlas.
    """
    from greenanalysis.assessment.assess import assess
    from greenanalysis.core.formats import TABLES, format_of, write_tables
    from greenanalysis.project.hybrid import make_hybrid, read_prices

    if out:
        format_of(out, TABLES)
    try:
        worth: Any = None if price is None else float(price)
    except ValueError:
        worth = read_prices(Path(str(price)))
    result = make_hybrid(
        assess(weather),
        latitude=latitude,
        longitude=longitude,
        capacity_mw={"solar": solar_mw, "wind": wind_mw},
        connection_mw=connection_mw,
        battery_mw=battery_mw,
        battery_mwh=battery_mwh,
        price=worth,
        grid_charging=grid_charging,
    )
    for row in result.year.itertuples():
        click.echo(f"{row.quantity:32}{row.value:>14,.2f}  {row.unit}")
    if out:
        write_tables({"hours": result.hours.reset_index()}, out)
        click.echo(f"hours written: {out}")
