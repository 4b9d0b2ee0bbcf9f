"""Why a notebook failed, and which failures are worth a second try."""

from __future__ import annotations

from pathlib import Path

KERNEL_DIED = "kernel died"
TIME_OUT = "time-out"
OUT_OF_MEMORY = "out of memory"
PROCESS_KILLED = "process killed"
CELL_FAILED = "cell failed"
OTHER = "other"
_CAUSES = (KERNEL_DIED, TIME_OUT, OUT_OF_MEMORY, PROCESS_KILLED, CELL_FAILED, OTHER)
RETRIED = (KERNEL_DIED, TIME_OUT, OUT_OF_MEMORY, PROCESS_KILLED)
"""Causes that may lie outside the notebook; it is run once more, alone."""

_COUNTERS = Path("/proc/vmstat")


def cause_of(failure: BaseException, *, killed: bool = False) -> str:
    """Return the cause of a failure, one of :data:`_CAUSES`.

    Parameters
    ----------
    failure : what running the notebook raised.
    killed : whether the machine ended a process for want of memory meanwhile.
    """
    names = {kind.__name__ for kind in type(failure).__mro__}
    raised = str(getattr(failure, "ename", ""))
    if "MemoryError" in names or raised.endswith("MemoryError"):
        return OUT_OF_MEMORY
    if "DeadKernelError" in names or raised == "DeadKernelError":
        return OUT_OF_MEMORY if killed else KERNEL_DIED
    if "CellTimeoutError" in names or raised == "CellTimeoutError" or "TimeoutError" in names:
        return TIME_OUT
    if isinstance(failure, RuntimeError) and "Kernel" in str(failure) and not raised:
        return KERNEL_DIED
    return CELL_FAILED if raised else OTHER


def oom_kills(counters: Path = _COUNTERS) -> int:
    """Return how many processes the machine has ended for want of memory; 0 where it is unsaid."""
    try:
        lines = counters.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
