"""Part-load efficiency of hydro turbines after RETScreen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from greenanalysis.errors import input_error, unknown_name

RUNNER_EXPONENT = 0.473
LARGE_RUNNER = 1.8
SPECIFIC_SPEED = {"francis": 600.0, "kaplan": 800.0}
MANUFACTURER = (2.8, 6.1)
JETS = (1, 6)

Curve = Callable[[np.ndarray, float, float, float, int], np.ndarray]


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
    if not MANUFACTURER[0] <= manufacturer <= MANUFACTURER[1]:
        raise input_error(
            "manufacturer", where="turbine_efficiency", allowed="2.8 to 6.1", got=manufacturer
        )
    if not JETS[0] <= jets <= JETS[1]:
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
    large = 0.41 * design_flow**RUNNER_EXPONENT
    return float(large if large >= LARGE_RUNNER else 0.46 * design_flow**RUNNER_EXPONENT)


def _francis(
    flow: np.ndarray, design: float, head: float, manufacturer: float, jets: int
) -> np.ndarray:
    speed = SPECIFIC_SPEED["francis"] * head**-0.5
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
    by_speed = ((SPECIFIC_SPEED["kaplan"] * head**-0.5 - 170) / 700) ** 2
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


TURBINES: dict[str, Curve] = {
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
