"""What loan each probability of energy alone would carry."""

from __future__ import annotations

import dataclasses

import pandas as pd

from greenanalysis.finance.metrics import irr
from greenanalysis.project.cashflow import CASES, Financed, finance


def sizing_cases(made: Financed) -> pd.DataFrame:
    """Size the loan on P50, P90 and P99 alone, and on all that is asked.

    Parameters
    ----------
    made : the project; its covers are those asked. A P99 without a cover of its own is asked 1.0.

    Returns
    -------
    DataFrame : ``case``, ``cover``, ``debt_usd`` (nominal), ``gearing``, ``equity_irr`` (a
        :class:`~greenanalysis.finance.metrics.Rate`), ``limit``.
    """
    terms, energy = made.terms, made.project.energy
    shares = {"P50": 1.0, "P90": energy.p90_share, "P99": energy.p99_share}
    asked = {"P50": terms.dscr_p50, "P90": terms.dscr_p90, "P99": terms.dscr_p99 or 1.0}
    rows = []
    for case in CASES:
        if shares[case] <= 0:
            continue
        # one probability alone: the others are put where they cannot bind
        alone = {"P50": (asked[case], 1.0, None), "P90": (1.0, asked[case], None),
                 "P99": (1.0, 1.0, asked[case])}[case]  # fmt: skip
        free = dataclasses.replace(
            energy,
            p90_share=1.0 if case == "P50" else energy.p90_share,
            p99_share=energy.p99_share if case == "P99" else 1.0,
        )
        if case == "P99":
            free = dataclasses.replace(free, p90_share=1.0)
        changed = dataclasses.replace(
            terms, dscr_p50=alone[0], dscr_p90=alone[1], dscr_p99=alone[2]
        )
        project = dataclasses.replace(made.project, energy=free)
        rows.append(_row(case, asked[case], finance(project, changed, made.macro)))
    rows.append(_row("all that is asked", float("nan"), made))
    columns = ["case", "cover", "debt_usd", "gearing", "equity_irr", "limit"]
    return pd.DataFrame(rows, columns=columns)


def _row(case: str, cover: float, made: Financed) -> tuple[object, ...]:
    gearing = made.debt / made.uses
    return case, cover, made.debt, gearing, irr(made.equity_flow), made.limit
