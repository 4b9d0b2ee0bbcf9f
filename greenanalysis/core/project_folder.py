"""A project folder of one's own: data and notebooks of the package, ready to be changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.files import atomic_path
from greenanalysis.core.paths import shared_dir

_NOT_COPIED = shutil.ignore_patterns(
    "cache", "user", "weather", "__pycache__", ".ipynb_checkpoints", ".tmp-*"
)
"""Of a checkout: what it made or was given; an installed package has none of these."""
_IGNORED_BY_GIT = "data/cache/\ndata/user/\ndata/weather/\nreports/\n.ipynb_checkpoints/\n"


def create_project(folder: Path) -> Path:
    """Make a project folder with the data and notebooks of the package.

    Parameters
    ----------
    folder : to be made; it may exist where it is empty.

    Returns
    -------
    Path : the folder, absolute.

    Raises
    ------
    InputError : the folder holds something, is a file, or cannot be written.
    """
    target = folder.expanduser().resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise input_error(
            "project folder", where="init", allowed="a new or an empty folder", got=target
        )
    try:
        with atomic_path(target, directory=True) as staged:
            for name in ("data", "notebooks"):
                shutil.copytree(shared_dir() / name, staged / name, ignore=_NOT_COPIED)
            (staged / ".gitignore").write_text(_IGNORED_BY_GIT, encoding="utf-8")
    except OSError as error:
        raise InputError(f"project folder {target} cannot be made: {error}") from error
    return target
