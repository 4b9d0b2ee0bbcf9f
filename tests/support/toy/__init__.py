"""Additions to a project, as someone else would write them: one module or some rows each.

``weather_source.py`` and ``toy_heat.py`` lie here as text of an installed package would; nothing
of them is imported by the tests themselves. :func:`install` puts them on a path of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from greenanalysis.core import paths
from greenanalysis.site.publish import runtime as npm

_HERE = Path(__file__).parent
_ENTRY_POINTS = """\
[greenanalysis.weather.sources]
toy = weather_source
[greenanalysis.atlas]
toy_heat = toy_heat
"""


def make_project(home: Path) -> Path:
    """Copy the project's data and notebooks into a folder of their own, without its caches."""
    leave = shutil.ignore_patterns("cache", "user", "weather", "images")
    shutil.copytree(paths.data_dir(), home / "data", ignore=leave)
    shutil.copytree(paths.notebooks_dir(), home / "notebooks")
    for package in npm.pinned_packages().values():
        npm.package_archive(package)
    shutil.copytree(paths.cache_dir() / "npm", home / "data" / "cache" / "npm")
    return home


def install(folder: Path) -> Path:
    """Install the two modules into ``folder`` as pip would install a package with entry points."""
    for module in ("weather_source", "toy_heat"):
        shutil.copy(_HERE / f"{module}.py", folder / f"{module}.py")
    about = folder / "toy-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(_ENTRY_POINTS)
    return folder


def add_rows(home: Path, table: str, *rows: str) -> None:
    """Append rows to a table of facts."""
    path = home / "data" / "facts" / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8") + "".join(f"{row}\n" for row in rows))


def keep_rows(home: Path, table: str, *rows: str) -> None:
    """Replace all rows of a table of facts below its header."""
    path = home / "data" / "facts" / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    header = next(line for line in lines if not line.startswith("#"))
    path.write_text("".join(f"{line}\n" for line in (header, *rows)), encoding="utf-8")


def set_country(home: Path, **changes: object) -> None:
    """Change properties of the country."""
    path = home / "data" / "facts" / "country.csv"
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        key = line.split(",", 1)[0]
        lines.append(f"{key},{changes[key]},,chosen,made by a test," if key in changes else line)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def set_regions(home: Path, boxes: dict[str, tuple[float, float, float, float]]) -> None:
    """Write boundaries of rectangles: code -> west, south, east, north."""
    features = []
    for code, (west, south, east, north) in boxes.items():
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"region": code}, "geometry": shape})
    text = json.dumps({"type": "FeatureCollection", "source": "a test", "features": features})
    (home / "data" / "regions.geojson").write_text(text)


def build(home: Path, packages: Path, *only: str) -> Path:
    """Build pages of the project with the weather ``toy``; return the folder of the site."""
    site = home / "site"
    command = [sys.executable, "-m", "greenanalysis", "build", "--weather", "toy"]
    for page in only:
        command += ["--only", page]
    roots = [str(packages), str(paths.package_dir().parent), os.environ.get("PYTHONPATH", "")]
    environment = {paths.HOME_VARIABLE: str(home), "PYTHONPATH": os.pathsep.join(roots)}
    done = subprocess.run(
        [*command, "--jobs", "1", "--output", str(site)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return site
