"""The pages of the site as ``pages.yaml`` lists them, and what notebooks and steps read."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from greenanalysis.core import paths
from greenanalysis.core.errors import unknown_name
from greenanalysis.core.files import sha256_json
from greenanalysis.core.tables import read_facts
from greenanalysis.site.workflow.page import Page
from greenanalysis.site.workflow.pages import brief_pages
from greenanalysis.site.workflow.plan import Plan
from greenanalysis.supergrid.scenario import load_scenario, scenario_names

LIST = Path(__file__).with_name("pages.yaml")
EVERYTHING = ("*/**/*", "*.geojson", "*.json")
"""What a notebook that is not listed counts as reading."""
NOT_READ = ("cache", "images", "scripts")


@cache
def listed() -> dict[str, Any]:
    """Return the content of ``pages.yaml``."""
    content: dict[str, Any] = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    return content


def stated(notebook: str) -> dict[str, Any]:
    """Return what the list says of a notebook, empty where it is not listed.

    Parameters
    ----------
    notebook : name of its file.
    """
    return next((one for one in listed()["pages"] if one["notebook"] == notebook), {})


def reads_of(notebook: str, row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return ``reads`` and ``needs`` of a page of a notebook.

    Parameters
    ----------
    notebook : name of its file; one that is not listed counts as reading all that is committed.
    row : values for the braces in the list.
    """
    entry = stated(notebook)
    reads = [name.format(**row) for name in entry.get("reads", ())]
    return {"reads": tuple(dict.fromkeys(reads)), "needs": tuple(entry.get("needs", ()))}


def step_reads(step: str) -> tuple[str, ...]:
    """Return the files below ``data/`` that a step before the pages reads, as patterns."""
    return tuple(listed()["steps"][step]["reads"])


def step_modules(step: str) -> tuple[str, ...]:
    """Return the modules whose code a step runs."""
    return tuple(listed()["steps"][step]["modules"])


def site_pages(weather: str = "sample") -> list[Page]:
    """Return all pages of the site, in the order of the list.

    Parameters
    ----------
    weather : a weather name or the path of a file.
    """
    weather, inputs = weather_input(weather)
    return [page for entry in listed()["pages"] for page in _pages_of(entry, weather, inputs)]


def _pages_of(entry: Mapping[str, Any], weather: str, inputs: tuple[Path, ...]) -> Iterator[Page]:
    if entry.get("each") == "briefs":
        yield from brief_pages(entry["rows"], weather=weather, inputs=inputs)
        return
    rows = ROWS[entry["each"]](entry.get("only", ())) if "each" in entry else [{}]
    notebook = paths.notebooks_dir() / entry["notebook"]
    for row in rows:
        own = {key: str(value).format(**row) for key, value in entry.get("parameters", {}).items()}
        yield Page(
            name=entry["name"].format(**row),
            notebook=notebook,
            title=entry["title"].format(**row),
            group=entry["group"],
            parameters={**own, "weather": weather},
            inputs=inputs,
            **reads_of(entry["notebook"], row),
        )


def _region_rows(only: Sequence[str]) -> list[dict[str, str]]:
    table = read_facts("regions").astype(str)
    rows = [
        {str(key): str(value) for key, value in row.items()} for row in table.to_dict("records")
    ]
    return [
        {**row, "code": row["region"].lower()} for row in rows if not only or row["region"] in only
    ]


def _scenario_rows(only: Sequence[str]) -> list[dict[str, str]]:
    return [
        {"scenario": name, "slug": name.replace("_", "-"), "title": load_scenario(name).title}
        for name in scenario_names()
        if not only or name in only
    ]


ROWS: dict[str, Callable[[Sequence[str]], list[dict[str, str]]]] = {
    "regions": _region_rows,
    "scenarios": _scenario_rows,
}
"""What ``each`` in the list may name."""


def weather_input(weather: str) -> tuple[str, tuple[Path, ...]]:
    """Return the weather as notebooks find it from their folder, and the files it rests on."""
    path = Path(weather).expanduser()
    if not path.exists():
        return weather, ()
    return str(path.resolve()), (path.resolve(),)


def select(pages: Sequence[Page], only: Sequence[str]) -> list[Page]:
    """Return the pages whose name fits one of the patterns; all when there is none.

    Raises
    ------
    InputError : a pattern fits no page.
    """
    names = [page.name for page in pages]
    for pattern in only:
        if not fnmatch.filter(names, pattern):
            raise unknown_name("page", pattern, names, where="only")
    return [
        page
        for page in pages
        if not only or any(fnmatch.fnmatchcase(page.name, pattern) for pattern in only)
    ]


def work_folder(out: Path) -> Path:
    """Return where the work for a site is kept: executed notebooks, records, Snakemake's own.

    Parameters
    ----------
    out : root of the site. Each has a folder of its own below ``data/cache/site``, since two sites
        may be built at a time.
    """
    out = out.resolve()
    usual = out == paths.reports_dir().resolve()
    return paths.cache_dir() / "site" / ("reports" if usual else sha256_json(str(out))[:12])


def site_plan(weather: str = "sample", *, output: Path | None = None) -> Plan:
    """Return the plan of the whole site.

    Parameters
    ----------
    weather : a weather name or the path of a file.
    output : root of the site; ``reports/`` by default.
    """
    out = (output or paths.reports_dir()).resolve()
    name, _ = weather_input(weather)
    return Plan(tuple(site_pages(weather)), out=out, work=work_folder(out), weather=name)
