"""Many scenarios: parallel, resumable, one Dataset, and a figure from it."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner

from greenanalysis.cli.main import cli
from greenanalysis.core.errors import InputError
from greenanalysis.core.formats import write_arrays
from greenanalysis.site.draw import figures
from greenanalysis.site.pages import alternatives as alternatives_views
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.results.summary import summarise
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve import optimise as solving
from greenanalysis.supergrid.solve import reprice
from greenanalysis.supergrid.solve import sweep as sweeps
from greenanalysis.supergrid.solve.optimise import NotConverged
from greenanalysis.supergrid.solve.reprice import Repricer
from greenanalysis.supergrid.solve.sweep import cross, read_sweep, run_sweep
from tests.support.supergrid_world import INPUTS, SMALL, WHOLE

pytestmark = pytest.mark.filterwarnings("ignore")
SETTING = {"time.typical_days": 1, "time.hours_per_step": 6, "solver.method": "simplex"}
ROWS = cross({"wacc": [0.05], "markets.price_factor": [1.0, 2.0]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cache") / "sweeps"


@pytest.fixture(scope="module")
def results(folder):
    return run_sweep("base", ROWS, inputs=INPUTS, setting=SETTING, jobs=2, directory=folder)


def test_results_are_one_dataset_with_scenario_and_units(results, tmp_path):
    assert results.sizes["scenario"] == 2
    assert all(results[name].attrs.get("units") for name in results.data_vars if name != "failure")
    assert set(results["new_line"].dims) == {"scenario", "corridor"}
    assert list(results["wacc"].to_numpy()) == [0.05, 0.05]
    assert not any(results["failure"].to_numpy())
    write_arrays(results, tmp_path / "sweep.nc")
    with xr.open_dataset(tmp_path / "sweep.nc") as again:
        xr.testing.assert_equal(again.load(), results)
        assert again["export"].attrs["units"] == "TWh"


def test_a_figure_is_rebuilt_from_the_file(results, tmp_path):
    write_arrays(results, tmp_path / "sweep.nc")
    with xr.open_dataset(tmp_path / "sweep.nc") as again:
        table = again["generation_by_carrier"].to_pandas()
        figure = figures.stacked_bars(table, unit="TWh in the year")
        lines = alternatives_views.trade_off_lines(again)
        drawn = figures.lines(lines, unit="TWh", across="times").table
        assert drawn["value"].tolist() == pytest.approx(again["export"].to_numpy())
        assert drawn["x"].tolist() == [1.0, 2.0]
    heights = float(figure.table["value"].sum())
    assert heights == pytest.approx(float(results["generation_by_carrier"].sum()), rel=1e-6)
    shown = alternatives_views.sweep_table(
        results, "export", along="wacc", by="markets_price_factor", caption="export"
    )
    assert f"{float(results['export'][1]):,.1f}" in shown


def test_lines_that_pay_are_told_by_name_not_by_code():
    table = pd.DataFrame(
        {
            "market": ["turkey"],
            "path": ["caspian + tuerkiye"],
            "price_usd_per_mwh": [50.0],
            "break_even_usd_per_mwh": [60.0],
            "line_cost_factor": [0.5],
        }
    )
    shown = alternatives_views.break_even_table(SimpleNamespace(break_even=table))
    assert "Aktau-Baku + Baku-Tbilisi-Erzurum" in shown
    assert "caspian" not in shown


@pytest.fixture
def solver(results, monkeypatch):
    """Stand in for the solver: scenarios of its list have no answer, the others a known one."""
    known = json.loads(json.dumps(one_row_of(results)))
    calls, lacking = [], []

    def answer(scenario, _inputs, _repricer):
        calls.append(scenario)
        failure = "no answer" if scenario.wacc in lacking else ""
        values = {} if failure else known
        return {"failure": failure, "seconds": 0.1, "values": values}

    monkeypatch.setattr(sweeps, "solve_one", answer)
    return calls, lacking


def one_row_of(results):
    flat = [name for name in results.data_vars if results[name].dtype.kind == "f"]
    first = results[flat].isel(scenario=0)
    return {
        name: first[name].to_series().to_dict() if first[name].ndim else float(first[name])
        for name in flat
    }


def test_an_interrupted_sweep_goes_on_where_it_stopped(solver, tmp_path):
    calls, _ = solver
    rows = cross({"wacc": [0.05, 0.06, 0.07, 0.08]})
    first = run_sweep("base", rows, inputs=INPUTS, jobs=1, directory=tmp_path)
    files = sorted(tmp_path.glob("*.json"))
    assert len(files) == len(calls) == 4
    files[0].unlink()
    files[1].write_text("{broken")
    again = run_sweep("base", rows, inputs=INPUTS, jobs=1, directory=tmp_path)
    assert len(calls) == 6
    xr.testing.assert_equal(again, first)


def test_a_scenario_without_solution_is_told_and_tried_again(solver, tmp_path):
    calls, lacking = solver
    lacking.append(0.06)
    rows = cross({"wacc": [0.05, 0.06]})
    found = run_sweep("base", rows, inputs=INPUTS, jobs=1, directory=tmp_path)
    assert np.isnan(found["export"][1])
    assert np.isfinite(found["export"][0])
    assert str(found["failure"].to_numpy()[1]) == "no answer"
    with pytest.raises(InputError, match="no scenario has a solution"):
        run_sweep("base", rows[1:], inputs=INPUTS, jobs=1, directory=tmp_path)
    lacking.clear()
    again = run_sweep("base", rows, inputs=INPUTS, jobs=1, directory=tmp_path)
    assert [scenario.wacc for scenario in calls] == [0.05, 0.06, 0.06, 0.06]
    assert np.isfinite(again["export"]).all()
    assert not any(again["failure"].to_numpy())


@pytest.mark.parametrize("method", ["hipdlp", "ipm"])
def test_where_a_solver_stops_short_an_exact_one_follows(method, monkeypatch):
    tried = []

    def stopping(network, *, method, **_):
        tried.append(method)
        if method != "simplex":
            raise NotConverged("stopped short")
        raise InputError("infeasible")

    monkeypatch.setattr(sweeps, "build_network", lambda *_, **__: None)
    monkeypatch.setattr(reprice, "constraints_key", lambda _network: "one")
    monkeypatch.setattr(solving, "solve", stopping)
    row = sweeps.solve_one(load_scenario("base", {"solver.method": method}), INPUTS, Repricer())
    assert tried == [method, "simplex"]
    assert row["failure"] == "infeasible"


def test_wrong_keys_values_and_files_are_refused_before_anything_is_solved(tmp_path):
    with pytest.raises(InputError, match="unknown key"):
        run_sweep("base", [{"wac": 1}], inputs=INPUTS)
    with pytest.raises(InputError, match="two scenarios are the same"):
        run_sweep("base", [{"wacc": 0.05}] * 2, inputs=INPUTS)
    with pytest.raises(InputError, match="weather.*the same for all"):
        run_sweep("base", [{"weather": "sample"}, {"weather": "other"}], inputs=INPUTS)
    with pytest.raises(InputError, match="at least one"):
        cross({"wacc": []})
    with pytest.raises(InputError, match="up to 2000"):
        cross({"wacc": range(3000)})
    path = tmp_path / "sweep.yaml"
    path.write_text("base: caspian\nvary: {wacc: [0.05, 0.06]}\n")
    assert read_sweep(path) == ("caspian", [{"wacc": 0.05}, {"wacc": 0.06}])
    path.write_text("vary: {solver.tolerance: [1e-5, 1e-6]}\n")
    assert read_sweep(path)[1] == [{"solver.tolerance": 1e-5}, {"solver.tolerance": 1e-6}]
    for text in ("runs: 3\n", "scenarios: 3\n", "a: [\n", "vary: {wacc: 0.05}\n", "vary: 3\n"):
        path.write_text(text)
        with pytest.raises(InputError, match="sweep"):
            read_sweep(path)


def test_the_command_line_asks_for_a_file_or_values():
    result = CliRunner().invoke(cli, ["sweep"])
    assert result.exit_code == 2
    assert "either a FILE or --vary" in result.output
    result = CliRunner().invoke(cli, ["sweep", "--vary", "wacc"])
    assert "write KEY=V1,V2" in result.output
    result = CliRunner().invoke(cli, ["sweep", "--vary", "wacc=[0.05"])
    assert result.exit_code == 2
    assert "no YAML" in result.output
    for values in ("0,8", "-0,5", "0,07", "1,05"):
        result = CliRunner().invoke(cli, ["sweep", "--vary", f"markets.price_factor={values}"])
        assert result.exit_code == 2
        assert "has a point" in result.output


@pytest.fixture
def small_world(monkeypatch):
    monkeypatch.setattr(
        "greenanalysis.supergrid.export.export_inputs",
        lambda name, *, weather: (load_scenario(name), {"name": weather}, INPUTS),
    )


def test_the_command_line_takes_what_is_solved_and_saves_it(
    small_world, results, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(sweeps, "SMALL", SETTING)
    monkeypatch.setattr(sweeps, "cache_dir", lambda: folder.parent)
    path = tmp_path / "out.nc"
    vary = ["--vary", "wacc=0.05", "--vary", "markets.price_factor=1.0,2.0"]
    done = CliRunner().invoke(cli, ["sweep", *vary, "--jobs", "1", "--out", str(path)])
    assert done.exit_code == 0, done.output
    assert "2 in" in done.output
    with xr.open_dataset(path) as saved:
        np.testing.assert_allclose(saved["export"], results["export"], rtol=1e-6)


def test_the_benchmark_counts_errors_from_its_last_row(small_world):
    options = [f"--set={key}={value}" for key, value in SMALL.items() if "time" not in key]
    done = CliRunner().invoke(
        cli,
        ["grid-benchmark", *options, "--set=time.link_days=false", "--method=simplex",
         "--time=1x6", "--time=2x6"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    table = [line.split() for line in done.output.splitlines()[-3:]]
    rows = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    assert [row["typical_days"] for row in rows] == ["1", "2"]
    assert {row["status"] for row in rows} == {"optimal"}
    cost = [float(row["objective_musd"].replace(",", "")) for row in rows]
    # costs are printed to a tenth of a million
    assert float(rows[0]["error"]) == pytest.approx(cost[0] / cost[1] - 1, abs=2 * 0.05 / cost[1])
    assert float(rows[1]["error"]) == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--time", "abc"], "write DAYSxHOURS"),
        (["--time", "4x5"], "hours_per_step: got 5"),
        (["--time", "400x3"], "typical_days: got 400"),
        (["--method", "magic"], "solver.method: got 'magic'"),
        (["--set", "wac=1"], "did you mean wacc"),
    ],
)
def test_a_benchmark_of_nonsense_is_refused_before_anything_is_read(options, text):
    done = CliRunner().invoke(cli, ["grid-benchmark", *options])
    assert done.exit_code != 0
    assert text in done.output + str(done.exception)


def test_prices_alone_change_no_model_and_the_answer_is_that_of_one_alone():
    prices = {
        "wacc": 0.05, "markets.price_factor": 1.7, "corridors.cost_factor": 1.2,
        "co2_price_usd_per_t": 30.0,
    }  # fmt: skip
    repricer, rows, answers = Repricer(), [], []
    for change in ({}, {"demand.growth": 0.05}, prices):
        scenario = load_scenario("base", {**SETTING, **change})
        network, solution = repricer.solve(build_network(scenario, **WHOLE), method="simplex")
        rows.append(
            {**sweeps._one_row(summarise(network, scenario)), "usd": solution.objective_usd}
        )
        answers.append(network)
    assert answers[2] is answers[0]
    assert answers[1] is not answers[0]
    alone = build_network(scenario, **WHOLE)
    usd = solving.solve(alone, method="simplex").objective_usd
    own = {**sweeps._one_row(summarise(alone, scenario)), "usd": usd}
    assert own.keys() == rows[2].keys()
    for name, value in own.items():
        assert rows[2][name] == pytest.approx(value, rel=1e-12, nan_ok=True), name
    assert rows[2]["usd"] != rows[0]["usd"]
