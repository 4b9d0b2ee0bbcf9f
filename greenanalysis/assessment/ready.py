"""Which technologies a weather can answer for, and that weather made ready for each of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import xarray as xr

from greenanalysis.assessment.technologies import TECHNOLOGIES
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import wind_heights
from greenanalysis.resource.wind.farm import WindPlant
from greenanalysis.resource.wind.heights import wind_for_hub
from greenanalysis.weather.complete import with_air, with_light

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Ready:
    """A plant, the weather that its model can read, and what was assumed for that, in words."""

    plant: Any
    weather: xr.Dataset
    assumed: tuple[str, ...]


def ready_for(weather: xr.Dataset, plant: Any) -> Ready:
    """Return the weather as a plant's model reads it.

    Parameters
    ----------
    weather : canonical weather with what the technology needs: light and temperature, or wind.
    plant : a PVSystem or a WindPlant.

    Raises
    ------
    InputError : what lacks, in words.
    """
    if isinstance(plant, WindPlant):
        carried = wind_for_hub(weather, plant)
        complete, notes = with_air(carried)
        return Ready(plant, complete, tuple(notes))
    complete, notes = with_light(weather)
    return Ready(plant, complete, tuple(notes))


def stated_shear(plant: Any, exponent: float | None) -> Any:
    """Return a wind farm whose wind is carried to the hub by a stated exponent, others as is."""
    if exponent is None or not isinstance(plant, WindPlant):
        return plant
    return replace(plant, shear="power_law", shear_exponent=exponent)


def ready_technologies(
    weather: xr.Dataset,
    assumptions: Assumptions,
    *,
    names: Iterable[str] | None = None,
    required: bool = False,
    shear_exponent: float | None = None,
    hub_height_m: float | None = None,
) -> dict[str, Ready]:
    """Return what can be computed from a weather; what was assumed or left out is said in a line.

    Parameters
    ----------
    weather : canonical weather.
    assumptions : of the plants.
    names : technologies of :data:`~greenanalysis.assessment.technologies.TECHNOLOGIES`; by default
        all.
    required : refuse a weather that lacks something for one of them, instead of leaving it out.
    shear_exponent : of the wind, where it is known at one height only; or
    hub_height_m : of the plant that is meant, for wind that is measured at that height alone.

    Raises
    ------
    InputError : one cannot be computed and all are required, or none can.
    """
    ready, reasons = {}, {}
    alone = len(wind_heights(weather)) == 1
    for name in TECHNOLOGIES if names is None else names:
        plant = stated_shear(TECHNOLOGIES[name].plant(assumptions), shear_exponent)
        if isinstance(plant, WindPlant) and hub_height_m is not None and alone:
            plant = replace(plant, hub_height=hub_height_m)
        try:
            ready[name] = ready_for(weather, plant)
        except InputError as error:
            reasons[name] = str(error)
    label = f"weather {weather.attrs.get('name', '')}".strip()
    words = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    if reasons and (required or not ready):
        raise InputError(f"{label} does not allow {words}")
    if reasons:
        _log.warning("%s: left out %s", label, words)
    for line in dict.fromkeys(
        f"{name.partition('_')[0]}: {note}" for name, one in ready.items() for note in one.assumed
    ):
        _log.info("%s, assumed for %s", label, line)
    return ready
