"""One row of the validation: what was expected, what the model says, and whether that is a hit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.tables import read_facts

_BASES = ("independent", "fit", "cross-check", "method")
"""Of a row: nothing of it went into the model; the model was drawn to it; two publications against
each other, with no model of the project in it; an equation against print or another program."""
COLUMNS = (
    "key",
    "area",
    "quantity",
    "kind",
    "basis",
    "expected",
    "got",
    "unit",
    "error",
    "tolerance",
    "outcome",
    "source",
    "remark",
)
_OUTCOMES = ("miss", "hit", "not modelled")


@dataclass(frozen=True, kw_only=True)
class Check:
    """A reference value and the model's: relative error and outcome follow by the kind."""

    area: str
    quantity: str
    kind: str
    basis: str
    expected: float
    got: float
    unit: str
    source: str
    remark: str = ""


def tolerances() -> pd.DataFrame:
    """Return the fixed tolerances: index kind; title, tolerance (relative), reason, source."""
    return read_facts("validation_kinds", numeric=["tolerance"]).set_index("kind")


def as_table(checks: Iterable[Check], kinds: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the rows as a table, misses first and the largest error on top.

    Parameters
    ----------
    checks : rows; a ``got`` that is NaN is a published figure which the project does not model.
    kinds : of :func:`tolerances`.

    Returns
    -------
    DataFrame : columns :data:`COLUMNS`; ``error`` = got / expected - 1 (the difference where
        nothing is expected), ``outcome`` one of :data:`_OUTCOMES`; ``key`` is unique and stays the
        same from run to run.

    Raises
    ------
    InputError : unknown kind or basis, an expected value that is not a number.
    """
    limits = tolerances() if kinds is None else kinds
    rows: list[dict[str, object]] = []
    used: dict[str, int] = {}
    for check in checks:
        for name, value, known in (
            ("kind", check.kind, list(limits.index)),
            ("basis", check.basis, list(_BASES)),
        ):
            if value not in known:
                raise unknown_name(name, value, known, where=f"check {check.quantity!r}")
        if not math.isfinite(check.expected):
            raise input_error(
                "expected value", where=check.quantity, allowed="a number", got=check.expected
            )
        key = f"{check.area}: {check.quantity}"
        used[key] = used.get(key, 0) + 1
        rows.append(_row(check, key, used[key], float(limits["tolerance"][check.kind])))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = table["outcome"].map({name: number for number, name in enumerate(_OUTCOMES)})
    size = table["error"].abs()
    ordered = table.assign(order=order, size=size).sort_values(
        ["order", "size", "key"], ascending=[True, False, True]
    )
    return ordered.drop(columns=["order", "size"]).reset_index(drop=True)


def _row(check: Check, key: str, number: int, tolerance: float) -> dict[str, object]:
    scale = abs(check.expected) or 1.0
    error = (check.got - check.expected) / scale
    outcome = "not modelled"
    if math.isfinite(error):
        outcome = "hit" if abs(error) <= tolerance * (1 + 1e-9) else "miss"
    return {
        **vars(check),
        "key": key if number == 1 else f"{key} ({number})",
        "error": error,
        "tolerance": tolerance,
        "outcome": outcome,
    }


def from_comparison(
    table: pd.DataFrame,
    *,
    area: str,
    kinds: Mapping[str, str],
    basis: str,
    otherwise: str = "total",
) -> list[Check]:
    """Return the checks of a table quantity, got, expected, unit, source, remark.

    Parameters
    ----------
    table : of a comparison elsewhere in the project; its own tolerance is not used.
    area : heading.
    kinds : beginning of a quantity -> kind; ``otherwise`` for the rest.
    basis : one of :data:`_BASES`; rows whose remark says "not independent" are fits.
    """
    checks = []
    for row in table.to_dict("records"):
        name = str(row["quantity"])
        kind = next((kinds[start] for start in kinds if name.startswith(start)), otherwise)
        fit = "not independent" in str(row["remark"])
        checks.append(
            Check(
                area=area,
                quantity=name,
                kind=kind,
                basis="fit" if fit else basis,
                expected=float(row["expected"]),
                got=float(row["got"]),
                unit=str(row["unit"]),
                source=str(row["source"]),
                remark=str(row["remark"]),
            )
        )
    return checks


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many rows hit and miss: index area and basis; hit, miss, not modelled."""
    counts = table.groupby(["area", "basis", "outcome"], sort=False).size().unstack(fill_value=0)
    counts = counts.reindex(columns=["hit", "miss", "not modelled"], fill_value=0)
    return counts.sort_index()
