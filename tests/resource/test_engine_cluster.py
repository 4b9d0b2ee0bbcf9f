"""The same numbers, to the last bit, on threads and on dask clusters; deaths and interruptions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from distributed import Client, LocalCluster

from greenanalysis.resource.engine.models import WIND_NAMES, WindModel
from greenanalysis.resource.engine.reduce import reduce
from tests.resource.test_engine import PLANTS, WIND
from tests.resource.test_engine import weather as weather
from tests.resource.test_engine import weights as weights

ROOT = Path(__file__).parents[2]
OUTPUTS = ("mean", "series", "month_hour")


@dataclass(frozen=True)
class SlowWind:
    """A wind farm that takes its time."""

    seconds: float = 0.3
    names: tuple[str, ...] = WIND_NAMES

    def hours(self, time: np.ndarray) -> np.ndarray:
        return WindModel(WIND).hours(time)

    def cells(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        return WindModel(WIND).cells(latitude, longitude)

    def fill(
        self, values: Sequence[np.ndarray], hours: np.ndarray, cells: np.ndarray, out: np.ndarray
    ) -> None:
        time.sleep(self.seconds)
        WindModel(WIND).fill(values, hours, cells, out)


@dataclass
class External:
    """A scheduler and two workers, each a process of its own, on loopback."""

    address: str
    workers: list[subprocess.Popen]


def start(*command: str) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__DIAGNOSTICS__NVML": "0"}
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + command[0], *command[1:]],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def external(tmp_path_factory: pytest.TempPathFactory) -> Iterator[External]:
    folder = tmp_path_factory.mktemp("dask")
    where = folder / "scheduler.json"
    common = ("--scheduler-file", str(where), "--no-dashboard")
    scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", *common)
    spill = ("--local-directory", str(folder), "--nthreads", "1", "--no-nanny")
    workers = [start("dask_worker", *common, *spill) for _ in range(2)]
    try:
        deadline = time.monotonic() + 60
        while not where.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        with Client(scheduler_file=str(where), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield External(address, workers)
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def parts(weather: xr.Dataset) -> xr.Dataset:
    return weather.chunk(time=300, latitude=2)


def test_local_cluster_gives_the_same_bits(weather: xr.Dataset, weights: xr.DataArray) -> None:
    lazy = parts(weather)
    expected = reduce(lazy, PLANTS, regions=weights, outputs=OUTPUTS, scheduler="threads")
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        got = reduce(lazy, PLANTS, regions=weights, outputs=OUTPUTS)
    xr.testing.assert_identical(got, expected)


def test_external_cluster_gives_the_same_bits(
    external: External, weather: xr.Dataset, weights: xr.DataArray
) -> None:
    for given in (parts(weather), weather):
        expected = reduce(given, PLANTS, regions=weights, outputs=OUTPUTS, scheduler="threads")
        got = reduce(given, PLANTS, regions=weights, outputs=OUTPUTS, scheduler=external.address)
        xr.testing.assert_identical(got, expected)


def test_a_dying_worker_does_not_matter(external: External, weather: xr.Dataset) -> None:
    lazy = weather.chunk(time=75)
    expected = reduce(lazy, {"wind": SlowWind(0.0)}, scheduler="threads")
    killer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import os,time; time.sleep(1); os.kill({external.workers[0].pid}, 9)",
        ]
    )
    got = reduce(lazy, {"wind": SlowWind()}, scheduler=external.address)
    assert killer.wait() == 0
    assert external.workers[0].wait(timeout=5) == -signal.SIGKILL
    assert external.workers[1].poll() is None
    xr.testing.assert_identical(got, expected)


def test_interruption_leaves_nothing_half_written(tmp_path: Path) -> None:
    code = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background job ignores it
        "from tests.resource.test_engine_cluster import *\n"
        "from tests.resource import test_engine\n"
        "from greenanalysis.assessment.yields import write_capacity_factors\n"
        "made = test_engine.weather.__wrapped__().chunk(time=30)\n"
        "print('begun', flush=True)\n"
        f"target = Path({str(tmp_path)!r}) / 'cf.zarr'\n"
        "write_capacity_factors(made, {'wind': SlowWind(seconds=2.0)}, target)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".tmp-*/cf.zarr/wind/c/*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in errors
    assert list(tmp_path.iterdir()) == []
