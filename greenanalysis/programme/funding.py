"""The programme of a region: what a budget funds, what it brings, and what would change that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from greenanalysis.core.display import Card, Shown, holds_of
from greenanalysis.core.errors import unknown_name
from greenanalysis.programme.finance.breakeven import PAYS, break_even
from greenanalysis.programme.finance.timeline import flows_by_year, phases
from greenanalysis.programme.prices import RATE
from greenanalysis.programme.rank import effects, fund, rank, sensitivity

VALUES = {"financial": "npv_usd", "social": "social_npv_usd"}
"""Whose net present value: of who pays and earns, or of society as a whole."""

LIMITS = (
    "Measures are screening figures for the whole region: no site, design, tender or permit.",
    "Connection to the grid, curtailment, taxes and debt are left out; income is valued at today's "
    "tariffs, many of which are regulated below cost. What gas is worth beyond its tariff, CO2 and "
    "clean air count as value to society, never as income.",
    "Solar and wind plants earn the last auction price won in the region or the country, other "
    "generation the consumer tariff, which favours it; drinking water is valued at the household "
    "tariff, irrigation water at its due, not at what it is worth where it is short.",
    "Landfill gas, sorting and burning are each sized for all of the waste of their place: built "
    "together they count some of it more than once.",
    "A part of a measure is taken to cost and bring its part; small programmes cost more per unit.",
    "Where a statistic is missing a measure is missing too, not small: see the list above.",
)
"""What a programme does not show."""


@dataclass(frozen=True, eq=False, repr=False)
class Programme(Shown):
    """All measures of a region and the rule by which a budget is spent on them.

    ``build`` makes the table of measures from the inputs; ``inputs`` are their base values and
    ``base`` the table made of those. ``missing`` says in plain sentences what the region lacks;
    ``to_collect`` lists the measures that cannot be formed yet, with who can supply what they lack;
    ``targets`` are the region's goals with what exists counted; ``spread`` is the relative change
    of the sensitivity, ``build_years`` how long the funded measures take to build.
    """

    region: str
    budget_musd: float
    order: str
    co2_usd_per_t: float
    inputs: Mapping[str, float]
    missing: tuple[str, ...]
    targets: pd.DataFrame
    spread: float
    build_years: int
    base: pd.DataFrame
    build: Callable[[Mapping[str, float]], pd.DataFrame]
    to_collect: pd.DataFrame = field(default_factory=pd.DataFrame)
    _outcomes: dict[tuple[float, ...], pd.Series] = field(default_factory=dict)

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

    def funded(
        self, budget_musd: float | None = None, *, inputs: Mapping[str, float] | None = None
    ) -> pd.DataFrame:
        """Return the measures with the share that a budget (million USD) funds."""
        budget = self.budget_musd if budget_musd is None else budget_musd
        return fund(self.ranked(inputs=inputs), budget_usd=budget * 1e6, order=self.order)

    def outcome(self, inputs: Mapping[str, float], *, value: str = "financial") -> float:
        """Return the net present value (million USD) of what the budget funds under inputs.

        Parameters
        ----------
        inputs : all of them; the money is spent anew, as best it can under these.
        value : a key of :data:`VALUES`.

        Raises
        ------
        InputError : another value.
        """
        if value not in VALUES:
            raise unknown_name("value", value, VALUES, where="outcome()")
        key = tuple(inputs.values())
        if key not in self._outcomes:
            self._outcomes[key] = effects(self.funded(inputs=inputs))
        return float(self._outcomes[key][VALUES[value]]) / 1e6

    def sensitivity(self, *, value: str = "financial") -> pd.DataFrame:
        """Return what each input does to :meth:`outcome`, largest first.

        Inputs that do not move what the budget funds are left out: :meth:`without_effect` names
        them.
        """
        table = sensitivity(
            lambda inputs: self.outcome(inputs, value=value), self.inputs, spread=self.spread
        )
        moved = table["swing"] > 1e-9 * table[["low", "high"]].abs().max(axis=1)
        return table[moved]

    def without_effect(self, table: pd.DataFrame) -> list[str]:
        """Return the inputs that a table of :meth:`sensitivity` leaves out."""
        return [name for name in self.inputs if name not in table.index]

    def budget_curve(self, budgets_musd: Iterable[float]) -> pd.DataFrame:
        """Return what several budgets (million USD) buy.

        Returns
        -------
        DataFrame : index = budget; the sums of :func:`~greenanalysis.programme.rank.effects`,
            ``grant_usd`` that the funded measures lack, ``whole`` : number of measures funded
            whole, ``measures`` : their titles and the one funded in part.
        """
        rows = {}
        for budget in budgets_musd:
            funded = self.funded(budget)
            part = funded[funded["share"] > 0]
            rows[budget] = {
                **effects(funded),
                "grant_usd": _lacking(part),
                "whole": int((part["share"] >= 1).sum()),
                "measures": "; ".join(
                    title if share >= 1 else f"{title} ({share:.0%})"
                    for title, share in zip(part["title"], part["share"], strict=True)
                ),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("budget_musd")

    def break_even(self) -> pd.DataFrame:
        """Return what would make each measure pay, see :func:`.breakeven.break_even`."""
        return break_even(self.ranked(), wacc=self.inputs[RATE])

    def phases(self) -> pd.Series:
        """Return the phase of each measure, see :func:`.timeline.phases`."""
        return phases(self.funded(), self.break_even()["verdict"])

    def flows_by_year(self, *, years: int = 15) -> pd.DataFrame:
        """Return who pays and who gains by year, see :func:`.timeline.flows_by_year`."""
        return flows_by_year(self.funded(), years=years, build_years=self.build_years)

    def verdict(self) -> str:
        """Return in a few sentences what the programme is worth and what it needs."""
        funded = self.funded()
        chosen = funded[funded["share"] > 0]
        if chosen.empty:
            return self.warning() or "No measure is worth its cost, so none is funded."
        verdicts = self.break_even()["verdict"].reindex(chosen.index)
        sums, lacking = effects(funded), _lacking(chosen)
        paying = chosen.loc[verdicts == PAYS, "title"].tolist()
        text = [
            _few(len(paying), "funded measure pays", "funded measures pay")
            + " at today's prices"
            + (f": {_names(paying)}." if paying else ".")
        ]
        if lacking > 0:
            needy = _names(chosen.loc[verdicts != PAYS, "title"].tolist())
            text.append(
                f"{needy[0].upper()}{needy[1:]} would need {lacking / 1e6:,.0f} million USD in "
                f"grants, {lacking / sums['funded_usd']:.0%} of the "
                f"{sums['funded_usd'] / 1e6:,.0f} million invested; lenders and owners can bear "
                "the rest."
            )
        social = sums["social_npv_usd"] / 1e6
        text.append(
            "With gas at its border price, CO2 and clean air counted, society "
            f"{'gains' if social >= 0 else 'loses'} {abs(social):,.0f} million USD of present "
            "value."
        )
        left = self.budget_musd - sums["funded_usd"] / 1e6
        if left > 0.005 * self.budget_musd:
            text.append(
                f"{left:,.0f} million USD of the budget are left: no other measure that fits is "
                "worth its cost."
            )
        waiting = funded[(funded["share"] == 0) & (funded["npv_usd"] >= 0) & ~funded["divisible"]]
        for _, row in waiting.iterrows():
            text.append(
                f"{row['title']} pays, but is one work of {row['capex_usd'] / 1e6:,.0f} million "
                "USD and does not fit."
            )
        return " ".join(text)

    def warning(self) -> str:
        """Return a sentence where the budget is below the cheapest measure, else an empty one."""
        table = self.ranked()
        worth = table[(table["value_usd"] > 0) & (table["best_npv_usd"] >= 0)]
        if worth.empty or self.budget_musd * 1e6 >= worth["capex_usd"].min():
            return ""
        least = worth.sort_values("capex_usd").iloc[0]
        return (
            f"{self.budget_musd:,.4g} million USD is below the cheapest measure "
            f"({str(least['title']).lower()}, {least['capex_usd'] / 1e6:,.1f} million USD): it "
            "funds no measure whole."
        )

    def _card(self) -> Card:
        funded = self.funded()
        chosen = funded[funded["share"] > 0]
        sums = effects(funded)
        table = pd.DataFrame(
            {
                "measure": chosen["title"],
                "full size": chosen["size"],
                "funded": chosen["share"],
                "million USD": chosen["funded_usd"] / 1e6,
            }
        )
        return Card(
            title=f"Programme of {self.region}",
            caption=f"{len(chosen)} of {len(funded)} measures funded by {self.budget_musd:g} "
            f"million USD, ordered by {self.order}; screening figures",
            figures=[
                ("invested", f"{sums['funded_usd'] / 1e6:,.1f} million USD of 2025"),
                ("net present value", f"{sums['npv_usd'] / 1e6:+,.1f} million USD of 2025"),
                ("with social value", f"{sums['social_npv_usd'] / 1e6:+,.1f} million USD of 2025"),
                (
                    "electricity made or saved",
                    f"{sums['electricity_mwh_per_year'] / 1e3:,.0f} GWh/year",
                ),
                ("CO2 avoided", f"{sums['co2_t_per_year'] / 1e3:,.0f} kt/year"),
            ],
            table=table,
            holds=holds_of(
                self, "ranked", "funded", "break_even", "sensitivity", "budget_curve", "verdict"
            ),
        )

    def prices_text(self) -> str:
        """Return the inputs as a reader wants them."""
        return ", ".join(f"{name} {value:.4g}" for name, value in self.inputs.items())


def _lacking(funded: pd.DataFrame) -> float:
    """Return the present value (USD) that the funded shares lack to break even."""
    return float((-funded["npv_usd"] * funded["share"]).clip(lower=0).sum())


def _few(count: int, one: str, many: str) -> str:
    return f"No {one}" if count == 0 else f"{count} {one if count == 1 else many}"


def _names(titles: list[str]) -> str:
    words = [title[0].lower() + title[1:] for title in titles]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
