"""A page is made again when something it uses changed, and only then; what it carries tells how."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from greenanalysis.cli.site import reproduce as reproduce_command
from greenanalysis.core import paths, usage
from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.site.publish import crate, numbers
from greenanalysis.site.workflow import carried, keys, snapshot
from greenanalysis.site.workflow.build import Page, build_site
from greenanalysis.site.workflow.closure import closure, imports_of
from greenanalysis.site.workflow.reproduce import find_page, reproduce
from greenanalysis.site.workflow.since import changed_since
from greenanalysis.site.workflow.state import read_state
from tests.support.site_home import NOTEBOOKS, make_home

REPOSITORY = Path(__file__).resolve().parents[2]
HEAD = "technology,parameter,year,value,unit,source,note,currency_year\n"
PRICES = HEAD + "hydro,price,,10,USD,made up,,\nwind,price,,20,USD,made up,,\n"
RATES = HEAD + "finance,rate,,7,USD,made up,,\n"
FACTS = "name,value,source\na,1,made up\n"


@dataclass(frozen=True)
class World:
    """A small project, its site, and the pages that it shall hold."""

    home: Path
    site: Path
    pages: list[Page]

    def assumptions(self, file: str, text: str) -> None:
        (self.home / "data" / "assumptions" / file).write_text(text)

    def stale(self, now: snapshot.Snapshot | None = None) -> set[str]:
        entries = read_state(self.site)["pages"]
        found = keys.page_keys(self.pages, now or snapshot.take_snapshot(self.home), entries)
        return {name for name, key in found.items() if key != entries[name]["key"]}


def git(home: Path, *words: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(home), *identity, *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("keys")
    home = make_home(folder / "home")
    (home / "data" / "facts").mkdir()
    (home / "notebooks").mkdir()
    notebook = home / "notebooks" / "asked.ipynb"
    notebook.write_bytes((NOTEBOOKS / "asked.ipynb").read_bytes())
    for name in ("used", "unused"):
        (home / "data" / "facts" / f"{name}.csv").write_text(FACTS)
    licences = "pattern,licence,licence_url,credit,source\nfacts/used.csv,CC BY 4.0,,me,made up\n"
    (home / "data" / "facts" / "dataset_licences.csv").write_text(licences)

    def page(name: str, technology: str, parameter: str, **more: object) -> Page:
        parameters = {"technology": technology, "parameter": parameter, **more}
        return Page(name, notebook, f"Page {name}", "Tests", parameters)

    made = World(
        home,
        folder / "site",
        [
            page("dam", "hydro", "price"),
            page("loan", "finance", "rate", facts="used"),
            page("whole", "wind", "price", all_rows=True),
        ],
    )
    made.assumptions("prices.csv", PRICES)
    made.assumptions("rates.csv", RATES)
    (home / ".gitignore").write_text("data/cache\n")
    git(home, "init", "-q")
    git(home, "add", "-A")
    git(home, "commit", "-qm", "first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(paths.HOME_VARIABLE, str(home))
        result = build_site(made.pages, out_dir=made.site, jobs=2, progress=False, echo=str)
        assert result.failed == (), read_state(made.site)
        yield made


@pytest.fixture(autouse=True)
def _as_before(world: World) -> Iterator[None]:
    yield
    world.assumptions("prices.csv", PRICES)
    world.assumptions("rates.csv", RATES)


def test_one_assumption_makes_stale_only_the_pages_that_asked_for_it(world: World) -> None:
    assert world.stale() == set()
    world.assumptions("prices.csv", PRICES.replace("hydro,price,,10", "hydro,price,,12"))
    assert world.stale() == {"dam", "whole"}
    world.assumptions("prices.csv", PRICES.replace("wind,price,,20", "wind,price,,21"))
    assert world.stale() == {"whole"}
    world.assumptions("prices.csv", PRICES + "solar,price,,1,USD,made up,,\n")
    assert world.stale() == {"whole"}
    world.assumptions("prices.csv", "# said\n" + PRICES)
    assert world.stale() == {"whole"}, "the order and place of rows may count for all of them"
    world.assumptions("prices.csv", PRICES)
    world.assumptions("rates.csv", RATES.replace("made up", "a better source"))
    assert world.stale() == {"loan", "whole"}


def test_a_change_of_an_assumption_runs_those_pages_and_no_other(world: World) -> None:
    site = world.site.parent / "again"
    first = build_site(world.pages[:2], out_dir=site, jobs=2, progress=False, echo=str)
    assert first.built == ("dam", "loan")
    world.assumptions("rates.csv", RATES.replace(",7,", ",8,"))
    second = build_site(world.pages[:2], out_dir=site, jobs=1, progress=False, echo=str)
    assert (second.built, second.unchanged) == (("loan",), ("dam",))
    entry = read_state(site)["pages"]["loan"]
    assert entry["why"] == ["assumption:finance/rate"]
    assert "8 USD" in (site / "loan.html").read_text()


def test_a_table_of_facts_counts_for_the_page_that_opened_it(world: World) -> None:
    now = snapshot.take_snapshot(world.home)
    for name, stale in {
        "data/facts/used.csv": {"loan"},
        "data/facts/unused.csv": set(),
        "data/regions.geojson": {"dam", "loan", "whole"},
        "data/user/regions.geojson": {"dam", "loan", "whole"},
        "requirements.lock": {"dam", "loan", "whole"},
        "data/cache/anything": set(),
    }.items():
        changed = replace(now, files={**now.files, name: "0" * 64})
        if name != "data/cache/anything":
            assert world.stale(changed) == stale, name
    assert not any(name.startswith("data/cache") for name in now.files)


def test_code_counts_where_it_is_imported_however_deep(world: World) -> None:
    now = snapshot.take_snapshot(world.home)
    everyone = {"dam", "loan", "whole"}
    for name, stale in {
        "core/assumptions.py": everyone,
        "site/workflow/worker.py": everyone,
        "site/templates/report/index.html.j2": everyone,
        "site/templates/index.css": set(),
        "portal/server.py": set(),
        "supergrid/solve/optimise.py": set(),
        "cli/main.py": set(),
    }.items():
        assert name in now.code
        changed = replace(now, code={**now.code, name: "0" * 64})
        assert world.stale(changed) == stale, name


def test_environment_and_python_count_for_every_page(world: World) -> None:
    now = snapshot.take_snapshot(world.home)
    changed = replace(now, environment={**now.environment, "numpy": "0"})
    assert world.stale(changed) == {"dam", "loan", "whole"}


def test_a_page_without_record_or_with_unknown_programs_rests_on_everything(world: World) -> None:
    now = snapshot.take_snapshot(world.home)
    changed = replace(now, files={**now.files, "data/facts/unused.csv": "0" * 64})
    for notes in (None, frozenset({(usage.PROCESS, "curl")})):
        page = world.pages[0]
        assert keys.page_key(page, now, notes) != keys.page_key(page, changed, notes)


def test_a_key_follows_source_parameters_and_inputs_and_nothing_else(tmp_path: Path) -> None:
    now = snapshot.make_snapshot({}, {}, stamps={})
    notebook = nbformat.read(NOTEBOOKS / "plain.ipynb", 4)
    target = tmp_path / "copy.ipynb"

    def key(*inputs: Path, **parameters: object) -> str:
        nbformat.write(notebook, target)
        page = Page("a", target, "A", "G", parameters, inputs=inputs)
        return keys.page_key(page, now, frozenset())

    first = key()
    notebook.metadata["papermill"] = {"duration": 3}
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="out")]
    notebook.cells[1].execution_count = 7
    assert key() == first
    assert key(word="two") != first
    era5 = tmp_path / "era5.nc"
    era5.write_text("a")
    seen = key(era5)
    era5.write_text("abc")
    assert key(era5) != seen
    notebook.cells[1].source += "\n"
    assert key() != first


def test_imports_are_found_wherever_they_stand() -> None:
    text = (
        "import greenanalysis.a.b\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from greenanalysis import never\n"
        "else:\n    from greenanalysis import other\n"
        "def f():\n    try:\n        from greenanalysis.lazy import deep\n"
        "    except ImportError:\n        from .beside import x\n"
    )
    names = ["a", "a.b", "never", "other", "lazy", "lazy.deep", "beside"]
    known = {"greenanalysis", *(f"greenanalysis.{name}" for name in names)}
    found = imports_of(text, name="greenanalysis.me", package=False, known=known)
    assert found == known - {"greenanalysis.never"}
    assert imports_of("%magic", name="x", package=False, known=known) == known
    graph = {"greenanalysis.a.b": frozenset({"greenanalysis.lazy"}), "greenanalysis.lazy": found}
    assert "greenanalysis.beside" in closure(["greenanalysis.a.b"], graph)


def test_rows_that_snapshots_read_are_those_that_the_package_reads() -> None:
    now = snapshot.take_snapshot(REPOSITORY)
    table = load_assumptions(REPOSITORY / "data" / "assumptions").table
    assert set(now.rows) == set(table["technology"] + "/" + table["parameter"])


def test_a_choice_of_assumptions_knows_of_no_others() -> None:
    chosen = load_assumptions(REPOSITORY / "data" / "assumptions").only("hydro", "onwind_.*")
    assert chosen.rows("hydro", "storage_hours")["value"].size == 1
    with pytest.raises(InputError, match="unknown technology"):
        chosen.rows("onwind", "investment")
    assert isinstance(chosen, Assumptions)
    assert set(chosen.table["technology"]) == {"hydro", "onwind_resource", "onwind_potential"}


def test_a_process_notes_what_it_reads_and_not_what_it_writes(tmp_path: Path) -> None:
    (tmp_path / "data" / "facts").mkdir(parents=True)
    (tmp_path / "data" / "cache").mkdir()
    for name in ("facts/a.csv", "cache/b.csv"):
        (tmp_path / "data" / name).write_text("x")
    code = (
        "import sys, subprocess\n"
        "from pathlib import Path\n"
        "from greenanalysis.core import usage\n"
        "root = Path(sys.argv[1]); usage.start(root, target=root / 'notes')\n"
        "data = root / 'data'\n"
        "(data / 'facts' / 'a.csv').read_text(); (data / 'cache' / 'b.csv').read_text()\n"
        "(data / 'facts' / 'made.csv').write_text('y'); list((data / 'facts').glob('*'))\n"
        "with usage.covered(): (data / 'facts' / 'made.csv').read_text()\n"
        "try: (data / 'facts' / 'absent.csv').read_text()\n"
        "except OSError: pass\n"
        "import greenanalysis.geo.grid\n"
        "subprocess.run(['git', '--version'], capture_output=True)\n"
        "import matplotlib.font_manager as fonts; fonts._get_fontconfig_fonts()\n"
        "usage.note(usage.ASSUMPTION, 'a/b')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    notes = usage.read_notes(tmp_path / "notes") or frozenset()
    assert {note for note in notes if note[0] != usage.CODE} == {
        (usage.FILE, "data/facts/a.csv"),
        (usage.FILE, "data/facts/absent.csv"),
        (usage.FOLDER, "data/facts"),
        (usage.MODULE, "greenanalysis.geo.grid"),
        (usage.ASSUMPTION, "a/b"),
    }
    assert usage.read_notes(tmp_path / "absent") is None


def test_since_a_commit_chooses_what_differs_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def since(commit: str) -> list[str]:
        now = snapshot.take_snapshot(world.home)
        entries = read_state(world.site)["pages"]
        found = keys.page_keys(world.pages, now, entries)
        return [page.name for page in changed_since(commit, world.pages, now, found, entries)]

    assert since("HEAD") == []
    world.assumptions("rates.csv", RATES.replace(",7,", ",9,"))
    assert since("HEAD") == ["loan", "whole"]
    notebook = world.pages[0].notebook
    content = notebook.read_text()
    notebook.write_text(content.replace("2 * value", "3 * value"))
    assert since("HEAD") == ["dam", "loan", "whole"]
    notebook.write_text(content)
    with pytest.raises(InputError, match=r"since.*'nothing-like-it'"):
        since("nothing-like-it")
    monkeypatch.setenv("PATH", str(world.site))
    with pytest.raises(InputError, match="no git"):
        since("HEAD")


def test_a_page_carries_how_it_was_made(world: World) -> None:
    told = carried.read_carried(world.site / "loan.html")
    assert told["notebook"] == "notebooks/asked.ipynb"
    assert told["parameters"]["technology"] == "finance"
    assert len(told["git"]["commit"]) == 40
    assert told["git"]["dirty"] is False
    assert told["environment"]["numpy"]
    assert told["weather"]["verdict"] == "nothing checked"
    sets = {one["file"]: one for one in told["datasets"]}
    used = sets["data/facts/used.csv"]
    assert used["sha256"] == hashlib.sha256(FACTS.encode()).hexdigest()
    assert (used["licence"], used["credit"]) == ("CC BY 4.0", "me")
    assert sets["data/assumptions/rates.csv"]["licence"] == "unknown"
    assert {"data/assumptions/prices.csv", "data/facts/unused.csv"} & set(sets) == set()
    assert told["records"]["value"] == {
        "key": "value", "value": "7", "label": "Value", "unit": "USD", "headline": False
    }  # fmt: skip
    (world.site.parent / "bare.html").write_text("<html></html>")
    with pytest.raises(InputError, match="no record inside"):
        carried.read_carried(world.site.parent / "bare.html")


def test_the_crate_names_every_file_with_its_hash(world: World) -> None:
    content = json.loads((world.site / crate.METADATA_FILE).read_text())
    graph: dict[str, dict[str, Any]] = {one["@id"]: one for one in content["@graph"]}
    assert len(graph) == len(content["@graph"]), "each entity once"
    assert content["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    about = graph[crate.METADATA_FILE]
    assert about["@type"] == "CreativeWork"
    assert about["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = graph[about["about"]["@id"]]
    assert root["@type"] == "Dataset"
    assert all(root[name] for name in ("name", "description", "datePublished", "license"))
    parts = {part["@id"] for part in root["hasPart"]}
    assert {"index.html", "dam.html", "downloads/dam/prices.csv"} <= parts
    for name in parts:
        path = world.site / name
        assert graph[name]["@type"] == "File"
        assert graph[name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert graph[name]["contentSize"] == str(path.stat().st_size)
    published = {path.relative_to(world.site).as_posix() for path in world.site.rglob("*.html")}
    assert published <= parts
    run = graph["#make-loan"]
    assert run["@type"] == "CreateAction"
    assert {"@id": "loan.html"} in run["result"]
    objects = [graph[one["@id"]] for one in run["object"]]
    assert any(o["name"] == "data/facts/used.csv" and o["license"] == "CC BY 4.0" for o in objects)
    assert any(one["name"] == "parameter" and one["value"] == "rate" for one in objects)
    assert any("softwareVersion" in graph[one["@id"]] for one in run["instrument"])
    refer = json.dumps(content["@graph"])
    for name in {one["@id"] for one in walk(content["@graph"]) if set(one) == {"@id"}}:
        assert name in graph or name.startswith("https://w3id.org/ro/crate"), name
    assert "nothing checked" in refer


def walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


def test_an_earlier_page_is_the_same_or_shows_which_number_moved(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    made = reproduce(world.site / "dam.html")
    assert (made.exit_code, made.moved, made.differences) == (0, (), ())
    assert made.numbers >= 6
    assert made.told()[-1] == f"dam: same: all {made.numbers} numbers agree"
    world.assumptions("prices.csv", PRICES.replace("hydro,price,,10", "hydro,price,,12.5"))
    git(world.home, "commit", "-qam", "a new price")
    with pytest.raises(SystemExit) as ended:
        reproduce_command.callback("dam", world.site)  # type: ignore[misc]
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "differs: commit:" in said
    assert "differs: data: data/assumptions/prices.csv" in said
    assert "key figure Price: 10 USD -> 12.5 USD, moved by +2.5 (+25.00%)" in said
    assert "table Prices, row half, USD: 5 -> 6.25, moved by +1.25 (+25.00%)" in said
    assert "record value: 10 USD -> 12.5 USD" in said
    for wrong in ("absent", str(world.home / "data" / "facts" / "used.csv")):
        with pytest.raises(InputError, match="page"):
            reproduce(find_page(wrong, world.site))


def test_numbers_of_a_page_have_labels() -> None:
    page = (
        '<h2 class="ga-finding">Of 3 dams, 2 stand</h2>'
        '<div class="ga-tile"><span>Cost</span><b>1,234.5</b><small>USD</small></div>'
        '<div class="ga-table"><table><caption>Dams <i>here</i></caption><thead><tr><th>name</th>'
        "<th>MW</th></tr></thead><tbody><tr><td>A<br>b</td><td>−7</td></tr>"
        "<tr><td>A<br>b</td><td>none</td></tr></tbody></table></div>"
    )
    found = numbers.stated_numbers(page, {"k": {"value": "5", "unit": "GW"}})
    assert found == {
        "record k": "5 GW",
        "finding Of # dams, # stand": "Of 3 dams, 2 stand",
        "key figure Cost": "1,234.5 USD",
        "table Dams here, row Ab, MW": "−7",
    }
    assert numbers.values_in("1,234.5 of −7 in CO2, 3e-2") == [1234.5, -7.0, 0.03]
    gone = numbers.moved({"a": "1"}, {"b": "2"})
    assert [one.told() for one in gone] == ["a: 1 -> is gone", "b: was not there -> 2"]
