"""Measured power of a turbine beside its curve: bins of IEC 61400-12-1, losses, availability.

The wind is that of the nacelle, behind the rotor: the curve says how the turbine changes and where
energy is lost, not what the maker warrants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.resource.wind.farm import PowerCurve

STANDARD_DENSITY = 1.225
_GAS_CONSTANT_DRY_AIR = 287.05
BIN_M_S = 0.5
LEAST_PER_BIN = 3
"""Records of ten minutes that make the half an hour which IEC 61400-12-1 asks of a bin."""
STOPPED_SHARE = 0.01
"""Share of rated power below which a turbine stands (project assumption)."""
RUNNING_SHARE = 0.05
"""Share of rated power that the curve must promise before standing counts as a loss."""
LIMITED_SHARE = 0.75
"""Share of the curve below which a running turbine is taken for limited (project assumption)."""


@dataclass(frozen=True, eq=False)
class ScadaStudy:
    """What the records of a turbine say.

    Attributes
    ----------
    bins : by centre of the bin (m/s): ``wind_speed`` (mean, at 1.225 kg/m3), ``power_kw`` (mean),
        ``uncertainty_kw`` (category A, one standard deviation of the mean), ``records``,
        ``reference_kw``.
    months : by month: ``measured_mwh``, ``expected_mwh``, ``stopped_mwh``, ``limited_mwh``,
        ``rest_mwh``, ``time_availability``, ``coverage``.
    summary : the same of the whole record, with ``energy_availability``, ``records``,
        ``rated_kw``, ``density_correction``.
    state : of each record: measured, stopped, limited or unknown.
    """

    bins: pd.DataFrame
    months: pd.DataFrame
    summary: pd.Series
    state: pd.Series


def study_scada(
    records: pd.DataFrame,
    *,
    rated_kw: float | None = None,
    reference: PowerCurve | None = None,
    rotor_density_exponent: float = 1 / 3,
) -> ScadaStudy:
    """Compare the power of a turbine with what its wind promised.

    Parameters
    ----------
    records : index ``time`` (evenly spaced labels), columns ``power_kw`` and ``wind_speed`` (m/s),
        optionally ``temp_air`` (degC) and ``pressure`` (Pa) for the density, and ``reference_kw``
        (the curve that the record itself holds).
    rated_kw : by default that of the reference, else the 99.5 % quantile of the power.
    reference : power curve that is expected; by default the column ``reference_kw``, else the
        record's own curve by bins, against which only stops and limits show.
    rotor_density_exponent : of the correction of wind speed by density; 1/3 for turbines that are
        controlled by pitch (IEC 61400-12-1).

    Returns
    -------
    ScadaStudy : expected energy = measured + stopped + limited + rest; the rest is what a running
        turbine lacks or exceeds.

    Raises
    ------
    InputError : no record with both wind and power, or values that no turbine has.

    Notes
    -----
    Wind is carried to 1.225 kg/m3: v (rho / 1.225) ** (1/3), with rho of dry air. Bins are 0.5 m/s
    wide and centred on their multiples. Records in which the turbine stands or is limited take no
    part in the bins.

    References
    ----------
    IEC 61400-12-1:2017, Power performance measurements of electricity producing wind turbines,
    sections 8 and 9.1. IEC 61400-26-1:2019, Availability for wind energy generation systems.
    """
    step = _step(records)
    power, speed, rho = _checked(records)
    rated = rated_kw or _rated(power, reference)
    corrected = speed * (rho / STANDARD_DENSITY) ** rotor_density_exponent
    expected, kind = _expected(records, corrected, power, reference, rated)
    known = power.notna() & expected.notna()
    if not known.any():
        raise input_error("records", where="SCADA", allowed="with wind and power", got="none")
    promised = expected >= RUNNING_SHARE * rated
    state = pd.Series("measured", index=records.index)
    state[promised & (power < LIMITED_SHARE * expected)] = "limited"
    state[promised & (power <= STOPPED_SHARE * rated)] = "stopped"
    state[~known] = "unknown"
    bins = bin_power(corrected[state == "measured"], power[state == "measured"])
    bins["reference_kw"] = _at_bins(bins, corrected[known], expected[known])
    hours = step / pd.Timedelta(hours=1)
    table = _energies(power, expected, state, promised, known, hours)
    months = table.groupby(pd.PeriodIndex(records.index, freq="M")).sum()
    summary = _shares(table.sum().to_frame().T).iloc[0]
    span = (records.index[-1] - records.index[0]) / step + 1
    summary["coverage"] = float(known.sum() / span)
    summary["records"] = int(known.sum())
    summary["rated_kw"] = rated
    summary["reference"] = kind
    summary["density_correction"] = bool((rho != STANDARD_DENSITY).any())
    by_month = _shares(months)
    by_month["coverage"] = [
        float(count / (month.days_in_month * pd.Timedelta(days=1) / step))
        for month, count in zip(months.index, months["known"], strict=True)
    ]
    columns = [
        "measured_mwh", "expected_mwh", "stopped_mwh", "limited_mwh", "rest_mwh",
        "time_availability", "energy_availability", "coverage",
    ]  # fmt: skip
    by_month.index.name = "month"
    extra = ["records", "rated_kw", "reference", "density_correction"]
    return ScadaStudy(bins, by_month[columns], summary[[*columns, *extra]], state)


def bin_power(speed: pd.Series, power: pd.Series) -> pd.DataFrame:
    """Average power in bins of wind speed.

    Parameters
    ----------
    speed : m/s, at the standard density.
    power : kW.

    Returns
    -------
    DataFrame : index ``bin`` (centre, m/s), ``wind_speed``, ``power_kw``, ``uncertainty_kw``,
        ``records``; bins of fewer than :data:`LEAST_PER_BIN` records are left out.
    """
    pair = pd.DataFrame({"wind_speed": speed, "power_kw": power}).dropna()
    centre = (np.floor(pair["wind_speed"] / BIN_M_S + 0.5) * BIN_M_S).rename("bin")
    groups = pair.groupby(centre)
    table = groups.mean()
    table["records"] = groups.size()
    table["uncertainty_kw"] = groups["power_kw"].std(ddof=1) / np.sqrt(table["records"])
    kept = table[table["records"] >= LEAST_PER_BIN]
    return kept[["wind_speed", "power_kw", "uncertainty_kw", "records"]]


def _step(records: pd.DataFrame) -> pd.Timedelta:
    index = records.index
    if not isinstance(index, pd.DatetimeIndex) or len(index) < 2:
        raise input_error("time", where="SCADA", allowed="two or more labels", got=len(index))
    steps = pd.Series(index[1:] - index[:-1])
    if (steps <= pd.Timedelta(0)).any():
        raise input_error("time", where="SCADA", allowed="rising labels", got="others")
    step = steps.mode().iloc[0]
    if not pd.Timedelta(seconds=1) <= step <= pd.Timedelta(hours=1):
        raise input_error("step of time", where="SCADA", allowed="1 s to 1 h", got=step)
    return pd.Timedelta(step)


def _checked(records: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    for name in ("power_kw", "wind_speed"):
        if name not in records:
            raise input_error("columns", where="SCADA", allowed=name, got=list(records.columns))
    power, speed = records["power_kw"].astype(float), records["wind_speed"].astype(float)
    wild = (speed < 0) | (speed > 75)
    if wild.any():
        raise input_error(
            f"wind speed at {speed.index[wild][0]}",
            where="SCADA",
            allowed="0 to 75 m/s",
            got=f"{speed[wild].iloc[0]:g}",
        )
    if not {"temp_air", "pressure"} <= set(records.columns):
        return power, speed, pd.Series(STANDARD_DENSITY, records.index)
    rho = records["pressure"] / (_GAS_CONSTANT_DRY_AIR * (records["temp_air"] + 273.15))
    odd = (rho < 0.6) | (rho > 1.8)
    if odd.any():
        raise InputError(
            f"density of air at {rho.index[odd][0]} in SCADA: got {rho[odd].iloc[0]:.3g} kg/m3 "
            "from temp_air (degC) and pressure (Pa); allowed: 0.6 to 1.8"
        )
    return power, speed, rho


def _rated(power: pd.Series, reference: PowerCurve | None) -> float:
    if reference is not None:
        return reference.nominal_power_mw * 1000
    rated = float(power.quantile(0.995))
    if not rated > 0:
        raise input_error("power", where="SCADA", allowed="above 0 at times", got=f"{rated:g} kW")
    return rated


def _expected(
    records: pd.DataFrame,
    corrected: pd.Series,
    power: pd.Series,
    reference: PowerCurve | None,
    rated: float,
) -> tuple[pd.Series, str]:
    """Return the power that each record's wind promises, kW, and which curve says so."""
    if reference is not None:
        share = np.interp(corrected, reference.wind_speed, reference.power, left=0.0, right=0.0)
        return pd.Series(share * rated, records.index).where(corrected.notna()), reference.name
    if "reference_kw" in records:
        return records["reference_kw"].astype(float), "the curve of the record"
    running = power > STOPPED_SHARE * rated
    own = bin_power(corrected[running], power[running])
    if own.empty:
        raise input_error(
            "records", where="SCADA", allowed=f"{LEAST_PER_BIN} in a bin of wind", got="fewer"
        )
    values = np.interp(corrected, own["wind_speed"], own["power_kw"], left=0.0)
    return pd.Series(values, records.index).where(corrected.notna()), "the record's own bins"


def _at_bins(bins: pd.DataFrame, speed: pd.Series, expected: pd.Series) -> pd.Series:
    centre = np.floor(speed / BIN_M_S + 0.5) * BIN_M_S
    return expected.groupby(centre).mean().reindex(bins.index)


def _energies(
    power: pd.Series,
    expected: pd.Series,
    state: pd.Series,
    promised: pd.Series,
    known: pd.Series,
    hours: float,
) -> pd.DataFrame:
    mwh = hours / 1000
    lost = (expected - power).where(known, 0.0)
    return pd.DataFrame(
        {
            "measured_mwh": power.where(known, 0.0) * mwh,
            "expected_mwh": expected.where(known, 0.0) * mwh,
            "stopped_mwh": lost.where(state == "stopped", 0.0) * mwh,
            "limited_mwh": lost.where(state == "limited", 0.0) * mwh,
            "rest_mwh": lost.where(state == "measured", 0.0) * mwh,
            "promised": (promised & known).astype(float),
            "stopped": (state == "stopped").astype(float),
            "known": known.astype(float),
        }
    )


def _shares(table: pd.DataFrame) -> pd.DataFrame:
    """Add time-based and energy-based availability; NaN where the wind promised nothing."""
    out = table.copy()
    out["time_availability"] = 1 - out["stopped"] / out["promised"].where(out["promised"] > 0)
    whole = out["measured_mwh"] + out["stopped_mwh"]
    out["energy_availability"] = out["measured_mwh"] / whole.where(whole > 0)
    return out
