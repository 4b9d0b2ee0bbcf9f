"""Measured power: planted stops, limits and thin air are found again; files are read or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from greenanalysis.assessment.scada import bin_power, study_scada
from greenanalysis.assessment.scada_file import read_scada
from greenanalysis.cli.main import cli
from greenanalysis.core.errors import InputError
from greenanalysis.resource.wind.farm import load_power_curve

CURVE = load_power_curve("E-126/4200")
RATED = CURVE.nominal_power_mw * 1000


def truth(speed: np.ndarray) -> np.ndarray:
    return np.interp(speed, CURVE.wind_speed, CURVE.power, left=0, right=0) * RATED


def records(count: int = 4464) -> pd.DataFrame:
    """Return a January of ten minutes of a turbine that does what its curve says."""
    random = np.random.default_rng(4)
    speed = np.clip(8 * random.weibull(2, count), 0, 24)
    times = pd.date_range("2023-01-01", periods=count, freq="10min", name="time")
    return pd.DataFrame({"power_kw": truth(speed), "wind_speed": speed}, index=times)


def test_a_turbine_that_follows_its_curve_loses_nothing() -> None:
    study = study_scada(records(), reference=CURVE)
    total = study.summary
    assert total["measured_mwh"] == pytest.approx(records()["power_kw"].sum() / 6000)
    assert total["rest_mwh"] == pytest.approx(0, abs=1e-9)
    assert (total["stopped_mwh"], total["limited_mwh"]) == (0, 0)
    assert (total["time_availability"], total["coverage"]) == (1, 1)
    one = study.bins.loc[8.0]
    inside = records().query("7.75 <= wind_speed < 8.25")
    assert one["power_kw"] == pytest.approx(inside["power_kw"].mean())
    assert one["records"] == len(inside)
    assert one["uncertainty_kw"] == pytest.approx(inside["power_kw"].sem())


def test_stops_and_limits_are_told_apart_and_add_up() -> None:
    table = records()
    windy = np.flatnonzero(table["wind_speed"].between(9, 11))
    stopped, limited = windy[:60], windy[60:100]
    whole = table["power_kw"].to_numpy().copy()
    column = table.columns.get_loc("power_kw")
    table.iloc[stopped, column] = -12.0
    table.iloc[limited, column] = 0.4 * whole[limited]
    study = study_scada(table, reference=CURVE)
    total = study.summary
    assert total["stopped_mwh"] == pytest.approx((whole[stopped] + 12).sum() / 6000)
    assert total["limited_mwh"] == pytest.approx(0.6 * whole[limited].sum() / 6000)
    assert list(np.flatnonzero(study.state == "stopped")) == list(stopped)
    parts = total[["measured_mwh", "stopped_mwh", "limited_mwh", "rest_mwh"]].sum()
    assert parts == pytest.approx(total["expected_mwh"])
    promised = (whole >= 0.05 * RATED).sum()
    assert total["time_availability"] == pytest.approx(1 - 60 / promised)
    assert study.months["measured_mwh"].sum() == pytest.approx(total["measured_mwh"])
    clean = study_scada(records(), reference=CURVE)
    assert study.bins.loc[6.0, "power_kw"] == clean.bins.loc[6.0, "power_kw"]


def test_thin_air_is_carried_to_standard_density() -> None:
    """At 1500 m the same turbine needs more wind; in bins at 1.225 kg/m3 the curve is its own."""
    table = records()
    table["pressure"], table["temp_air"] = 84_500.0, 5.0
    rho = 84_500 / (287.05 * 278.15)
    table["power_kw"] = truth(table["wind_speed"] * (rho / 1.225) ** (1 / 3))
    study = study_scada(table, reference=CURVE)
    assert study.summary["rest_mwh"] == pytest.approx(0, abs=1e-6)
    assert study.summary["density_correction"]
    plain = study_scada(table.drop(columns=["pressure", "temp_air"]), reference=CURVE)
    assert plain.summary["rest_mwh"] > 0.03 * plain.summary["measured_mwh"]
    with pytest.raises(InputError, match=r"density of air .*allowed: 0.6 to 1.8"):
        study_scada(table.assign(pressure=845.0), reference=CURVE)


def test_without_a_curve_the_records_own_shows_stops() -> None:
    table = records()
    rows = np.flatnonzero(table["wind_speed"].between(9, 11))[:50]
    table.iloc[rows, 0] = 0.0
    study = study_scada(table)
    assert study.summary["reference"] == "the record's own bins"
    assert (study.state == "stopped").sum() == 50
    assert abs(study.summary["rest_mwh"]) < 0.01 * study.summary["measured_mwh"]


def test_a_bin_needs_half_an_hour() -> None:
    table = bin_power(pd.Series([5.0, 5.1, 5.2, 7.0, 7.1]), pd.Series([1.0, 2.0, 3.0, 9.0, 9.0]))
    assert list(table.index) == [5.0]


HEADS = "Date/Time,LV ActivePower (kW),Wind Speed (m/s),Theoretical_Power_Curve (KWh)"


def csv(
    path: Path,
    table: pd.DataFrame,
    *,
    delimiter: str = ",",
    decimal: str = ".",
    pattern: str = "%d %m %Y %H:%M",
    heads: str = HEADS,
    encoding: str = "utf-8",
) -> Path:
    rows = [
        delimiter.join(
            [f"{time:{pattern}}", *(f"{v:.4f}".replace(".", decimal) for v in (p, s, p))]
        )
        for time, p, s in zip(table.index, table["power_kw"], table["wind_speed"], strict=True)
    ]
    path.write_text("\n".join([heads.replace(",", delimiter), *rows]), encoding=encoding)
    return path


def test_files_as_people_hold_them_give_the_same(tmp_path: Path) -> None:
    table = records(300)
    plain = read_scada(csv(tmp_path / "a.csv", table)).records
    assert list(plain.columns) == ["power_kw", "wind_speed", "reference_kw"]
    np.testing.assert_allclose(plain["power_kw"], table["power_kw"], atol=1e-4)
    comma = csv(tmp_path / "b.csv", table, delimiter=";", decimal=",", pattern="%d.%m.%Y %H:%M",
                heads="Дата,Активная мощность (кВт),Скорость ветра (м/с),Theoretical (kW)",
                encoding="cp1251")  # fmt: skip
    pd.testing.assert_frame_equal(read_scada(comma).records, plain)
    book = pd.read_csv(tmp_path / "a.csv")
    book.to_excel(tmp_path / "c.xlsx", index=False)
    pd.testing.assert_frame_equal(read_scada(tmp_path / "c.xlsx").records, plain)
    swapped = book[[book.columns[i] for i in (2, 0, 3, 1)]]
    swapped.to_csv(tmp_path / "d.csv", index=False)
    pd.testing.assert_frame_equal(read_scada(tmp_path / "d.csv").records, plain)


def test_a_clock_set_back_is_told(tmp_path: Path) -> None:
    table = records(20)
    doubled = table.index.to_series()
    doubled.iloc[10:] -= pd.Timedelta(minutes=30)
    path = csv(tmp_path / "a.csv", table.set_axis(pd.DatetimeIndex(doubled)))
    read = read_scada(path)
    assert any("3 rows repeat a label" in note for note in read.notes)
    assert len(read.records) == 17


BAD = {
    "no file": (None, r"SCADA file: got nothing"),
    "no wind": ("Time,Power (kW)\n2023-01-01 00:00,5\n", r"columns for wind_speed.*got none|none"),
    "two powers": (
        "Time,Power A,Power B,Wind Speed\n2023-01-01 00:00,5,6,7\n",
        r"columns for power_kw: got Power A, Power B",
    ),
    "unit": (
        "Time,Power (kW),Wind Speed (furlong)\n2023-01-01 00:00,5,6\n",
        r"unknown unit of Wind Speed",
    ),
    "words": (
        "Time,Power (kW),Wind Speed (m/s)\n2023-01-01 00:00,5,6\n2023-01-01 00:10,high,6\n",
        r"Power \(kW\) in data row 2: got 'high'",
    ),
    "times": (
        "Time,Power (kW),Wind Speed (m/s)\n2023-01-01 00:00,5,6\nlater,5,6\n",
        r"time in data row 2: got 'later'",
    ),
    "day or month": (
        "Time,Power (kW),Wind Speed (m/s)\n01/02/2023 00:00,5,6\n01/02/2023 00:10,5,6\n",
        r"order of day and month",
    ),
    "empty": ("Time,Power (kW),Wind Speed (m/s)\n", r"rows: got none"),
    "nothing": ("", r"cannot be read|rows: got none"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_error(tmp_path: Path, name: str) -> None:
    text, message = BAD[name]
    if text is not None:
        (tmp_path / "s.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_scada(tmp_path / "s.csv")


def test_the_command_writes_all_tables(tmp_path: Path) -> None:
    path = csv(tmp_path / "s.csv", records())
    out = tmp_path / "s.xlsx"
    done = CliRunner().invoke(
        cli, ["scada", str(path), "--turbine", "E-126/4200", "--out", str(out)],
        catch_exceptions=False,
    )  # fmt: skip
    assert done.exit_code == 0
    assert "energy_availability   1.000" in done.output
    sheets = pd.read_excel(out, sheet_name=None)
    assert list(sheets) == ["bins", "months", "summary"]
    assert sheets["months"]["month"].iloc[0] == "2023-01"
    with pytest.raises(InputError, match="format of the file"):
        CliRunner().invoke(
            cli, ["scada", str(path), "--out", str(tmp_path / "s.pdf")], catch_exceptions=False
        )
