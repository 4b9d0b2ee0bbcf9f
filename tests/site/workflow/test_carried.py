"""What a page carries tells how it was made, and is enough to make it again."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from greenanalysis.cli.site import reproduce as reproduce_command
from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.site.page import Page
from greenanalysis.site.publish import crate, numbers
from greenanalysis.site.published import read_carried, read_state
from greenanalysis.site.workflow.build import build_site
from greenanalysis.site.workflow.reproduce import find_page, reproduce
from tests.support.site_home import NOTEBOOKS, make_home

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

    def page(name: str, technology: str, parameter: str, *reads: str, **more: object) -> Page:
        parameters = {"technology": technology, "parameter": parameter, **more}
        return Page(name, notebook, f"Page {name}", "Tests", parameters, reads=reads)

    made = World(
        home,
        folder / "site",
        [
            page("dam", "hydro", "price", "assumptions/prices.csv"),
            page(
                "loan", "finance", "rate", "assumptions/rates.csv", "facts/used.csv", facts="used"
            ),
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


def test_a_page_carries_how_it_was_made(world: World) -> None:
    told = read_carried(world.site / "loan.html")
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
        read_carried(world.site.parent / "bare.html")


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
