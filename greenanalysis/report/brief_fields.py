"""What a project brief is asked for: fields that are checked before anything heavy is imported."""

from __future__ import annotations

import math
import re

from greenanalysis.errors import input_error

MAX_NAME = 80


def slug(name: str) -> str:
    """Return a name as it may stand in a file name or an address: a-z, 0-9 and -."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "project"


def check_fields(name: str, **numbers: float) -> None:
    """Refuse an empty or endless name, and what is no number.

    Raises
    ------
    InputError : names the field.
    """
    if not 0 < len(str(name).strip()) <= MAX_NAME:
        allowed = f"1 to {MAX_NAME} letters"
        raise input_error("name", where="project", allowed=allowed, got=repr(name))
    for field, value in numbers.items():
        good = isinstance(value, int | float) and math.isfinite(value)
        if not good or (field == "capacity_mw" and not 0 < value <= 10_000):
            allowed = "MW, above 0 up to 10000" if field == "capacity_mw" else "degrees"
            raise input_error(field, where="project", allowed=allowed, got=repr(value))
