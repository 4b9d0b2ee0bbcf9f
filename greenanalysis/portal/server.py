"""The server: uvicorn, with a bound on how long a request may take to arrive and to be fetched."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import URL
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.portal.app import LogLine, make_app, static_files
from greenanalysis.portal.database import Database, free_descriptors
from greenanalysis.portal.models import Campaign

ARRIVAL_SECONDS = 10.0
_FETCH_SECONDS = 60.0


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose request does not arrive, or whose answer is not fetched, in time.

    uvicorn itself bounds only the pause between two requests, so that sockets which send a byte
    now and then would be held for ever.
    """

    arrival: asyncio.TimerHandle | None = None
    fetch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the time of the first request."""
        super().connection_made(transport)
        self._expect()

    def _expect(self) -> None:
        if self.arrival is None:
            self.arrival = self.loop.call_later(ARRIVAL_SECONDS, self._end)

    def _arrived(self) -> None:
        if self.arrival is not None:
            self.arrival.cancel()
            self.arrival = None

    def _end(self) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Start the time of a further request."""
        super().on_message_begin()
        self._expect()

    def on_message_complete(self) -> None:
        """Stop the time: the request is there, and its body, too."""
        self._arrived()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Start the time in which an answer must be fetched."""
        super().pause_writing()
        if self.fetch is None:
            self.fetch = self.loop.call_later(_FETCH_SECONDS, self._end)

    def resume_writing(self) -> None:
        """Stop the time."""
        self._fetched()
        super().resume_writing()

    def _fetched(self) -> None:
        if self.fetch is not None:
            self.fetch.cancel()
            self.fetch = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the times."""
        self._arrived()
        self._fetched()
        super().connection_lost(exc)


def make_server(
    url: URL,
    site: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    names: Sequence[str] = (),
    proxies: str = "127.0.0.1",
    **options: Any,
) -> uvicorn.Server:
    """Return a server; its ``run`` listens and serves until it is told to end.

    Parameters
    ----------
    url : of the registry.
    site : folder of the published site, which need not be there.
    host, port : to listen on; port 0 takes a free one.
    names : further names by which it may be called.
    proxies : addresses whose word on the caller (``X-Forwarded-For``) is taken.
    options : of :func:`greenanalysis.portal.app.make_app`.

    Raises
    ------
    InputError : the registry cannot be read or has an older layout, Leaflet is not there.
    """
    if not host:
        raise input_error("host", where="serve", allowed="a name or an address", got=repr(host))
    _check_registry(url)
    static_files()
    free_descriptors()
    app = make_app(url, site, names=(host, *names), **options)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=1024,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
        forwarded_allow_ips=proxies,
    )
    return uvicorn.Server(config)


def _check_registry(url: URL) -> None:
    from greenanalysis.portal.database import Unavailable

    database = Database(url)
    try:
        database.reading(lambda session: session.get(Campaign, 0))
    except Unavailable as error:
        raise InputError(
            f"{error.reason}; greenanalysis registry init makes or renews it"
        ) from error
    finally:
        database.close()


def log_to_stderr(level: int = logging.INFO) -> None:
    """Write the log as one JSON object a line: requests, refusals, failures; no names of people."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogLine())
    for name in ("greenanalysis.portal", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
