"""The validation: its table against the committed record, its rules, its page, measured power."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.tables import read_facts
from greenanalysis.project.brief import make_brief
from greenanalysis.site.pages import validation as shown
from greenanalysis.validation import record
from greenanalysis.validation.checks import CHECKS, SLOW, Context, validation_table
from greenanalysis.validation.headline import headline
from greenanalysis.validation.measured import errors, monthly, read_measured
from greenanalysis.validation.plants import plant_score
from greenanalysis.validation.table import Check, as_table, summary, tolerances

CHECK = Check(
    area="Area",
    quantity="quantity",
    kind="design",
    basis="independent",
    expected=100.0,
    got=110.0,
    unit="MW",
    source="a source",
)


@pytest.fixture(scope="module")
def context() -> Context:
    return Context("sample")


@pytest.fixture(scope="module")
def table(context) -> pd.DataFrame:
    return validation_table(quick=True, context=context)


def test_no_error_has_grown_since_it_was_accepted(table):
    """An accepted change is recorded by ``greenanalysis validate --record``."""
    worse = record.regressions(table, record.read_record(), whole=False)
    assert not worse, "worse than accepted:\n" + "\n".join(worse)


def test_the_record_holds_the_checks_of_the_table_and_no_others(table):
    known = set(record.read_record().index)
    assert set(table["key"]) <= known
    slow = {key for key in known - set(table["key"]) if not key.startswith("Export model")}
    assert not slow, "recorded, but no longer checked"


def test_a_grown_error_a_new_and_a_lost_check_are_named(table):
    accepted = record.read_record()
    assert record.regressions(table, accepted, whole=False) == []
    key = table.loc[table["outcome"] == "hit", "key"].iloc[0]
    worse = table.copy()
    worse.loc[worse["key"] == key, "error"] = 1.0
    worse = pd.concat([worse, worse.tail(1).assign(key="Area: new")])
    lines = record.regressions(worse, accepted, whole=False)
    assert len(lines) == 2
    assert lines[0].startswith(f"{key}: error")
    assert "new" in lines[1]
    less = table[table["key"] != key]
    assert f"{key}: in the record, no longer checked" in record.regressions(less, accepted)


def test_a_smaller_error_is_no_regression_and_a_lost_value_is():
    accepted = pd.DataFrame(
        {"error": [-0.1, 0.1], "outcome": ["hit", "hit"]}, index=["Area: a", "Area: b"]
    )
    rows = [dataclasses.replace(CHECK, quantity="a", got=102.0)]
    better = as_table([*rows, dataclasses.replace(CHECK, quantity="b", got=110.4)])
    assert record.regressions(better, accepted) == []
    lost = as_table([*rows, dataclasses.replace(CHECK, quantity="b", got=math.nan)])
    assert record.regressions(lost, accepted) == ["Area: b: was hit, is not modelled"]


def test_the_record_is_written_and_read_again(table, tmp_path):
    path = record.write_record(table, tmp_path / "record.csv")
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") == len(table) + 3
    assert not re.search(r"\r", text)


@settings(max_examples=25)
@given(
    expected=st.floats(-1e6, 1e6).filter(lambda value: abs(value) > 1e-3),
    error=st.floats(-2, 2),
    kind=st.sampled_from(sorted(tolerances().index)),
)
def test_a_row_is_a_hit_exactly_within_its_kind(expected, error, kind):
    limits = tolerances()
    got = expected + abs(expected) * error
    row = as_table([dataclasses.replace(CHECK, expected=expected, got=got, kind=kind)], limits)
    allowed = limits.loc[kind, "tolerance"]
    if abs(abs(error) - allowed) > 1e-6:
        assert (row["outcome"].iloc[0] == "hit") == (abs(error) < allowed)
    assert row["error"].iloc[0] == pytest.approx(error, abs=1e-6)


def test_misses_come_first_and_keys_stay_unique():
    made = as_table([CHECK, dataclasses.replace(CHECK, got=300.0), dataclasses.replace(CHECK)])
    assert made["outcome"].tolist() == ["miss", "hit", "hit"]
    assert sorted(made["key"]) == [
        "Area: quantity",
        "Area: quantity (2)",
        "Area: quantity (3)",
    ]
    nothing = as_table([dataclasses.replace(CHECK, expected=0.0, got=0.1)])
    assert nothing["outcome"].tolist() == ["hit"]


@pytest.mark.parametrize(
    "change", [{"kind": "guess"}, {"basis": "hope"}, {"expected": math.nan}], ids=str
)
def test_a_row_without_rule_is_refused(change):
    with pytest.raises(InputError):
        as_table([dataclasses.replace(CHECK, **change)])


def test_tolerances_agree_with_the_assumptions_of_the_atlas():
    values, limits = load_assumptions(), tolerances()
    for kind in ("design", "reported", "derived"):
        stated = values.get("validation", f"tolerance_{kind}", unit="1")
        assert limits.loc[kind, "tolerance"] == stated


def test_every_reference_table_of_the_facts_is_in_the_table(table):
    text = " ".join(table["quantity"])
    for name in read_facts("plants_measured")["name"]:
        assert f"{name}" in text
    for name in ("ghi_anchors", "wind_anchors"):
        assert all(site in text for site in read_facts(name)["site"])
    totals = read_facts("waste_totals")
    assert (totals["unit"] == "Mt/year").sum() == (
        (table["area"] == "Waste") & (table["basis"] == "cross-check")
    ).sum()
    regions = read_facts("regions")
    assert (table["area"] == "Regions").sum() == len(regions)
    assert table["source"].str.len().min() > 3
    assert set(SLOW) <= set(CHECKS)


def test_what_the_weather_was_drawn_to_is_not_called_independent(table):
    plants = table[table["area"] == "Solar and wind plants"]
    fits = plants.loc[plants["basis"] == "fit", "quantity"].tolist()
    assert len(fits) == 9
    scaled = ("Burnoye", "Saran", "Zhangiz-Tobe", "All wind plants")
    assert all(any(name in quantity for name in scaled) for quantity in fits)
    assert (table.loc[table["area"] == "Weather", "basis"] == "fit").all()
    counts = summary(table)
    assert int(counts.to_numpy().sum()) == len(table)


def test_measured_power_is_met_without_tuning(context):
    found = {plant.name: errors(plant.hours) for plant in context.measured}
    assert abs(found["wind_nacelle"]["bias"]) < 0.03
    assert abs(found["pv_serf_west"]["bias"]) < 0.10
    assert abs(found["pv_serf_east"]["bias"]) < 0.10
    assert found["wind_nacelle"]["correlation"] > 0.98
    assert found["pv_system_50"]["correlation"] > 0.95
    assert found["pv_system_50"]["hours"] > 16_000


def test_a_clock_off_by_an_hour_would_be_seen(context):
    for plant in context.measured:
        right = errors(plant.hours)["correlation"]
        for shift in (-1, 1):
            moved = plant.hours.assign(modelled=plant.hours["modelled"].shift(shift)).dropna()
            if plant.name != "wind_era5":  # a reanalysis is no better than an hour or two
                assert errors(moved)["correlation"] < right, plant.name


def test_errors_and_months_of_a_known_case():
    time = pd.date_range("2024-01-01 01:00", "2024-03-01 00:00", freq="h")
    hours = pd.DataFrame({"measured": 100.0, "modelled": 110.0}, index=time)
    hours.loc[hours.index[::2]] = [120.0, 108.0]
    found = errors(hours)
    assert found["bias"] == pytest.approx(-1 / 110)
    assert found["rmse"] == pytest.approx(np.sqrt((10**2 + 12**2) / 2) / 110)
    assert found["correlation"] == pytest.approx(-1)
    months = monthly(hours)
    assert months["measured"].tolist() == pytest.approx([0.11 * 744, 0.11 * 696])
    assert monthly(hours.iloc[:100]).empty


def test_measured_files_name_source_licence_and_clock():
    for name in ("pv_serf_east", "pv_system_50", "pv_serf_west", "wind_la_haute_borne"):
        data = read_measured(name)
        assert re.search(r"CC BY 4.0|Open Licence", data.attrs["source"])
        assert data.attrs["clock"]
        assert (np.diff(data["time"].to_numpy()) > np.timedelta64(0)).all()
    with pytest.raises(InputError, match="pv_serf_east"):
        read_measured("unknown")


def test_the_page_shows_every_miss(table, context):
    pages = {
        basis: str(shown.checks_table(table, basis, caption="x"))
        for basis in ("independent", "method", "fit", "cross-check")
    }
    for basis, html in pages.items():
        rows = table[table["basis"] == basis]
        assert html.count(">missed<") == (rows["outcome"] == "miss").sum()
        assert html.count("<tr>") == len(rows) + 1
    assert str(shown.registry_table(table)).count(">missed<") > 0
    assert len(shown.key_figures(context.plants, table)) == 5
    listed = str(shown.plants_table(context.plants))
    assert listed.count("<tr>") == len(context.plants) + 1
    assert listed.count("OUTSIDE") == sum(not row.inside for row in context.plants)
    assert "median error" in shown.trust_finding(context.plants)
    assert all(len(sentence) > 40 for sentence in shown.trust(table, context.measured))
    figure = shown.error_figure(table)
    assert (figure.table["value"].abs() <= 100.0).all()
    months = shown.monthly_figure(context.measured)
    assert months.table["panel"].nunique() == len(months.spec["vconcat"]) == 3


def test_the_command_prints_the_table_and_says_what_is_worse(monkeypatch, table):
    from click.testing import CliRunner

    from greenanalysis.cli.main import cli
    from greenanalysis.validation import checks
    from greenanalysis.validation import headline as first

    monkeypatch.setattr(first, "headline", lambda context: ["8 of 10 inside"])
    monkeypatch.setattr(checks, "validation_table", lambda weather, quick, context: table)
    done = CliRunner().invoke(cli, ["validate", "--quick"])
    assert done.exit_code == 0, done.output
    assert "miss" in done.output
    assert "8 of 10 inside" in done.output
    worse = table.assign(error=table["error"] + 1)
    monkeypatch.setattr(checks, "validation_table", lambda weather, quick, context: worse)
    failed = CliRunner().invoke(cli, ["validate", "--quick"])
    assert failed.exit_code == 1
    assert "worse than accepted" in failed.output
    refused = CliRunner().invoke(cli, ["validate", "--quick", "--record"])
    assert isinstance(refused.exception, InputError)


def test_no_published_plant_certifies_itself(context):
    """A wind plant whose site is in the map is computed without it; scaled sun is a fit."""
    rows = {row.name: row for row in context.plants}
    assert rows["Burnoye Solar-1"].basis == "fit"
    assert rows["All wind plants 2024"].basis == "fit"
    for name in ("Zhanatas", "Badamsha-2", "Yereymentau 2017"):
        assert rows[name].basis == "independent"
        assert "without the cited sites around" in rows[name].remark


def test_plants_lie_inside_the_stated_band_as_often_as_is_said(context):
    for technology in ("wind", "solar"):
        band, median = plant_score(context.plants, technology)
        assert band.low <= 0.80 <= band.high
        assert median <= 0.10
    sentences = headline(context)
    assert len(sentences) == 6
    assert "aim 0.05: missed" in sentences[2]


def test_a_brief_says_what_its_row_says(context):
    """A plant rated on its modules, and a wind farm with its own turbine beside cited sites."""
    rows = {row.name: row for row in context.plants}
    burnoye = make_brief(
        name="Burnoye Solar-1",
        latitude=42.7149,
        longitude=70.8157,
        technology="solar",
        capacity_mw=50.0,
        tariff=20.0,
        study=context.study,
        settings={"plant.rating": "dc"},
    )
    energy = burnoye.project.energy.p50_mwh / (50.0 * 8760)
    assert energy == pytest.approx(rows["Burnoye Solar-1"].got, rel=1e-4)
    zhanatas = make_brief(
        name="Zhanatas",
        latitude=43.5125,
        longitude=69.6452,
        technology="wind",
        capacity_mw=100.0,
        tariff=20.0,
        study=context.study,
        settings={"plant.turbine": "EN121/2500", "plant.hub_height_m": 90},
    )
    assert zhanatas.plant.without_anchor == pytest.approx(rows["Zhanatas"].got, rel=1e-6)
