"""The verdict on weather, kept by the hash of the weather and of the checks."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import xarray as xr

from greenanalysis.core.cache import only_one_writer
from greenanalysis.core.files import sha256_files, sha256_json, write_json
from greenanalysis.core.paths import cache_dir
from greenanalysis.weather.quality import check
from greenanalysis.weather.quality.verdict import COLUMNS, Verdict


def remembered_verdict(dataset: xr.Dataset) -> Verdict:
    """Return the verdict on canonical weather, computed once and then read from the cache.

    Parameters
    ----------
    dataset : canonical weather whose ``attrs["hash"]`` stands for all of its contents.

    Raises
    ------
    InputError : the cache cannot be written.
    """
    here = Path(__file__).parent
    code = sha256_files(here.glob("*.py"), root=here)
    cells = [dataset[name].to_numpy().tolist() for name in ("latitude", "longitude")]
    key = sha256_json(
        {
            "weather": dataset.attrs["hash"],
            "checks": code,
            "cells": cells,
            "box": dataset.attrs.get("box"),
        }
    )
    path = cache_dir() / "weather" / f"verdict-{key[:24]}.json"
    known = _read(path)
    if known is not None:
        return known
    with only_one_writer(path):
        known = _read(path)
        if known is None:
            known = check(dataset)
            write_json(path, known.table.to_dict("records"))
    return known


def _read(path: Path) -> Verdict | None:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return Verdict(pd.DataFrame([{name: str(row[name]) for name in COLUMNS} for row in rows]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
