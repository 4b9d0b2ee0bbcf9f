"""What may go wrong: one thing at a time (tornado), and all together (Monte Carlo)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.finance.metrics import dscr, npv
from greenanalysis.geo.country import local_money
from greenanalysis.project.cashflow import Financed, owners_flow
from greenanalysis.project.operation import (
    Shock,
    operate,
    project_flow,
    residual_usd,
    tax_of,
    vat_flow,
)
from greenanalysis.project.terms import Yield
from greenanalysis.project.uncertainty import Term, combined, exceeded, simulate

_UNITS = {
    "fx_volatility": "1/year",
    "inflation_passthrough": "1",
    "inflation_sd": "1/year",
    "interest_sd": "1/year",
    "price_sd": "1",
    "merchant_sd": "1",
    "capex_sd": "1",
    "opex_sd": "1",
    "delay_mode": "year",
    "delay_max": "year",
    "swing_price": "1",
    "swing_capex": "1",
    "swing_opex": "1",
    "swing_interest": "1/year",
    "swing_fx": "1",
    "draws": "1",
    "seed": "1",
}


@dataclass(frozen=True)
class Outcome:
    """What a loan as sized meets when things go otherwise, by draw.

    ``cover`` is (draws, years), NaN without debt; worth in nominal dollars at commissioning.
    """

    cover: np.ndarray
    project_npv_usd_nominal: np.ndarray
    equity_npv_usd_nominal: np.ndarray

    @property
    def least_cover(self) -> np.ndarray:
        """Return the lowest cover of each draw; NaN where there is no debt."""
        if not np.isfinite(self.cover).any():
            return np.full(len(self.cover), np.nan)
        least: np.ndarray = np.nanmin(self.cover, axis=-1)
        return least

    def breach(self, covenant: float, *, after: int = 0) -> tuple[float, float]:
        """Return how often the cover falls below ``covenant``: in some year, in a given year.

        Parameters
        ----------
        covenant : the cover asked.
        after : first years that do not count, such as the first, which a delay cuts.
        """
        cover = self.cover[:, after:]
        known = np.isfinite(cover)
        if not known.any():
            return float("nan"), float("nan")
        low = known & (cover < covenant)
        return float(low.any(axis=1).mean()), float(low.sum() / known.sum())


def load_risk(assumptions: Assumptions) -> dict[str, float]:
    """Return the spreads and swings of ``data/assumptions``."""
    return {name: assumptions.get("risk", name, unit=unit) for name, unit in _UNITS.items()}


def outcome(made: Financed, shock: Shock) -> Outcome:
    """Return what becomes of cover and worth with the loan as signed.

    Parameters
    ----------
    made : the base case.
    shock : departures, (draws, years) or (draws, 1).

    Notes
    -----
    Lenders and owners pay what the plant costs more in the proportion of the financing plan, so
    debt service grows with it (and falls with a saving). A delay leaves the repayment dates: the
    first years are tested with the energy that is missing. A dearer loan pays its higher rate on
    what is owed.
    """
    terms, macro = made.terms, made.macro
    flow = operate(made.project, terms, macro, energy=made.project.energy.p50_mwh, shock=shock)
    unit, unit_built = made.unit, made.unit_built
    if terms.loan_currency == local_money():
        unit = unit * np.asarray(shock.rate)
    extra = flow.capex_usd_nominal * unit_built - made.construction.capex
    grown = 1 + extra.sum(axis=-1, keepdims=True) / float(made.construction.uses.sum())
    owed = np.append(made.construction.balance[-1], made.loan.balance[1:-1])
    owed = np.where(made.loan.service > 0, owed, 0.0)
    more = np.asarray(shock.interest)
    interest = (made.loan.interest + more * owed) * grown / unit
    paid = np.atleast_2d((made.loan.service + more * owed) * grown)
    service = paid / unit
    built_interest = made.construction.interest.copy()
    built_interest = built_interest + more * np.concatenate([[0.0], made.construction.balance[:-1]])
    uses = flow.capex_usd_nominal * unit_built + (made.construction.fees + built_interest) * grown
    reserve = np.hstack([paid, np.zeros((len(paid), 1))]) * terms.reserve_months / 12
    paid_in = (uses - made.construction.draws * grown) / unit_built
    last = np.arange(unit_built.size) == unit_built.size - 1
    paid_in = paid_in + last * reserve[..., :1] / unit_built[-1]
    finance_cost = (made.construction.fees + built_interest) * grown / unit_built
    cost = flow.investment_usd_nominal + finance_cost.sum(axis=-1)
    surplus = flow.ebitda_usd_nominal + flow.working_capital_usd_nominal
    cfads = np.atleast_2d(surplus - tax_of(flow, cost, interest, terms, macro))
    alone = tax_of(flow, flow.investment_usd_nominal, np.zeros(terms.lifetime), terms, macro)
    service = np.broadcast_to(service, cfads.shape)
    held_unit = np.concatenate([np.full((*np.shape(unit)[:-1], 1), unit_built[-1]), unit], axis=-1)
    owners = owners_flow(
        cfads,
        paid_in=paid_in,
        service=service,
        reserve=np.broadcast_to(reserve / held_unit, (len(cfads), terms.lifetime + 1)),
        vat=vat_flow(flow, terms),
        residual=residual_usd(made.project, terms, macro, flow),
        terms=terms,
    )
    whole = np.atleast_2d(project_flow(made.project, terms, macro, flow, alone))
    rate = macro.nominal(terms.discount_rate_real)
    return Outcome(
        cover=dscr(cfads, service),
        project_npv_usd_nominal=np.asarray(npv(whole, rate=rate, at=made.start)),
        equity_npv_usd_nominal=np.asarray(npv(owners, rate=terms.cost_of_equity, at=made.start)),
    )


def monte_carlo(
    made: Financed,
    terms: Sequence[Term],
    risk: dict[str, float],
    *,
    draws: int | None = None,
    seed: int | None = None,
) -> Outcome:
    """Draw yield, price, cost, exchange rate, inflation, interest and delay at once.

    Parameters
    ----------
    made : the base case.
    terms : of the uncertainty of energy.
    risk : of :func:`load_risk`.
    draws, seed : by default those of ``risk``.

    Notes
    -----
    The macro draws hang together: the exchange rate walks at random around the base case, whose
    rate stays the median; consumer prices follow ``inflation_passthrough`` of each step of the
    tenge and a noise of their own, and with them the indexed price and local cost. Yield, cost and
    delay are independent of it.
    """
    count = int(draws or risk["draws"])
    start = int(risk["seed"] if seed is None else seed)
    years = made.terms.lifetime
    energy = simulate(terms, years=years, draws=count, seed=start)
    random = np.random.default_rng(start + 1)

    def spread(sigma: float) -> np.ndarray:
        return np.exp(sigma * random.standard_normal((count, 1)))

    steps = risk["fx_volatility"] * random.standard_normal((count, years))
    own = risk["inflation_sd"] * random.standard_normal((count, years))
    delay = random.triangular(0, risk["delay_mode"], risk["delay_max"], (count, 1))
    return outcome(
        made,
        Shock(
            energy=energy,
            price=spread(risk["price_sd"]),
            merchant=spread(risk["merchant_sd"]),
            capex=spread(risk["capex_sd"]),
            opex=spread(risk["opex_sd"]),
            rate=np.exp(np.cumsum(steps, axis=1)),
            prices=np.exp(np.cumsum(risk["inflation_passthrough"] * steps + own, axis=1)),
            delay=delay,
            interest=risk["interest_sd"] * random.standard_normal((count, 1)),
        ),
    )


def tornado(made: Financed, terms: Sequence[Term], risk: dict[str, float]) -> pd.DataFrame:
    """Change one thing at a time, down and up, with the loan as signed.

    Returns
    -------
    DataFrame : driver, what the two ends are, the owners' worth and the least cover at each end,
        the widest first; money in nominal dollars at commissioning.
    """
    wide = 1.2816 * combined(terms, years=10)
    step = np.ones(made.terms.lifetime)
    ends: dict[str, tuple[str, Shock, Shock]] = {
        "Energy": ("P90 to P10 of ten years", Shock(energy=1 - wide), Shock(energy=1 + wide)),
        "Price": _swing("price", risk["swing_price"]),
        "Investment": _swing("capex", risk["swing_capex"], up_is_bad=True),
        "Running cost": _swing("opex", risk["swing_opex"], up_is_bad=True),
        "Tenge": (
            f"{risk['swing_fx']:.0%} weaker to stronger against the dollar at the start",
            Shock(rate=step * (1 + risk["swing_fx"])),
            Shock(rate=step / (1 + risk["swing_fx"])),
        ),
        "Interest": (
            f"+{risk['swing_interest'] * 100:.0f} to -{risk['swing_interest'] * 100:.0f} points, "
            "the loan as signed",
            Shock(interest=risk["swing_interest"]),
            Shock(interest=-min(risk["swing_interest"], made.terms.interest_rate)),
        ),
        "Delay": (
            f"{risk['delay_max']:.0f} year to none",
            Shock(delay=risk["delay_max"]),
            Shock(),
        ),
    }
    rows = []
    for driver, (span, bad, good) in ends.items():
        low, high = outcome(made, bad), outcome(made, good)
        rows.append((driver, span, _worth(low), _worth(high), _least(low), _least(high)))
    table = pd.DataFrame(
        rows,
        columns=[
            "driver",
            "span",
            "low_usd_nominal",
            "high_usd_nominal",
            "low_dscr",
            "high_dscr",
        ],
    )
    width = (table["high_usd_nominal"] - table["low_usd_nominal"]).abs()
    return table.loc[width.sort_values(ascending=False).index].reset_index(drop=True)


def _swing(field: str, half: float, *, up_is_bad: bool = False) -> tuple[str, Shock, Shock]:
    up, down = Shock(**{field: 1 + half}), Shock(**{field: 1 - half})
    if up_is_bad:
        return f"+{half:.0%} to -{half:.0%}", up, down
    return f"-{half:.0%} to +{half:.0%}", down, up


def _worth(result: Outcome) -> float:
    return float(result.equity_npv_usd_nominal[0])


def _least(result: Outcome) -> float:
    return float(result.least_cover[0])


def yield_of(p50_mwh: float, terms: Sequence[Term]) -> Yield:
    """Return the energy of a project with its P90 of ten years, for sizing the loan."""
    return Yield(
        p50_mwh,
        max(exceeded(1.0, terms, level=90, years=10), 1e-6),
        exceeded(1.0, terms, level=99, years=10),
    )
