"""Ways to later years, and the figures that show them."""

import pandas as pd
import pytest
from click.testing import CliRunner

from greenanalysis.cli.supergrid import grid_pathway
from greenanalysis.core.errors import InputError
from greenanalysis.core.tables import read_facts
from greenanalysis.site.draw import figures
from greenanalysis.site.pages import alternatives as alternatives_views
from greenanalysis.supergrid import export
from greenanalysis.supergrid.robustness.pathway import (
    TARGETS,
    build_step_by_step,
    neutrality,
    reported_emissions,
)
from greenanalysis.supergrid.scenario import load_scenario
from tests.support.supergrid_world import INPUTS, SMALL, WHOLE

MIX = pd.DataFrame(
    {
        "year": [2023, 2024, 2024, 2024, 2024],
        "carrier": ["coal", "coal", "gas", "oil", "wind"],
        "series": ["ember"] * 5,
        "generation_twh": [70.0, 60.0, 30.0, 2.0, 5.0],
    }
)


def test_reported_emissions_are_energy_times_factor():
    tonnes = reported_emissions(MIX, {"coal": 1.0, "gas": 0.5})
    assert tonnes.to_dict() == pytest.approx({2023: 70.0, 2024: 60.0 + 0.5 * 32.0})


def test_the_way_to_neutrality_is_a_straight_line_that_a_scenario_takes():
    tonnes = reported_emissions(MIX, {"coal": 1.0, "gas": 0.5})
    rows = neutrality(tonnes, [2030, 2042, 2060], zero_year=2060)
    limits = {row["year"]: row["co2_limit_mt"] for row in rows}
    assert limits[2042] == pytest.approx(76.0 / 2)
    assert limits[2030] == pytest.approx(76.0 * 30 / 36, abs=1e-3)
    assert limits[2060] == 0.0
    assert "fleet.retire_after_years" not in rows[0]
    assert load_scenario("base", rows[1]).co2_limit_mt == limits[2042]
    with pytest.raises(InputError, match="after 2024, up to 2060"):
        neutrality(tonnes, [2024], zero_year=2060)


def test_targets_and_reported_generation_fit_together():
    mix = read_facts("generation_mix", numeric=["year", "generation_twh"])
    rows = neutrality(
        reported_emissions(mix, {"coal": 1.0, "gas": 0.5}),
        [row["year"] for row in TARGETS],
        zero_year=2060,
    )
    limits = [row["co2_limit_mt"] for row in rows]
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] > 0


def test_spans_reach_from_least_to_most_with_a_mark_at_the_optimum():
    table = pd.DataFrame(
        {"least": [0.0, 1.0], "optimum": [0.5, 2.0], "most": [3.0, 2.5]}, index=["a", "b"]
    )
    chart = figures.spans(table, unit="GW")
    assert (
        chart.table[["least", "optimum", "most"]].to_numpy().tolist() == table.to_numpy().tolist()
    )
    bar, mark = chart.spec["layer"]
    assert (bar["encoding"]["x"]["field"], bar["encoding"]["x2"]["field"]) == ("least", "most")
    assert mark["encoding"]["x"]["field"] == "optimum"
    assert chart.unit == "GW"


def test_codes_of_technologies_become_words():
    bars = alternatives_views.pathway_bars(
        pd.DataFrame(
            {"gas_ccgt": [2.0], "wind": [9.0], "biofuel": [0.1]},
            index=pd.Index([2030], name="scenario"),
        )
        .rename_axis(columns="carrier")
        .stack()
        .rename("generation_by_carrier")
        .to_xarray()
        .to_dataset()
        .assign_coords(year=("scenario", [2030]))
    )
    assert list(bars.columns) == ["combined-cycle gas", "wind"]


def test_a_step_keeps_what_the_steps_before_it_built():
    steps = [
        load_scenario(
            "no_export", {**SMALL, "year": year, "fleet.build_limits": True, "res_share": share}
        )
        for year, share in ((2030, 0.15), (2035, None))
    ]
    table = build_step_by_step(steps, inputs=WHOLE)
    assert list(table["year"]) == [2030, 2035]
    new = [name for name in table if name.startswith("new_")]
    assert (table[new].iloc[1] >= table[new].iloc[0] * (1 - 1e-5) - 1e-3).all()
    assert table["new_wind_gw"].iloc[0] > 0
    with pytest.raises(InputError, match="ascending"):
        build_step_by_step(steps[::-1], inputs=WHOLE)


def test_the_command_tells_each_step(monkeypatch):
    monkeypatch.setattr(export, "export_inputs", lambda *_, **__: (None, None, INPUTS))
    done = CliRunner().invoke(
        grid_pathway, ["no_export", "--year", "2030", "--days", "1", "--hours", "6"]
    )
    assert done.exit_code == 0, done.output
    assert "2030:" in done.output
    assert "new_wind_gw" in done.output
    assert "standing_coal_gw" in done.output
