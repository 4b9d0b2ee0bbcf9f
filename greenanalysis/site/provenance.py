"""What a page was made from: versions, commit, hashes of data and weather."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import greenanalysis
from greenanalysis.core import paths
from greenanalysis.core.files import sha256_files

_PACKAGES = (
    "numpy",
    "pandas",
    "xarray",
    "geopandas",
    "pvlib",
    "windpowerlib",
    "pypsa",
    "highspy",
    "ipyleaflet",
    "papermill",
    "nbconvert",
)
_DATA_FOLDERS = ("assumptions", "facts", "scenarios", "climate", "regions", "user")
UNKNOWN = "unknown"


def git_state(root: Path) -> dict[str, Any]:
    """Return the commit that is checked out in ``root`` and whether files differ from it.

    Where there is no git or no repository the commit is ``unknown`` and dirty is None.
    """

    def run(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        ).stdout.strip()

    try:
        commit, changes = run("rev-parse", "HEAD"), run("status", "--porcelain")
    except (OSError, subprocess.SubprocessError):
        return {"commit": UNKNOWN, "dirty": None}
    return {"commit": commit, "dirty": bool(changes)}


def _folder_hash(folder: Path, *, root: Path) -> str | None:
    """Return one SHA-256 over the files of a folder, or None where there is none."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return sha256_files(files, root=root) if files else None


def collect(
    parameters: Mapping[str, Any],
    *,
    weather: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    packages: Iterable[str] = _PACKAGES,
) -> dict[str, Any]:
    """Return the record that a page carries.

    Its hashes of whole folders say what stood there when the page was made; a page is not made
    again only because they are others now.

    Parameters
    ----------
    parameters : of the notebook.
    weather : attributes of the weather dataset (name, grade, source, years, hash).
    extra : anything else the reader must know, by name.
    packages : whose installed versions are recorded.
    """
    root = paths.project_root()
    hashes = {
        name: digest
        for name in _DATA_FOLDERS
        if (digest := _folder_hash(paths.data_dir() / name, root=root)) is not None
    }
    return {
        "greenanalysis": greenanalysis.__version__,
        "git": git_state(root),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in packages},
        "parameters": dict(parameters),
        "weather": {name: str(value) for name, value in (weather or {}).items()},
        "data_sha256": hashes,
        "extra": dict(extra or {}),
        "made_utc": made_utc(),
    }


def made_utc() -> str:
    """Return the time of making in UTC: now, or ``$SOURCE_DATE_EPOCH`` where it is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    known = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch.isdecimal() else None
    return (known or dt.datetime.now(dt.UTC)).isoformat(timespec="seconds")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN
