"""What the project consisted of at one moment: hashes of its files, code and assumptions."""

from __future__ import annotations

import csv
import io
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from greenanalysis.core.files import sha256_json
from greenanalysis.core.paths import package_dir
from greenanalysis.site.workflow.closure import imports_of, module_name

_LARGE_FILE_BYTES = 50_000_000
LENGTH = 16
"""Hexadecimal digits that are kept of the hashes of values."""
_TEXT_SUFFIXES = {".csv", ".yaml", ".yml", ".json", ".txt", ".md", ".py"}
"""Files that are read by Python, which is seen; of others nothing is known, so they count."""
_NO_INPUT = ("data/images/", "data/scripts/")
_COMPUTED = ("cache",)
_ALWAYS_FILES = (
    "requirements.lock",
    "data/base_map.json",
    "data/javascript.json",
    "data/facts/dataset_licences.csv",
)
SITE_FOLDERS = ("data", "notebooks", "docs")
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
ABSENT = "absent"


@dataclass(frozen=True)
class Snapshot:
    """Hashes of what a build could read when it began.

    ``files`` are those below the project's folder by name relative to it, ``code`` those of the
    package by name relative to it; ``rows`` are assumptions by ``technology/parameter``,
    ``stated`` their names by file; ``imports`` tells which modules of the package
    each one imports, at whatever place; ``links`` are the further pages that every page names.
    """

    files: Mapping[str, str]
    code: Mapping[str, str]
    rows: Mapping[str, str]
    stated: Mapping[str, frozenset[str]]
    imports: Mapping[str, frozenset[str]]
    environment: Mapping[str, str]
    links: str = ""

    def file(self, name: str) -> str:
        """Return the hash of a file."""
        return self.files.get(name, ABSENT)

    def folder(self, name: str) -> str:
        """Return the hash of the names that a folder lists."""
        start = f"{name}/"
        listed = {path[len(start) :].split("/")[0] for path in self.files if path.startswith(start)}
        return _short(sorted(listed))

    def module(self, name: str) -> str:
        """Return the hash of a module of the package."""
        return self._modules.get(name, ABSENT)

    def assumption(self, name: str) -> str:
        """Return the hash of the rows of ``technology/parameter``."""
        return self.rows.get(name, ABSENT)

    def technologies(self, pattern: str) -> str:
        """Return the hash of all rows whose technology fits a regular expression."""
        fits = re.compile(pattern).fullmatch
        return _short({name: row for name, row in self.rows.items() if fits(name.split("/")[0])})

    def holds(self, file: str, names: Iterable[str]) -> bool:
        """Return whether a file of assumptions states one of some ``technology/parameter``."""
        return not self.stated.get(file, frozenset()).isdisjoint(names)

    @cached_property
    def all_assumptions(self) -> str:
        """Hash of all assumptions, their order and the names of their files."""
        folder = "data/assumptions/"
        return _short({name: h for name, h in self.files.items() if name.startswith(folder)})

    @cached_property
    def always(self) -> str:
        """Hash of what counts for every page: boundaries, climate, the user's files, the lock."""
        return _short({name: h for name, h in self.files.items() if counts_always(name)})

    @cached_property
    def all_data(self) -> str:
        """Hash of all files below ``data/``."""
        return _short({name: h for name, h in self.files.items() if name.startswith("data/")})

    @cached_property
    def whole(self) -> str:
        """Hash of everything."""
        project = {name: h for name, h in self.files.items() if _is_project_file(name)}
        return _short([project, dict(self.code), dict(self.environment)])

    @cached_property
    def _modules(self) -> dict[str, str]:
        return {module_name(name): h for name, h in self.code.items() if name.endswith(".py")}


def counts_always(name: str) -> bool:
    """Return whether a file counts for every page, whether it is seen to be read or not."""
    if name in _ALWAYS_FILES or name.startswith(("data/user/", "data/weather/")):
        return True
    if not name.startswith("data/") or name.startswith(_NO_INPUT):
        return False
    return Path(name).suffix not in _TEXT_SUFFIXES


def _short(value: object) -> str:
    """Return the beginning of the SHA-256 of a JSON value."""
    return sha256_json(value)[:LENGTH]


def take_snapshot(root: Path) -> Snapshot:
    """Return what the project in ``root`` and the package that runs consist of now.

    Files of 50 MB or more and real weather (``data/weather``) count by size and time of change.
    """
    package = package_dir()
    found = dict(_site_files(root))
    stamped = {name: path for name, path in found.items() if _is_stamped(name, path)}
    contents = {name: path.read_bytes() for name, path in found.items() if name not in stamped}
    stamps = {name: _short(stamp(path)[1:]) for name, path in stamped.items()}
    code = {name: path.read_bytes() for name, path in _code_files(package)}
    return make_snapshot(contents, code, stamps=stamps)


def make_snapshot(
    files: Mapping[str, bytes], code: Mapping[str, bytes], *, stamps: Mapping[str, str]
) -> Snapshot:
    """Return the snapshot of contents by name.

    Parameters
    ----------
    files : of the project, names relative to its folder.
    code : of the package, names relative to it.
    stamps : what stands for files that are not read.
    """
    modules = {
        module_name(name): (text, name.endswith("__init__.py"))
        for name, text in code.items()
        if name.endswith(".py")
    }
    rows = _assumption_rows(files)
    return Snapshot(
        files={**{name: _digest(content) for name, content in files.items()}, **stamps},
        code={name: _digest(content) for name, content in code.items()},
        rows={name: _short(found) for name, found in rows.items()},
        stated={
            file: frozenset(name for name, found in rows.items() for at, _ in found if at == file)
            for file in {at for found in rows.values() for at, _ in found}
        },
        imports={
            name: imports_of(text, name=name, package=package, known=modules)
            for name, (text, package) in modules.items()
        },
        environment={
            "python": platform.python_version(),
            **{name: _version_of(name) for name in _PACKAGES},
        },
    )


def _version_of(name: str) -> str:
    """Return the version of an installed package, or ``unknown``."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"


def stamp(path: Path) -> tuple[str, int, int]:
    """Return name, size and time of change of a file."""
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def files_below(folder: Path) -> list[Path]:
    """Return the files of a folder and of those in it."""
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _is_stamped(name: str, path: Path) -> bool:
    return name.startswith("data/weather/") or path.stat().st_size >= _LARGE_FILE_BYTES


def _site_files(root: Path) -> Iterator[tuple[str, Path]]:
    tops = [path for path in root.iterdir() if path.is_file()]
    for folder in SITE_FOLDERS:
        for entry in (root / folder).iterdir() if (root / folder).is_dir() else ():
            if entry.name not in _COMPUTED:
                tops += [entry] if entry.is_file() else files_below(entry)
    for path in tops:
        name = path.relative_to(root).as_posix()
        if not any(part.startswith((".tmp-", "__pycache__")) for part in name.split("/")):
            yield name, path


def _is_project_file(name: str) -> bool:
    """Return whether a file is one of the project's, not one that a run left beside them."""
    known = {".lock", ".md", ".cff", ".toml", ".yml"}
    return "/" in name or name == "LICENSE" or Path(name).suffix in known


def _code_files(package: Path) -> Iterator[tuple[str, Path]]:
    for path in files_below(package):
        if "__pycache__" not in path.parts and path.suffix != ".pyc":
            yield path.relative_to(package).as_posix(), path


def _assumption_rows(files: Mapping[str, bytes]) -> dict[str, list[tuple[str, dict[str, str]]]]:
    """Return file and cells of the rows of each ``technology/parameter``."""
    found: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for name in sorted(files):
        folder, _, file = name.rpartition("/")
        if folder == "data/assumptions" and file.endswith(".csv"):
            text = files[name].decode("utf-8", "replace")
            lines = (line for line in io.StringIO(text, newline="") if not line.startswith("#"))
            for row in csv.DictReader(lines):
                key = f"{row.get('technology')}/{row.get('parameter')}"
                found.setdefault(key, []).append((name, {str(k): str(v) for k, v in row.items()}))
    return found
