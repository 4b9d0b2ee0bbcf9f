"""Files whose suffix says their format: tables as CSV and XLSX, arrays also as netCDF and Zarr.

A suffix that is not known is refused before anything is computed or written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.files import atomic_path
from greenanalysis.core.variables import as_cf

NETCDF = (".nc", ".nc4")
TABLES = (".csv", ".xlsx")
ARRAYS = (*NETCDF, ".zarr")
_SHEET_ROWS = 1_048_576
_SHEET_NAME = 31


def format_of(path: Path, allowed: Iterable[str], *, where: str = "--out") -> str:
    """Return the suffix of a file to be written, in small letters.

    Parameters
    ----------
    path : to be written.
    allowed : suffixes with their dot; longer ones, such as ``.sam.csv``, are looked for first.
    where : names the input in the error.

    Raises
    ------
    InputError : none of them.
    """
    suffixes = sorted(allowed, key=len, reverse=True)
    name = path.name.lower()
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) > len(suffix):
            return suffix
    raise input_error(
        "format of the file",
        where=where,
        allowed=", ".join(f"NAME{suffix}" for suffix in sorted(suffixes)),
        got=path.name,
    )


def write_tables(tables: Mapping[str, pd.DataFrame], path: Path) -> Path:
    """Write tables as sheets of a workbook, or a single one as CSV; whole or not at all.

    Parameters
    ----------
    tables : by the name of the sheet; the index is written where it has a name.
    path : ``NAME.csv`` or ``NAME.xlsx``.

    Raises
    ------
    InputError : another suffix, several tables for a CSV, more rows than a sheet holds.
    """
    if format_of(path, TABLES) == ".csv":
        if len(tables) > 1:
            raise input_error(
                "tables in one CSV file",
                where=str(path),
                allowed="one; NAME.xlsx holds several",
                got=", ".join(tables),
            )
        with atomic_path(path) as staged:
            for table in tables.values():
                table.to_csv(staged, index=_has_index(table))
        return path
    for name, table in tables.items():
        if len(table) >= _SHEET_ROWS:
            raise input_error(
                f"rows of {name}",
                where=str(path),
                allowed=f"below {_SHEET_ROWS:,} in a workbook; NAME.csv or NAME.nc hold more",
                got=f"{len(table):,}",
            )
    with (
        atomic_path(path) as staged,
        pd.ExcelWriter(staged, engine="xlsxwriter", datetime_format="yyyy-mm-dd hh:mm") as workbook,
    ):
        for name, table in tables.items():
            sheet = name[:_SHEET_NAME]
            index = _has_index(table)
            table.to_excel(workbook, sheet_name=sheet, index=index, freeze_panes=(1, int(index)))
            workbook.sheets[sheet].set_column(0, table.shape[1] + int(index), 18)
    return path


def _has_index(table: pd.DataFrame) -> bool:
    return any(name is not None for name in table.index.names)


def write_arrays(dataset: xr.Dataset, path: Path) -> Path:
    """Write a Dataset in the format of its suffix; whole or not at all.

    Parameters
    ----------
    dataset : any; in tables, variables of the same dimensions share a sheet, one row a place.
    path : ``NAME.nc``, ``NAME.nc4``, ``NAME.zarr``, ``NAME.xlsx``, or ``NAME.csv`` where all
        variables have the same dimensions.

    Raises
    ------
    InputError : another suffix, or a CSV that would hold several tables.
    """
    suffix = format_of(path, (*ARRAYS, *TABLES))
    if suffix in TABLES:
        return write_tables(_tables_of(dataset), path)
    try:
        with atomic_path(path, directory=suffix == ".zarr") as staged:
            if suffix == ".zarr":
                as_cf(dataset).drop_encoding().to_zarr(staged, mode="w", consolidated=False)
            else:
                as_cf(dataset).to_netcdf(staged, engine="netcdf4")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


def _tables_of(dataset: xr.Dataset) -> dict[str, pd.DataFrame]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, array in dataset.data_vars.items():
        groups.setdefault(tuple(str(dim) for dim in array.dims), []).append(str(name))
    return {
        " ".join(dims) or "values": (
            dataset[names].to_dataframe(dim_order=list(dims))[names]
            if dims
            else pd.DataFrame([{name: dataset[name].item() for name in names}])
        )
        for dims, names in groups.items()
    }
