"""Why a notebook failed, and how often the machine ran out of memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenanalysis.site.workflow.causes import (
    CELL_FAILED,
    KERNEL_DIED,
    OTHER,
    OUT_OF_MEMORY,
    TIME_OUT,
    cause_of,
    oom_kills,
)


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
