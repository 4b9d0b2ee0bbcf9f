"""Which dask cluster does the work, as the command line says: notebooks need not know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from greenanalysis.core.errors import input_error

_SCHEDULER = "GREENANALYSIS_SCHEDULER"
"""Environment variable with the address of a scheduler; notebooks inherit it."""
_TIMEOUT_S = "10s"


def use_scheduler(address: str | None) -> None:
    """Send the work of this process and of those it starts to a scheduler (``tcp://...``).

    Raises
    ------
    InputError : an address that no scheduler answers at.
    """
    if address is None:
        return
    with _connected(address):
        os.environ[_SCHEDULER] = address


@contextmanager
def scheduler_client() -> Iterator[Any | None]:
    """Connect to the scheduler that was chosen, if one was; it is dask's default in the block.

    Raises
    ------
    InputError : no scheduler answers at the address.
    """
    address = os.environ.get(_SCHEDULER)
    if not address:
        yield None
        return
    with _connected(address) as client:
        yield client


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    import dask
    from distributed import Client

    before = dask.config.get("scheduler", None)
    try:
        client = Client(address, timeout=_TIMEOUT_S)
    except (OSError, ValueError) as error:
        dask.config.set(scheduler=before)  # the client took itself for the default already
        allowed = "the address of a running dask scheduler, tcp://HOST:PORT"
        raise input_error("scheduler", where=_SCHEDULER, allowed=allowed, got=address) from error
    with client:
        yield client
