"""Law and tax as switches: what each is worth to a project, with its source and date."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.tables import read_facts
from greenanalysis.finance.metrics import dscr, npv
from greenanalysis.project.cashflow import Financed, finance
from greenanalysis.project.contract import parse_tariff
from greenanalysis.project.description import parse_settings
from greenanalysis.project.options import storage_duty
from greenanalysis.project.terms import Project, Terms, with_terms

_CONTRACT = ("index_fx", "index_cpi", "construction_fx", "construction_cpi")


def switchboard(made: Financed, assumptions: Assumptions) -> pd.DataFrame:
    """Return each switch of ``data/facts/law.csv`` with what it changes, the loan sized anew.

    Parameters
    ----------
    made : the project in its base case.
    assumptions : hold contracts and the storage duty.

    Returns
    -------
    DataFrame : the rows of the table with ``applies``, ``project_npv_change_usd``,
        ``equity_npv_change_usd`` and ``least_cover`` (P50); NaN where the switch is a gap or does
        not apply to this project.
    """
    table = read_facts("law")
    rate = made.macro.nominal(made.terms.discount_rate_real)

    def worth(case: Financed) -> tuple[float, float]:
        return (
            float(npv(case.project_flow, rate=rate, at=case.start)),
            float(npv(case.equity_flow, rate=case.terms.cost_of_equity, at=case.start)),
        )

    base = worth(made)
    rows = []
    for row in table.to_dict("records"):
        changed = _switched(made, str(row["terms"]), assumptions) if row["kind"] != "gap" else None
        if changed is None or changed == (made.project, made.terms):
            rows.append((False, np.nan, np.nan, np.nan))
            continue
        case = finance(*changed, made.macro)
        new = worth(case)
        cover = dscr(case.cfads[0], case.debt_service)
        least = float(np.nanmin(cover)) if np.isfinite(cover).any() else np.nan
        rows.append((True, new[0] - base[0], new[1] - base[1], least))
    columns = ["applies", "project_npv_change_usd", "equity_npv_change_usd", "least_cover"]
    return pd.concat([table, pd.DataFrame(rows, columns=columns)], axis=1)


def _switched(made: Financed, text: str, assumptions: Assumptions) -> tuple[Project, Terms] | None:
    """Return project and terms under a switch; None where it is no switch of this contract."""
    project, terms, contract = made.project, made.terms, made.project.contract
    settings: dict[str, object] = {}
    for part in text.split(";"):
        key, mark, value = part.strip().partition("=")
        if not mark:
            raise input_error("terms", where="data/facts/law.csv", allowed="key=value", got=part)
        if key == "storage":
            power, energy = storage_duty(project.capacity_mw, assumptions, storage=value)
            if project.storage_mwh >= energy:
                return None
            project = dataclasses.replace(project, storage_mw=power, storage_mwh=energy)
        elif key == "tariff":
            if contract.currency == "USD":
                return None
            dollars = contract.price_kzt_per_kwh / made.macro.kzt_per_usd * 1000
            tariff = f"usd:{dollars:.6f}+2%" if value == "usd" else value
            other = parse_tariff(tariff, project.technology, assumptions)
            project = dataclasses.replace(project, contract=other)
        else:
            settings[key] = value
    if "cost.transmission_kzt_per_kwh" in settings and not contract.name.startswith("ppa"):
        return None  # the single buyer takes the energy at the plant
    said = parse_settings(settings, where="data/facts/law.csv")
    indexed = said.contract.model_dump(exclude_none=True, include=set(_CONTRACT))
    if indexed:
        if contract.construction_fx + contract.construction_cpi == 0:
            return None  # shares of indexation by decree belong to contracts with the single buyer
        project = dataclasses.replace(
            project, contract=dataclasses.replace(project.contract, **indexed)
        )
    changes = {
        field: value for field, value in said.term_changes().items() if field not in _CONTRACT
    }
    return project, with_terms(terms, changes)
