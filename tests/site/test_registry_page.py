"""The page of the monitoring shows the registry that a build is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.registry import content, store
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import FileMapping
from greenanalysis.site.workflow.pages import site_pages, with_registry


def test_a_change_of_the_registry_makes_its_page_old_and_no_other(tmp_path: Path):
    path = tmp_path / "registry.sqlite"
    engine = store.open_engine(store.registry_url(str(path)))
    store.migrate(engine)
    content.load_start(engine)
    before = with_registry(site_pages(), str(path), tmp_path)
    changed = [
        new.name
        for new, old in zip(before, site_pages(), strict=True)
        if new.parameters != old.parameters or new.inputs != old.inputs
    ]
    assert changed == ["monitoring"]
    page = next(page for page in before if page.name == "monitoring")
    assert page.parameters["registry"] == str(path)
    state = page.inputs[-1].read_bytes()
    with_registry(site_pages(), str(path), tmp_path)
    assert page.inputs[-1].read_bytes() == state, "nothing new, the page stays"
    rows = tmp_path / "rows.csv"
    rows.write_text(
        "name,technology,capacity,capacity_unit,region,status\nNew,solar,1,MW,KZ-62,planned\n"
    )
    import_file(engine, rows, FileMapping(kind="facility"), who="t")
    with_registry(site_pages(), str(path), tmp_path)
    assert page.inputs[-1].read_bytes() != state


@pytest.mark.parametrize(
    ("address", "said"),
    [("absent.sqlite", "no registry"), ("postgresql://me:secret@host/name", "without a password")],
)
def test_an_address_that_cannot_be_shown_is_refused(tmp_path: Path, address: str, said: str):
    address = address if "://" in address else str(tmp_path / address)
    with pytest.raises(InputError, match=said) as refusal:
        with_registry(site_pages(), address, tmp_path)
    assert "secret" not in str(refusal.value)
