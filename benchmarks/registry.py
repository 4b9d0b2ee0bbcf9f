"""Import of many plants into the registry, beside pandas that writes the same rows unchecked.

python -m benchmarks.registry --rows 100000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import pandas as pd

from greenanalysis.registry import store
from tests.registry.test_registry_intake import load, many


def report(rows: int) -> str:
    """Return seconds, rows a second and the ratio to pandas, measured one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        path = many(Path(folder) / "many.csv", rows)
        engine = store.open_engine(store.registry_url(f"{folder}/registry.sqlite"))
        store.migrate(engine)
        began = time.perf_counter()
        found = load(engine, path)
        ours = time.perf_counter() - began
        plain = store.open_engine(store.registry_url(f"{folder}/plain.sqlite"))
        began = time.perf_counter()
        pd.read_csv(path).to_sql("plants", plain, index=False)
        theirs = time.perf_counter() - began
        refused = len(found.refused)
        return (
            f"{rows:,} rows: {found.added:,} added, {refused:,} refused in {ours:.1f} s, "
            f"{rows / ours:,.0f} a second; pandas without checks, matching and history: "
            f"{theirs:.1f} s, ratio {ours / theirs:.0f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    print(report(parser.parse_args().rows))
