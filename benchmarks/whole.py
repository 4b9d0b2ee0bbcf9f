"""Commands as users run them, imports and all, in turn: ``python -m benchmarks.whole FOLDER``.

``greenanalysis yields`` and an atlite script make a map and the hourly series of twenty regions of
sun and wind from one cutout of a year; the processor's time is what the system accounts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.cutout import make_cutout


def measured(command: list[str], **environment: str) -> tuple[float, float, float]:
    """Run a command; return its CPU seconds, wall seconds and peak GB."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    year = asked.folder / "year.nc"
    if not year.exists():
        make_cutout(year, hours=8760, level=4)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        ours = [*(sys.executable, "-m", "greenanalysis", "yields", str(year)), "--out"]
        theirs = [sys.executable, "-m", "benchmarks.atlite_year", str(year)]
        commands = {
            "greenanalysis yields": [*ours, f"{folder}/ours.nc"],
            "atlite script": [*theirs, f"{folder}/atlite.nc"],
        }
        measured(commands["greenanalysis yields"])  # compiles, once an installation
        runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
        for _ in range(asked.rounds):
            for name, command in commands.items():
                runs[name].append(measured(command))
                print(f"{name}: {runs[name][-1]}", flush=True)
    print("| whole process | CPU s, median (each run) | wall s | peak GB |\n|---|---|---|---|")
    for name, rows in runs.items():
        cpu, wall, peak = (median(column) for column in zip(*rows, strict=True))
        each = ", ".join(f"{row[0]:.1f}" for row in rows)
        print(f"| {name} | {cpu:.1f} ({each}) | {wall:.1f} | {peak:.2f} |")
    pairs = zip(*runs.values(), strict=True)
    ratios = [(b[0] / a[0], b[1] / a[1]) for a, b in pairs]
    cpu, wall = (median(column) for column in zip(*ratios, strict=True))
    print(f"ratio in pairs, median: {cpu:.1f} in CPU, {wall:.1f} in wall")


if __name__ == "__main__":
    main()
