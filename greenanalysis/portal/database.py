"""The registry behind a server: never waits for ever, and comes back by itself."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import anyio
from sqlalchemy import URL, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from greenanalysis.core.errors import InputError
from greenanalysis.registry import store
from greenanalysis.registry.models import Change

WAIT_SECONDS = 5.0
"""How long a writer waits for another process; an import in one piece may hold the lock longer."""
_ANSWER_SECONDS = 10.0
_READERS = 12
_MOST_OUTSTANDING = 80
"""Work begun and not ended, also where its request has given up; more is refused at once."""

T = TypeVar("T")


class Unavailable(Exception):
    """The database is held, frozen, absent or replaced by something else; try again later."""

    def __init__(self, reason: str, retry_after: int = 10) -> None:
        super().__init__(reason)
        self.reason, self.retry_after = reason, retry_after


class Database:
    """Reads and writes in threads of its own, opened anew when the file behind it is another one.

    Parameters
    ----------
    url : as of :func:`greenanalysis.registry.store.registry_url`.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._file = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
        self._lock = threading.Lock()
        self._identity: tuple[int, ...] = ()
        self._engines: tuple[Engine, Engine] | None = None
        self._outstanding = 0
        self._counting = threading.Lock()
        self._readers = anyio.CapacityLimiter(_READERS)
        self._writers = anyio.CapacityLimiter(1)

    @property
    def identity(self) -> tuple[int, ...]:
        """Device and number of the file that is open; empty for a server."""
        return self._identity

    def _open(self) -> tuple[Engine, Engine]:
        """Return the engines to read and to write with, of the file that is there now."""
        identity: tuple[int, ...] = ()
        if self._file is not None:
            try:
                status = self._file.stat()
            except OSError as error:
                raise Unavailable(f"the registry cannot be read: {error.strerror}") from None
            identity = (status.st_dev, status.st_ino)
        with self._lock:
            if self._engines is None or identity != self._identity:
                self._dispose()
                reader = store.open_engine(self._url, read_only=True)
                self._engines = reader, store.open_engine(self._url, wait=WAIT_SECONDS)
                self._identity = identity
            return self._engines

    def _dispose(self) -> None:
        for engine in self._engines or ():
            engine.dispose()
        self._engines = None

    def close(self) -> None:
        """End all connections."""
        with self._lock:
            self._dispose()

    def reading(self, work: Callable[[Session], T]) -> T:
        """Do work that only reads; once more where the database has just come back.

        Raises
        ------
        Unavailable : the database cannot be read.
        """
        for last in (False, True):
            try:
                with store.read_session(self._open()[0]) as session:
                    return work(session)
            except (InputError, SQLAlchemyError) as error:
                if isinstance(error, InputError) and not isinstance(
                    error.__cause__, SQLAlchemyError
                ):
                    raise
                self.close()
                if last or isinstance(error, PoolTimeout):
                    raise Unavailable(f"the registry cannot be read: {error}") from error
        raise AssertionError("not reached")

    def writing(self, work: Callable[[Session], T]) -> T:
        """Do work in one transaction; refused work is rolled back by its exception.

        Raises
        ------
        Unavailable : the database cannot be written; nothing was changed.
        """
        try:
            with store.write_session(self._open()[1]) as session:
                return work(session)
        except InputError as error:
            if not isinstance(error.__cause__, SQLAlchemyError):
                raise
            self.close()
            raise Unavailable(f"the registry cannot be written: {error}") from error
        except PoolTimeout as error:
            raise Unavailable("too many at once") from error

    async def read(self, work: Callable[[Session], T], *, seconds: float = _ANSWER_SECONDS) -> T:
        """Do :meth:`reading` in a thread; gives up after ``seconds``."""
        return await self._run(lambda: self.reading(work), self._readers, seconds)

    async def write(self, work: Callable[[Session], T], *, seconds: float = _ANSWER_SECONDS) -> T:
        """Do :meth:`writing` in a thread, one after the other; gives up after ``seconds``."""
        return await self._run(lambda: self.writing(work), self._writers, seconds)

    async def _run(
        self, work: Callable[[], T], limiter: anyio.CapacityLimiter, seconds: float
    ) -> T:
        if self._outstanding >= _MOST_OUTSTANDING:
            raise Unavailable("too many at once")

        begun = False

        def counted() -> T:
            nonlocal begun
            begun = True
            try:
                return work()
            finally:
                self._count(-1)

        self._count(1)
        try:
            with anyio.fail_after(seconds):
                return await anyio.to_thread.run_sync(
                    counted, limiter=limiter, abandon_on_cancel=True
                )
        except TimeoutError:
            raise Unavailable("the registry does not answer in time") from None
        finally:
            if not begun:
                self._count(-1)

    def _count(self, step: int) -> None:
        with self._counting:
            self._outstanding += step

    def version(self, session: Session) -> tuple[int, ...]:
        """Return what differs as soon as a kept row has changed or the file is another one."""
        return (*self._identity, int(session.scalar(select(func.max(Change.id))) or 0))


def free_descriptors() -> None:
    """Allow this process as many open sockets as the system lets it have."""
    import resource

    if os.name == "posix":
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
