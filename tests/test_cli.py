"""The command line: what it prints, its exit codes, one clear line for a mistake."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess:
    environment = dict(os.environ) | ({"GREENANALYSIS_HOME": str(home)} if home else {})
    return subprocess.run(
        [sys.executable, "-c", "from greenanalysis.cli import main; main()", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    no_cache = shutil.ignore_patterns("cache", "user", "weather")
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=no_cache)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--only", "region-kz-99"], "unknown page"),
        (["build", "--jobs", "0"], "--jobs"),
        (["weather", "smaple"], "unknown weather"),
        (["weather", "no-such.nc"], "no-such.nc"),
        (["supergrid", "bass"], "did you mean base"),
        (["regions", "--file", "no-such.geojson"], "no-such.geojson"),
        (["regions", "--file", "x", "--reset"], "exclude each other"),
        (["bulid"], "bulid"),
    ],
)
def test_a_mistake_is_one_clear_error(home, arguments, message):
    done = run(*arguments, home=home)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home / "reports").exists() or not any((home / "reports").glob("*.html"))


def test_a_scenario_with_an_unknown_key_is_refused(home):
    (home / "data" / "scenarios" / "odd.yaml").write_text("title: x\nquestion: y\nyaer: 2040\n")
    done = run("scenarios", home=home)
    assert done.returncode == 2
    assert "yaer" in done.stderr
    assert "odd.yaml" in done.stderr


def test_an_assumption_without_source_is_refused(home):
    table = home / "data" / "assumptions" / "pv.csv"
    table.write_text(table.read_text() + "solar_resource,new,,1,1,,,\n")
    done = run("supergrid", "base", home=home)
    assert done.returncode == 2
    assert "source" in done.stderr
    assert "pv.csv" in done.stderr


def test_regions_and_scenarios_are_listed(home):
    regions = run("regions", home=home)
    assert regions.returncode == 0
    assert regions.stdout.count("KZ-") == 20
    scenarios = run("scenarios", home=home)
    assert "caspian" in scenarios.stdout
    assert run("--version").stdout.startswith("greenanalysis")


def test_boundaries_are_replaced_and_put_back(home):
    own = home / "own.geojson"
    shutil.copy(ROOT / "data" / "regions.geojson", own)
    assert run("regions", "--file", str(own), home=home).returncode == 0
    assert (home / "data" / "user" / "regions.geojson").exists()
    assert run("regions", "--reset", home=home).returncode == 0
    assert not (home / "data" / "user" / "regions.geojson").exists()
