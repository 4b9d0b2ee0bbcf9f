import dataclasses

import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import data_dir, project_root
from greenanalysis.supergrid.scenario import (
    export_corridors,
    load_scenario,
    scenario_names,
    settings,
    settings_markdown,
)

BASE = data_dir() / "scenarios" / "base.yaml"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE.read_text())
    return tmp_path


def test_all_named_scenarios_load_and_say_what_they_ask():
    names = scenario_names()
    assert names[0] == "base"
    assert {"base", "no_export", "caspian", "xinjiang"} <= set(names)
    scenarios = [load_scenario(name) for name in names]
    assert len({s.question for s in scenarios}) == len(names)
    assert all(s.question.endswith("?") for s in scenarios)
    assert len({dataclasses.astuple(s)[3:] for s in scenarios}) == len(names)


def test_a_scenario_is_the_base_plus_its_own_lines(folder):
    (folder / "dear.yaml").write_text("markets: {price_factor: 2}\n")
    base, dear = (load_scenario(name, directory=folder) for name in ("base", "dear"))
    assert scenario_names(folder) == ["base", "dear"]
    assert dear.markets.price_factor == 2.0
    changed = dataclasses.replace(dear.markets, price_factor=1.0)
    assert dataclasses.replace(dear, name="base", markets=changed) == base


def test_overrides_may_be_nested_or_dotted():
    nested = load_scenario("base", {"time": {"typical_days": 3}})
    assert nested == load_scenario("base", {"time.typical_days": 3})
    assert nested.time.typical_days == 3


def test_scenarios_are_frozen_and_hashable():
    scenario = load_scenario("base")
    with pytest.raises(dataclasses.FrozenInstanceError):
        scenario.year = 2040
    assert hash(scenario) == hash(load_scenario("base"))


def test_all_corridors_is_every_candidate_abroad():
    assert load_scenario("base").corridors.allowed == tuple(export_corridors())
    assert load_scenario("no_export").corridors.allowed == ()


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        ({"yaer": 2030}, ["unknown key", "'yaer'", "did you mean year"]),
        ({"markets": {"price": 2}}, ["unknown key", "markets.price", "markets.price_factor"]),
        ({"markets": 3}, ["unknown key", "'markets'"]),
        ({"year": "soon"}, ["year", "'soon'", "allowed: int"]),
        ({"year": 2030.5}, ["year", "2030.5", "allowed: int"]),
        ({"year": 2061}, ["year", "2061", "2020 to 2060"]),
        ({"year": True}, ["year", "True", "allowed: int"]),
        ({"wacc": 8}, ["wacc", "8", "0 to 0.3"]),
        ({"wacc": float("nan")}, ["wacc", "nan", "0 to 0.3"]),
        ({"year": None}, ["year", "None", "int"]),
        ({"markets.export": 1}, ["markets.export", "allowed: bool"]),
        ({"time.hours_per_step": 5}, ["time.hours_per_step", "5", "1, 2, 3, 4, 6"]),
        ({"solver.method": "magic"}, ["solver.method", "magic", "simplex"]),
        ({"corridors.allowed": ["caspain"]}, ["caspain", "did you mean caspian"]),
        ({"corridors.allowed": "caspian"}, ["corridors.allowed", "all, or a list"]),
        ({"title": " "}, ["title", "a text"]),
    ],
)
def test_bad_values_are_refused_with_place_and_allowed(overrides, parts):
    with pytest.raises(InputError) as error:
        load_scenario("base", overrides)
    assert all(part in str(error.value) for part in ["overrides", *parts])


def test_the_message_names_the_file(folder):
    (folder / "odd.yaml").write_text("year: never\n")
    with pytest.raises(InputError, match=r"odd\.yaml"):
        load_scenario("odd", directory=folder)


def test_unknown_scenario_broken_yaml_and_missing_keys(folder):
    with pytest.raises(InputError, match="did you mean caspian"):
        load_scenario("caspain")
    (folder / "torn.yaml").write_text("year: [2030\n")
    with pytest.raises(InputError, match="cannot be read as YAML"):
        load_scenario("torn", directory=folder)
    (folder / "list.yaml").write_text("- 1\n")
    with pytest.raises(InputError, match="keys and values"):
        load_scenario("list", directory=folder)
    (folder / "base.yaml").write_text("title: Only a title\n")
    with pytest.raises(InputError, match="no question"):
        load_scenario("base", directory=folder)


def test_the_guide_lists_the_settings_as_they_are():
    guide = (project_root() / "docs" / "scenarios.md").read_text()
    assert settings_markdown() in guide


def test_the_defaults_that_are_listed_are_those_of_a_scenario_that_names_none(folder):
    (folder / "base.yaml").write_text("title: T\nquestion: Q?\n")
    scenario = load_scenario("base", directory=folder)
    listed = settings().set_index("key")["default"]
    assert listed["time.typical_days"] == str(scenario.time.typical_days)
    assert listed["solver.method"] == scenario.solver.method
    assert float(listed["solver.tolerance"]) == scenario.solver.tolerance
    assert listed["markets.export"] == str(scenario.markets.export).lower()
    assert listed["wacc"] == ""
    assert scenario.wacc is None


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        ({"markets.price_states": [{"factor": 1}]}, ["price_states", "null, or a list"]),
        ({"markets.price_states": [{"factor": 1, "probability": 0.4}]}, ["the sum 1", "0.4"]),
        ({"markets.must_deliver": [{"market": "atlantis", "twh": 1}]}, ["unknown market"]),
        ({"markets.must_deliver": [{"market": "xinjiang", "twh": True}]}, ["must_deliver"]),
        ({"weather_years": [2011, 2011]}, ["weather_years", "different years"]),
        ({"wacc": "0.08"}, ["wacc", "'0.08'", "allowed: float, 0 to 0.3"]),
    ],
)
def test_lists_and_strict_types_are_refused_by_key(overrides, parts):
    with pytest.raises(InputError) as error:
        load_scenario("base", overrides)
    assert all(part in str(error.value) for part in ["overrides", *parts])


def test_a_key_that_stands_twice_and_exponents_without_a_point(folder):
    (folder / "twice.yaml").write_text("wacc: 0.07\nwacc: 0.09\n")
    with pytest.raises(InputError, match=r"twice\.yaml.*'wacc'"):
        load_scenario("twice", directory=folder)
    (folder / "fine.yaml").write_text("solver: {tolerance: 1e-5}\n")
    assert load_scenario("fine", directory=folder).solver.tolerance == 1e-5
