"""Sun, wind and a battery behind one connection: energy balances, limits, prices, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.cli.main import cli
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.finance.cost import annuity
from greenanalysis.project.hybrid import Battery, dispatch, read_prices, yearly_cost

NONE = Battery(0.0, 0.0, 1.0)


def table(*rows, names=("solar", "wind")):
    times = pd.date_range("2021-01-01 01:00", periods=len(rows), freq="h")
    return pd.DataFrame(list(rows), index=times, columns=list(names), dtype=float)


power = st.floats(0, 80)
hours = st.lists(st.tuples(power, power, st.floats(-50, 150)), min_size=2, max_size=30)


@settings(max_examples=25)
@given(
    rows=hours,
    line=st.floats(1, 120),
    mw=st.floats(0, 40),
    mwh=st.floats(0, 160),
    efficiency=st.floats(0.5, 1),
    buys=st.booleans(),
)
def test_energy_balances_and_never_exceeds_the_connection(rows, line, mw, mwh, efficiency, buys):
    available = table(*[row[:2] for row in rows])
    price = pd.Series([row[2] for row in rows], index=available.index)
    battery = Battery(mw, mwh, efficiency)
    run = dispatch(available, connection_mw=line, battery=battery, price=price, grid_charging=buys)
    slack = 1e-5
    assert (run["export"] <= line + slack).all()
    assert (run["export"] >= (-line if buys else 0) - slack).all()
    source = available.sum(axis=1)
    balance = source - run["curtailed"] - run["charge"] + run["discharge"] - run["export"]
    assert np.abs(balance).max() < slack
    one_way = efficiency**0.5
    change = run["stored"] - np.roll(run["stored"], 1)
    flows = one_way * run["charge"] - run["discharge"] / one_way
    assert np.abs(change - flows).max() < slack
    assert run["stored"].between(-slack, mwh + slack).all()
    assert (run["charge"] + run["discharge"] <= mw + slack).all()
    plain = dispatch(available, connection_mw=line, battery=NONE, price=price)
    earned = [float((one["export"] * price).sum()) for one in (run, plain)]
    assert earned[0] >= earned[1] - 1e-3, "a battery that may rest costs no revenue"


def test_a_battery_saves_what_the_connection_would_curtail():
    available = table((60, 60), (0, 0))
    without = dispatch(available, connection_mw=100, battery=NONE)
    assert without["export"].tolist() == pytest.approx([100, 0])
    assert without["curtailed"].sum() == pytest.approx(20)
    run = dispatch(available, connection_mw=100, battery=Battery(50, 100, 0.81))
    assert run["curtailed"].sum() == pytest.approx(0, abs=1e-6)
    assert run["export"].tolist() == pytest.approx([100, 20 * 0.81])


def test_a_battery_alone_buys_low_and_sells_high():
    price = pd.Series([10.0, 100.0], index=table((0, 0), (0, 0)).index)
    nothing = pd.DataFrame(index=price.index)
    battery = Battery(10, 100, 0.81)
    run = dispatch(nothing, connection_mw=50, battery=battery, price=price, grid_charging=True)
    assert run["export"].tolist() == pytest.approx([-10, 8.1])
    idle = dispatch(nothing, connection_mw=50, battery=battery, price=price)
    assert idle["export"].abs().sum() == pytest.approx(0)


def test_cost_is_the_annuity_of_each_part():
    values = load_assumptions()

    def row(table, name, unit):
        return values.get(table, name, unit=unit, year=2030)

    battery = Battery(5.0, 20.0, 0.96)
    wacc = values.get("supergrid", "wacc", unit="1")
    cells = row("battery_storage", "investment", "USD/kWh") * 20e3
    inverter = row("battery_inverter", "investment", "USD/kW") * 5e3
    expected = cells * annuity(wacc, row("battery_storage", "lifetime", "year")) + inverter * (
        annuity(wacc, row("battery_inverter", "lifetime", "year"))
        + row("battery_inverter", "fom", "%/year") / 100
    )
    assert yearly_cost(values, {}, battery, year=2030) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "time and usd_per_mwh"),
        ("time,usd_per_mwh\n2021-01-01 01:00,5\n2021-01-01 02:00,x\n", "row 3"),
        ("time,usd_per_mwh\n2021-01-01 01:00,5\n2021-01-01 03:00,6\n", "one hour"),
    ],
)
def test_a_wrong_table_of_prices_is_one_error(tmp_path, text, message):
    path = tmp_path / "prices.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_prices(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"connection_mw": 0}, "connection_mw"),
        ({"available": table((-1, 0), (0, 0))}, "0 or more MW"),
        ({"available": table((np.nan, 0), (0, 0))}, "0 or more MW"),
        ({"price": pd.Series([1.0])}, "the hours of the plants"),
    ],
)
def test_wrong_input_is_refused(change, message):
    plain = {"available": table((1, 0), (0, 1)), "connection_mw": 5.0, "battery": NONE}
    with pytest.raises(InputError, match=message):
        dispatch(**{**plain, **change})
    with pytest.raises(InputError, match="efficiency"):
        Battery(1, 1, 1.2)


def test_the_command_refuses_before_it_computes(tmp_path):
    place = ["hybrid", "--latitude", "43.5", "--longitude", "69", "--connection-mw", "50"]
    result = CliRunner().invoke(cli, [*place, "--wind-mw", "50", "--out", str(tmp_path / "x.txt")])
    assert result.exit_code != 0
    assert isinstance(result.exception, InputError)
    assert ".csv" in str(result.exception)
