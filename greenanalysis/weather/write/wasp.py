"""Observed wind climate as WAsP's ``.tab`` file: frequencies by sector and speed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.core.files import write_text
from greenanalysis.resource.wind.rose import SectorTable


def write_tab(
    table: SectorTable, path: Path, *, latitude: float, longitude: float, name: str
) -> Path:
    """Write a table of sectors as WAsP reads it; whole or not at all.

    Parameters
    ----------
    table : of :func:`~greenanalysis.resource.wind.rose.sector_table`.
    path : ``NAME.tab``.
    latitude, longitude : degrees.
    name : one line that describes the site.

    Notes
    -----
    Line 1 the name; 2 latitude, longitude and height; 3 sectors, factor of the speed, offset of the
    direction; 4 per cent of each sector; then the upper edge of each bin and per mille of the hours
    of each sector in it.

    References
    ----------
    DTU Wind Energy, WAsP help, Observed wind climate file (tab).
    """
    frequency = table.frequency
    lines = [
        " ".join(name.split()) or "site",
        f"{latitude:.6f} {longitude:.6f} {table.height:g}",
        f"{table.sectors} 1.00 0.00",
        " ".join(f"{100 * share:.8g}" for share in frequency),
    ]
    for edge, row in zip(table.upper, table.counts, strict=True):
        shares = np.divide(1000 * row, frequency, out=np.zeros_like(row), where=frequency > 0)
        lines.append(f"{edge:g} " + " ".join(f"{share:.8g}" for share in shares))
    write_text(path, "\n".join(lines) + "\n")
    return path


def read_tab(path: Path) -> tuple[SectorTable, float, float, str]:
    """Read a ``.tab`` file: the table, latitude, longitude and the name.

    Raises
    ------
    InputError : no such file, or one that does not hold what its head says.
    """
    if not path.is_file():
        raise input_error("wind climate", where=str(path), allowed="NAME.tab", got="nothing")
    with refusing(f"wind climate {path} cannot be read"):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        latitude, longitude, height = (float(word) for word in lines[1].split()[:3])
        sectors = int(float(lines[2].split()[0]))
        factor, turn = (float(word) for word in lines[2].split()[1:3])
        frequency = np.array([float(word) for word in lines[3].split()]) / 100
        rows = np.array([[float(word) for word in line.split()] for line in lines[4:] if line])
    if frequency.shape != (sectors,) or rows.ndim != 2 or rows.shape[1] != sectors + 1:
        raise InputError(f"wind climate {path}: its rows do not hold {sectors} sectors")
    if (factor, turn) != (1.0, 0.0):
        raise input_error(
            "factor and offset", where=str(path), allowed="1 and 0", got=f"{factor:g} and {turn:g}"
        )
    if abs(frequency.sum() - 1) > 0.01:
        got = f"{100 * frequency.sum():.1f} %"
        raise input_error("sum of the sectors", where=str(path), allowed="100 %", got=got)
    counts = rows[:, 1:] / 1000 * frequency
    table = SectorTable(counts / counts.sum(), rows[:, 0], 0, height)
    return table, latitude, longitude, lines[0].strip()
