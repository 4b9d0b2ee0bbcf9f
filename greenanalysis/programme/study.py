"""From an assessment and a region to its programme: all measures, ranked, funded, questioned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from greenanalysis.assessment import Assessment
from greenanalysis.programme import biotech, heat, hydro_waste, water
from greenanalysis.programme.collect import RATE, all_measures, base_inputs, prepare_place
from greenanalysis.programme.rank import effects, fund, rank
from greenanalysis.weather import open_weather

LIMITS = (
    "Measures are screening figures for the whole region: no site, design, tender or permit.",
    "Connection to the grid, curtailment, taxes and debt are left out; income is valued at today's "
    "tariffs, many of which are regulated below cost, so what saves gas or water looks dear.",
    "Solar and wind plants earn the last known auction price, other generation the consumer "
    "tariff, which favours it; water is valued at household tariffs and irrigation dues.",
    "Landfill gas, sorting and burning are each sized for all of the waste of their place: built "
    "together they count some of it more than once.",
    "A part of a measure is taken to cost and bring its part; small programmes cost more per unit.",
    "Where a statistic is missing a measure is missing too, not small: see the list above.",
)
"""What a programme does not show."""


@dataclass(frozen=True)
class Programme:
    """All measures of a region and the rule by which a budget is spent on them.

    ``build`` makes the table of measures from the inputs; ``inputs`` are their base values and
    ``base`` the table made of those. ``missing`` says in plain sentences what the region lacks;
    ``spread`` is the relative change of the sensitivity.
    """

    region: str
    budget_musd: float
    order: str
    co2_usd_per_t: float
    inputs: Mapping[str, float]
    missing: tuple[str, ...]
    spread: float
    base: pd.DataFrame
    build: Callable[[Mapping[str, float]], pd.DataFrame]

    def ranked(
        self, *, order: str | None = None, inputs: Mapping[str, float] | None = None
    ) -> pd.DataFrame:
        """Return the measures in the order of funding, with cost and value of each."""
        return rank(
            self.base if inputs is None else self.build(inputs),
            wacc=(inputs or self.inputs)[RATE],
            co2_usd_per_t=self.co2_usd_per_t,
            order=order or self.order,
        )

    def funded(self, budget_musd: float | None = None) -> pd.DataFrame:
        """Return the measures with the share that a budget (million USD) funds."""
        budget = self.budget_musd if budget_musd is None else budget_musd
        return fund(self.ranked(), budget_usd=budget * 1e6, order=self.order)

    def outcome(self, inputs: Mapping[str, float]) -> float:
        """Return the net present value (million USD) of what the base case funds, under inputs."""
        share = self.funded()["share"]
        table = self.ranked(inputs=inputs)
        share = share.reindex(table.index, fill_value=0.0)
        funded = table.assign(share=share, funded_usd=share * table["capex_usd"])
        return float(effects(funded)["npv_usd"]) / 1e6

    def prices_text(self) -> str:
        """Return the inputs as a reader wants them."""
        return ", ".join(f"{name} {value:.4g}" for name, value in self.inputs.items())


def region_programme(
    study: Assessment,
    region: str,
    *,
    weather: str | Path = "sample",
    budget_musd: float,
    order: str = "cost",
    co2_usd_per_t: float = 0.0,
) -> Programme:
    """Collect what a region could build and save, ready to be ranked and funded.

    Parameters
    ----------
    study : what the weather yields.
    region : ISO 3166-2 code or name.
    weather : the name or file that ``study`` was made from.
    budget_musd : money for investment, million USD of 2025.
    order : ``cost`` or ``readiness``, see :func:`~greenanalysis.programme.rank.rank`.
    co2_usd_per_t : value of an avoided tonne that counts besides income.

    Raises
    ------
    InputError : unknown region or order, a negative budget or value, or weather that does not
        cover the region.
    """
    code = str(study.place(region).name)
    assumptions = study.assumptions
    place = prepare_place(study, code, weather=open_weather(weather))
    missing = (
        *heat.missing_inputs(code),
        *water.missing_inputs(code),
        *biotech.missing_inputs(code),
        *hydro_waste.missing_inputs(code),
    )
    inputs, build = base_inputs(code, assumptions), partial(all_measures, place)
    programme = Programme(
        region=code,
        budget_musd=budget_musd,
        order=order,
        co2_usd_per_t=co2_usd_per_t,
        inputs=inputs,
        missing=missing,
        spread=assumptions.get("programme", "sensitivity_spread", unit="1"),
        base=build(inputs),
        build=build,
    )
    programme.funded()
    return programme
