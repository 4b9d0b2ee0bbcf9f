"""Data behind a page as files: made in the notebook, published next to the page."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import atomic_path
from greenanalysis.core.variables import CONVENTIONS
from greenanalysis.site.draw.tables import Html

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr

_FOLDER = "downloads"
NODATA = -9999.0
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\.(tif|gpkg|csv|xlsx|json|nc)")
_LINK = re.compile(
    r'<a class="ga-download" download="(?P<name>[^"]+)" '
    r'href="data:[^;"]+;base64,(?P<content>[^"]*)">'
)


@dataclass(frozen=True)
class Download:
    """One file that a page offers: its name, what it holds, its bytes."""

    name: str
    label: str
    content: bytes

    def __post_init__(self) -> None:
        """Refuse a name that is no plain file name of a known kind."""
        if not _NAME.fullmatch(self.name):
            allowed = (
                "lower-case letters, digits, - and _, ending in tif, gpkg, csv, xlsx, json or nc"
            )
            raise input_error("file name", where="downloads", allowed=allowed, got=self.name)


def downloads(files: Iterable[Download]) -> Html:
    """Return links to the files; they hold the data in JupyterLab and name a file in the page."""
    items = Markup("").join(
        Markup(
            '<li><a class="ga-download" download="{}" '
            'href="data:application/octet-stream;base64,{}">{}</a> {} ({:,.0f} kB)</li>'
        ).format(
            file.name,
            base64.b64encode(file.content).decode(),
            file.name,
            file.label,
            max(len(file.content) / 1e3, 1),
        )
        for file in files
    )
    return Html(
        Markup(
            '<section class="ga-sources"><h3>Data of this page</h3><ul>{}</ul></section>'
        ).format(items)
    )


def publish_downloads(
    page: str, *, name: str, out_dir: Path, more: Iterable[Download] = ()
) -> tuple[str, dict[str, str]]:
    """Write the files that a page holds into ``downloads/<name>`` and let its links name them.

    Parameters
    ----------
    page : HTML with links of :func:`downloads`.
    name : of the page.
    out_dir : root of the site.
    more : further files for the folder.

    Returns
    -------
    page : HTML whose links are relative addresses.
    files : address relative to the root -> SHA-256. A page without files has no folder.
    """
    links = list(_LINK.finditer(page))
    more = list(more)
    names = [link["name"] for link in links] + [file.name for file in more]
    if len(set(names)) < len(names) or not all(_NAME.fullmatch(one) for one in names):
        allowed = "plain file names, each once"
        raise input_error("files", where=f"page {name}", allowed=allowed, got=names)
    found = {link["name"]: base64.b64decode(link["content"]) for link in links}
    found |= {file.name: file.content for file in more}
    folder = out_dir / _FOLDER / name
    if not found:
        shutil.rmtree(folder, ignore_errors=True)
        return page, {}
    with atomic_path(folder, directory=True) as staged:
        for file, content in found.items():
            (staged / file).write_bytes(content)
    linked = _LINK.sub(
        lambda link: f'<a class="ga-download" download href="{_FOLDER}/{name}/{link["name"]}">',
        page,
    )
    digests = {
        f"{_FOLDER}/{name}/{file}": hashlib.sha256(content).hexdigest()
        for file, content in found.items()
    }
    return linked, digests


def raster_file(
    name: str, values: xr.DataArray, *, label: str, unit: str, tags: Mapping[str, str]
) -> Download:
    """Return a field as a cloud-optimised GeoTIFF in EPSG:4326.

    Parameters
    ----------
    name : of the file.
    values : (latitude, longitude), cell centres, degrees; NaN becomes :data:`NODATA`. Its
        attribute ``cell_methods`` goes with it; a cell stands for the mean of its area.
    label : what the band holds.
    unit : unit of the band.
    tags : further metadata, e.g. year, level, grade, source.
    """
    import rioxarray  # noqa: F401  (registers the accessor)

    methods = f"{values.attrs.get('cell_methods', '')} area: mean".strip()
    field = values.transpose("latitude", "longitude").sortby("latitude", ascending=False)
    field = (
        field.astype("float32")
        .fillna(NODATA)
        .drop_vars([key for key in field.coords if key not in field.dims])
    )
    field.attrs = {"long_name": label, "units": unit, **tags}
    field = field.rename(latitude="y", longitude="x").rio.write_crs("EPSG:4326")
    field = field.rio.write_nodata(NODATA)

    def write(path: Path) -> None:
        stated = {"units": unit, "Conventions": CONVENTIONS, "cell_methods": methods, **tags}
        field.rio.to_raster(path, driver="COG", compress="DEFLATE", tags=stated)

    return Download(name, label, _bytes(name, write))


def regions_file(name: str, table: gpd.GeoDataFrame, *, label: str) -> Download:
    """Return polygons or points with their columns as a GeoPackage; text and numbers only."""
    layer = name.removesuffix(".gpkg")

    def write(path: Path) -> None:
        table.reset_index().to_file(path, driver="GPKG", layer=layer, index=False)

    return Download(name, label, _bytes(name, write))


def table_file(name: str, table: pd.DataFrame, *, label: str) -> Download:
    """Return a table as UTF-8 CSV; what is unknown is an empty cell."""
    return Download(name, label, table.to_csv(index=False).encode())


def dataset_file(name: str, data: xr.Dataset, *, label: str) -> Download:
    """Return a dataset as compressed netCDF-4."""
    encoding = {str(key): {"zlib": True, "complevel": 6} for key in data.data_vars}
    return Download(name, label, _bytes(name, lambda path: data.to_netcdf(path, encoding=encoding)))


def _bytes(name: str, write: Callable[[Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()
