"""Pages of project briefs that a user asks for: of one project, or of a portfolio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.core.paths import notebooks_dir
from greenanalysis.project.description import settings_files
from greenanalysis.project.intake import check_project, name_code, slug
from greenanalysis.site.page import Page
from greenanalysis.site.workflow.pages import reads_of

_NOTEBOOK = "05_project_brief.ipynb"
_GROUP = "Project briefs"


def brief_pages(
    projects: Sequence[Mapping[str, Any]], *, weather: str, inputs: tuple[Path, ...] = ()
) -> list[Page]:
    """Return one page a project.

    Parameters
    ----------
    projects : with the fields of :mod:`greenanalysis.project.intake`.
    weather : a weather name or the path of a file.
    inputs : files that the weather rests on.

    Raises
    ------
    InputError : a project that makes no sense, by field, or two of the same name.
    """
    pages: list[Page] = []
    names = [str(project.get("name", "")).strip() for project in projects]
    slugs = [slug(name) for name in names]
    for project, name in zip(projects, names, strict=True):
        check_project(project)
        if names.count(name) > 1:
            raise input_error("name", where="projects", allowed="each name once", got=repr(name))
        page = f"brief-{slug(name)}"
        if slugs.count(slug(name)) > 1:
            page += f"-{name_code(name)}"
        files = settings_files(project.get("settings") or {})
        if files:
            # a notebook runs in another folder, and is made again when such a file changes
            paths = {key: str(path) for key, path in files.items()}
            project = {**project, "settings": {**project["settings"], **paths}}
        size = f"{float(project['capacity_mw']):g} MW {project['technology']}"
        pages.append(
            Page(
                name=page,
                notebook=notebooks_dir() / _NOTEBOOK,
                title=f"{project['name']}, {size}",
                group=_GROUP,
                parameters={**project, "weather": weather},
                inputs=(*inputs, *files.values()),
                **reads_of(_NOTEBOOK, project),
            )
        )
    return pages
