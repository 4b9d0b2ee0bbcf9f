"""An installed wheel works away from the checkout: read without a project, make one, build."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.support import wheel_site

ROOT = Path(__file__).resolve().parents[2]
NOT_SHIPPED = ("data/scripts/",)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return wheel_site.build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def run(wheel, tmp_path_factory):
    """Return a function that runs a program of the installed package in a folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    programs = wheel_site.borrowed_environment(folder / "environment", wheel)
    home = folder / "home"
    wheel_site.share_caches(home / ".cache" / "greenanalysis")
    (folder / "empty").mkdir()

    def runner(name, *arguments, where="empty"):
        return subprocess.run(
            [str(programs / name), *arguments],
            cwd=folder / where,
            env=wheel_site.outside(home),
            capture_output=True,
            text=True,
            check=False,
        )

    runner.folder = folder
    return runner


def test_the_wheel_carries_package_data_and_notebooks_and_no_more(wheel):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "greenanalysis", "data", "notebooks"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout")
    committed = {
        name if name.startswith("greenanalysis/") else f"greenanalysis/_shared/{name}"
        for name in listed.stdout.split("\0")
        if name and not name.startswith(NOT_SHIPPED) and (ROOT / name).is_file()
    }
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert committed - shipped == set()
    assert {name for name in shipped - committed if "/_shared/" in name} == set()


def test_reading_needs_no_project_folder(run):
    code = (
        "import greenanalysis as ga\n"
        "from greenanalysis.core import paths\n"
        "assert '_shared' in paths.data_dir().parts, paths.data_dir()\n"
        "study = ga.assess('sample')\n"
        "print(len(ga.load_regions()), float(study.mean_cf['wind'].max()) > 0.2)\n"
        "ga.load_scenario('caspian'), ga.load_assumptions()\n"
    )
    done = run("python", "-c", code)
    assert done.stdout.split() == ["20", "True"], done.stderr
    assert list((run.folder / "empty").iterdir()) == []


def test_a_command_that_needs_a_project_says_how_to_make_one(run):
    done = run("greenanalysis", "build", "--only", "region-kz-79")
    assert done.returncode == 2
    assert "greenanalysis init" in done.stderr
    assert list((run.folder / "empty").iterdir()) == []


def test_init_makes_a_project_once_and_build_works_in_it(run):
    first = run("greenanalysis", "init", "mine", where=".")
    assert first.returncode == 0, first.stderr
    again = run("greenanalysis", "init", "mine", where=".")
    assert again.returncode == 2
    assert "empty folder" in again.stderr
    wheel_site.share_caches(run.folder / "mine" / "data" / "cache")
    built = run("greenanalysis", "build", "--only", "region-kz-79", where="mine")
    assert built.returncode == 0, built.stdout + built.stderr
    reports = run.folder / "mine" / "reports"
    page = json.loads((reports / "build.json").read_text(encoding="utf-8"))["pages"]["region-kz-79"]
    assert page["status"] == "ok"
    assert (reports / "region-kz-79.html").stat().st_size > 50_000
