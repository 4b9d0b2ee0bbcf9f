"""``greenanalysis series``: the power of one plant, hour by hour, in MW."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("weather", default="sample")
@click.option("--technology", required=True, type=click.Choice(["wind", "solar"]))
@click.option("--capacity-mw", required=True, type=float, help="Of turbines or of inverters, MW.")
@click.option("--latitude", type=float, help="Degrees north.  [default: of a single site]")
@click.option("--longitude", type=float, help="Degrees east.  [default: of a single site]")
@click.option("--turbine", help="Wind: of the library.  [default: the assumed one]")
@click.option("--turbine-file", type=click.Path(path_type=Path), help="Wind: NAME.wtg, NAME.pow.")
@click.option("--hub-height-m", type=float, help="Wind.  [default: assumed, or of the file]")
@click.option("--mounting", type=click.Choice(["fixed", "single_axis"]), default="fixed")
@click.option("--tilt", type=float, help="Solar, fixed rows: degrees.  [default: by latitude]")
@click.option("--step", type=click.Choice(["hour", "month"]), default="hour", help="Of a CSV.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path),
    help="To make: NAME.csv, or NAME.xlsx or NAME.nc with hours and months.",
)  # fmt: skip
def series(
    weather: str,
    technology: str,
    capacity_mw: float,
    latitude: float | None,
    longitude: float | None,
    step: str,
    out: Path,
    **plant: Any,
) -> None:
    """Write the hourly and monthly power of a plant, net of its losses.

    WEATHER is a name, or a file of a site or of an area.
    """
    from greenanalysis.assessment.plant_yield import solar_yield, wind_yield
    from greenanalysis.assessment.site_series import SUFFIXES, site_series, write_series
    from greenanalysis.core.assumptions import load_assumptions
    from greenanalysis.core.formats import format_of
    from greenanalysis.resource.pv.model import pv_defaults
    from greenanalysis.weather import open_weather

    format_of(out, SUFFIXES)
    dataset = open_weather(weather)
    place = _place(dataset, latitude, longitude)
    values = load_assumptions()
    if technology == "wind":
        farm = _farm(values, plant)
        found = wind_yield(dataset, *place, plant=farm, assumptions=values)
        described = f"{farm.power_curve.name}, hub {farm.hub_height:g} m"
    else:
        system = pv_defaults(values, mounting=plant["mounting"], surface_tilt=plant["tilt"])
        found = solar_yield(dataset, *place, system=system)
        described = f"{plant['mounting']}, {system.dc_ac_ratio:g} MW of modules per MW"
    about = {
        "technology": technology,
        "plant": described,
        "latitude": f"{place[0]:g}",
        "longitude": f"{place[1]:g}",
        "weather": str(dataset.attrs.get("name", "")),
        "source": str(dataset.attrs.get("source", "")),
        "grade": str(dataset.attrs.get("grade", "")),
    }
    result = site_series(found, capacity_mw=capacity_mw, about=about)
    click.echo(result.months.to_string(float_format=lambda value: f"{value:,.3f}"))
    click.echo(f"capacity factor {found.capacity_factor:.3f}; {described}")
    click.echo(f"written: {write_series(result, out, step=step)}")


def _place(dataset: Any, latitude: float | None, longitude: float | None) -> tuple[float, float]:
    if latitude is not None and longitude is not None:
        return latitude, longitude
    if dataset.sizes["latitude"] * dataset.sizes["longitude"] != 1:
        raise click.UsageError("--latitude and --longitude are needed for weather of an area")
    return float(dataset["latitude"].item()), float(dataset["longitude"].item())


def _farm(values: Any, plant: dict[str, Any]) -> Any:
    from greenanalysis.assessment.turbines import wind_plant
    from greenanalysis.resource.wind.curve_file import read_turbine

    if plant["turbine"] and plant["turbine_file"]:
        raise click.UsageError("--turbine and --turbine-file exclude each other")
    height = plant["hub_height_m"]
    own = read_turbine(plant["turbine_file"]) if plant["turbine_file"] else None
    if height is None and own is not None and own.heights:
        height = own.heights[0]
    return wind_plant(
        values,
        turbine=plant["turbine"],
        curve=None if own is None else own.curve,
        hub_height_m=height,
    )
