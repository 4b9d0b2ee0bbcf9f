"""Power curves as turbine files hold them: WAsP's ``.wtg`` (XML) and the older ``.pow`` (text).

windPRO, OpenWind and WindFarmer export both.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.resource.wind.farm import PowerCurve

SUFFIXES = (".wtg", ".pow")
_STANDARD_DENSITY = 1.225
_LARGEST_BYTES = 5_000_000
_BETZ = 16 / 27
_LEAST_PEAK = 0.1
"""Power coefficient that any turbine reaches somewhere; below it the unit is not what it seems."""


@dataclass(frozen=True, eq=False)
class TurbineFile:
    """A turbine read from a file.

    ``curve`` at the standard air density; ``heights`` of hubs that the file suggests, m;
    ``air_density`` of the table that was taken, kg/m3.
    """

    curve: PowerCurve
    heights: tuple[float, ...]
    air_density: float


def read_turbine(path: Path) -> TurbineFile:
    """Read a turbine's power curve.

    Parameters
    ----------
    path : ``NAME.wtg`` or ``NAME.pow``; which of them it is, its contents say.

    Returns
    -------
    TurbineFile : of several tables by air density the one nearest to 1.225 kg/m3, its wind speeds
        carried to 1.225 kg/m3 by the cube root of the ratio (IEC 61400-12-1, pitch control).

    Raises
    ------
    InputError : no such file, not a turbine file, or power that no rotor of its diameter can have.

    References
    ----------
    DTU Wind Energy, WAsP help, Wind turbine generator file (wtg) and Power production curve (pow).
    """
    if not path.is_file():
        allowed = " or ".join(f"NAME{suffix}" for suffix in SUFFIXES)
        raise input_error("turbine file", where=str(path), allowed=allowed, got="nothing")
    content = path.read_bytes()
    if len(content) > _LARGEST_BYTES:
        raise input_error(
            "size of the turbine file", where=str(path), allowed="up to 5 MB", got=len(content)
        )
    with refusing(f"turbine file {path} cannot be read"):
        text = _decoded(content)
        turbine = _read_wtg(text, path) if text.lstrip().startswith("<") else _read_pow(text, path)
    _require_rotor(turbine, path)
    return turbine


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _read_wtg(text: str, path: Path) -> TurbineFile:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InputError(f"turbine file {path}: a .wtg declares no document type or entities")
    head, _, rest = text.lstrip().partition("?>")
    root = ET.fromstring(rest if head.startswith("<?xml") else text)
    tables = list(root.iter("PerformanceTable"))
    if not tables:
        raise input_error("tables", where=str(path), allowed="PerformanceTable", got="none")
    densities = [float(table.get("AirDensity", _STANDARD_DENSITY)) for table in tables]
    chosen = int(np.argmin(abs(np.array(densities) - _STANDARD_DENSITY)))
    points = [
        (float(point.attrib["WindSpeed"]), float(point.attrib["PowerOutput"]))
        for point in tables[chosen].iter("DataPoint")
    ]
    stop = tables[chosen].find("StartStopStrategy")
    cut_out = float(stop.get("HighSpeedCutOut", "inf")) if stop is not None else np.inf
    heights = tuple(float(height.text or "nan") for height in root.iter("Height"))
    return _turbine(
        points,
        path,
        name=root.get("Description") or path.stem,
        rotor=float(root.attrib["RotorDiameter"]),
        heights=heights,
        density=densities[chosen],
        cut_out=cut_out,
    )


def _read_pow(text: str, path: Path) -> TurbineFile:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 5:
        raise input_error(
            "lines",
            where=str(path),
            allowed="name; hub height and rotor diameter; two factors; speed and power by row",
            got=len(lines),
        )
    height, rotor = _numbers(lines[1])[:2]
    to_speed, to_watts = _numbers(lines[2])[:2]
    rows = [_numbers(line) for line in lines[3:]]
    points = [(row[0] * to_speed, row[1] * to_watts) for row in rows if len(row) >= 2]
    return _turbine(
        points,
        path,
        name=lines[0].strip(),
        rotor=rotor,
        heights=(height,),
        density=_STANDARD_DENSITY,
        cut_out=np.inf,
    )


def _numbers(line: str) -> list[float]:
    plain = line.split("!")[0].replace(";", " ").replace("\t", " ")
    return [float(word.rstrip(",")) for word in plain.split()]


def _turbine(
    points: list[tuple[float, float]],
    path: Path,
    *,
    name: str,
    rotor: float,
    heights: tuple[float, ...],
    density: float,
    cut_out: float,
) -> TurbineFile:
    if len(points) < 3:
        raise input_error("points", where=str(path), allowed="three or more", got=len(points))
    if not 0.5 <= density <= 1.6:
        raise input_error("air density", where=str(path), allowed="0.5 to 1.6 kg/m3", got=density)
    speed, power = np.array(sorted(points), dtype=float).T
    if not (np.isfinite(speed).all() and np.isfinite(power).all()) or (power < 0).any():
        raise input_error("power", where=str(path), allowed="numbers from 0", got="other values")
    if power.max() <= 0 or not 0 < rotor < 400:
        got = f"{power.max():g} W, {rotor:g} m"
        raise input_error("power and rotor", where=str(path), allowed="above 0", got=got)
    inside = speed <= cut_out
    speed, power = speed[inside] * (density / _STANDARD_DENSITY) ** (1 / 3), power[inside]
    curve = PowerCurve(
        name=name,
        wind_speed=speed,
        power=power / power.max(),
        nominal_power_mw=float(power.max()) / 1e6,
        rotor_diameter_m=rotor,
    )
    return TurbineFile(curve, heights, density)


def _require_rotor(turbine: TurbineFile, path: Path) -> None:
    """Refuse power that the rotor cannot take from the wind: kW for W, feet for metres."""
    curve = turbine.curve
    area = np.pi / 4 * curve.rotor_diameter_m**2
    windy = curve.wind_speed > 0
    wind = 0.5 * _STANDARD_DENSITY * area * curve.wind_speed[windy] ** 3
    coefficient = curve.power[windy] * curve.nominal_power_mw * 1e6 / wind
    peak = float(coefficient.max())
    if not _LEAST_PEAK <= peak <= _BETZ:
        raise input_error(
            "greatest power coefficient",
            where=f"turbine file {path} ({curve.nominal_power_mw:g} MW on a rotor of "
            f"{curve.rotor_diameter_m:g} m)",
            allowed=f"{_LEAST_PEAK} to {_BETZ:.3f}; is the power in watts (.wtg), or in the "
            "unit of the third line (.pow)?",
            got=f"{peak:.3g}",
        )
