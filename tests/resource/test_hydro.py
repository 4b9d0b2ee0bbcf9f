"""Hydro physics, the discharge reader and the command line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from greenanalysis.assessment.discharge import plant_yield, read_discharge
from greenanalysis.cli.main import cli
from greenanalysis.core.errors import InputError
from greenanalysis.resource.hydro import (
    TURBINES,
    flow_duration,
    flow_exceeded,
    friction_factor,
    head_loss,
    penstock_loss,
    plant_power,
    runner_diameter,
    surface_potential_twh,
    turbine_efficiency,
    usable_flow,
    water_power,
)

FOOT, CUBIC_FOOT = 0.3048, 0.3048**3
PLANT = {
    "gross_head": 50.0,
    "design_flow": 4.0,
    "turbine": "francis",
    "environmental_flow": 0.5,
    "loss_at_design": 0.05,
    "generator_efficiency": 0.95,
    "own_use": 0.02,
}
RANKED = {  # flow, million m3 a year: rank of 91 years, exceedance in percent as printed
    667.75: (1, "1.09"),
    353.29: (9, "9.78"),
    231.38: (18, "19.57"),
    156.67: (28, "30.43"),
    96.62: (37, "40.22"),
    63.81: (46, "50.00"),
    38.89: (55, "59.78"),
}


def test_flow_duration_gives_the_printed_probabilities():
    """Example 1.1, ranked yearly flows, https://askfilo.com/user-question-answers-smart-solutions/
    example-1-1-table-1-1-example-1-1-ranked-flow-year-flow-m-3335313532323237: seven of 91 years
    are printed with rank and exceedance; years between them stand in for the rest."""
    ranks = [rank for rank, _ in RANKED.values()]
    flows = np.interp(np.arange(1, 92), [*ranks, 91], [*RANKED, 4.32])
    record = np.random.default_rng(1).permutation(flows)
    curve = flow_duration(record)
    for flow, (rank, printed) in RANKED.items():
        row = curve.iloc[rank - 1]
        assert row["discharge"] == pytest.approx(flow)
        assert f"{100 * row['exceedance']:.2f}" == printed
        assert flow_exceeded(record, float(printed) / 100) == pytest.approx(flow, rel=5e-3)


@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=50), st.floats(1e-3, 1e3))
def test_flow_duration_scales_and_falls(flows, factor):
    curve = flow_duration(np.array(flows))
    assert (curve["discharge"].diff().dropna() <= 0).all()
    assert curve["exceedance"].between(0, 1, inclusive="neither").all()
    scaled = flow_duration(np.array(flows) * factor)
    assert np.allclose(scaled["discharge"], curve["discharge"] * factor)
    assert (scaled["exceedance"] == curve["exceedance"]).all()


def test_francis_curve_gives_the_printed_digits():
    """HydroGenerate documentation, user guide "Diversion Mode", first case: 5,000 cfs, runner of
    14.0 ft, flows below the best one; the curve takes the head of 330 ft without losses."""
    flow = np.array([2500, 2647.1, 2794.1, 2941.2, 3088.2, 3235.3, 3382.4, 3529.4, 3676.5])
    printed = [0.867, 0.887, 0.902, 0.915, 0.925, 0.932, 0.938, 0.941, 0.943]
    design = 5000 * CUBIC_FOOT
    got = turbine_efficiency("francis", flow * CUBIC_FOOT, design_flow=design, head=330 * FOOT)
    assert np.round(got, 3).tolist() == printed
    assert round(runner_diameter(design) / FOOT, 1) == 14.0


def test_kaplan_plant_gives_the_printed_digits():
    """The same guide, second case: 8,000 cfs, head 20 ft, net head 18 ft, generator 0.98."""
    flow = np.array([4000, 4941.2, 5882.4, 6823.5, 7764.7, 8000])
    design = 8000 * CUBIC_FOOT
    got = turbine_efficiency("kaplan", flow * CUBIC_FOOT, design_flow=design, head=20 * FOOT)
    assert np.round(got, 3).tolist() == [0.907, 0.911, 0.911, 0.911, 0.909, 0.907]
    power = water_power(np.array(design), 18 * FOOT) * got[-1] * 0.98
    assert float(power) * 1000 == pytest.approx(10833.3, abs=1.0)
    assert round(runner_diameter(design) / FOOT, 2) == 17.49


@pytest.mark.parametrize(
    ("turbine", "design", "head", "expected"),
    [
        ("kaplan", 20, 8, [0.75974, 0.87519, 0.90366, 0.90781, 0.90802, 0.90802, 0.90781, 0.90366]),
        ("propeller", 20, 8, [0.1495, 0.27076, 0.38941, 0.50499, 0.61684, 0.72387, 0.82388]),
        ("francis", 5, 60, [0.54903, 0.70319, 0.81168, 0.87971, 0.91367, 0.92232]),
        ("pelton", 2, 250, [0.86739, 0.88584, 0.88811, 0.8882, 0.8882, 0.88818, 0.88716, 0.87659]),
    ],
)
def test_curves_agree_with_another_implementation(turbine, design, head, expected):
    """HydroGenerate 1.4.1 (Idaho National Laboratory), run at 0.3, 0.4, ... of the design flow."""
    flow = np.linspace(0.3, 1, 8)[: len(expected)] * design
    got = turbine_efficiency(turbine, flow, design_flow=design, head=head, jets=3)
    assert np.allclose(got, expected, atol=6e-6)


def test_crossflow_at_the_ends_and_francis_at_full_load():
    got = turbine_efficiency("crossflow", np.array([0, 0.5, 1]), design_flow=1, head=10)
    assert got == pytest.approx([0, 0.79 - 0.075 - 1.37 * 0.5**14, 0.79])
    speed = 600 / np.sqrt(60)
    ends = turbine_efficiency("francis", np.array([0.65 * speed**0.05, 1]), design_flow=1, head=60)
    assert ends[1] / ends[0] == pytest.approx(1 - 0.0072 * speed**0.4)


@given(
    st.sampled_from(sorted(TURBINES)),
    st.floats(0, 1),
    st.floats(0.2, 50),
    st.floats(3, 400),
)
def test_no_turbine_makes_energy(turbine, share, design, head):
    if turbine == "francis":
        head += 6  # a Francis turbine is no machine for less than 8.8 m
    got = turbine_efficiency(turbine, np.array([share * design]), design_flow=design, head=head)
    assert 0 <= got[0] <= 1


@given(st.floats(0, 20), st.floats(0, 5), st.floats(0.1, 10))
def test_the_plant_takes_no_more_than_the_river_has(flow, environmental, design):
    got = float(usable_flow(np.array(flow), environmental_flow=environmental, design_flow=design))
    assert 0 <= got <= design
    assert got <= max(flow - environmental, 0) + 1e-12


@given(st.floats(0.1, 100), st.floats(1, 500), st.floats(0.1, 10))
def test_water_power_scales(flow, head, factor):
    assert water_power(np.array(flow * factor), head) == pytest.approx(
        factor * float(water_power(np.array(flow), head))
    )
    assert float(water_power(np.array(1.0), 1.0)) == pytest.approx(9.81e-3)
    one = float(surface_potential_twh(np.array(flow), np.array(head)))
    assert float(surface_potential_twh(np.array(flow * factor), np.array(head))) == pytest.approx(
        factor * one
    )
    seconds = 8760 * 3600
    assert one * 1e6 == pytest.approx(
        float(water_power(np.array(flow * 1e9 / seconds), head)) * 8760
    )


def test_losses_grow_with_the_square_and_agree_with_colebrook():
    kwargs = {"gross_head": 100.0, "design_flow": 10.0, "loss_at_design": 0.08}
    assert head_loss(np.array([5.0, 10.0]), **kwargs).tolist() == [2.0, 8.0]
    pipe = {"length": 500.0, "diameter": 1.2, "friction_factor": 0.018}
    assert penstock_loss(np.array(4.0), **pipe) == pytest.approx(
        4 * float(penstock_loss(np.array(2.0), **pipe))
    )
    reynolds = 4 * 3 / (np.pi * 1.2 * 1.307e-6)
    colebrook = brentq(
        lambda f: 1 / np.sqrt(f) + 2 * np.log10(1.5e-4 / 3.7 / 1.2 + 2.51 / reynolds / np.sqrt(f)),
        1e-3,
        0.1,
    )
    assert friction_factor(3.0, diameter=1.2, roughness=1.5e-4) == pytest.approx(
        colebrook, rel=0.03
    )


@given(st.floats(0, 10))
def test_power_rises_with_flow_and_two_units_help_at_part_load(flow):
    power = plant_power(np.array([flow, flow + 0.5]), **PLANT)
    assert power[1] >= power[0] - 0.01 * power.max()
    low = np.array([1.5])
    assert plant_power(low, **PLANT, units=2)[0] > plant_power(low, **PLANT)[0]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"gross_head": 0.0}, "gross_head"),
        ({"design_flow": -1.0}, "design_flow"),
        ({"own_use": 1.2}, "own_use"),
        ({"loss_at_design": 2.0}, "loss_at_design"),
        ({"environmental_flow": -1.0}, "environmental_flow"),
        ({"turbine": "francois"}, "did you mean francis"),
    ],
)
def test_a_wrong_plant_is_one_clear_error(change, text):
    with pytest.raises(InputError, match=text):
        plant_power(np.array([2.0]), **(PLANT | change))


def test_a_negative_flow_is_refused():
    with pytest.raises(InputError, match="discharge: got -1"):
        flow_duration(np.array([1.0, -1.0]))
    with pytest.raises(InputError, match="share"):
        flow_exceeded(np.array([1.0, 2.0]), 1.5)


def record(tmp_path, years=12, step="D", gap=None):
    times = pd.date_range("2001-01-01", f"{2000 + years}-12-31", freq=step)
    flow = 3 + 2 * np.sin(2 * np.pi * times.dayofyear / 365.25) + 0.1 * (times.year - 2001)
    table = pd.DataFrame({"date": times.strftime("%Y-%m-%d"), "discharge_m3s": flow})
    if gap is not None:
        table.loc[gap, "discharge_m3s"] = np.nan
    path = tmp_path / "river.csv"
    table.to_csv(path, index=False)
    return path


def test_yield_and_p90_of_a_record(tmp_path):
    result = plant_yield(read_discharge(record(tmp_path)), PLANT)
    energy = np.sort(result.years["energy_mwh"])
    assert len(energy) == 12
    below = 0.1 * 13 - 1  # rank of the 90 % year, counted from the smallest
    expected = energy[0] + below * (energy[1] - energy[0])
    assert result.summary["p90_mwh"] == pytest.approx(expected)
    assert result.summary["p90_mwh"] < result.summary["mean_mwh"]
    assert result.summary["p90_normal_mwh"] == pytest.approx(
        energy.mean() - 1.2816 * energy.std(ddof=1), rel=1e-4
    )
    assert 0 < result.summary["capacity_factor"] < 1


def test_constant_flow_gives_power_times_hours(tmp_path):
    path = tmp_path / "river.csv"
    days = pd.date_range("2004-01-01", "2005-12-31").strftime("%Y-%m-%d")
    pd.DataFrame({"date": days, "discharge_m3s": 4.5}).to_csv(path, index=False)
    years = plant_yield(read_discharge(path), PLANT).years
    power = plant_power(np.array([4.5]), **PLANT)[0]
    assert years["energy_mwh"].tolist() == pytest.approx([power * 8784, power * 8760])
    assert years["capacity_factor"].tolist() == pytest.approx([1, 1])


def test_gaps_and_months(tmp_path):
    whole = plant_yield(read_discharge(record(tmp_path)), PLANT).years
    holed = plant_yield(read_discharge(record(tmp_path, gap=slice(10, 80))), PLANT).years
    assert 2001 in whole.index
    assert 2001 not in holed.index
    months = read_discharge(record(tmp_path, step="MS"))
    assert months.attrs["step"] == "month"
    few = plant_yield(read_discharge(record(tmp_path, years=2)), PLANT).summary
    assert np.isnan(few["p90_mwh"])
    assert np.isnan(few["p90_normal_mwh"])


def test_months_and_ten_days_may_be_written_by_their_end_and_with_dots(tmp_path):
    path = tmp_path / "river.csv"

    def read(days):
        pd.DataFrame({"date": days, "discharge_m3s": np.arange(len(days)) % 7}).to_csv(
            path, index=False
        )
        return read_discharge(path)

    months = pd.date_range("2003-01-01", "2004-12-01", freq="MS")
    ends = months + pd.offsets.MonthEnd()
    by_start = read(months.strftime("%Y-%m-%d"))
    by_end = read(ends.strftime("%d.%m.%Y"))
    pd.testing.assert_series_equal(by_start, by_end, check_freq=False)
    assert by_end.attrs["step"] == "month"

    first = pd.DatetimeIndex(
        sorted(month + pd.Timedelta(days=day) for month in months for day in (0, 10, 20))
    )
    last = pd.DatetimeIndex([*(first[1:] - pd.Timedelta(days=1)), ends[-1]])
    dekads = read(first.strftime("%Y-%m-%d"))
    pd.testing.assert_series_equal(dekads, read(last.strftime("%d.%m.%Y")), check_freq=False)
    assert dekads.attrs["step"] == "ten days"
    constant = pd.Series(4.5, index=dekads.index).rename("discharge")
    constant.attrs["step"] = "ten days"
    power = plant_power(np.array([4.5]), **PLANT)[0]
    energy = plant_yield(constant, PLANT).years["energy_mwh"]
    assert energy.tolist() == pytest.approx([power * 8760, power * 8784])
    assert plant_yield(constant, PLANT).years["share"].tolist() == pytest.approx([1, 1])


def test_the_duration_curve_falls_through_the_median(tmp_path):
    result = plant_yield(read_discharge(record(tmp_path)), PLANT)
    assert list(result.duration.index) == list(range(5, 100, 5))
    assert (result.duration.diff().dropna() <= 0).all()
    assert result.duration[50] == pytest.approx(result.summary["q50_m3s"])
    assert result.duration[95] == pytest.approx(result.summary["q95_m3s"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("day,flow\n2001-01-01,1\n", "columns"),
        ("date,discharge_m3s\n2001-01-01,1\n", "rows"),
        ("date,discharge_m3s\n2001-01-01,1\n2001-01-02,-3\n", "record 2; allowed: 0 or more"),
        ("date,discharge_m3s\n2001-01-01,1\n2001-01-02,much\n", "a number in m3/s"),
        ("date,discharge_m3s\n2001-01-01,1\n01.02.2001,1\n", "a date such as"),
        ("date,discharge_m3s\n2001-01-02,1\n2001-01-01,1\n", "each time once"),
        ("date,discharge_m3s\n2001-01-02,1\n2001-01-09,1\n", "time step"),
    ],
)
def test_a_wrong_record_is_one_clear_error(tmp_path, text, message):
    path = tmp_path / "river.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_discharge(path)


def test_zones_are_left_out_and_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "river.csv"
    rows = "2001-01-01T00:00:00+06:00,1\n2001-01-01T01:00:00+05:00,2\n2001-01-01T02:00Z,3\n"
    path.write_text("\ufeffdate,discharge_m3s\n" + rows, encoding="utf-8")
    got = read_discharge(path)
    assert got.attrs["step"] == "hour"
    assert got.index.tz is None
    assert got.tolist() == [1, 2, 3]


def test_a_missing_file_and_a_short_record(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_discharge(tmp_path / "none.csv")
    path = tmp_path / "river.csv"
    path.write_text("date,discharge_m3s\n2001-01-01,1\n2001-01-02,1\n")
    with pytest.raises(InputError, match="at least one year"):
        plant_yield(read_discharge(path), PLANT)


def test_command_line(tmp_path):
    out = tmp_path / "years.csv"
    arguments = ["hydro", "yield", "--discharge", str(record(tmp_path)), "--head", "50"]
    arguments += ["--design-flow", "4", "--out", str(out)]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "p90_mwh" in result.output
    assert "environmental_flow_m3s" in result.output
    assert "flow duration curve" in result.output
    assert "  95 %" in result.output
    assert list(pd.read_csv(out).columns) == ["year", "share", "energy_mwh", "capacity_factor"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"turbine": "pelten"}, "did you mean pelton"),
        ({"design_flow": 0.0}, "design_flow: got 0.0"),
        ({"head": -2.0}, "head: got -2.0"),
        ({"manufacturer": 7.0}, "manufacturer: got 7.0.*2.8 to 6.1"),
        ({"jets": 0}, "jets: got 0.*1 to 6"),
    ],
)
def test_a_wrong_turbine_is_one_clear_error(change, text):
    asked = {"turbine": "pelton", "design_flow": 2.0, "head": 250.0, **change}
    with pytest.raises(InputError, match=text):
        turbine_efficiency(asked.pop("turbine"), np.array([1.0]), **asked)


def test_a_francis_turbine_at_a_low_head_is_refused_not_still():
    with pytest.raises(InputError, match=r"above about 8\.8 m"):
        turbine_efficiency("francis", np.array([3.0]), design_flow=4.0, head=8.0)
