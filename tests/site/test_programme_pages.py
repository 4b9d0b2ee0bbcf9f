"""Parts of a programme's page: stations of a region, data to collect, old facts."""

from __future__ import annotations

import pandas as pd
import pytest

from greenanalysis.programme.collect import region_facts
from greenanalysis.site.pages.programme import data as programme_data
from greenanalysis.site.pages.programme import stations as programme_stations


def test_a_station_stands_once_by_its_best_source_with_the_gaps_of_others_filled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = ["facility", "source_code", "name", "operator", "technology", "capacity_mw"]
    columns += ["region", "year", "status", "source"]
    rows = [
        ("a", "low", "A low", "Firm", "solar", 9.0, "KZ-10", 2001.0, "operating", "x"),
        ("a", "high", "A high", "", "solar", 10.0, "KZ-10", float("nan"), "operating", "y"),
        ("b", "low", "B", "", "wind", 5.0, "KZ-10", 2002.0, "superseded", "x"),
        ("c", "low", "C", "", "coal", 5.0, "KZ-10", 2002.0, "operating", "x"),
        ("d", "low", "D", "", "wind", 5.0, "KZ-11", 2002.0, "operating", "x"),
        ("e", "low", "E", "", "wind", 50.0, "KZ-10", float("nan"), "planned", "x"),
    ]
    tables = {
        "registry_statements": pd.DataFrame(rows, columns=columns),
        "registry_sources": pd.DataFrame({"code": ["high", "low"], "rank": [1.0, 2.0]}),
    }
    monkeypatch.setattr(programme_stations, "read_facts", lambda name, numeric=(): tables[name])
    stations = programme_stations.region_stations("KZ-10")
    assert stations.index.tolist() == ["a", "e"]
    assert stations.loc["a", ["name", "operator", "capacity_mw", "year"]].tolist() == [
        "A high",
        "Firm",
        10.0,
        2001.0,
    ]
    said = programme_stations.stations_finding(stations, name="Abai")
    assert "Abai: 1 with 10 MW; sources name the operator of 1" in said
    table = str(programme_stations.stations_table(stations))
    assert "unknown" in table
    assert "nan" not in table


def test_a_region_without_a_station_says_so() -> None:
    stations = programme_stations.region_stations("KZ-71")
    assert stations.empty
    assert "No station" in programme_stations.stations_finding(stations, name="Astana")


def test_old_facts_warn_and_gaps_say_who_publishes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programme_data, "made_utc", lambda: "2026-11-30T00:00:00")
    facts = region_facts("KZ-27")
    assert "more than 3 years old" in programme_data.facts_finding(facts, name="x")
    table = str(programme_data.old_table(facts))
    assert "Warning" in table
    assert "2017, 9 years" in table
    gaps = str(programme_data.collect_table(facts))
    assert "Bureau of National Statistics" in gaps
    assert gaps.count("<tr>") == facts["value"].isna().sum() + 1
    fresh = facts[facts["year"] >= 2024]
    assert programme_data.old_table(fresh) == ""
