"""A small project folder of its own for tests of the site build."""

from __future__ import annotations

import shutil
from pathlib import Path

from greenanalysis.core import paths
from greenanalysis.site.page import Page
from greenanalysis.site.publish import runtime as npm

NOTEBOOKS = Path(__file__).parent / "notebooks"
DATA_FILES = ("javascript.json", "regions.geojson", "neighbours.geojson", "base_map.json")


def make_home(folder: Path) -> Path:
    """Make a project folder with the data that the test notebooks read.

    The JavaScript packages lie in the cache of the real project, so each is fetched once.
    """
    for package in npm.pinned_packages().values():
        npm.package_archive(package)
    data = folder / "data"
    (data / "assumptions").mkdir(parents=True)
    (data / "cache").mkdir()
    for name in DATA_FILES:
        shutil.copy(paths.data_dir() / name, data / name)
    shutil.copytree(paths.cache_dir() / "npm", data / "cache" / "npm")
    return folder


def plain_page(name: str, **parameters: object) -> Page:
    """Return a page of the notebook that prints a word, waits or fails."""
    return Page(
        name=name,
        notebook=NOTEBOOKS / "plain.ipynb",
        title=f"Page {name}",
        group="Tests",
        parameters={"word": name, **parameters},
    )


def map_page(name: str = "atlas", **parameters: object) -> Page:
    """Return a page of the notebook with a map, figures and tables."""
    return Page(
        name=name,
        notebook=NOTEBOOKS / "map.ipynb",
        title="An atlas & more",
        group="National",
        parameters=parameters,
    )
