"""Files next to a page: they open in the field's tools, with place, units and gaps right."""

from __future__ import annotations

import io

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from shapely.geometry import box

from greenanalysis.core.errors import InputError
from greenanalysis.core.files import sha256_file
from greenanalysis.site.downloads import (
    NODATA,
    Download,
    downloads,
    publish_downloads,
    raster_file,
    regions_file,
    table_file,
)
from greenanalysis.site.workflow.plan import Plan
from greenanalysis.site.workflow.record import is_whole


def field() -> xr.DataArray:
    values = np.arange(12.0).reshape(3, 4)
    values[1, 2] = np.nan
    coords = {"latitude": [42.25, 42.75, 43.25], "longitude": [68.25, 68.75, 69.25, 69.75]}
    return xr.DataArray(values, coords=coords, dims=("latitude", "longitude"), name="cf")


def test_a_raster_opens_in_rasterio_where_it_belongs():
    made = raster_file("cf.tif", field(), label="capacity factor", unit="1", tags={"year": "2023"})
    with rasterio.MemoryFile(made.content) as memory, memory.open() as opened:
        assert opened.crs.to_epsg() == 4326
        assert opened.nodata == NODATA
        assert opened.tags()["units"] == "1"
        assert opened.tags()["year"] == "2023"
        assert opened.tags()["Conventions"].startswith("CF-1.")
        assert opened.tags()["cell_methods"] == "area: mean"
        assert opened.bounds == pytest.approx((68.0, 42.0, 70.0, 43.5))
        assert opened.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        band = opened.read(1, masked=True)
        assert next(opened.sample([(68.3, 42.2)]))[0] == 0.0
        assert next(opened.sample([(69.8, 43.3)]))[0] == 11.0
    assert band.mask.sum() == 1
    assert band.mask[1, 2]


def test_polygons_open_in_geopandas_with_their_gaps(tmp_path):
    table = gpd.GeoDataFrame(
        {"name": ["Туркестан", "Ұлытау"], "waste_t": [1.5, np.nan]},
        geometry=[box(66, 41, 70, 46), box(64, 46, 70, 50)],
        index=pd.Index(["KZ-61", "KZ-62"], name="region"),
        crs="EPSG:4326",
    )
    path = tmp_path / "regions.gpkg"
    path.write_bytes(regions_file("regions.gpkg", table, label="regions").content)
    back = gpd.read_file(path)
    assert back.crs.to_epsg() == 4326
    assert back["region"].tolist() == ["KZ-61", "KZ-62"]
    assert back["name"].tolist() == ["Туркестан", "Ұлытау"]
    assert back["waste_t"].isna().tolist() == [False, True]
    assert back.geometry.iloc[0].equals(table.geometry.iloc[0])


def test_a_table_keeps_unknown_cells_empty():
    table = pd.DataFrame({"region": ["KZ-61", "KZ-62"], "value": [0.1, np.nan]})
    made = table_file("t.csv", table, label="table")
    assert made.content.decode().splitlines() == ["region,value", "KZ-61,0.1", "KZ-62,"]
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(made.content)), table)


@pytest.mark.parametrize("name", ["../x.csv", "X.csv", "x.html", "a/b.tif", ""])
def test_a_name_that_could_leave_the_folder_is_refused(name):
    with pytest.raises(InputError, match="file name"):
        Download(name, "x", b"")


def test_publishing_writes_the_files_and_points_the_links_at_them(tmp_path):
    files = [Download("a.csv", "A <b>", b"1,2\n"), Download("b.json", "B", b"{}")]
    page, written = publish_downloads(str(downloads(files)), name="atlas", out_dir=tmp_path)
    assert "base64" not in page
    assert 'href="downloads/atlas/a.csv"' in page
    assert "A &lt;b&gt;" in page
    assert (tmp_path / "downloads/atlas/a.csv").read_bytes() == b"1,2\n"
    assert written == {
        f"downloads/atlas/{name}": sha256_file(tmp_path / "downloads/atlas" / name)
        for name in ("a.csv", "b.json")
    }


def test_a_page_whose_file_was_lost_or_changed_is_not_whole(tmp_path):
    plan = Plan((), out=tmp_path / "site", work=tmp_path)
    folder = plan.folder("p")
    page, files = publish_downloads(
        str(downloads([Download("a.csv", "A", b"1")])), name="p", out_dir=folder
    )
    (folder / "page.html").write_text(page)
    record = {"name": "p", "sha256": sha256_file(folder / "page.html"), "files": files}
    assert is_whole(plan, record)
    (folder / "downloads/p/a.csv").write_bytes(b"2")
    assert not is_whole(plan, record)
    (folder / "downloads/p/a.csv").unlink()
    assert not is_whole(plan, record)


def test_a_page_without_files_leaves_no_folder(tmp_path):
    publish_downloads(str(downloads([Download("a.csv", "A", b"1")])), name="p", out_dir=tmp_path)
    page, files = publish_downloads("<p>none</p>", name="p", out_dir=tmp_path)
    assert (page, files) == ("<p>none</p>", {})
    assert not (tmp_path / "downloads/p").exists()
