"""A build that is killed again and again: the next one completes the site, as if undisturbed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from greenanalysis.core import paths
from greenanalysis.site.publish import index
from greenanalysis.site.workflow import pool, worker
from greenanalysis.site.workflow.build import Page, build_site
from greenanalysis.site.workflow.causes import (
    CELL_FAILED,
    KERNEL_DIED,
    OTHER,
    OUT_OF_MEMORY,
    TIME_OUT,
    cause_of,
    oom_kills,
)
from tests.support.site_home import NOTEBOOKS, make_home

REPOSITORY = Path(__file__).resolve().parents[2]
OF_THE_MOMENT = {"seconds", "why", "made_utc", "index_key"}
"""What build.json says of the run, not of the site."""


def settled(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: settled(v) for k, v in value.items() if k not in OF_THE_MOMENT}
    return value


def test_ten_kills_and_one_run_give_the_site_of_an_undisturbed_build(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "SOURCE_DATE_EPOCH": "1790000000",
        paths.HOME_VARIABLE: str(home),
    }
    command = [sys.executable, "-m", "tests.support.killed_builds", str(tmp_path), "20261124"]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert len(told["moments"]) == 10
    assert told["ended"] <= 3, "most kills must fall into a build at work"
    assert len({count for _, count in told["moments"]}) > 1, "kills fall on different stages"
    first, second = tmp_path / "undisturbed" / "site", tmp_path / "killed" / "site"
    files = [
        sorted(path.relative_to(site) for path in site.rglob("*") if path.is_file())
        for site in (first, second)
    ]
    assert files[0] == files[1]
    assert Path("ro-crate-metadata.json") in files[0]
    for name in files[0]:
        if name.name == "build.json":
            states = [json.loads((site / name).read_text()) for site in (first, second)]
            assert states[0]["status"] == "ok"
            assert settled(states[0]) == settled(states[1])
        elif name.name != ".build.lock":
            assert (first / name).read_bytes() == (second / name).read_bytes(), name


@pytest.mark.parametrize(
    ("kind", "ename", "killed", "cause"),
    [
        ("DeadKernelError", "", False, KERNEL_DIED),
        ("DeadKernelError", "", True, OUT_OF_MEMORY),
        ("CellTimeoutError", "", False, TIME_OUT),
        ("PapermillExecutionError", "MemoryError", False, OUT_OF_MEMORY),
        ("PapermillExecutionError", "_ArrayMemoryError", False, OUT_OF_MEMORY),
        ("PapermillExecutionError", "TimeoutError", False, CELL_FAILED),
        ("KeyError", "", False, OTHER),
    ],
)
def test_causes_are_told_apart(kind: str, ename: str, killed: bool, cause: str) -> None:
    import nbclient.exceptions
    import papermill

    made = {
        "DeadKernelError": lambda: nbclient.exceptions.DeadKernelError("Kernel died"),
        "CellTimeoutError": lambda: nbclient.exceptions.CellTimeoutError("slow"),
        "PapermillExecutionError": lambda: papermill.PapermillExecutionError(
            0, 1, "source", ename, "value", []
        ),
        "KeyError": lambda: KeyError("x"),
    }
    assert cause_of(made[kind](), killed=killed) == cause


def test_the_machine_is_asked_how_often_it_ran_out_of_memory(tmp_path: Path) -> None:
    counters = tmp_path / "vmstat"
    counters.write_text("nr_free_pages 12\noom_kill 3\n")
    assert oom_kills(counters) == 3
    assert oom_kills(tmp_path / "absent") == 0


def test_a_kernel_that_dies_or_hangs_is_run_once_more_then_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_home(tmp_path / "home")
    monkeypatch.setenv(paths.HOME_VARIABLE, str(home))

    def page(name: str, how: str, good_from: int = 2) -> Page:
        parameters = {"how": how, "good_from": good_from}
        return Page(name, NOTEBOOKS / "flaky.ipynb", name, "Tests", parameters)

    pages = [page("dies", "dies"), page("hangs", "hangs", 9), page("fails", "fails")]
    lines: list[str] = []
    result = build_site(
        pages, out_dir=tmp_path / "site", jobs=2, timeout=4, progress=False, echo=lines.append
    )
    state = json.loads((tmp_path / "site" / "build.json").read_text())
    found = {
        name: (entry["status"], entry["cause"], entry["attempts"])
        for name, entry in state["pages"].items()
    }
    assert found == {
        "dies": ("ok", "", 2),
        "hangs": ("failed", TIME_OUT, 2),
        "fails": ("failed", CELL_FAILED, 1),
    }
    assert (result.exit_code, state["status"], state["schema"]) == (1, "failed", 2)
    assert len((home / "ran-hangs.txt").read_text().splitlines()) == 2
    assert any(line.startswith("FAILED hangs (time-out, 2 attempts)") for line in lines)
    assert "went well in run 2" in (tmp_path / "site" / "dies.html").read_text()
    assert "time" in index.failure_page("hangs", state["pages"]["hangs"]["error"]).lower()


def test_what_ran_out_of_memory_is_run_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import Future

    class Here:
        def __init__(self, processes: int, *, threads: int) -> None:
            pass

        def __enter__(self) -> Here:
            return self

        def __exit__(self, *details: object) -> None:
            pass

        def submit(self, make: object, task: worker.Task) -> Future[worker.Outcome]:
            future: Future[worker.Outcome] = Future()
            asked.append(task.name)
            future.set_result(worker.Outcome(task.name, "failed", "k", cause=causes[task.name]))
            return future

    asked: list[str] = []
    causes = {"a": OUT_OF_MEMORY, "b": CELL_FAILED}
    monkeypatch.setattr(pool, "Pool", Here)

    class Named:
        key = "k"

        def __init__(self, name: str) -> None:
            self.name = name

    tasks: Any = [Named("a"), Named("b")]
    outcomes = {one.name: one.attempts for one in pool.run_tasks(tasks, jobs=1)}
    assert outcomes == {"a": 2, "b": 1}
    assert asked == ["a", "b", "a"]
