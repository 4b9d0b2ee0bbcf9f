"""TOA5 of Campbell loggers: stamps are ends; units and processing stand below the names."""

from __future__ import annotations

from typing import Any

from greenanalysis.weather.read.columns import propose_columns
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.stamps import propose_time
from greenanalysis.weather.read.table import filled

_MEANS = ("Avg", "WVc", "WVT", "Smp", "Tot", "")


def declare(look: Look) -> dict[str, Any]:
    """Return the declaration of the table; the place and the clock are not in the file."""
    rows = look.rows(",")
    names = [name.strip() for name in rows[1]]
    units, kinds, data = rows[2], rows[3], filled(rows[4:])
    time = propose_time(names, data, where=look.path.name)
    means = [
        name if place >= len(kinds) or kinds[place].strip() in _MEANS else ""
        for place, name in enumerate(names)
    ]
    return {
        "name": rows[0][1].strip() or look.path.stem,
        "latitude": None,
        "longitude": None,
        **time,
        "label": "end",
        "encoding": look.encoding,
        "skip_rows": 1,
        "rows_below_header": 2,
        "missing": ["NAN", "INF", "-INF", -7999],
        "columns": propose_columns(means, data[:500], units=units),
    }


FORMAT = Format(
    "toa5",
    "Campbell TOA5",
    lambda look: look.text.lstrip('\ufeff"').startswith("TOA5"),
    declare=declare,
)
