"""Work in processes that are forked from one that has the imports: each begins in a moment.

The server is that of :mod:`multiprocessing` (``forkserver``): it imports once, and every piece of
work gets a fresh fork of it. A process that dies costs only its own piece of work, and all end with
the process that asked for them.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
)
METHOD = "forkserver" if sys.platform == "linux" else "spawn"
"""Elsewhere a fork of a process that has loaded numerical libraries is not safe."""
_PRELOAD = (
    "__main__",
    "papermill",
    "nbclient",
    "nbconvert",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "xarray",
    "zarr",
    "dask.array",
    "geopandas",
    "scipy.stats",
)
"""What every notebook and every page needs."""


class ProcessDiedError(RuntimeError):
    """A process ended before it had handed back what it was asked for."""


class WorkEndedError(RuntimeError):
    """A process was ended by :func:`end_all`."""


_ending = threading.Event()


def core_count() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def prepare(modules: Sequence[str], *, jobs: int) -> None:
    """Say what the server shall import and how many pieces of work there are at a time.

    Parameters
    ----------
    modules : imported beside :data:`_PRELOAD`; one that cannot be imported is left out.
    jobs : pieces of work at a time; numerical libraries share the cores among them.
    """
    _ending.clear()
    for variable in _THREAD_VARIABLES:
        os.environ.setdefault(variable, str(max(1, core_count() // jobs)))
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    multiprocessing.set_forkserver_preload([*_PRELOAD, *modules])


def call(function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Return what a function gives in a process of its own.

    Parameters
    ----------
    function : at the top of a module.
    args, options : that can be pickled, as must be what comes back.

    Raises
    ------
    ProcessDiedError : the process was killed; whatever the function raises comes through.
    WorkEndedError : :func:`end_all` has ended it.
    """
    if _ending.is_set():
        raise WorkEndedError(function.__name__)
    context: Any = multiprocessing.get_context(METHOD)
    receiver, sender = context.Pipe(duplex=False)
    work = (sender, dict(os.environ), function, args, options)
    process = context.Process(target=_serve, args=work)
    process.start()
    sender.close()
    try:
        worked, value = receiver.recv()
    except EOFError:
        process.join()
        if _ending.is_set():
            raise WorkEndedError(function.__name__) from None
        raise ProcessDiedError(f"ended with code {process.exitcode}") from None
    process.join()
    if worked:
        result: T = value
        return result
    raise value


def end_all() -> None:
    """End the work in progress; what it had not finished is lost."""
    _ending.set()
    for process in multiprocessing.active_children():
        process.terminate()


def _serve(
    sender: Any,
    environment: dict[str, str],
    function: Callable[..., Any],
    args: tuple[Any, ...],
    options: dict[str, Any],
) -> None:
    os.environ.clear()  # the server has that of the time when it began
    os.environ.update(environment)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        answer = (True, function(*args, **options))
    except Exception as failure:  # it belongs to whoever asked
        answer = (False, failure)
    sender.send(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
