"""Engine beside its peers on a full synthetic year: ``python -m benchmarks.engine FOLDER``.

Makes what it needs in FOLDER (about 8 GB), runs the cases in fresh processes, in turn, prints the
table that ``benchmarks/README.md`` shows, and keeps the figures in FOLDER/figures.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.cases import CASES
from benchmarks.cutout import make_cutout
from benchmarks.stores import (
    CANONICAL_RANGES,
    make_store,
    repeat_store,
)
from greenanalysis.core.files import write_json

STORES = {"canonical-f4": False, "canonical-i2": True}
"""Whether the values are packed."""
DECADE = "canonical-10-i2"
COMPARED = {
    "PV chain": "pvlib on arrays",
    "tracker chain": "pvlib on arrays",
    "wind chain": "windpowerlib site by site",
}
"""Which peer a case stands beside, by part of its name."""


def prepare(folder: Path) -> None:
    """Make the cutouts and stores that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, name, hours in (("tiny-", "tiny.nc", 200), ("", "year.nc", 8760)):
        cutout = folder / name
        if not cutout.exists():
            print(f"making {cutout}", flush=True)
            make_cutout(cutout, hours=hours)
        for store, packed in STORES.items():
            path = folder / f"{prefix}{store}.zarr"
            if not path.exists():
                print(f"making {path}", flush=True)
                make_store(cutout, path, ranges=CANONICAL_RANGES, packed=packed)
    decade = folder / f"{DECADE}.zarr"
    if not decade.exists():
        one = folder / "canonical-i2.zarr"
        repeat_store(one, decade, ranges=CANONICAL_RANGES, years=10)


def run_case(name: str, folder: Path) -> dict:
    """Measure one case in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.cases", name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def run_all(folder: Path, rounds: int, only: str) -> dict[str, list[dict]]:
    """Run every case once a round, one after the other."""
    found: dict[str, list[dict]] = {name: [] for name in CASES if only in name}
    for _ in range(rounds):
        for name, runs in found.items():
            runs.append(run_case(name, folder))
            last = runs[-1]
            figures = f"{last['wall']:8.2f} s  {last['cpu']:8.2f} CPU s  {last['peak_gb']:.2f} GB"
            print(f"{name:<44}{figures}", flush=True)
    return found


def summary(found: dict[str, list[dict]]) -> dict[str, dict[str, float]]:
    """Medians of the rounds."""
    keys = ("wall", "cpu", "peak_gb", "points")
    return {
        name: {key: median(run[key] for run in runs) for key in keys}
        for name, runs in found.items()
    }


def table(figures: dict[str, dict[str, float]]) -> str:
    """Lay out medians as Markdown; the ratio is in CPU time for each cell-hour."""
    lines = [
        "| case | wall s | CPU s | million cell-hours/CPU s | x its peer | peak GB |",
        "|---|---|---|---|---|---|",
    ]
    for name, run in figures.items():
        each = run["cpu"] / run["points"]
        peer = next((peer for part, peer in COMPARED.items() if part in name), None)
        ratio = "-"
        if peer in figures and name.startswith("engine"):
            ratio = f"{figures[peer]['cpu'] / figures[peer]['points'] / each:.1f} ({peer})"
        figures_of_run = (run["wall"], run["cpu"], 1e-6 / each)
        row = [name, *(f"{figure:.2f}" for figure in figures_of_run), ratio]
        lines.append("| " + " | ".join([*row, f"{run['peak_gb']:.2f}"]) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    given = parser.parse_args()
    prepare(given.folder)
    figures = summary(run_all(given.folder, given.rounds, given.only))
    write_json(given.folder / "figures.json", figures)
    print(table(figures))


if __name__ == "__main__":
    main()
