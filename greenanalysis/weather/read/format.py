"""What a known format of weather files is: how it is recognised by content, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import xarray as xr

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.weather.read.table import (
    XLSX_MAGIC,
    decode,
    guess_encoding,
    read_rows,
)

_HEAD = 65_536
_NETCDF = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF")
_DELIMITERS = ("\t", ";", ",")


@dataclass(frozen=True)
class Said:
    """What a person says of a file that does not say it itself; None leaves it to the file."""

    latitude: float | None = None
    longitude: float | None = None
    timezone: str | None = None
    altitude: float | None = None
    height: float | None = None
    label: str | None = None
    sheet: str | None = None
    encoding: str | None = None

    def over(self, declaration: dict[str, Any], *, where: str) -> dict[str, Any]:
        """Return a declaration with what is said put into it.

        Raises
        ------
        InputError : a place, zone or height that neither the file nor the person states.
        """
        stated = dict(declaration)
        for name in ("latitude", "longitude", "timezone", "altitude", "label", "sheet", "encoding"):
            if getattr(self, name) is not None:
                stated[name] = getattr(self, name)
        for name in ("latitude", "longitude", "timezone"):
            if stated.get(name) is None:
                raise InputError(
                    f"{name} of {where}: the file does not state it; state --{name}, or write the "
                    f"declaration with 'greenanalysis weather describe' and fill it in"
                )
        stated["columns"] = [self._column(column, where) for column in declaration["columns"]]
        return {key: value for key, value in stated.items() if value is not None}

    def _column(self, column: dict[str, Any], where: str) -> dict[str, Any]:
        if "height" not in column or column["height"] is not None:
            return column
        if self.height is None:
            raise InputError(
                f"height of column {column['column']} of {where}: the file does not state it; "
                "state --height, or write the declaration with 'greenanalysis weather describe'"
            )
        return {**column, "height": self.height}


@dataclass(frozen=True)
class Look:
    """A look at a file: its first bytes, its text, its variables, as far as it has them."""

    path: Path
    said: Said = field(default_factory=Said)

    @cached_property
    def head(self) -> bytes:
        """The first 64 kB; nothing for a folder."""
        if not self.path.is_file():
            return b""
        with self.path.open("rb") as file:
            return file.read(_HEAD)

    @property
    def netcdf(self) -> bool:
        """Whether it is netCDF, by its first bytes."""
        return self.head.startswith(_NETCDF)

    @property
    def zipped(self) -> bool:
        """Whether it is a ZIP archive, XLSX among them."""
        return self.head.startswith(XLSX_MAGIC)

    @property
    def grib(self) -> bool:
        """Whether it is GRIB."""
        return self.head.startswith(b"GRIB")

    @property
    def binary(self) -> bool:
        """Whether it is one of the binary formats, or a folder such as Zarr."""
        return self.netcdf or self.zipped or self.grib or self.path.is_dir()

    @cached_property
    def encoding(self) -> str:
        """Encoding in which the beginning can be read."""
        return self.said.encoding or guess_encoding(self.head)

    @cached_property
    def text(self) -> str:
        """The beginning as text; nothing for a file that is none."""
        if self.netcdf or self.zipped or self.grib or b"\x00\x00" in self.head[:1024]:
            return ""
        last = self.head.rfind(b"\n")
        part = self.head[: last + 1] if len(self.head) == _HEAD and last > 0 else self.head
        return decode(part, self.encoding, where=self.path.name)

    @cached_property
    def lines(self) -> list[str]:
        """The beginning, line by line, without the mark of its encoding."""
        return self.text.lstrip("\ufeff").splitlines()

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The variables of a netCDF file, lazy, times decoded."""
        with refusing(f"weather file {self.path}: neither netCDF nor Zarr that xarray can read"):
            return xr.open_dataset(self.path, engine="netcdf4", chunks={})

    def rows(self, delimiter: str, encoding: str | None = None) -> list[list[str]]:
        """Return all rows of the table."""
        return read_rows(
            self.path,
            encoding=encoding or self.encoding,
            delimiter=delimiter,
            sheet=self.said.sheet,
        )

    def delimiter(self, lines: Sequence[str] | None = None) -> str:
        """Return the delimiter that most of the lines hold equally often."""
        sample = [line for line in (lines or self.lines)[:200] if line.strip()]
        counts = {mark: [line.count(mark) for line in sample] for mark in _DELIMITERS}
        best = max(
            _DELIMITERS,
            key=lambda mark: sum(
                n == max(set(counts[mark]), key=counts[mark].count) > 0 for n in counts[mark]
            ),
            default=",",
        )
        return best if any(counts[best]) else "whitespace"


@dataclass(frozen=True)
class Format:
    """A format: one module states one, as ``FORMAT``.

    Attributes
    ----------
    name, title : for lists and messages.
    recognises : tells the format by a look at the file.
    read : opens it as canonical weather; or
    declare : returns the declaration of its table, see
        :func:`~greenanalysis.weather.read.station.read_station`; what the file does not state is
        None there.
    rank : formats of lower rank are asked first.
    """

    name: str
    title: str
    recognises: Callable[[Look], bool]
    read: Callable[[Look], xr.Dataset] | None = None
    declare: Callable[[Look], dict[str, Any]] | None = None
    rank: int = 0


def unrecognised(look: Look, formats: Sequence[Format]) -> InputError:
    """Return the error for a file of no known format."""
    known = ", ".join(each.title for each in formats)
    return input_error("weather file", where=str(look.path), allowed=known, got="none of these")
