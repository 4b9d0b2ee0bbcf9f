"""Sites that the project itself wrote: its table (CSV, XLSX) and the CSV that PVsyst imports."""

from __future__ import annotations

from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.site import open_site
from greenanalysis.weather.write.pvsyst import is_pvsyst
from greenanalysis.weather.write.table import is_site_table


def _recognises(look: Look) -> bool:
    return look.path.is_file() and (is_site_table(look.path) or is_pvsyst(look.path))


FORMAT = Format(
    "written",
    "table of a site that the project wrote, or PVsyst's CSV",
    _recognises,
    read=lambda look: open_site(look.path),
    rank=-2,
)
