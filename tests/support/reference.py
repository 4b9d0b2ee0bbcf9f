"""Finds reference data that does not belong to the project; tests skip where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "GREENANALYSIS_REFERENCE_DATA"


def reference_data(*parts: str) -> Path:
    """Return a reference file, or skip the test with the reason."""
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    path = Path(os.environ.get(VARIABLE, default)).joinpath(*parts)
    if not path.exists():
        pytest.skip(f"reference data {'/'.join(parts)} is not here (set ${VARIABLE})")
    return path
