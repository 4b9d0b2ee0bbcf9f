"""All checks: what is compared, in one list; a new one is a line of :data:`CHECKS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import xarray as xr

from greenanalysis.assessment.assess import Assessment, assess
from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.validation import country, methods
from greenanalysis.validation.measured import Measured, errors, measured_plants, monthly
from greenanalysis.validation.plants import PlantRow, plant_checks, plant_rows
from greenanalysis.validation.table import Check, as_table
from greenanalysis.validation.wind_map import nested_leave_out, site_checks
from greenanalysis.weather import open_weather

_FITTED = {
    "(used for the fit)": "the cost of lines was fitted to it",
}
"""End of the name of a check of the export model -> why it is a fit."""
_KINDS = {
    "delivered cost": "line",
    "investment": "line",
    "volume by carrier": "dispatch",
    "peak load": "dispatch",
    "load not served": "dispatch",
}
"""Part of the name of a check of the export model -> its kind; all others are solved exactly."""
_SOURCES = {
    "line": "data/facts/direct_current_lines.csv",
    "dispatch": "data/facts/generation_mix.csv, trade_borders.csv, peak_load.csv",
    "solved": "closed form, or PyPSA's published example",
}


@dataclass(frozen=True)
class Context:
    """What checks need; each part is made when it is first asked for."""

    name: str

    @cached_property
    def assumptions(self) -> Assumptions:
        """Return the table of assumptions."""
        return load_assumptions()

    @cached_property
    def study(self) -> Assessment:
        """Return what the weather yields over the country."""
        return assess(self.name, whole_country=True)

    @cached_property
    def weather(self) -> xr.Dataset:
        """Return the weather itself."""
        return open_weather(self.name)

    @cached_property
    def plants(self) -> list[PlantRow]:
        """Return plants and fleets beside the model."""
        return plant_rows(self.study)

    @cached_property
    def folds(self) -> pd.DataFrame:
        """Return the nested leave-one-out of the wind map; empty for other weather."""
        if not country.is_sample(self.study):
            return nested_leave_out(self.assumptions).iloc[:0]
        return nested_leave_out(self.assumptions)

    @cached_property
    def measured(self) -> Sequence[Measured]:
        """Return the plants with published power."""
        return measured_plants(self.assumptions)


def _measured_power(context: Context) -> list[Check]:
    """Energy of plants with published power, as a whole and of their worst month."""
    checks = []
    for plant in context.measured:
        found = errors(plant.hours)
        own = plant.name in ("pv_serf_west", "wind_nacelle")
        total = plant.hours.sum() / 1e6
        unit = "MWh" if plant.unit == "W" else "GWh"
        shared = {
            "area": "Measured power",
            "basis": "independent" if plant.basis == "independent" else "fit",
            "source": plant.source,
        }
        kind = "measured" if own else "reanalysis"
        remark = f"hourly RMSE {100 * found['rmse']:.0f} % of the mean power; {plant.remark}"
        checks.append(
            Check(
                quantity=f"energy, {plant.title}", kind=kind, expected=total["measured"],
                got=total["modelled"], unit=unit, remark=remark, **shared,
            )
        )  # fmt: skip
        months = monthly(plant.hours)
        if not months.empty:
            off = (months["modelled"] / months["measured"] - 1).abs().to_numpy()
            worst = months.iloc[int(off.argmax())]
            checks.append(
                Check(
                    quantity=f"worst month, {plant.title}", kind="month",
                    expected=float(worst["measured"]), got=float(worst["modelled"]),
                    unit="kWh" if plant.unit == "W" else "MWh",
                    remark=f"{worst.name}, of {len(months)} months", **shared,
                )
            )  # fmt: skip
    return checks


def _supergrid(context: Context) -> list[Check]:
    """The export model against closed forms, published lines and a published solution."""
    from greenanalysis.supergrid.checks import suite as checks

    rows = [*checks.two_node_rows(), *checks.line_rows(context.assumptions), checks.example_row()]
    return [_grid_check(row) for row in rows]


def _base_years(context: Context) -> list[Check]:
    """Past years against each source that reports them; takes a minute."""
    from greenanalysis.assessment.potential import regional_potential
    from greenanalysis.supergrid.checks import suite as checks
    from greenanalysis.supergrid.checks.base_year import load_past
    from greenanalysis.supergrid.model.facts import load_facts

    study = context.study
    inputs = {
        "regions": study.regions,
        "profiles": study.profiles(),
        "potential": regional_potential(study.cells).set_index(["region", "technology"]),
        "facts": load_facts(),
        "assumptions": context.assumptions,
    }
    past = load_past()
    return [_grid_check(row) for row in checks.past_rows(checks.past_years(inputs, past), past)]


def _grid_check(row: Mapping[str, Any]) -> Check:
    name = str(row["check"])
    kind = next((kind for part, kind in _KINDS.items() if part in name), "solved")
    fitted = next((_FITTED[end] for end in _FITTED if name.endswith(end)), "")
    note = str(row["note"])
    chosen = note.startswith("derating of coal chosen")
    basis = "fit" if fitted or chosen else "method" if kind == "solved" else "independent"
    return Check(
        area="Export model",
        quantity=name,
        kind=kind,
        basis=basis,
        expected=float(row["expected"]),
        got=float(row["got"]),
        unit=str(row["unit"]),
        source=_SOURCES[kind],
        remark=note if fitted in note else "; ".join(filter(None, (fitted, note))),
    )


CHECKS: dict[str, Callable[[Context], list[Check]]] = {
    "measured power": _measured_power,
    "plants": lambda context: plant_checks(context.plants),
    "wind map": lambda context: site_checks(context.folds),
    "irradiance": lambda context: country.irradiance(context.study),
    "atlas": lambda context: country.atlas(context.study),
    "hydro east": lambda context: country.hydro_east(),
    "heat and water": lambda context: country.heat_and_water(context.study, context.weather),
    "regions": lambda context: country.regions(context.study),
    "registry": lambda context: country.registry(),
    "finance": lambda context: methods.finance_examples(),
    "physics": lambda context: methods.physics_examples(),
    "straw": lambda context: methods.straw_energy(context.assumptions),
    "oracles": lambda context: methods.oracles(context.assumptions),
    "export model": _supergrid,
    "past years": _base_years,
}
"""Name of a group -> its checks."""
SLOW = ("export model", "past years")
"""Groups that the quick table leaves out."""


def validation_table(
    weather: str = "sample", *, quick: bool = False, context: Context | None = None
) -> pd.DataFrame:
    """Return all reference values against what the model says, misses first.

    Parameters
    ----------
    weather : a weather name or file; it must cover the country.
    quick : leave out the groups of :data:`SLOW`.
    context : to share what was computed with others.

    Returns
    -------
    DataFrame : columns of :data:`greenanalysis.validation.table.COLUMNS`.

    Raises
    ------
    InputError : unknown or unfit weather.
    """
    asked = context or Context(weather)
    names = [name for name in CHECKS if not (quick and name in SLOW)]
    return as_table([check for name in names for check in CHECKS[name](asked)])
