"""Pages of project briefs that a user asks for: of one project, or of a portfolio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.core.paths import notebooks_dir
from greenanalysis.project.brief import check_fields, slug
from greenanalysis.project.contract import parse_tariff
from greenanalysis.project.terms import check_technology
from greenanalysis.site.workflow.page import Page
from greenanalysis.site.workflow.pages import reads_of

_NOTEBOOK = "05_project_brief.ipynb"
_GROUP = "Project briefs"
_REQUIRED = ("name", "latitude", "longitude", "technology", "capacity_mw", "tariff")
_OPTIONAL = ("connection_km", "storage", "grid_factor")
_NUMBERS = ("latitude", "longitude", "capacity_mw", "connection_km")


def brief_pages(
    projects: Sequence[Mapping[str, Any]], *, weather: str, inputs: tuple[Path, ...] = ()
) -> list[Page]:
    """Return one page a project.

    Parameters
    ----------
    projects : with the fields :data:`_REQUIRED` and perhaps :data:`_OPTIONAL`.
    weather : a weather name or the path of a file.
    inputs : files that the weather rests on.

    Raises
    ------
    InputError : a project that makes no sense, by field, or two of the same name.
    """
    pages, seen = [], set()
    for project in projects:
        check_project(project)
        page = "brief-" + slug(str(project["name"]))
        if page in seen:
            raise input_error(
                "name", where="projects", allowed="each name once", got=repr(project["name"])
            )
        seen.add(page)
        size = f"{float(project['capacity_mw']):g} MW {project['technology']}"
        pages.append(
            Page(
                name=page,
                notebook=notebooks_dir() / _NOTEBOOK,
                title=f"{project['name']}, {size}",
                group=_GROUP,
                parameters={**project, "weather": weather},
                inputs=inputs,
                **reads_of(_NOTEBOOK, project),
            )
        )
    return pages


def check_project(project: Mapping[str, Any]) -> None:
    """Refuse a project by field before anything long is computed.

    Raises
    ------
    InputError : names the field.
    """
    from greenanalysis.core.assumptions import load_assumptions

    for field in _REQUIRED:
        if field not in project or str(project[field]).strip() == "":
            raise input_error(field, where="project", allowed="a value", got="none")
    check_technology(str(project["technology"]))
    numbers = {field: project[field] for field in _NUMBERS if project.get(field) is not None}
    check_fields(str(project["name"]), **numbers)
    parse_tariff(project["tariff"], str(project["technology"]), load_assumptions())


def read_portfolio(path: Path) -> list[dict[str, Any]]:
    """Read projects from a CSV file, one a row.

    Parameters
    ----------
    path : with the columns :data:`_REQUIRED`, perhaps :data:`_OPTIONAL`; empty optional cells take
        the default.

    Raises
    ------
    InputError : no such file, a missing or unknown column, a row that makes no sense.
    """
    from greenanalysis.core.tables import read_table

    table = read_table(path, required=list(_REQUIRED), numeric=[])
    unknown = set(table.columns) - {*_REQUIRED, *_OPTIONAL}
    if unknown or table.empty:
        allowed = ", ".join((*_REQUIRED, *_OPTIONAL))
        got = ", ".join(sorted(unknown)) if unknown else "no rows"
        raise input_error("columns", where=str(path), allowed=allowed, got=got)
    projects = []
    for number, row in enumerate(table.to_dict("records"), 2):
        project: dict[str, Any] = {
            str(key): str(value).strip() for key, value in row.items() if str(value).strip()
        }
        for field in _NUMBERS:
            if field in project:
                project[field] = _number(project[field], field, f"{path}, row {number}")
        projects.append(project)
    return projects


def _number(text: str, field: str, where: str) -> float:
    value = pd.to_numeric(text, errors="coerce")
    if pd.isna(value):
        raise input_error(field, where=where, allowed="a number", got=repr(text))
    return float(value)
