"""Which pages rest on what: stated tables, code wherever it is imported, the environment."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

from greenanalysis.core import closure, paths
from greenanalysis.core.errors import InputError
from greenanalysis.site.page import Page
from greenanalysis.site.workflow import plan
from greenanalysis.site.workflow.changes import changed_since
from greenanalysis.site.workflow.pages import weather_input
from greenanalysis.site.workflow.steps import Wishes
from greenanalysis.weather.sources.source import Source
from tests.support.site_home import NOTEBOOKS


def git(home: Path, *words: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(home), *identity, *words], check=True, capture_output=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for folder in ("data/assumptions", "data/facts", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "notebooks" / "a.ipynb").write_bytes((NOTEBOOKS / "plain.ipynb").read_bytes())
    for name in ("used", "unused"):
        (tmp_path / "data" / "facts" / f"{name}.csv").write_text("name\n")
    (tmp_path / "requirements.lock").write_text("numpy\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    return tmp_path


def page(home: Path, *reads: str, **parameters: object) -> Page:
    notebook = home / "notebooks" / "a.ipynb"
    return Page("a", notebook, "A", "G", parameters, reads=reads)


def test_since_a_commit_chooses_what_differs_from_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [page(home, "facts/used.csv"), page(home, "facts/unused.csv")]

    def since(commit: str) -> list[int]:
        chosen = changed_since(commit, pages)
        return [number for number, one in enumerate(pages) if one in chosen]

    assert since("HEAD") == []
    (home / "data" / "facts" / "used.csv").write_text("name\nb\n")
    assert since("HEAD") == [0]
    (home / "data" / "user").mkdir()
    (home / "data" / "user" / "registry.sqlite").write_text("a plant more")
    assert since("HEAD") == [0], "what is imported into the registry makes no page old"
    (home / "data" / "user" / "regions.geojson").write_text("{}")
    assert since("HEAD") == [0, 1], "the user's own boundaries count for every page"
    git(home, "add", "-A")
    git(home, "commit", "-qm", "second")
    assert since("HEAD") == []
    assert since("HEAD~1") == [0, 1]
    (home / "requirements.lock").write_text("numpy==2\n")
    assert since("HEAD") == [0, 1]
    with pytest.raises(InputError, match=r"since.*'nothing-like-it'"):
        since("nothing-like-it")
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(InputError, match="no git"):
        since("HEAD")


def test_a_key_follows_cells_parameters_tables_and_inputs_and_nothing_else(home: Path) -> None:
    path = home / "notebooks" / "a.ipynb"
    notebook = nbformat.read(path, 4)

    def key(one: Page) -> str:
        nbformat.write(notebook, path)
        return plan.page_key(plan.Basis([one]).used(one))

    plain = page(home, "facts/used.csv")
    first = key(plain)
    notebook.metadata["papermill"] = {"duration": 3}
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="out")]
    notebook.cells[1].execution_count = 7
    (home / "data" / "facts" / "unused.csv").write_text("name\nb\n")
    assert key(plain) == first
    assert key(page(home, "facts/used.csv", word="two")) != first
    weather = home.parent / "era5.nc"
    weather.write_text("a")
    real = Page("a", path, "A", "G", inputs=(weather,))
    seen = key(real)
    weather.write_text("abc")
    assert key(real) != seen
    (home / "data" / "facts" / "used.csv").write_text("name\nb\n")
    assert key(plain) != first
    second = key(plain)
    notebook.cells[1].source += "\n1"
    assert key(plain) != second


def test_a_changed_file_of_a_named_source_makes_steps_and_pages_old(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = home.parent / "station.nc"
    source = Source("institute", "a test", files=lambda: [station])
    module = import_module("greenanalysis.weather.sources")
    monkeypatch.setattr(module, "sources", lambda: {"institute": source})

    def hashes() -> tuple[str, str]:
        name, inputs = weather_input("institute")
        assert (name, inputs) == ("institute", (station,))
        one = Page("a", home / "notebooks" / "a.ipynb", "A", "G", inputs=inputs)
        wishes = Wishes(plan.Plan((one,), out=home, work=home, weather=name))
        return wishes.key("a"), wishes.weather

    station.write_text("a")
    first = hashes()
    assert hashes() == first
    station.write_text("abc")
    assert all(now != before for now, before in zip(hashes(), first, strict=True))


def test_a_notebook_rests_on_the_code_that_it_imports_and_on_no_other() -> None:
    root = paths.project_root() / "notebooks"
    modules = {
        path.name[:2]: closure.closure(plan.imported_modules(path)) for path in root.glob("*.ipynb")
    }
    assert "greenanalysis.assessment.capacity_factors" in modules["01"]
    assert not any(name.startswith("greenanalysis.portal") for name in modules["01"])
    assert not any(name.startswith("greenanalysis.cli") for name in modules["01"])
    assert "greenanalysis.supergrid.solve.study" in modules["03"], "imported inside a function"


def test_pages_carry_the_versions_of_the_main_packages() -> None:
    versions = plan.environment()
    assert versions["numpy"][0].isdigit()
    assert plan.version_of("no-such-package") == "unknown"
