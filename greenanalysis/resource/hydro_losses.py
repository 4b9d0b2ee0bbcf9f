"""Head that friction takes on the way to the turbine."""

from __future__ import annotations

import numpy as np

from greenanalysis.errors import input_error

GRAVITY = 9.81
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
    return friction_factor * length / diameter * speed**2 / (2 * GRAVITY)


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
