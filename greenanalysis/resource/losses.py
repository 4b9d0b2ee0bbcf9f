"""Losses as named fractions of energy, combined the way PVWatts combines them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from greenanalysis.core.errors import input_error


class Values(Protocol):
    """Whatever returns sourced numbers by name, such as a loaded table of assumptions."""

    def get(
        self, technology: str, parameter: str, *, unit: str, year: float | None = None
    ) -> float:
        """Return one value in the unit that the caller names."""


def read_losses(values: Values, technology: str, names: Iterable[str]) -> tuple[float, ...]:
    """Return the losses ``loss_<name>`` of a technology as fractions of energy, in that order."""
    return tuple(values.get(technology, f"loss_{name}", unit="1") for name in names)


def combined_loss(losses: Iterable[float]) -> float:
    """Return the total of losses that act one after the other.

    Parameters
    ----------
    losses : fractions of energy, each in 0..1.

    Returns
    -------
    float : ``1 - prod(1 - loss)``, 0..1.

    Raises
    ------
    InputError : a loss outside 0..1.

    References
    ----------
    A. P. Dobos, PVWatts Version 5 Manual, NREL/TP-6A20-62641, 2014.
    """
    remaining = 1.0
    for loss in losses:
        if not 0 <= loss <= 1:
            raise input_error("loss", where="combined_loss()", allowed="0 to 1", got=loss)
        remaining *= 1 - loss
    return 1 - remaining
