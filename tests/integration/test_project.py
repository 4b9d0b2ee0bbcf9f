"""The project itself: layers, environment files, notebooks, what the texts may not say."""

from __future__ import annotations

import ast
import importlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import grimp
import networkx
import pytest
import yaml
from packaging.requirements import Requirement

from tests.support import bounds, lock
from tests.support.bounds import locked, normal

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "greenanalysis"


def test_imports_point_down_and_close_no_circle():
    """Rooms import from rooms below; type-only imports count; the contract is in pyproject.toml."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_modules_import_each_other_in_a_circle():
    """Imports for type checking count, and so do those inside functions."""
    graph = grimp.build_graph("greenanalysis", cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    circles = networkx.strongly_connected_components(networkx.DiGraph(imports))
    assert [sorted(one) for one in circles if len(one) > 1] == []


def test_the_diagram_of_the_rooms_is_current():
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "diagram.py"), "--check"], check=False
    )
    assert done.returncode == 0, "run: python docs/diagram.py"


def test_importing_the_package_makes_no_files(tmp_path):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    no_cache = shutil.ignore_patterns("cache", "user", "weather")
    shutil.copytree(ROOT / "data", home / "data", ignore=no_cache)
    elsewhere.mkdir()
    code = (
        "import pkgutil, importlib, greenanalysis\n"
        "for m in pkgutil.walk_packages(greenanalysis.__path__, 'greenanalysis.'):\n"
        "    importlib.import_module(m.name)\n"
    )
    before = sorted(tmp_path.rglob("*"))
    environment = os.environ | {"GREENANALYSIS_HOME": str(home), "HOME": str(elsewhere)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = [p for p in sorted(tmp_path.rglob("*")) if p not in before]
    assert [p for p in made if ".config" not in p.parts and ".cache" not in p.parts] == []


def project_table() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements() -> dict[str, Requirement]:
    """Return every package that the project asks for, extras included, by normal name."""
    project = project_table()
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    lines = itertools.chain.from_iterable(groups)
    stated = {normal(one.name): one for one in map(Requirement, lines)}
    return {name: one for name, one in stated.items() if name != project["name"]}


CARD = {"jupyterlab", "papermill", "xarray", "geopandas", "scipy", "ipyleaflet", "pvlib"}


def test_base_packages_hold_those_that_every_user_gets():
    base = {normal(Requirement(line).name) for line in project_table()["dependencies"]}
    assert base >= CARD
    assert set(project_table()["optional-dependencies"]) == {
        "site", "lab", "registry", "portal", "era5", "fast", "all", "dev"
    }  # fmt: skip


def test_environment_yml_is_in_step_with_pyproject():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    plain = [entry for entry in listed if isinstance(entry, str)]
    from_pip = [name for entry in listed if isinstance(entry, dict) for name in entry["pip"]]
    stated = {normal(one.name): one.specifier for one in map(Requirement, [*plain, *from_pip])}
    assert stated.pop("python") == project_table()["requires-python"]
    stated.pop("pip")
    assert stated == {name: one.specifier for name, one in requirements().items()}


def test_every_package_has_a_lower_bound_that_the_lock_meets():
    versions = locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    for name, one in requirements().items():
        lower = [part for part in one.specifier if part.operator in (">=", "==")]
        assert len(lower) == 1, name
        assert one.specifier.contains(versions[name]), f"{one} but {versions[name]} is locked"


def test_bounds_follow_the_lock_and_leave_upper_ones():
    text = (
        '\ndependencies = [\n    "Some_Thing>=1.0,<9; x", # why\n    "fixed==1.2",\n'
        '    "other",\n]\n\n[project.scripts]'
    )
    versions = locked("some-thing==3.4.5 \\\nsome-thing==3.2.1 ; python_version < '3.12' \\\n")
    new = bounds.pyproject_with_bounds(text, versions)
    assert '"Some_Thing>=3.2,<9; x", # why' in new
    assert '"fixed==1.2"' in new
    assert '"other"' in new
    assert "  - some-thing>=3.2,<9" in bounds.environment_with_bounds("  - some-thing\n", new)


def test_lock_pins_every_direct_package_with_hashes():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert set(requirements()) <= set(locked(text))
    for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert "--hash=sha256:" in block, block[:80]


def test_every_import_is_a_declared_package():
    command = [str(Path(sys.executable).with_name("deptry")), "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_plain_xarray_opens_a_file_and_leaves_proj_whole(tmp_path):
    """xarray loads every engine that is installed; a GRIB reader once broke PROJ and the exit."""
    code = """
import sys, xarray
xarray.Dataset({"a": ("x", [1.0])}).to_netcdf(sys.argv[1], engine="netcdf4")
assert xarray.open_dataset(sys.argv[1])["a"].item() == 1.0
assert "cfgrib" in sys.modules
import pyproj
east = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(180, 0)[0]
assert abs(east - 20037508.34) < 0.01
"""
    call = [sys.executable, "-c", code, str(tmp_path / "a.nc")]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def committed_files() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_set_up_file_names_an_address():
    pattern = re.compile(r"https?://|index-url|\"resolved\"")
    for path in committed_files():
        if path.suffix in {".lock", ".toml", ".cfg"} or path.name in {
            "Makefile",
            "environment.yml",
            "javascript.json",
        }:
            assert not pattern.search(path.read_text()), path


def test_committed_files_are_small():
    for path in committed_files():
        assert path.stat().st_size <= 1_000_000 or path.name == "requirements.lock", path


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebooks_are_short_ordered_and_without_output(path):
    cells = json.loads(path.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert cells[0]["cell_type"] == "markdown"
    assert [c for c in code if "parameters" in c["metadata"].get("tags", [])] == code[:1]
    for cell in code:
        source = "".join(cell["source"])
        assert cell["outputs"] == [], source
        assert cell["execution_count"] is None, source
        assert not re.search(r"^\s*(def|class) ", source, re.MULTILINE), source
        assert source.count("\n") < 22, source
        assert not re.search(r"[\"'](/|https?://|[A-Z]:\\)", source), source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_what_notebooks_take_from_modules_exists(path):
    cells = json.loads(path.read_text())["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    tree = ast.parse(text)
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("greenanalysis"):
            for alias in node.names:
                owner = importlib.import_module(node.module)
                if not hasattr(owner, alias.name):
                    owner = importlib.import_module(f"{node.module}.{alias.name}")
                else:
                    owner = getattr(owner, alias.name)
                modules[alias.asname or alias.name] = owner
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = modules.get(node.value.id)
            if isinstance(owner, types.ModuleType):
                assert hasattr(owner, node.attr), f"{node.value.id}.{node.attr}"


def test_tests_come_last_in_the_lock(tmp_path):
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    runtime, mark, rest = text.partition(lock.MARK)
    assert mark
    assert {"pytest", "nrel-pysam", "playwright"} <= set(locked(rest))
    assert {"pypsa", "jupyterlab", "hatchling"} <= set(locked(runtime))
    assert lock.sections(text.replace(mark, ""), runtime) == text


def test_a_package_of_both_sections_stands_in_the_first_with_the_wider_marker():
    everything = "a==1 \\\n    --hash=x\nb==2 ; m == 'p' or m == 'q' \\\n    --hash=y\n"
    runtime = "b==2 ; m == 'p' \\\n    --hash=y\n"
    a, b = lock.entries(everything).values()
    assert lock.sections(everything, runtime) == b + lock.MARK + a
    with pytest.raises(ValueError, match="c==3"):
        lock.sections(everything, "c==3 \\\n    --hash=z\n")
