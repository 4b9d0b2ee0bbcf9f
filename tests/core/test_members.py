"""Modules of a folder join by what they state, installed packages by their entry points."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from greenanalysis.core.closure import closure
from greenanalysis.core.errors import InputError
from greenanalysis.core.members import members
from greenanalysis.core.paths import package_dir


@dataclass(frozen=True)
class Thing:
    """What a module of the made-up folder states."""

    name: str


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A package with two members and a helper, on the path of this test alone."""
    package = tmp_path / "things"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "helper.py").write_text("THING = 'no description'\n")
    for name in ("b", "a"):
        text = f"from tests.core.test_members import Thing\n\nTHING = Thing('{name}')\n"
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    members.cache_clear()
    yield tmp_path
    members.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] in ("things", "elsewhere")]:
        del sys.modules[name]


def entry(folder, module, text):
    (folder / f"{module}.py").write_text(text)
    about = folder / "elsewhere-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[things]\none = {module}\n")


def test_modules_that_state_a_description_are_members_by_name(folder):
    assert list(members("things", Thing)) == ["a", "b"]


def test_an_installed_package_adds_a_member(folder):
    entry(folder, "elsewhere", "from tests.core.test_members import Thing\nTHING = Thing('c')\n")
    assert list(members("things", Thing)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "from tests.core.test_members import Thing\nTHING = Thing('a')\n",
            "name: got 'a' in things.a and elsewhere;",
        ),
        ("THING = 1\n", "one: got.*a module with THING"),
    ],
)
def test_a_name_twice_and_an_empty_entry_are_refused(folder, text, message):
    entry(folder, "elsewhere", text)
    with pytest.raises(InputError, match=message):
        members("things", Thing)


@pytest.mark.parametrize(
    ("registry", "folder"),
    [("weather.sources", "weather.sources"), ("atlas.themes", "atlas")],
)
def test_code_that_asks_for_members_rests_on_all_modules_of_the_folder(registry, folder):
    modules = closure([f"greenanalysis.{registry}"])
    path = package_dir().joinpath(*folder.split("."))
    names = {f"greenanalysis.{folder}.{one.stem}" for one in path.glob("[a-z]*.py")}
    assert len(names) > 5
    assert names <= modules
