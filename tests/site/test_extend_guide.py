"""The examples of the guide to extensions do what the guide says of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.geo.country import load_country
from greenanalysis.site.draw import figures
from greenanalysis.weather import canonical

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
CODES = ["KZ-19", "KZ-33", "KZ-47", "KZ-59", "KZ-61", "KZ-71"]


def block(language: str, beginning: str) -> str:
    """The block of code of the guide that holds some words."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return next(code for code in blocks if beginning in code)


def run(beginning: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(block("python", beginning), "extend.md", "exec"), names)
    return names


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("assumptions", "facts", "weather"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    load_country()  # of the project, before the home has no tables
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    return tmp_path


def geothermal(home: Path, more: str = "") -> pd.DataFrame:
    text = block("text", "KZ-19,4.0") + more
    (home / "data" / "facts" / "geothermal.csv").write_text(text)
    theme = run("THEME = Theme(")["THEME"]
    return theme.table(gpd.GeoDataFrame(index=pd.Index(CODES)), None)


def test_the_theme_reads_its_table_and_says_where_there_is_no_survey(home: Path) -> None:
    table = geothermal(home).set_index("region")
    assert list(table.index) == CODES
    assert table["value"].sum() == pytest.approx(14.0)
    assert list(table.index[table["status"] == "no data"]) == ["KZ-59", "KZ-71"]
    assert table.loc["KZ-71", "source"] == "no survey of the region"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("KZ-19,1,2025,modelled,a test,\n", "regions: got twice: KZ-19"),
        ("KZ-91,1,2025,modelled,a test,\n", "region: got KZ-91"),
    ],
)
def test_a_wrong_row_of_the_theme_is_refused_by_name(home: Path, row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        geothermal(home, row)


def institute_file(home: Path, *drop: str) -> Path:
    """Two hours of a file whose latitudes begin in the north."""
    axes = {"time": pd.date_range("2023-01-01 01:00", periods=2, freq="h")}
    axes |= {"lat": np.array([50.0, 49.0]), "lon": np.array([70.0, 71.0])}
    field = xr.DataArray(np.full((2, 2, 2), 280.15), axes, ("time", "lat", "lon"))
    names = ("SWGDN", "DNI", "DHI", "T2M", "PS", "W10", "W100")
    path = home / "data" / "weather" / "institute.nc"
    xr.Dataset({name: field for name in names if name not in drop}).to_netcdf(path)
    return path


def test_the_source_turns_the_latitudes_and_states_its_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = institute_file(home)
    monkeypatch.setattr(canonical, "validate", lambda weather, where: None)
    source = run("SOURCE = Source(")["SOURCE"]
    weather = source.open()
    assert list(weather["latitude"]) == [49, 50]
    assert float(weather["temp_air"].mean()) == pytest.approx(7)
    assert list(source.files()) == [path]


def test_a_missing_column_is_an_error_that_names_the_file(home: Path) -> None:
    institute_file(home, "DNI")
    with pytest.raises(InputError, match=r"weather/institute\.nc: .*DNI"):
        run("SOURCE = Source(")["SOURCE"].open()


def test_the_chart_of_winter_stands_on_the_local_clock() -> None:
    time = pd.date_range("2023-01-01 01:00", periods=8760, freq="h")
    ends = time.hour.to_numpy()
    hours = xr.Dataset({"wind": ("time", np.where(ends == 8, 0.5, 0.25))}, {"time": time})
    names = run("def winter_day")
    day = names["winter_day"](hours)
    assert day.shape == (24, 1)
    peak = (7 + load_country().utc_offset) % 24
    assert names["winter_finding"](day) == f"In winter wind yields most at {peak:.0f}:00"
    chart = figures.lines(day, unit="x", across="hour", form=",.2f", colours={"Wind": "#123456"})
    spec = json.dumps(chart.shown(title="a", note="b", source="c").vega_lite())
    assert ",.2f" in spec
    assert "#123456" in spec


def test_the_map_of_pages_names_the_modules_that_each_notebook_takes() -> None:
    rows = re.findall(r"^\| [^|]+ \| `(\d\d_\w+\.ipynb)` \| ([^|]+) \|$", GUIDE, re.MULTILINE)
    listed = {name: set(re.findall(r"`([\w.]+)`", modules)) for name, modules in rows}
    notebooks = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert set(listed) == notebooks - {"00_first_study.ipynb"}
    for name, modules in listed.items():
        cells = json.loads((ROOT / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        imports = re.findall(
            r"from greenanalysis\.site\.pages(?:\.(\w+))? import (\([^)]*\)|[^\n]+)", code
        )
        taken = [
            ".".join(filter(None, (folder, part.split(" as ")[0].strip())))
            for folder, text in imports
            for part in text.strip("()").split(",")
            if part.strip()
        ]
        assert modules == set(taken), name
        assert len(taken) == len(set(taken)), f"{name}: a module under two names"
