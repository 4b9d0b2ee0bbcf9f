"""Many scenarios: parallel, resumable, one Dataset, and a figure from it."""

import json

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from greenanalysis.cli import cli
from greenanalysis.errors import InputError
from greenanalysis.report import alternatives_views, figures
from greenanalysis.supergrid import sweep as sweeps
from greenanalysis.supergrid.sweep import cross, read_sweep, run_sweep
from greenanalysis.supergrid.sweep_dataset import save
from tests.supergrid_world import INPUTS

pytestmark = pytest.mark.filterwarnings("ignore")
SETTING = {"time.typical_days": 1, "time.hours_per_step": 6, "solver.method": "simplex"}
ROWS = cross({"wacc": [0.05, 0.1], "markets.price_factor": [1.0, 2.0]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sweeps")


@pytest.fixture(scope="module")
def results(folder):
    return run_sweep("base", ROWS, inputs=INPUTS, setting=SETTING, jobs=2, directory=folder)


def test_results_are_one_dataset_with_scenario_and_units(results, tmp_path):
    assert results.sizes["scenario"] == 4
    assert all(results[name].attrs.get("units") for name in results.data_vars if name != "failure")
    assert set(results["new_line"].dims) == {"scenario", "corridor"}
    assert list(results["wacc"].to_numpy()) == [0.05, 0.05, 0.1, 0.1]
    assert not any(results["failure"].to_numpy())
    save(results, tmp_path / "sweep.nc")
    with xr.open_dataset(tmp_path / "sweep.nc") as again:
        xr.testing.assert_equal(again.load(), results)
        assert again["export"].attrs["units"] == "TWh"


def test_a_figure_is_rebuilt_from_the_file(results, tmp_path):
    save(results, tmp_path / "sweep.nc")
    with xr.open_dataset(tmp_path / "sweep.nc") as again:
        table = again["generation_by_carrier"].to_pandas()
        figure = figures.stacked_bars(table, unit="TWh in the year")
    heights = sum(patch.get_height() for patch in figure.axes[0].patches)
    assert heights == pytest.approx(float(results["generation_by_carrier"].sum()), rel=1e-6)
    shown = alternatives_views.sweep_table(
        results, "export", along="wacc", by="markets_price_factor", caption="export"
    )
    assert f"{float(results['export'][1]):,.1f}" in shown


def test_an_interrupted_sweep_goes_on_where_it_stopped(results, folder, monkeypatch):
    files = sorted(folder.glob("*.json"))
    assert len(files) == 4
    files[0].unlink()
    files[1].write_text("{broken")
    seen = []
    real = sweeps.solve_one
    monkeypatch.setattr(sweeps, "solve_one", lambda *a: seen.append(1) or real(*a))
    again = run_sweep("base", ROWS, inputs=INPUTS, setting=SETTING, jobs=1, directory=folder)
    assert len(seen) == 2
    assert np.allclose(again["export"], results["export"])
    assert all(json.loads(path.read_text())["failure"] == "" for path in folder.glob("*.json"))


def test_a_scenario_without_solution_is_told_and_the_others_stand(folder):
    rows = [{"wacc": 0.07}, {"wacc": 0.06, "solver.time_limit_s": 1.0, "time.typical_days": 60}]
    found = run_sweep("base", rows, inputs=INPUTS, setting=SETTING, jobs=1, directory=folder)
    assert np.isnan(found["export"][1])
    assert np.isfinite(found["export"][0])
    assert "no answer within 1 s" in str(found["failure"].to_numpy()[1])
    with pytest.raises(InputError, match="no scenario has a solution"):
        run_sweep("base", rows[1:], inputs=INPUTS, setting=SETTING, jobs=1, directory=folder)


def test_wrong_keys_values_and_files_are_refused_before_anything_is_solved(tmp_path):
    with pytest.raises(InputError, match="unknown key"):
        run_sweep("base", [{"wac": 1}], inputs=INPUTS)
    with pytest.raises(InputError, match="two scenarios are the same"):
        run_sweep("base", [{"wacc": 0.05}] * 2, inputs=INPUTS)
    with pytest.raises(InputError, match="at least one"):
        cross({"wacc": []})
    with pytest.raises(InputError, match="up to 2000"):
        cross({"wacc": range(3000)})
    path = tmp_path / "sweep.yaml"
    path.write_text("base: caspian\nvary: {wacc: [0.05, 0.06]}\n")
    assert read_sweep(path) == ("caspian", [{"wacc": 0.05}, {"wacc": 0.06}])
    for text in ("runs: 3\n", "scenarios: 3\n", "a: [\n"):
        path.write_text(text)
        with pytest.raises(InputError, match="sweep"):
            read_sweep(path)


def test_the_command_line_asks_for_a_file_or_values():
    result = CliRunner().invoke(cli, ["sweep"])
    assert result.exit_code == 2
    assert "either a FILE or --vary" in result.output
    result = CliRunner().invoke(cli, ["sweep", "--vary", "wacc"])
    assert "write KEY=V1,V2" in result.output
