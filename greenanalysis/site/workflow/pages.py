"""The pages of the site as ``pages.yaml`` lists them, and what notebooks and steps read."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from greenanalysis.core import paths
from greenanalysis.core.errors import InputError, unknown_name
from greenanalysis.site.page import Page
from greenanalysis.site.workflow.plan import Plan, work_folder

_LIST = Path(__file__).with_name("pages.yaml")


@cache
def _listed() -> dict[str, Any]:
    """Return the content of ``pages.yaml``."""
    content: dict[str, Any] = yaml.safe_load(_LIST.read_text(encoding="utf-8"))
    return content


def _stated(notebook: str) -> dict[str, Any]:
    """Return what the list says of a notebook, empty where it is not listed.

    Parameters
    ----------
    notebook : name of its file.
    """
    return next((one for one in _listed()["pages"] if one["notebook"] == notebook), {})


def reads_of(notebook: str, row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return ``reads`` and ``needs`` of a page of a notebook.

    Parameters
    ----------
    notebook : name of its file.
    row : values for the braces in the list.
    """
    entry = _stated(notebook)
    reads = [name.format(**row) for name in entry.get("reads", ())]
    return {"reads": tuple(dict.fromkeys(reads)), "needs": tuple(entry.get("needs", ()))}


def step_reads(step: str) -> tuple[str, ...]:
    """Return the files below ``data/`` that a step before the pages reads, as patterns."""
    return tuple(_listed()["steps"][step]["reads"])


def step_modules(step: str) -> tuple[str, ...]:
    """Return the modules whose code a step runs."""
    return tuple(_listed()["steps"][step]["modules"])


def site_pages(weather: str = "sample", *, registry: str = "") -> list[Page]:
    """Return all pages of the site, in the order of the list.

    Parameters
    ----------
    weather : a weather name or the path of a file.
    registry : file or address of the registry that the monitoring shows; empty: the start content.

    Raises
    ------
    InputError : no registry there, or a password in its address.
    """
    weather, inputs = weather_input(weather)
    shown = _registry_parameters(registry) if registry else {}
    return [
        page for entry in _listed()["pages"] for page in _pages_of(entry, weather, inputs, shown)
    ]


def _registry_parameters(registry: str) -> dict[str, Any]:
    """Return the parameters of a page of a registry: its address, and its newest change.

    The newest change makes the page old when the registry has changed, and no other page.
    """
    from greenanalysis.registry import store

    url = store.registry_url(registry)
    if url.password:
        said = "a password in the address would be published with the parameters of the page"
        raise InputError(f"--registry: {said}; put it into PGPASSWORD or ~/.pgpass")
    address = str(url.database) if url.get_backend_name() == "sqlite" else str(url)
    return {"registry": address, "registry_state": store.newest_change(url)}


def _pages_of(
    entry: Mapping[str, Any], weather: str, inputs: tuple[Path, ...], registry: Mapping[str, Any]
) -> Iterator[Page]:
    rows = _ROWS[entry["each"]]() if "each" in entry else entry.get("rows", [{}])
    notebook = paths.notebooks_dir() / entry["notebook"]
    for row in rows:
        stated = entry.get("parameters", {})
        own = {key: row.get(value, value) for key, value in stated.items()}
        own |= registry if entry.get("registry") else {}
        weathered = "weather" in entry.get("needs", ())
        yield Page(
            name=entry["name"].format(**row),
            notebook=notebook,
            title=entry["title"].format(**row),
            group=entry["group"],
            parameters={**own, "weather": weather} if weathered else own,
            inputs=inputs if weathered else (),
            **reads_of(entry["notebook"], row),
        )


def _region_rows() -> list[dict[str, str]]:
    from greenanalysis.core.tables import read_facts

    table = read_facts("regions").astype(str)
    rows = [
        {str(key): str(value) for key, value in row.items()} for row in table.to_dict("records")
    ]
    return [{**row, "code": row["region"].lower()} for row in rows]


def _scenario_rows() -> list[dict[str, str]]:
    from greenanalysis.supergrid.scenario import load_scenario, scenario_names

    return [
        {"scenario": name, "slug": name.replace("_", "-"), "title": load_scenario(name).title}
        for name in scenario_names()
    ]


_ROWS: dict[str, Callable[[], list[dict[str, str]]]] = {
    "regions": _region_rows,
    "scenarios": _scenario_rows,
}
"""What ``each`` in the list may name."""


def weather_input(weather: str) -> tuple[str, tuple[Path, ...]]:
    """Return the weather as notebooks find it from their folder, and the files it rests on."""
    from greenanalysis.weather.read.recognise import declaration_beside

    path = Path(weather).expanduser()
    if not path.exists():
        return weather, _source_files(weather)
    beside = declaration_beside(path)
    files = (path, beside) if beside else (path,)
    return str(path.resolve()), tuple(file.resolve() for file in files)


def _source_files(weather: str) -> tuple[Path, ...]:
    """Return the files that a source of weather states."""
    if weather == "sample":  # its files are in the list; spares most builds the imports of sources
        return ()
    from greenanalysis.weather.sources import sources

    source = sources().get(weather)
    files = source.files() if source and source.files else ()
    return tuple(sorted(path.resolve() for path in files))


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


def site_plan(weather: str = "sample", *, registry: str = "", output: Path | None = None) -> Plan:
    """Return the plan of the whole site.

    Parameters
    ----------
    weather : a weather name or the path of a file.
    registry : see :func:`site_pages`.
    output : root of the site; ``reports/`` by default.
    """
    out = (output or paths.reports_dir()).resolve()
    name, _ = weather_input(weather)
    pages = tuple(site_pages(weather, registry=registry))
    return Plan(pages, out=out, work=work_folder(out), weather=name)
