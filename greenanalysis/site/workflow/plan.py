"""What a build is to make, and what each part of it rests on, in one file that every job reads."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

from greenanalysis.core import paths
from greenanalysis.core.closure import code_version
from greenanalysis.core.errors import input_error
from greenanalysis.core.files import sha256_file, sha256_json, write_json
from greenanalysis.site.page import Page, cells_of, imported_modules
from greenanalysis.site.publish.links import page_links
from greenanalysis.site.publish.next_steps import next_steps

MAKERS = ("greenanalysis.site.workflow.notebook", "greenanalysis.site.publish.runtime")
"""Modules that make a page out of any notebook."""
_TEMPLATES = (
    "site/templates/report",
    "site/templates/parts",
    "site/templates/runtime.js",
    "site/draw/browser",
)
_SHEETS = "site/templates/*.css"
LOCK = "requirements.lock"
_OF_THE_USER = ("regions.geojson",)
"""Files below ``data/user`` that take the place of committed ones, for every page."""
_ALWAYS = ("facts/dataset_licences.csv",)
"""Files below ``data/`` that count for every page: each names the licences of its data."""
_STEPS = ("weather", "capacity_factors", "network")
CELL_TIMEOUT_SECONDS = 1800
_PACKAGES = (
    "numpy",
    "pandas",
    "xarray",
    "scipy",
    "geopandas",
    "pvlib",
    "windpowerlib",
    "pypsa",
    "highspy",
    "matplotlib",
    "ipyleaflet",
    "jupyter-leaflet",
    "ipywidgets",
    "papermill",
    "nbconvert",
)
"""Whose versions a page carries and is made again for."""


@dataclass(frozen=True)
class Plan:
    """The pages of a site, where they go, and where the work is kept.

    Parameters
    ----------
    pages : what the site shall hold.
    out : root of the site.
    work : folder of Snakemake and of what its jobs make; one for each site.
    weather : of the steps before the pages, empty where the pages need none.
    timeout : seconds that one cell may take.
    """

    pages: tuple[Page, ...]
    out: Path
    work: Path
    weather: str = ""
    timeout: int = CELL_TIMEOUT_SECONDS

    def page(self, name: str) -> Page:
        """Return a page by name."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Page]:
        return {page.name: page for page in self.pages}

    def folder(self, name: str) -> Path:
        """Return where the job of a page leaves what it made."""
        return self.work / "pages" / name

    def record(self, name: str) -> Path:
        """Return the file in which the job of a page says how it went well."""
        return self.folder(name) / "record.json"

    def failure(self, name: str) -> Path:
        """Return the file in which the job of a page says why it failed."""
        return self.folder(name) / "failure.json"

    def steps(self, page: Page) -> list[str]:
        """Return the outputs of the steps that a page needs, relative to :attr:`work`."""
        outputs = [f"{name}.json" for name in page.needs if name != "network"]
        if "network" in page.needs:
            scenario = page.parameters["scenario"]
            outputs += [f"networks/{scenario}.{kind}.json" for kind in ("export", "reference")]
        return outputs

    def write(self) -> Path:
        """Write the plan for the jobs and return its path."""
        path = self.work / "plan.json"
        write_json(path, json.loads(json.dumps(asdict(self), default=str)))
        return path


def read_plan(path: Path) -> Plan:
    """Return the plan that :meth:`Plan.write` wrote."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    pages = tuple(
        Page(
            **{
                **page,
                "notebook": Path(page["notebook"]),
                "inputs": tuple(map(Path, page["inputs"])),
                "reads": tuple(page["reads"]),
                "needs": tuple(page["needs"]),
            }
        )
        for page in plain["pages"]
    )
    return Plan(**{**plain, "pages": pages, "out": Path(plain["out"]), "work": Path(plain["work"])})


def data_files(patterns: Iterable[str], *, where: str) -> list[Path]:
    """Return the files below ``data/`` that fit some patterns, sorted.

    Parameters
    ----------
    patterns : such as ``facts/hydro_*.csv``.
    where : what states them, for the error.

    Raises
    ------
    InputError : a pattern that no file fits.
    """
    root = paths.data_dir()
    files: set[Path] = set()
    for pattern in patterns:
        fits = [path for path in root.glob(pattern) if path.is_file()]
        if not fits:
            raise input_error(
                "table that is stated to be read",
                where=where,
                allowed="files below data/",
                got=f"{pattern}: no such file",
            )
        files.update(fits)
    files.update(path for name in _OF_THE_USER if (path := paths.user_dir() / name).is_file())
    return sorted(files)


def page_files(page: Page) -> list[Path]:
    """Return the files of the project that a page reads, its notebook first.

    Raises
    ------
    InputError : a file that is stated and absent.
    """
    always = [path for name in _ALWAYS if (path := paths.data_dir() / name).is_file()]
    return [page.notebook, *always, *data_files(page.reads, where=f"page {page.name}")]


class Basis:
    """Hashes of what pages rest on, each taken once."""

    def __init__(self, siblings: Sequence[Page]) -> None:
        self.environment = environment()
        self._siblings = tuple(siblings)
        self._files: dict[Path, str] = {}

    def used(self, page: Page) -> dict[str, str]:
        """Return what a page rests on, by kind and name, with the beginning of its hash.

        Parameters
        ----------
        page : which one. Outputs and metadata of its notebook do not count; its inputs outside
            ``data/`` count by name, size and time of change.

        Raises
        ------
        InputError : a file that is stated and absent.
        """
        described = {"title": page.title, "parameters": dict(page.parameters)}
        names = [one.name for one in self._siblings]
        links = page_links(names, paths.project_root())
        packages = sha256_json([self.environment, self.file(paths.project_root() / LOCK)])
        used = {
            "notebook": sha256_json(cells_of(page.notebook)),
            "page": sha256_json(
                {
                    "name": page.name,
                    "links": links,
                    "next": [asdict(step) for step in next_steps(page, self._siblings)],
                    **described,
                }
            ),
            "code": self.code(page),
            "environment": packages,
        }
        data = paths.data_dir()
        used |= {
            f"data/{path.relative_to(data).as_posix()}": self.file(path)
            for path in page_files(page)[1:]
        }
        for entry in page.inputs:
            used[str(entry)] = sha256_json(stamps(entry))
        return {name: digest[:16] for name, digest in used.items()}

    def code(self, page: Page) -> str:
        """Return the version of all code that makes a page, templates included."""
        modules = code_version(*sorted({*imported_modules(page.notebook), *MAKERS}))
        return sha256_json([modules, self._templates])

    def file(self, path: Path) -> str:
        """Return the hash of a file, or ``absent``."""
        if path not in self._files:
            self._files[path] = sha256_file(path) if path.is_file() else "absent"
        return self._files[path]

    @cached_property
    def _templates(self) -> dict[str, str]:
        return {path.name: self.file(path) for path in template_files()}


def template_files() -> list[Path]:
    """Return the templates and styles that every page is made with."""
    package = paths.package_dir()
    files = [*package.glob(_SHEETS)]
    for name in _TEMPLATES:
        files += [package / name] if (package / name).is_file() else files_below(package / name)
    return sorted(files)


def page_key(used: Mapping[str, str]) -> str:
    """Return one hash over all that a page rests on."""
    return sha256_json(dict(used))


def environment() -> dict[str, str]:
    """Return the versions of Python and of the main packages."""
    return {
        "python": platform.python_version(),
        **{name: version_of(name) for name in _PACKAGES},
    }


def version_of(name: str) -> str:
    """Return the version of an installed package, or ``unknown``."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"


def stamps(entry: Path) -> list[tuple[str, int, int]]:
    """Return name, size and time of change of a file, or of all files in a folder."""
    files = [entry] if entry.is_file() else files_below(entry)
    return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)


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


def files_below(folder: Path) -> list[Path]:
    """Return the files of a folder and of those in it."""
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
