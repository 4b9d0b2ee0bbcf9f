"""What may go wrong: one thing at a time (tornado), and all together (Monte Carlo)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.finance.metrics import dscr, npv
from greenanalysis.project.cashflow import Financed, finance
from greenanalysis.project.operation import Shock, operate, tax_of
from greenanalysis.project.terms import Yield
from greenanalysis.project.uncertainty import Term, combined, exceeded, simulate

_UNITS = {
    "fx_volatility": "1/year",
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

    def breach(self, covenant: float) -> tuple[float, float]:
        """Return how often the cover falls below ``covenant``: in some year, in a given year."""
        known = np.isfinite(self.cover)
        if not known.any():
            return float("nan"), float("nan")
        low = known & (self.cover < covenant)
        return float(low.any(axis=1).mean()), float(low.sum() / known.sum())


def load_risk(assumptions: Assumptions) -> dict[str, float]:
    """Return the spreads and swings of ``data/assumptions``."""
    return {name: assumptions.get("risk", name, unit=unit) for name, unit in _UNITS.items()}


def outcome(made: Financed, shock: Shock) -> Outcome:
    """Return what becomes of cover and worth with the loan as sized.

    Parameters
    ----------
    made : the base case.
    shock : departures, (draws, years) or (draws, 1).

    Notes
    -----
    The owners pay what the plant costs more; they get what it costs less. The cover of a first year
    cut by delay is not tested: the owners pay its service, too.
    """
    terms = made.terms
    flow = operate(made.project, terms, made.macro, energy=made.project.energy.p50_mwh, shock=shock)
    extra = np.atleast_1d(np.squeeze(flow.capex_usd_nominal)) - made.investment
    ebitda = np.atleast_2d(flow.ebitda_usd_nominal)
    draws = max(len(ebitda), len(extra))
    extra, ebitda = np.broadcast_to(extra, draws), np.broadcast_to(ebitda, (draws, terms.lifetime))
    cost = made.investment + made.fees + made.construction_interest + extra
    cfads = ebitda - tax_of(flow, cost, made.loan.interest, terms, made.macro)
    alone = ebitda - tax_of(
        flow, made.investment + extra, np.zeros(terms.lifetime), terms, made.macro
    )
    owners = cfads - made.loan.service - np.diff(made.loan.reserve)
    first = -(made.investment + extra)[:, None]
    paid_in = made.equity_flow[0] - extra[:, None]
    cover = dscr(cfads, np.broadcast_to(made.loan.service, cfads.shape))
    cover[:, 0] = np.where(np.broadcast_to(np.ravel(shock.delay), draws) > 0, np.nan, cover[:, 0])
    return Outcome(
        cover=cover,
        project_npv_usd_nominal=np.asarray(
            npv(np.hstack([first, alone]), rate=made.macro.nominal(terms.discount_rate_real))
        ),
        equity_npv_usd_nominal=np.asarray(
            npv(np.hstack([paid_in, owners]), rate=terms.cost_of_equity)
        ),
    )


def monte_carlo(
    made: Financed,
    terms: Sequence[Term],
    risk: dict[str, float],
    *,
    draws: int | None = None,
    seed: int | None = None,
) -> Outcome:
    """Draw yield, price, cost, exchange rate and delay at once.

    Parameters
    ----------
    made : the base case.
    terms : of the uncertainty of energy.
    risk : of :func:`load_risk`.
    draws, seed : by default those of ``risk``.

    Notes
    -----
    The exchange rate walks at random around the base case, whose rate stays the median. Nothing
    correlates with anything else: bad years of wind and of the tenge come independently.
    """
    count = int(draws or risk["draws"])
    start = int(risk["seed"] if seed is None else seed)
    years = made.terms.lifetime
    energy = simulate(terms, years=years, draws=count, seed=start)
    random = np.random.default_rng(start + 1)

    def spread(sigma: float) -> np.ndarray:
        return np.exp(sigma * random.standard_normal((count, 1)))

    steps = risk["fx_volatility"] * random.standard_normal((count, years))
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
            delay=delay,
        ),
    )


def tornado(made: Financed, terms: Sequence[Term], risk: dict[str, float]) -> pd.DataFrame:
    """Change one thing at a time, down and up, with the loan as sized (anew for its interest).

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
    rows.append(_interest(made, risk["swing_interest"]))
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


def _interest(made: Financed, swing: float) -> tuple[str, str, float, float, float, float]:
    ends = []
    for change in (swing, -swing):
        rate = max(made.terms.interest_rate + change, 0.0)
        other = finance(made.project, replace(made.terms, interest_rate=rate), made.macro)
        result = outcome(other, Shock())
        ends.append((_worth(result), _least(result)))
    (bad, bad_cover), (good, good_cover) = ends
    span = f"+{swing * 100:.0f} to -{swing * 100:.0f} points, loan sized anew"
    return "Interest", span, bad, good, bad_cover, good_cover


def yield_of(p50_mwh: float, terms: Sequence[Term]) -> Yield:
    """Return the energy of a project with its P90 of ten years, for sizing the loan."""
    return Yield(p50_mwh, max(exceeded(1.0, terms, level=90, years=10), 1e-6))
