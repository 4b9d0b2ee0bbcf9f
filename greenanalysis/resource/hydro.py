"""Run-of-river hydro power: how often a flow is there, what is left for the turbine, its power."""

from __future__ import annotations

import numpy as np
import pandas as pd

from greenanalysis.errors import input_error
from greenanalysis.resource.hydro_losses import GRAVITY, head_loss
from greenanalysis.resource.hydro_turbines import turbine_efficiency

WATER_DENSITY = 1000.0
"""kg m-3."""


def flow_duration(discharge: np.ndarray) -> pd.DataFrame:
    """Return the flow-duration curve of a record.

    Parameters
    ----------
    discharge : (time), m3/s of equal intervals; NaN is left out.

    Returns
    -------
    DataFrame : ``discharge`` in falling order, m3/s, and ``exceedance``, the share of time in which
        it is reached or exceeded, rank / (records + 1), above 0 and below 1.

    Raises
    ------
    InputError : no record, or a negative one.

    References
    ----------
    Weibull's plotting position, as in Vogel and Fennessey (1994), Flow-duration curves I, J. Water
    Resour. Plann. Manage. 120(4).
    """
    values = np.asarray(discharge, dtype=float).ravel()
    values = np.sort(values[~np.isnan(values)])[::-1]
    if not len(values):
        raise input_error("discharge", where="flow_duration", allowed="a record", got="none")
    if values[-1] < 0:
        raise input_error("discharge", where="flow_duration", allowed="0 or more", got=values[-1])
    share = np.arange(1, len(values) + 1) / (len(values) + 1)
    return pd.DataFrame({"discharge": values, "exceedance": share})


def flow_exceeded(discharge: np.ndarray, share: float) -> float:
    """Return the flow that is reached or exceeded in a share of the time, such as Q95.

    Parameters
    ----------
    discharge : see :func:`flow_duration`.
    share : 0 to 1, e.g. 0.95.

    Returns
    -------
    float : m3/s, linear between the ranks, NaN outside those that the record holds.

    Raises
    ------
    InputError : a share outside 0 to 1, or what :func:`flow_duration` refuses.
    """
    _share("share", share, "flow_exceeded")
    curve = flow_duration(discharge)
    return float(
        np.interp(share, curve["exceedance"], curve["discharge"], left=np.nan, right=np.nan)
    )


def usable_flow(
    discharge: np.ndarray, *, environmental_flow: float, design_flow: float
) -> np.ndarray:
    """Return what a run-of-river plant may take.

    Parameters
    ----------
    discharge : any shape, m3/s; NaN stays NaN.
    environmental_flow : left in the river always, m3/s.
    design_flow : the most that the plant takes, m3/s.

    Returns
    -------
    ndarray : m3/s, 0 to ``design_flow``, never more than the river holds.

    Raises
    ------
    InputError : a negative argument.
    """
    flow = np.asarray(discharge, dtype=float)
    for name, value in (
        ("discharge", np.nanmin(flow, initial=0.0)),
        ("environmental_flow", environmental_flow),
        ("design_flow", design_flow),
    ):
        if not value >= 0:
            raise input_error(name, where="usable_flow", allowed="0 or more", got=value)
    return np.clip(flow - environmental_flow, 0.0, design_flow)


def water_power(flow: np.ndarray, head: np.ndarray | float) -> np.ndarray:
    """Return the power of falling water in MW; flow in m3/s, head in m."""
    return WATER_DENSITY * GRAVITY * np.asarray(flow, dtype=float) * head / 1e6


def plant_power(
    discharge: np.ndarray,
    *,
    gross_head: float,
    design_flow: float,
    turbine: str,
    environmental_flow: float,
    loss_at_design: float,
    generator_efficiency: float,
    own_use: float,
    units: int = 1,
) -> np.ndarray:
    """Return the power that a run-of-river plant gives to the grid.

    Parameters
    ----------
    discharge : any shape, m3/s in the river at the intake; NaN stays NaN.
    gross_head : m between the water levels.
    design_flow : of all units together, m3/s.
    turbine : name of :data:`greenanalysis.resource.hydro_turbines.TURBINES`.
    environmental_flow : m3/s that stay in the river.
    loss_at_design : share of the gross head lost at the design flow.
    generator_efficiency : 0 to 1, with transformer.
    own_use : share of the generation used by the plant or lost while it stands still, 0 to 1.
    units : equal turbines; the number that gives most runs.

    Returns
    -------
    ndarray : MW net, 0 or more.

    Raises
    ------
    InputError : a head or design flow of 0 or less, a share outside 0 to 1, no unit, or what
        :func:`usable_flow` and :func:`turbine_efficiency` refuse.
    """
    for name, value in (("gross_head", gross_head), ("design_flow", design_flow), ("units", units)):
        if not value > 0:
            raise input_error(name, where="plant_power", allowed="above 0", got=value)
    _share("generator_efficiency", generator_efficiency, "plant_power")
    _share("own_use", own_use, "plant_power")
    flow = usable_flow(discharge, environmental_flow=environmental_flow, design_flow=design_flow)
    lost = head_loss(
        flow, gross_head=gross_head, design_flow=design_flow, loss_at_design=loss_at_design
    )
    rated = gross_head * (1 - loss_at_design)
    one = design_flow / units
    shaft = np.stack(
        [
            water_power(np.minimum(flow, one * running), gross_head - lost)
            * turbine_efficiency(
                turbine, np.minimum(flow / running, one), design_flow=one, head=rated
            )
            for running in range(1, units + 1)
        ]
    ).max(axis=0)
    power: np.ndarray = shaft * generator_efficiency * (1 - own_use)
    return power


def surface_potential_twh(volume_km3: np.ndarray, fall_m: np.ndarray) -> np.ndarray:
    """Return the yearly energy of runoff that falls, without any loss.

    Parameters
    ----------
    volume_km3 : water of a year, km3.
    fall_m : m down to where it leaves or comes to rest.

    Returns
    -------
    ndarray : TWh a year.
    """
    joule = WATER_DENSITY * GRAVITY * np.asarray(volume_km3) * 1e9 * np.asarray(fall_m)
    petajoule: np.ndarray = joule / 3.6e15
    return petajoule


def _share(name: str, value: float, where: str) -> None:
    if not 0 <= value <= 1:
        raise input_error(name, where=where, allowed="0 to 1", got=value)
