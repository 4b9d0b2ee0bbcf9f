"""Pages of project briefs: those of the site, and those that a user asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from greenanalysis.errors import input_error
from greenanalysis.finance.contract import parse_tariff
from greenanalysis.finance.project import check_technology
from greenanalysis.paths import notebooks_dir
from greenanalysis.report.brief_fields import check_fields, slug
from greenanalysis.report.keys import Page

NOTEBOOK = "05_project_brief.ipynb"
GROUP = "Project briefs"
REQUIRED = ("name", "latitude", "longitude", "technology", "capacity_mw", "tariff")
OPTIONAL = ("connection_km", "storage", "grid_factor")
NUMBERS = ("latitude", "longitude", "capacity_mw", "connection_km")

DEFAULTS: tuple[dict[str, Any], ...] = (
    {
        "name": "Zhanatas wind",
        "latitude": 43.57,
        "longitude": 69.75,
        "technology": "wind",
        "capacity_mw": 100.0,
        "tariff": "ceiling",
    },
    {
        "name": "Kentau solar",
        "latitude": 43.52,
        "longitude": 68.51,
        "technology": "solar",
        "capacity_mw": 50.0,
        "tariff": "ceiling",
    },
)
"""The briefs of the site: two places with plants of their kind nearby."""


def default_briefs(weather: str, *, inputs: tuple[Path, ...] = ()) -> list[Page]:
    """Return the pages of the two briefs of the site."""
    return brief_pages(DEFAULTS, weather=weather, inputs=inputs)


def brief_pages(
    projects: Sequence[Mapping[str, Any]], *, weather: str, inputs: tuple[Path, ...] = ()
) -> list[Page]:
    """Return one page a project.

    Parameters
    ----------
    projects : with the fields :data:`REQUIRED` and perhaps :data:`OPTIONAL`.
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
                notebook=notebooks_dir() / NOTEBOOK,
                title=f"{project['name']}, {size}",
                group=GROUP,
                parameters={**project, "weather": weather},
                inputs=inputs,
            )
        )
    return pages


def check_project(project: Mapping[str, Any]) -> None:
    """Refuse a project by field before anything long is computed.

    Raises
    ------
    InputError : names the field.
    """
    from greenanalysis.assumptions import load_assumptions

    for field in REQUIRED:
        if field not in project or str(project[field]).strip() == "":
            raise input_error(field, where="project", allowed="a value", got="none")
    check_technology(str(project["technology"]))
    numbers = {field: project[field] for field in NUMBERS if project.get(field) is not None}
    check_fields(str(project["name"]), **numbers)
    parse_tariff(project["tariff"], str(project["technology"]), load_assumptions())


def read_portfolio(path: Path) -> list[dict[str, Any]]:
    """Read projects from a CSV file, one a row.

    Parameters
    ----------
    path : with the columns :data:`REQUIRED`, perhaps :data:`OPTIONAL`; empty optional cells take
        the default.

    Raises
    ------
    InputError : no such file, a missing or unknown column, a row that makes no sense.
    """
    from greenanalysis.tables import read_table

    table = read_table(path, required=list(REQUIRED), numeric=[])
    unknown = set(table.columns) - {*REQUIRED, *OPTIONAL}
    if unknown or table.empty:
        allowed = ", ".join((*REQUIRED, *OPTIONAL))
        got = ", ".join(sorted(unknown)) if unknown else "no rows"
        raise input_error("columns", where=str(path), allowed=allowed, got=got)
    projects = []
    for number, row in enumerate(table.to_dict("records"), 2):
        project: dict[str, Any] = {
            str(key): str(value).strip() for key, value in row.items() if str(value).strip()
        }
        for field in NUMBERS:
            if field in project:
                project[field] = _number(project[field], field, f"{path}, row {number}")
        projects.append(project)
    return projects


def _number(text: str, field: str, where: str) -> float:
    value = pd.to_numeric(text, errors="coerce")
    if pd.isna(value):
        raise input_error(field, where=where, allowed="a number", got=repr(text))
    return float(value)
