"""``import greenanalysis as ga``: quick, complete, and its results are pleasant to look at."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import greenanalysis as ga

PACKAGE = Path(ga.__file__).parent
HEAVY = ("numpy", "pandas", "xarray", "geopandas", "pypsa", "sqlalchemy", "numba", "matplotlib")


def test_the_import_is_quick_and_loads_nothing_heavy():
    code = (
        "import time; start = time.process_time()\n"
        "import greenanalysis\n"
        "seconds = time.process_time() - start\n"
        f"import sys; print(seconds, *(name for name in {HEAVY} if name in sys.modules))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    seconds, *loaded = min(run.stdout.split() for run in runs)
    assert loaded == []
    assert float(seconds) < 0.2


def test_every_name_leads_somewhere():
    assert len(ga.__all__) <= 16
    for name in ga.__all__:
        assert getattr(ga, name) is not None, name
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", ga.__version__)
    with pytest.raises(AttributeError, match="nowhere"):
        ga.nowhere  # noqa: B018


def test_names_of_the_front_door_are_no_rooms():
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert rooms & set(ga.__all__) == set()


@pytest.fixture(scope="module")
def study():
    return ga.assess("sample")


RESULTS = {
    "assessment": lambda study: study,
    "assumptions": lambda study: study.assumptions,
    "scenario": lambda study: ga.load_scenario("caspian"),
    "programme": lambda study: ga.region_programme(study, "Turkistan", budget_musd=50),
    "brief": lambda study: ga.make_brief(
        name="A <b>bold</b> plan",
        latitude=43.57,
        longitude=69.75,
        technology="wind",
        capacity_mw=100.0,
        tariff="ppa20:25",
        study=study,
    ),
    "monitoring": lambda study: ga.monitoring(),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_show_themselves_in_a_few_lines(name, study):
    result = RESULTS[name](study)
    text, html = repr(result), result._repr_html_()
    assert 50 < len(text) < 1600
    assert len(text.splitlines()) <= 20
    assert len(html) < 12_000
    assert html.count("<div") == html.count("</div>")
    assert html.count("<table") == html.count("</table>")
    for forbidden in ("<script", "http", "url(", "<b>bold"):
        assert forbidden not in html


def test_weather_of_screening_grade_says_so(study):
    assert "not measured weather" in repr(study)
    assert "not measured weather" in repr(RESULTS["brief"](study))


def test_an_export_shows_its_scenario_its_totals_and_its_markets():
    from greenanalysis.supergrid.export import Export
    from greenanalysis.supergrid.results.summary import Results

    empty = pd.DataFrame()
    results = Results(
        scenario=ga.load_scenario("caspian"),
        capacity=empty,
        generation=empty,
        corridors=empty,
        exports=empty,
        delivered=pd.DataFrame(
            {
                "market": ["azerbaijan"],
                "delivered_twh": [3.5],
                "price_usd_per_mwh": [60.0],
                "total_usd_per_mwh": [55.5],
            }
        ),
        waterfall=empty,
        totals=pd.DataFrame([("exports", 3.5, "TWh")], columns=["quantity", "value", "unit"]),
    )
    export = Export(results.scenario, {"name": "sample", "grade": "screening"}, None, results)
    text = repr(export)
    assert "Caspian cable" in text
    assert "3.5 TWh" in text
    assert "azerbaijan" in text
    assert "not measured weather" in text
    assert "results.corridors" in export._repr_html_()


def test_a_room_is_found_by_its_name_without_loading_what_is_heavy():
    code = (
        "import sys, greenanalysis as ga; room = ga.supergrid\n"
        f"assert not [name for name in {HEAVY} if name in sys.modules]\n"
        "print(room.resolve.__name__)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "resolve"
