"""One build of a site at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from greenanalysis.core.errors import input_error


@contextmanager
def build_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; a lock left by a killed process does not count.

    Raises
    ------
    InputError : another process, named by its number, holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".build.lock"
    with path.open("a+", encoding="ascii") as handle:
        if not _try_lock(handle):
            handle.seek(0)
            raise input_error(
                "build of the site",
                where=str(folder),
                allowed="one build at a time; wait for the other to end",
                got=f"another build in process {handle.read().strip() or 'unknown'}",
            )
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _try_lock(handle: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            handle.seek(1_000)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
