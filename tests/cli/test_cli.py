"""The command line: what it prints, its exit codes, one clear line for a mistake."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from greenanalysis.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    no_cache = shutil.ignore_patterns("cache", "user", "weather")
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=no_cache)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    monkeypatch.setenv("GREENANALYSIS_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give a command to the entry point in this process, which spares the imports."""

    def command(*arguments: str) -> subprocess.CompletedProcess:
        monkeypatch.setattr(sys, "argv", ["greenanalysis", *arguments])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, int(str(code)), said.out, said.err)

    return command


def test_the_installed_command_ends_in_the_same_way(home: Path) -> None:
    command = [sys.executable, "-c", "from greenanalysis.cli.main import main; main()"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "supergrid", "bass"], cwd=home, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "did you mean base" in done.stderr
    assert "Traceback" not in done.stderr


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
def test_a_mistake_is_one_clear_error(home, run, arguments, message):
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home / "reports").exists() or not any((home / "reports").glob("*.html"))


def test_a_scenario_with_an_unknown_key_is_refused(home, run):
    (home / "data" / "scenarios" / "odd.yaml").write_text("title: x\nquestion: y\nyaer: 2040\n")
    done = run("scenarios")
    assert done.returncode == 2
    assert "yaer" in done.stderr
    assert "odd.yaml" in done.stderr


def test_an_assumption_without_source_is_refused(home, run):
    table = home / "data" / "assumptions" / "pv.csv"
    table.write_text(table.read_text() + "solar_resource,new,,1,1,,,\n")
    done = run("supergrid", "base")
    assert done.returncode == 2
    assert "source" in done.stderr
    assert "pv.csv" in done.stderr


def test_regions_and_scenarios_are_listed(home, run):
    regions = run("regions")
    assert regions.returncode == 0
    assert regions.stdout.count("KZ-") == 20
    scenarios = run("scenarios")
    assert "caspian" in scenarios.stdout
    assert run("--version").stdout.startswith("greenanalysis")


def test_boundaries_are_replaced_and_put_back(home, run):
    own = home / "own.geojson"
    shutil.copy(ROOT / "data" / "regions.geojson", own)
    assert run("regions", "--file", str(own)).returncode == 0
    assert (home / "data" / "user" / "regions.geojson").exists()
    assert run("regions", "--reset").returncode == 0
    assert not (home / "data" / "user" / "regions.geojson").exists()
