"""Where files lie: the project folder, or what an installed package brings and a user's cache.

A *project folder* holds ``data/`` and ``notebooks/``; a checkout is one, ``greenanalysis init``
makes one. Reading needs none: without it the tables come from the package and caches go to the
user's cache folder. Nothing is created at import time.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from greenanalysis.core.errors import InputError, input_error

HOME_VARIABLE = "GREENANALYSIS_HOME"
_NAME = "greenanalysis"


def project_root() -> Path:
    """Return the folder that holds ``data/`` and ``notebooks/``.

    That is ``$GREENANALYSIS_HOME`` where it is set, else the project that the current folder lies
    in, else the checkout this package lies in.

    Raises
    ------
    InputError : there is none, or ``$GREENANALYSIS_HOME`` has no ``data/assumptions``.
    """
    root = _project()
    if root is None:
        raise InputError(
            f"no project folder: {Path.cwd()} lies in none and ${HOME_VARIABLE} names none; "
            "make one with: greenanalysis init DIR"
        )
    return root


def _project() -> Path | None:
    home = os.environ.get(HOME_VARIABLE)
    if home:
        root = Path(home).expanduser().resolve()
        if not _has_data(root):
            raise input_error(
                "project folder",
                where=f"${HOME_VARIABLE}",
                allowed="a folder with data/assumptions in it",
                got=root,
            )
        return root
    here = Path.cwd().resolve()
    around = (folder for folder in (here, *here.parents) if (folder / "notebooks").is_dir())
    candidates = (*around, package_dir().parent)
    return next((folder for folder in candidates if _has_data(folder)), None)


def _has_data(folder: Path) -> bool:
    return (folder / "data" / "assumptions").is_dir()


def package_dir() -> Path:
    """Return the folder of the package itself."""
    return Path(__file__).resolve().parents[1]


def shared_dir() -> Path:
    """Return the folder whose ``data/`` and ``notebooks/`` came with the package.

    That is a folder inside an installed package, and the checkout of an editable one.
    """
    inside = package_dir() / "_shared"
    return inside if inside.is_dir() else package_dir().parent


def data_dir() -> Path:
    """Return ``data/`` of the project folder, else the one that came with the package."""
    return (_project() or shared_dir()) / "data"


def cache_dir() -> Path:
    """Return where what can be computed again is kept: ``data/cache/``, or the user's cache."""
    root = _project()
    return root / "data" / "cache" if root else platformdirs.user_cache_path(_NAME)


def user_dir() -> Path:
    """Return where a user's files take the place of committed ones: ``data/user/``, or a home."""
    root = _project()
    return root / "data" / "user" if root else platformdirs.user_data_path(_NAME)


def notebooks_dir() -> Path:
    """Return ``notebooks/`` of the project folder."""
    return project_root() / "notebooks"


def reports_dir() -> Path:
    """Return ``reports/`` of the project folder, the published site."""
    return project_root() / "reports"
