"""Any weather file: which format it is by its content, what it holds, and read as weather."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr
import yaml

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.core.files import write_text
from greenanalysis.core.members import members
from greenanalysis.weather.read.declaration import form_of
from greenanalysis.weather.read.file import open_file
from greenanalysis.weather.read.format import Format, Look, Said, unrecognised
from greenanalysis.weather.read.station import read_record, read_station

_OWN = (".nc", ".nc4", ".zarr")
_PACKAGE = "greenanalysis.weather.read.formats"


def formats() -> list[Format]:
    """Return the known formats in the order in which they are asked."""
    return sorted(members(_PACKAGE, Format).values(), key=lambda each: (each.rank, each.name))


def recognise(path: Path, said: Said | None = None) -> tuple[Format, Look]:
    """Return the format of a file, and the look by which it was recognised.

    Raises
    ------
    InputError : no such file, or none of the formats.
    """
    if not path.exists():
        raise input_error("weather file", where=str(path), allowed="a file", got="nothing")
    look = Look(path, said or Said())
    with refusing(f"weather file {path} cannot be read"):
        for each in formats():
            if each.recognises(look):
                return each, look
    raise unrecognised(look, formats())


def read_weather(
    path: Path, said: Said | None = None, *, declaration: Path | None = None
) -> xr.Dataset:
    """Read a weather file of any known format as canonical weather.

    Parameters
    ----------
    path : the file.
    said : what the file does not state, such as the place of a mast.
    declaration : YAML that states what the columns of a table mean; by default the one beside the
        file with the same stem, where there is one.

    Returns
    -------
    Dataset : (time, latitude, longitude), what the file holds; hours of UTC, labels at their end.

    Raises
    ------
    InputError : an unknown format, or what is wrong in the file, in one line.
    """
    declaration = declaration or declaration_beside(path)
    if declaration is not None:
        return read_station(declaration, data=path)
    if path.suffix in _OWN and not Look(path).binary:
        return open_file(path)  # says what is wrong with it
    chosen, look = recognise(path, said)
    with refusing(f"weather file {path} ({chosen.title}) cannot be read"):
        if chosen.read is not None:
            return chosen.read(look)
        form = form_of(
            look.said.over(_declaration(chosen, look), where=path.name),
            where=path.name,
            name=path.stem,
        )
        return read_record(form, path, source=f"{chosen.title}, {path.name}")


def declaration_beside(path: Path) -> Path | None:
    """Return the declaration that stands beside a table under the same stem, if there is one."""
    beside = path.with_suffix(".yaml")
    table = path.is_file() and path.suffix not in (*_OWN, ".yaml")
    return beside if table and beside.is_file() else None


def _declaration(chosen: Format, look: Look) -> dict[str, Any]:
    if chosen.declare is None:
        raise InputError(f"{chosen.title} {look.path}: it has no table to declare")
    return chosen.declare(look)


@dataclass(frozen=True)
class Description:
    """What is believed of a file: its ``format`` and, of a table, the ``declaration``."""

    path: Path
    format: Format
    declaration: dict[str, Any] | None

    @property
    def unknown(self) -> list[str]:
        """Return the keys that the file does not state."""
        stated = self.declaration or {}
        lacking = [
            name
            for name in ("latitude", "longitude", "timezone")
            if self.declaration is not None and stated.get(name) is None
        ]
        heights = any(
            "height" in each and each["height"] is None for each in stated.get("columns", [])
        )
        return [*lacking, *(["height"] if heights else [])]

    def write(self, path: Path) -> Path:
        """Write the declaration as YAML, to be corrected by hand; a file that is there stays.

        Raises
        ------
        InputError : nothing to declare, or the file is there.
        """
        if self.declaration is None:
            raise InputError(f"{self.format.title} {self.path} needs no declaration")
        if path.exists():
            raise input_error("declaration", where=str(path), allowed="a new file", got="a file")
        head = f"# {self.format.title}; what is null is not in the file: fill it in\n"
        body = yaml.safe_dump(
            self.declaration, sort_keys=False, allow_unicode=True, default_flow_style=None
        )
        write_text(path, head + body)
        return path


def describe_file(path: Path, said: Said | None = None) -> Description:
    """Return what is believed of a weather file, without reading it whole where that is not needed.

    Raises
    ------
    InputError : an unknown format.
    """
    chosen, look = recognise(path, said)
    if chosen.declare is None:
        return Description(path, chosen, None)
    with refusing(f"weather file {path} ({chosen.title}) cannot be described"):
        declaration = chosen.declare(look)
    stated = {
        name: value
        for name in ("latitude", "longitude", "timezone", "altitude", "label")
        if (value := getattr(look.said, name)) is not None
    }
    return Description(path, chosen, {**declaration, **stated})
