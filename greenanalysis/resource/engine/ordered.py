"""Runs the same task on every chunk, in threads or on a dask cluster; results come in order."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from greenanalysis.core.errors import input_error

Item = TypeVar("Item")
Result = TypeVar("Result")

_IN_FLIGHT = 2
"""Tasks begun or waiting for each worker thread; bounds the memory of results that wait."""


def in_order(
    task: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    threads: int,
    client: Any | None = None,
) -> Iterator[Result]:
    """Yield ``task(item)`` of each item, in the order of items whatever the order of finishing.

    Parameters
    ----------
    task : releases the GIL for most of its time; with ``client`` it is pickled.
    items : what to run it on.
    threads : of this process; without effect with ``client``.
    client : a ``dask.distributed.Client``, whose cluster then does the work; a worker that dies is
        replaced by the others.
    """
    if client is not None:
        width = _IN_FLIGHT * max(1, sum(client.nthreads().values()))
        yield from _window(lambda item: client.submit(task, item, pure=False), items, width)
    elif threads == 1 or (isinstance(items, Sequence) and len(items) == 1):
        yield from map(task, items)
    else:
        pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="greenanalysis")
        try:
            yield from _window(lambda item: pool.submit(task, item), items, _IN_FLIGHT * threads)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _window(submit: Callable[[Item], Any], items: Iterable[Item], width: int) -> Iterator[Any]:
    waiting: deque[Any] = deque()
    try:
        for item in items:
            waiting.append(submit(item))
            if len(waiting) >= width:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def worker_count(threads: int | None) -> int:
    """Return the number of threads to use: as asked, or one for each processor allowed."""
    if threads is None:
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    if threads < 1:
        raise input_error("threads", where="argument 'threads'", allowed=">= 1", got=threads)
    return threads


@contextmanager
def cluster_client(scheduler: Any | None) -> Iterator[Any | None]:
    """Yield the dask client to work on, None for threads; one made here is closed again.

    Parameters
    ----------
    scheduler : ``"threads"``; the address of a scheduler (``tcp://...``); a client; or None for the
        client that is active in this process, if there is one.
    """
    if isinstance(scheduler, str) and scheduler != "threads":
        from distributed import Client

        with Client(scheduler, set_as_default=False) as client:
            yield client
    elif scheduler is None and "distributed" in sys.modules:
        from distributed import default_client

        try:
            active = default_client()
        except ValueError:
            active = None
        yield active
    else:
        yield None if scheduler == "threads" else scheduler
