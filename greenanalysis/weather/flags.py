"""Flags of mended values, and the one fault that is mended at reading: the offset of dark light.

``<variable>_flag`` says for each hour what was done with the value beside it.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from greenanalysis.core.variables import DIMS

FLAGS = {
    "measured": 0,
    "night_offset_zeroed": 1,
    "negative_by_day_removed": 2,
    "stuck_removed": 3,
    "icing_removed": 4,
    "tower_shadow_replaced": 5,
    "interpolated": 6,
    "from_reference": 7,
    "missing": 8,
}
"""What was done with a value, and its number in ``<variable>_flag``."""

NIGHT_OFFSET_W_M2 = -30.0
"""Lowest reading that a dark pyranometer gives by its thermal offset: class C of ISO 9060:2018 may
be off by 30 W/m2; what is lower is a fault."""
_TWILIGHT_DEG = 5.0

SUFFIX = "_flag"


def is_flag(name: str) -> bool:
    """Return whether a variable holds the flags of another one."""
    return name.endswith(SUFFIX)


def with_flags(site: xr.Dataset, flags: dict[str, np.ndarray]) -> xr.Dataset:
    """Return a site with the flags of its variables, as CF writes flags.

    Parameters
    ----------
    site : of one cell; ``flags`` (time) by variable; those without any mark are left out.
    """
    marked = site.copy()
    for name, values in flags.items():
        if not values.any():
            continue
        attrs = {
            "long_name": f"what was done with {name}",
            "units": "1",
            "flag_values": np.array(list(FLAGS.values()), dtype="int8"),
            "flag_meanings": " ".join(FLAGS),
            "cell_methods": "time: point",
        }
        marked[name + SUFFIX] = (DIMS, values.astype("int8")[:, None, None], attrs)
    return marked


def night_offset(values: np.ndarray, elevation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Set the thermal offset of a dark pyranometer to zero.

    Parameters
    ----------
    values : irradiance, W/m2 (time).
    elevation : of the sun, degrees (time).

    Returns
    -------
    tuple : values (time) and marks of :data:`FLAGS`: readings of :data:`NIGHT_OFFSET_W_M2` to zero
        with the sun below 5 degrees are zero; those by day are NaN; lower ones stay as they are,
        to be refused.
    """
    with np.errstate(invalid="ignore"):
        offset = (values < 0) & (values >= NIGHT_OFFSET_W_M2)
    dark = offset & (elevation < _TWILIGHT_DEG)
    day = offset & ~dark
    marks = dark * FLAGS["night_offset_zeroed"] + day * FLAGS["negative_by_day_removed"]
    return np.where(dark, 0.0, np.where(day, np.nan, values)), marks
