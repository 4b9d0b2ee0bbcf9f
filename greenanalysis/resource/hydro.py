"""Run-of-river hydro power: how often a flow is there, what is left for the turbine, its power.

Friction takes head on the way to the turbine, whose part-load efficiency follows RETScreen.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error, unknown_name

_GRAVITY = 9.81
"""m s-2, as in the RETScreen textbook."""


def head_loss(
    flow: np.ndarray, *, gross_head: float, design_flow: float, loss_at_design: float
) -> np.ndarray:
    """Return the head that friction takes, which grows with the square of the flow.

    Parameters
    ----------
    flow : any shape, m3/s.
    gross_head : m.
    design_flow : m3/s.
    loss_at_design : share of the gross head lost at the design flow, 0 to 1.

    Returns
    -------
    ndarray : m.

    References
    ----------
    RETScreen Engineering and Cases Textbook (2004), Small Hydro chapter, hydraulic losses.
    """
    if not 0 <= loss_at_design <= 1:
        raise input_error("loss_at_design", where="head_loss", allowed="0 to 1", got=loss_at_design)
    return gross_head * loss_at_design * (np.asarray(flow, dtype=float) / design_flow) ** 2


def penstock_loss(
    flow: np.ndarray, *, length: float, diameter: float, friction_factor: float
) -> np.ndarray:
    """Return the friction loss of a round pipe after Darcy and Weisbach.

    Parameters
    ----------
    flow : any shape, m3/s.
    length, diameter : m, above 0.
    friction_factor : Darcy's, e.g. of :func:`friction_factor`.

    Returns
    -------
    ndarray : m of head.
    """
    for name, value in (("length", length), ("diameter", diameter)):
        if not value > 0:
            raise input_error(name, where="penstock_loss", allowed="above 0", got=value)
    speed = np.asarray(flow, dtype=float) / (np.pi / 4 * diameter**2)
    return friction_factor * length / diameter * speed**2 / (2 * _GRAVITY)


def friction_factor(
    flow: float, *, diameter: float, roughness: float, viscosity: float = 1.307e-6
) -> float:
    """Return Darcy's friction factor of a rough pipe.

    Parameters
    ----------
    flow : m3/s, above 0.
    diameter, roughness : m.
    viscosity : kinematic, m2/s; that of water at 10 degC by default.

    Notes
    -----
    Holds for Reynolds numbers of 5e3 to 1e8 and relative roughness of 1e-6 to 1e-2, there within
    about 3 % of Colebrook and White.

    References
    ----------
    Swamee and Jain (1976), Explicit equations for pipe-flow problems, J. Hydraul. Div. 102(5).
    """
    reynolds = 4 * flow / (np.pi * diameter * viscosity)
    return float(0.25 / np.log10(roughness / (3.7 * diameter) + 5.74 / reynolds**0.9) ** 2)


_RUNNER_EXPONENT = 0.473
_LARGE_RUNNER = 1.8
_SPECIFIC_SPEED = {"francis": 600.0, "kaplan": 800.0}
_MANUFACTURER = (2.8, 6.1)
_JETS = (1, 6)

_Curve = Callable[[np.ndarray, float, float, float, int], np.ndarray]


def turbine_efficiency(
    turbine: str,
    flow: np.ndarray,
    *,
    design_flow: float,
    head: float,
    manufacturer: float = 4.5,
    jets: int = 1,
) -> np.ndarray:
    """Return the efficiency of one turbine over its flow.

    Parameters
    ----------
    turbine : name of :data:`TURBINES`.
    flow : any shape, m3/s through this turbine, 0 to ``design_flow``; NaN stays NaN.
    design_flow : m3/s, above 0.
    head : net head at the design flow, m, above 0.
    manufacturer : RETScreen's design coefficient of reaction turbines, 2.8 to 6.1.
    jets : nozzles of a Pelton turbine, 1 to 6.

    Returns
    -------
    ndarray : mechanical power over the water's power, 0 to 1; 0 where the flow is too small for
        the turbine to give any.

    Raises
    ------
    InputError : an unknown turbine, a flow that is negative or above the design flow, a design
        flow or head that is not above 0, a coefficient outside its range.

    Notes
    -----
    The curves are those of an average manufacturer for small plants; a bid's own curve takes
    their place. Where the turbine cavitates or vibrates at part load is not known to them.

    References
    ----------
    Natural Resources Canada (2004), Clean Energy Project Analysis: RETScreen Engineering and Cases
    Textbook, Small Hydro chapter, Appendix A; the formulas as restated in the documentation of
    Idaho National Laboratory's HydroGenerate, "Turbine Efficiency Calculation".
    """
    if turbine not in TURBINES:
        raise unknown_name("turbine", turbine, TURBINES, where="turbine_efficiency")
    _limits("design_flow", design_flow, 0.0, np.inf)
    _limits("head", head, 0.0, np.inf)
    if not _MANUFACTURER[0] <= manufacturer <= _MANUFACTURER[1]:
        raise input_error(
            "manufacturer", where="turbine_efficiency", allowed="2.8 to 6.1", got=manufacturer
        )
    if not _JETS[0] <= jets <= _JETS[1]:
        raise input_error("jets", where="turbine_efficiency", allowed="1 to 6", got=jets)
    flow = np.asarray(flow, dtype=float)
    wrong = (flow < 0) | (flow > design_flow * (1 + 1e-9))
    if wrong.any():
        raise input_error(
            "flow",
            where="turbine_efficiency",
            allowed=f"0 to the design flow, {design_flow:g} m3/s",
            got=f"{flow[wrong].flat[0]:g}",
        )
    curve = TURBINES[turbine](flow, float(design_flow), float(head), float(manufacturer), int(jets))
    return np.where(flow == 0, 0.0, np.clip(curve, 0.0, 1.0))


def runner_diameter(design_flow: float) -> float:
    """Return the runner's throat diameter of a reaction turbine in m; flow in m3/s.

    Notes
    -----
    RETScreen has a factor of 0.46 below and 0.41 above 1.8 m; where the two contradict each other
    (18 to 23 m3/s) the smaller runner's factor is taken.
    """
    large = 0.41 * design_flow**_RUNNER_EXPONENT
    return float(large if large >= _LARGE_RUNNER else 0.46 * design_flow**_RUNNER_EXPONENT)


def _francis(
    flow: np.ndarray, design: float, head: float, manufacturer: float, jets: int
) -> np.ndarray:
    speed = _SPECIFIC_SPEED["francis"] * head**-0.5
    by_speed = ((speed - 56) / 256) ** 2
    by_size = (0.081 + by_speed) * (1 - 0.789 * runner_diameter(design) ** -0.2)
    peak = 0.919 - by_speed + by_size - 0.0305 + 0.005 * manufacturer
    best = min(0.65 * design * speed**0.05, design)
    full = (1 - 0.0072 * speed**0.4) * peak
    missing = np.clip((best - flow) / best, 0.0, None)
    if 0.0195 * speed >= 3.94:
        raise input_error(
            "head", where="turbine_efficiency(), francis", allowed="above about 8.8 m", got=head
        )
    below = (1 - 1.25 * missing ** (3.94 - 0.0195 * speed)) * peak
    span = design - best
    above = peak - ((flow - best) / span) ** 2 * (peak - full) if span > 0 else below
    efficiency: np.ndarray = np.where(flow <= best, below, above)
    return efficiency


def _kaplan(
    flow: np.ndarray, design: float, head: float, manufacturer: float, jets: int
) -> np.ndarray:
    best = 0.75 * design
    return (1 - 3.5 * ((best - flow) / best) ** 6) * _axial_peak(design, head, manufacturer)


def _propeller(
    flow: np.ndarray, design: float, head: float, manufacturer: float, jets: int
) -> np.ndarray:
    missing = np.clip((design - flow) / design, 0.0, None)
    return (1 - 1.25 * missing**1.13) * _axial_peak(design, head, manufacturer)


def _axial_peak(design: float, head: float, manufacturer: float) -> float:
    by_speed = ((_SPECIFIC_SPEED["kaplan"] * head**-0.5 - 170) / 700) ** 2
    by_size = (0.095 + by_speed) * (1 - 0.789 * runner_diameter(design) ** -0.2)
    return float(0.905 - by_speed + by_size - 0.0305 + 0.005 * manufacturer)


def _pelton(
    flow: np.ndarray, design: float, head: float, manufacturer: float, jets: int
) -> np.ndarray:
    turns = 31 * (head * design / jets) ** 0.5
    peak = 0.864 * (49.4 * head**0.5 * jets**0.02 / turns) ** 0.04
    best = (0.662 + 0.001 * jets) * design
    away = np.abs((best - flow) / best) ** (5.6 + 0.4 * jets)
    efficiency: np.ndarray = (1 - (1.31 + 0.025 * jets) * away) * peak
    return efficiency


def _turgo(
    flow: np.ndarray, design: float, head: float, manufacturer: float, jets: int
) -> np.ndarray:
    return _pelton(flow, design, head, manufacturer, jets) - 0.03


def _crossflow(
    flow: np.ndarray, design: float, head: float, manufacturer: float, jets: int
) -> np.ndarray:
    missing = np.clip((design - flow) / design, 0.0, None)
    return 0.79 - 0.15 * missing - 1.37 * missing**14


TURBINES: dict[str, _Curve] = {
    "francis": _francis,
    "kaplan": _kaplan,
    "propeller": _propeller,
    "pelton": _pelton,
    "turgo": _turgo,
    "crossflow": _crossflow,
}
"""Turbines by name."""


def _limits(name: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise input_error(name, where="turbine_efficiency", allowed=f"above {low:g}", got=value)


_WATER_DENSITY = 1000.0
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
    return _WATER_DENSITY * _GRAVITY * np.asarray(flow, dtype=float) * head / 1e6


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
    turbine : name of :data:`greenanalysis.resource.hydro.TURBINES`.
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
    joule = _WATER_DENSITY * _GRAVITY * np.asarray(volume_km3) * 1e9 * np.asarray(fall_m)
    petajoule: np.ndarray = joule / 3.6e15
    return petajoule


def _share(name: str, value: float, where: str) -> None:
    if not 0 <= value <= 1:
        raise input_error(name, where=where, allowed="0 to 1", got=value)
