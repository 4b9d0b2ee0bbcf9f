"""The demonstration set: marked, apart from real rows, taken out whole."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from greenanalysis.cli.main import cli
from greenanalysis.core.errors import InputError
from greenanalysis.portal import demo, figures
from greenanalysis.portal.figures import MeasureFilter, PlantFilter, Snapshots
from greenanalysis.portal.models import Campaign, Report, Target
from greenanalysis.registry import content, store
from greenanalysis.registry.models import Enterprise, Measure, Observation, Statement
from tests.support.registry_fixtures import address, engine, server

SHOWN = (Enterprise, Measure, Observation, Statement, Report, Campaign, Target)


def living(engine) -> list[int]:
    with store.read_session(engine) as session:
        return [
            session.scalar(select(func.count()).select_from(t).where(t.deleted_at.is_(None)))
            for t in SHOWN
        ]


def test_it_is_apart_and_taken_out_whole(engine):
    content.load_start(engine)
    before = living(engine)
    kept = Snapshots()
    with store.read_session(engine) as session:
        real = figures.measure_summary(session, kept, MeasureFilter())
        plants = figures.plant_summary(session, kept, PlantFilter())
    with store.write_session(engine) as session:
        assert demo.add(session, 12)["enterprises"] == 12
        with pytest.raises(InputError, match="already"):
            demo.add(session, 12)
    with store.read_session(engine) as session:
        synthetic = figures.measure_summary(session, kept, MeasureFilter(synthetic=True))
        assert synthetic["enterprises"] > 6
        assert len(synthetic["campaigns"]) == 3
        last = synthetic["campaigns"][-1]
        assert last["reported"] + last["silent"] == last["obliged"] == 12
        assert sum(row["enterprises"] for row in synthetic["by"]["region"]) >= 7
        totals, years = synthetic["totals"], synthetic["by_year"]
        for quantity in ("energy_saved", "investment"):
            summed = sum(row[quantity] or 0 for row in years)
            assert summed == pytest.approx(totals.get(quantity, 0), rel=1e-6)
        for table in (synthetic["rows"], synthetic["targets"]):
            assert all("SYNTHETIC" in str(row) for row in table)
        again = figures.measure_summary(session, kept, MeasureFilter())
        assert again == real | {"has_synthetic": True}
        assert figures.plant_summary(session, kept, PlantFilter()) == plants
    with store.write_session(engine) as session:
        demo.remove(session)
    assert living(engine) == before
    with store.write_session(engine) as session:
        assert demo.add(session, 3)["enterprises"] == 3, "a new set can come in its place"


def test_commands(tmp_path):
    path = str(tmp_path / "registry.sqlite")
    store.migrate(store.open_engine(store.registry_url(path)))

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(cli, [*words, "--registry", path])
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    assert "SYNTHETIC" in run("registry", "demo", "--enterprises", "3")
    assert "taken out" in run("registry", "demo", "--remove")
    days = ("--period", "2025-01-01", "2025-12-31", "--open", "2026-01-01", "2026-04-01")
    assert "2026-04-01" in run("portal", "campaign", "2025", *days)
    number = demo.synthetic_number(5)
    table = tmp_path / "list.csv"
    table.write_text(f"bin,name,region\n{number},Bakery,Atyrau\n", encoding="utf-8")
    assert "1 of 1" in run("portal", "oblige", "2025", str(table), "--reason", "a list")
    assert "0 of 1" in run("portal", "oblige", "2025", str(table), "--reason", "a list")
    assert "2026-05-01" in run("portal", "extend", "2025", number, "2026-05-01")
    link = run("portal", "invite", "--role", "reporter", "--bin", number)
    assert link.startswith("/ru/invitation/")
    source = ("--source", "a decree")
    assert "2030" in run("portal", "target", "energy_saved", "2030", "5", *source)
    for words in (
        ("portal", "campaign", "2025", *days),
        ("portal", "invite", "--role", "reporter", "--bin", "000000000001"),
        ("portal", "invite", "--role", "regional_reviewer"),
        ("portal", "extend", "1999", number, "2026-05-01"),
        ("portal", "target", "magic", "2030", "5", *source),
        ("portal", "close", "nobody"),
        ("portal", "password", "nobody"),
        ("portal", "oblige", "2025", str(tmp_path / "absent.csv"), "--reason", "x"),
    ):
        result = CliRunner().invoke(cli, [*words, "--registry", path])
        assert isinstance(result.exception, InputError), words
