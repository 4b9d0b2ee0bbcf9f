"""Which rule of a scenario cannot be held, and the nearest value that can."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from greenanalysis.supergrid.model.rules import add_rules

if TYPE_CHECKING:
    import pypsa

_RULES = ("res_share", "co2_limit", "must_deliver")
_SEEN = 1e-6


def nearest_feasible(network: pypsa.Network, options: dict[str, Any]) -> list[str]:
    """Return for each rule that cannot be held what it asks for and the nearest value that can.

    Parameters
    ----------
    network : without solution; its ``meta`` holds the scenario.
    options : of HiGHS.

    Returns
    -------
    list : of sentences; empty where no rule of the scenario is the reason.

    Notes
    -----
    The rows of the rules become elastic and their sum of violations, each in its own unit, is the
    objective (elastic filtering, Chinneck, 2008, doi:10.1007/978-0-387-74932-7). Where several
    rules clash, the values named hold together.
    """
    settings = network.meta.get("scenario", {})
    network.model.solver_model = None
    network._model = None
    trial = network.copy()
    trial.optimize.create_model(include_objective_constant=False)
    add_rules(trial)
    model = trial.model
    rules = [name for name in model.constraints if str(name).startswith(_RULES)]
    if not rules:
        return []
    demand = _energy(trial, trial.get_switchable_as_dense("Load", "p_set").sum(axis=1))
    violations = {}
    for number, name in enumerate(rules):
        row = model.constraints[name]
        lhs, rhs, at_least = row.lhs, row.rhs, str(row.sign.values) == ">="
        scale = demand if name.startswith("res_share") else 1.0
        slack = model.add_variables(lower=0.0, name=f"violation {number}")
        model.remove_constraints(name)
        if at_least:
            model.add_constraints(lhs + scale * slack >= rhs, name=name)
        else:
            model.add_constraints(lhs - scale * slack <= rhs, name=name)
        violations[name] = slack
    total: Any = sum(1 * slack for slack in violations.values())
    model.add_objective(total, overwrite=True)
    status, _ = trial.optimize.solve_model(
        solver_name="highs", io_api="direct", progress=False, log_to_console=False,
        solver_options=options,
    )  # fmt: skip
    if status != "ok":
        return []
    short = {name: float(slack.solution) for name, slack in violations.items()}
    return [
        _sentence(name, value, settings, trial, demand)
        for name, value in short.items()
        if value > _SEEN
    ]


def _sentence(
    rule: str, violation: float, settings: dict[str, Any], trial: pypsa.Network, demand: float
) -> str:
    kind, _, rest = rule.partition(" ")
    if kind == "must_deliver":
        market = rest.split(" state ")[0]
        contracts = settings["markets"]["must_deliver"]
        twh = next(row["twh"] for row in contracts if row["market"] == market)
        most = math.floor((twh - violation) * 1000) / 1000
        return (
            f"must_deliver asks for {twh:g} TWh a year to {market}; at most {most:g} can be "
            "delivered"
        )
    if kind == "co2_limit":
        limit = float(settings["co2_limit_mt"])
        least = math.ceil((limit + violation) * 1000) / 1000
        return f"co2_limit_mt {limit:g} asks for less than can be; the least is {least:g} Mt"
    share = float(settings["res_share"])
    units = trial.generators["carrier"]
    sign = units.map({"load_shedding": -1.0, "import": -1.0, "export": 1.0}).fillna(0.0)
    delivered = demand + _energy(trial, (trial.generators_t.p * sign).sum(axis=1))
    most = math.floor((share - violation * demand / delivered) * 1000) / 1000
    return (
        f"res_share {share:g} asks for more than can be built; the nearest share that can be held "
        f"is {max(0.0, most):g}"
    )


def _energy(network: pypsa.Network, power: pd.Series) -> float:
    return float((power * network.snapshot_weightings["generators"]).sum())
