"""Processes that run notebooks side by side and end with the build."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from greenanalysis.site.workflow.causes import PROCESS_KILLED, RETRIED
from greenanalysis.site.workflow.worker import Outcome, Task, make_page, start_worker

_ATTEMPTS = 2


def run_tasks(tasks: Sequence[Task], *, jobs: int) -> Generator[Outcome]:
    """Yield the outcome of each task as it ends; a crashed process costs only its own task.

    A task whose process or kernel died, that ran out of time or of memory is run once more, alone,
    when the others are done.

    Parameters
    ----------
    tasks : in the order in which they start.
    jobs : processes at a time.
    """
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    waiting = {task.name: task for task in tasks}
    for attempt in range(_ATTEMPTS):
        last = attempt == _ATTEMPTS - 1
        for batch in _batches(list(waiting.values()), alone=last):
            with Pool(min(jobs, len(batch)), threads=max(1, core_count() // jobs)) as pool:
                futures = {pool.submit(make_page, task): task for task in batch}
                for future in as_completed(futures):
                    task = futures[future]
                    try:
                        outcome = future.result()
                    except BrokenProcessPool:
                        if not last:
                            continue
                        error = "the process that ran this notebook was killed (out of memory?)"
                        outcome = Outcome(
                            task.name, "failed", task.key, error=error, cause=PROCESS_KILLED
                        )
                    if outcome.cause in RETRIED and not last:
                        continue
                    del waiting[task.name]
                    yield replace(outcome, attempts=attempt + 1)


def _batches(tasks: list[Task], *, alone: bool) -> list[list[Task]]:
    if alone:
        return [[task] for task in tasks]
    return [tasks] if tasks else []


class Pool:
    """A pool of fresh processes that ends at once when the build is interrupted."""

    def __init__(self, processes: int, *, threads: int) -> None:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        self.scratch = tempfile.TemporaryDirectory(
            prefix="greenanalysis-jupyter-", ignore_cleanup_errors=True
        )
        self.executor = ProcessPoolExecutor(
            max_workers=processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=start_worker,
            initargs=(threads, self.scratch.name),
        )

    def __enter__(self) -> Any:
        return self.executor

    def __exit__(self, kind: object, *details: object) -> None:
        if kind is not None:
            for process in list((self.executor._processes or {}).values()):
                process.terminate()
        self.executor.shutdown(wait=True, cancel_futures=True)
        self.scratch.cleanup()


def core_count() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
