"""Where the project keeps its files. Nothing is created at import time."""

from __future__ import annotations

import os
from pathlib import Path

from greenanalysis.core.errors import input_error

HOME_VARIABLE = "GREENANALYSIS_HOME"


def project_root() -> Path:
    """Return the folder that holds ``data/`` and ``notebooks/``.

    That is ``$GREENANALYSIS_HOME`` where it is set, otherwise the checkout this package lies in.

    Raises
    ------
    InputError : the folder has no ``data/assumptions``.
    """
    home = os.environ.get(HOME_VARIABLE)
    root = Path(home).expanduser().resolve() if home else package_dir().parent
    if not (root / "data" / "assumptions").is_dir():
        raise input_error(
            "project folder",
            where=f"${HOME_VARIABLE}" if home else "the place of the package",
            allowed="a checkout of greenanalysis, with data/assumptions in it",
            got=root,
        )
    return root


def package_dir() -> Path:
    """Return the folder of the package itself."""
    return Path(__file__).resolve().parents[1]


def data_dir() -> Path:
    """Return ``data/``: committed tables and shapes."""
    return project_root() / "data"


def cache_dir() -> Path:
    """Return ``data/cache/``: what can be computed again; never committed."""
    return data_dir() / "cache"


def user_dir() -> Path:
    """Return ``data/user/``: files that a user put in the place of the committed ones."""
    return data_dir() / "user"


def notebooks_dir() -> Path:
    """Return ``notebooks/``."""
    return project_root() / "notebooks"


def reports_dir() -> Path:
    """Return ``reports/``, the published site."""
    return project_root() / "reports"
