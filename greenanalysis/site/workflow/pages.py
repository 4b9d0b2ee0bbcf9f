"""Which pages the site holds, and the build of all of them.

Pages of project briefs: those of the site, and those that a user asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.core.paths import notebooks_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.project.intake import check_project, name_code, slug
from greenanalysis.site.workflow.build import BuildResult, build_site
from greenanalysis.site.workflow.keys import Page
from greenanalysis.supergrid.scenario import load_scenario, scenario_names

_NOTEBOOK = "05_project_brief.ipynb"
_GROUP = "Project briefs"
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


def _default_briefs(weather: str, *, inputs: tuple[Path, ...] = ()) -> list[Page]:
    """Return the pages of the two briefs of the site."""
    return brief_pages(DEFAULTS, weather=weather, inputs=inputs)


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
        size = f"{float(project['capacity_mw']):g} MW {project['technology']}"
        pages.append(
            Page(
                name=page,
                notebook=notebooks_dir() / _NOTEBOOK,
                title=f"{project['name']}, {size}",
                group=_GROUP,
                parameters={**project, "weather": weather},
                inputs=inputs,
            )
        )
    return pages


_GROUPS = {
    "national": "Kazakhstan",
    "programme": "Programmes of regions",
    "export": "Export scenarios",
    "brief": "Project briefs",
    "region": "Regions",
}
_PROGRAMMES = ("KZ-61",)
"""Regions whose programme is a page of the site; the notebook makes one of any region."""


def site_pages(weather: str = "sample") -> list[Page]:
    """Return all pages: atlas, monitoring, validation, programmes, exports, briefs, regions.

    Parameters
    ----------
    weather : a weather name or the path of a file.
    """
    folder = notebooks_dir()
    weather, inputs = weather_input(weather)
    atlas = Page(
        name="atlas",
        notebook=folder / "02_national_atlas.ipynb",
        title="Green atlas of Kazakhstan",
        group=_GROUPS["national"],
        parameters={"weather": weather},
        inputs=inputs,
    )
    table = read_facts("regions").astype(str)
    names = dict(zip(table["region"], table["name_en"], strict=True))
    programmes = [
        Page(
            name=f"programme-{code.lower()}",
            notebook=folder / "04_region_programme.ipynb",
            title=f"Programme of {names[code]} ({code})",
            group=_GROUPS["programme"],
            parameters={"region": code, "weather": weather},
            inputs=inputs,
        )
        for code in _PROGRAMMES
        if code in names
    ]
    monitoring = Page(
        name="monitoring",
        notebook=folder / "07_monitoring.ipynb",
        title="Monitoring of green technologies",
        group=_GROUPS["national"],
        parameters={"weather": weather},
        inputs=inputs,
    )
    validation = Page(
        name="validation",
        notebook=folder / "08_validation.ipynb",
        title="Validation: what the model says against what was measured or published",
        group=_GROUPS["national"],
        parameters={"weather": weather},
        inputs=inputs,
    )
    exports = [
        Page(
            name=f"export-{name.replace('_', '-')}",
            notebook=folder / "03_supergrid_export.ipynb",
            title=load_scenario(name).title,
            group=_GROUPS["export"],
            parameters={"scenario": name, "weather": weather},
            inputs=inputs,
        )
        for name in scenario_names()
    ]
    regions = [
        Page(
            name=f"region-{code.lower()}",
            notebook=folder / "01_resource_assessment.ipynb",
            title=f"{name} ({code})",
            group=_GROUPS["region"],
            parameters={"region": code, "weather": weather},
            inputs=inputs,
        )
        for code, name in names.items()
    ]
    briefs = _default_briefs(weather, inputs=inputs)
    alternatives = Page(
        name="export-alternatives",
        notebook=folder / "06_supergrid_alternatives.ipynb",
        title="Export: alternatives, failures, checks",
        group=_GROUPS["export"],
        parameters={"scenario": "base", "weather": weather},
        inputs=inputs,
    )
    national = [atlas, monitoring, validation]
    return [*national, *programmes, *exports, alternatives, *briefs, *regions]


def build_reports(
    *,
    weather: str = "sample",
    only: Sequence[str] = (),
    since: str | None = None,
    jobs: int | None = None,
    force: bool = False,
    output: Path | None = None,
    echo: Callable[[str], object] = print,
) -> BuildResult:
    """Build the site; see :func:`~greenanalysis.site.workflow.build.build_site`.

    Raises
    ------
    InputError : unknown weather or page, an unfit weather file, a full disk.
    """
    pages = site_pages(weather)
    return build_site(
        pages,
        out_dir=output,
        jobs=jobs,
        force=force,
        only=only,
        since=since,
        prepare=lambda: _warm(weather),
        echo=echo,
    )


def weather_input(weather: str) -> tuple[str, tuple[Path, ...]]:
    """Return the weather as notebooks find it from their folder, and the files it rests on."""
    path = Path(weather).expanduser()
    if not path.exists():
        return weather, ()
    return str(path.resolve()), (path.resolve(),)


def _warm(weather: str) -> None:
    """Make the weather and the capacity factors once, before the notebooks ask for them."""
    from greenanalysis.assessment.assess import assess

    assess(weather)
