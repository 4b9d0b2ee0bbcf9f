from __future__ import annotations

from pathlib import Path

import pytest

from greenanalysis.core import closure


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of four modules in the place of the real one."""
    files = {
        "__init__.py": "",
        "top.py": "from greenanalysis.room import deep\n",
        "other.py": "x = 1\n",
        "room/__init__.py": "",
        "room/deep.py": "def f():\n    from .near import y\n    return y\n",
        "room/near.py": (
            "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from greenanalysis import other\n"
            "y = 2\n"
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(closure, "ROOT", tmp_path)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    closure.module_file.cache_clear()
    closure._parsed.cache_clear()


def version() -> str:
    forget()
    return closure.code_version("greenanalysis.top")


def test_imports_are_followed_wherever_they_stand(package: Path) -> None:
    names = {name.removeprefix("greenanalysis") for name in closure.closure(["greenanalysis.top"])}
    assert names == {"", ".top", ".room", ".room.deep", ".room.near"}


def test_a_version_follows_the_code_and_not_its_layout(package: Path) -> None:
    first = version()
    near = package / "room" / "near.py"
    near.write_text("# said\n\n" + near.read_text() + "\n\n")
    (package / "other.py").write_text("x = 3\n")
    assert version() == first
    near.write_text(near.read_text().replace("y = 2", "y = 3"))
    assert version() != first


def test_imports_of_a_text_are_those_of_the_package() -> None:
    text = "import numpy, greenanalysis.a.b\ntry:\n    from greenanalysis.c import d\nfinally: pass"
    assert closure.imports_of(text) == {
        "greenanalysis.a.b", "greenanalysis.c", "greenanalysis.c.d"
    }  # fmt: skip


def test_names_of_the_front_door_count_as_the_modules_behind_them(package: Path) -> None:
    stub = "from .room.deep import f as f\nfrom .other import x as x\n"
    (package / "__init__.pyi").write_text(stub)
    forget()
    text = "import greenanalysis as ga\nga.f()\n"
    assert closure.imports_of(text) == {"greenanalysis", "greenanalysis.room.deep"}
    assert "greenanalysis.other" in closure.imports_of("from greenanalysis import x")
    assert closure.imports_of("ga.f()") == set()
