"""Which pages the site holds, and the build of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from greenanalysis.paths import notebooks_dir
from greenanalysis.report.brief_pages import default_briefs
from greenanalysis.report.build import BuildResult, build_site
from greenanalysis.report.keys import Page
from greenanalysis.scenario import load_scenario, scenario_names
from greenanalysis.tables import read_facts

GROUPS = {
    "national": "Kazakhstan",
    "programme": "Programmes of regions",
    "export": "Export scenarios",
    "brief": "Project briefs",
    "region": "Regions",
}
PROGRAMMES = ("KZ-61",)
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
        group=GROUPS["national"],
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
            group=GROUPS["programme"],
            parameters={"region": code, "weather": weather},
            inputs=inputs,
        )
        for code in PROGRAMMES
    ]
    monitoring = Page(
        name="monitoring",
        notebook=folder / "07_monitoring.ipynb",
        title="Monitoring of green technologies",
        group=GROUPS["national"],
        parameters={"weather": weather},
        inputs=inputs,
    )
    validation = Page(
        name="validation",
        notebook=folder / "08_validation.ipynb",
        title="Validation: what the model says against what was measured or published",
        group=GROUPS["national"],
        parameters={"weather": weather},
        inputs=inputs,
    )
    exports = [
        Page(
            name=f"export-{name.replace('_', '-')}",
            notebook=folder / "03_supergrid_export.ipynb",
            title=load_scenario(name).title,
            group=GROUPS["export"],
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
            group=GROUPS["region"],
            parameters={"region": code, "weather": weather},
            inputs=inputs,
        )
        for code, name in names.items()
    ]
    briefs = default_briefs(weather, inputs=inputs)
    alternatives = Page(
        name="export-alternatives",
        notebook=folder / "06_supergrid_alternatives.ipynb",
        title="Export: alternatives, failures, checks",
        group=GROUPS["export"],
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
    """Build the site; see :func:`~greenanalysis.report.build.build_site`.

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
    from greenanalysis.assessment import assess

    assess(weather)
