"""The page of the monitoring shows a registry, and only that page grows old with it."""

from __future__ import annotations

import datetime as dt

import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.registry import content, store
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import FileMapping
from greenanalysis.registry.monitoring import _tables
from greenanalysis.site.page import check_pages
from greenanalysis.site.workflow.pages import site_pages


@pytest.fixture
def registry(tmp_path):
    file = tmp_path / "own.sqlite"
    made = store.open_engine(store.registry_url(str(file)))
    store.migrate(made)
    content.load_start(made)
    yield made, str(file)
    made.dispose()


def test_an_imported_plant_makes_one_page_old_and_stands_on_it(registry, tmp_path):
    engine, file = registry
    before = {page.name: page for page in site_pages(registry=file)}
    path = tmp_path / "f.csv"
    path.write_text("name,technology,capacity,region,status\nTas WPP,wind,77 MW,KZ-43,operating\n")
    report = import_file(
        engine, path, FileMapping(kind="facility"), who="t", today=dt.date(2026, 1, 1)
    )
    assert report.added == 1
    after = {page.name: page for page in site_pages(registry=file)}
    check_pages(list(after.values()))
    assert [name for name in after if after[name] != before[name]] == ["monitoring"]
    assert after["monitoring"].parameters["registry"] == file
    plants, _, _, differing = _tables(file)
    assert "Tas WPP" in set(plants["name"])
    assert set(differing["entity"]) <= {"facility", "enterprise", "measure", "observation"}
    plain = {page.name: page for page in site_pages()}
    assert "registry" not in plain["monitoring"].parameters


def test_no_password_gets_into_a_page_and_no_registry_is_one_error(tmp_path):
    with pytest.raises(InputError, match="PGPASSWORD"):
        site_pages(registry="postgresql://user:secret@db.example/registry")
    with pytest.raises(InputError, match="registry init"):
        site_pages(registry=str(tmp_path / "none.sqlite"))
