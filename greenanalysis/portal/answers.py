"""Public answers, made once for each state of the registry: ETag, gzip, stale rather than none."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from greenanalysis.portal.database import Database, Unavailable

_FRESH_SECONDS = 0.5
"""For so long the state of the registry is not asked for again."""
_CHECK_SECONDS = 2.0
_BUILD_SECONDS = 60.0
_MOST_BYTES = 64_000_000
_COMPRESS_FROM = 1000


@dataclass(frozen=True)
class _Answer:
    version: tuple[int, ...]
    body: bytes
    packed: bytes
    etag: str


class Answers:
    """Keeps the bytes of public answers; a reader waits for no database that hangs.

    Parameters
    ----------
    database : of the registry.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._bytes = 0
        self._making: dict[Hashable, asyncio.Lock] = {}
        self._version: tuple[int, ...] | None = None
        self._checked = 0.0
        self._check = asyncio.Lock()
        self._stale = False

    async def version(self) -> tuple[int, ...]:
        """Return the state of the registry, the last one known where it cannot be asked for.

        Raises
        ------
        Unavailable : it has never been read.
        """
        if time.monotonic() - self._checked < _FRESH_SECONDS and self._version is not None:
            return self._version
        if self._check.locked() and self._version is not None:
            return self._version
        async with self._check:
            try:
                self._version = await self._database.read(
                    self._database.version, seconds=_CHECK_SECONDS
                )
                self._checked = time.monotonic()
                self._stale = False
            except Unavailable:
                self._stale = True
                if self._version is None:
                    raise
        return self._version

    async def answer(
        self,
        request: Request,
        key: Hashable,
        build: Callable[[Session], bytes],
        *,
        kind: str = "application/json",
        name: str = "",
    ) -> Response:
        """Return the answer to a request, made now only if the registry has changed since.

        Parameters
        ----------
        request : for its conditions and what it accepts.
        key : of parsed parameters, never of the raw query, which anybody can vary.
        build : makes the bytes from a session.
        kind : media type.
        name : of the file, for answers to be saved.
        """
        version = await self.version()
        answer, stale = self._kept.get(key), self._stale
        # while one request makes the new answer, the others get the one before
        if answer is None or (answer.version != version and key not in self._making):
            lock = self._making.setdefault(key, asyncio.Lock())
            try:
                async with lock:
                    answer, failed = await self._renewed(key, version, build)
                    stale = stale or failed
            finally:
                self._making.pop(key, None)
        return _response(request, answer, kind, name, stale=stale)

    async def _renewed(
        self, key: Hashable, version: tuple[int, ...], build: Callable[[Session], bytes]
    ) -> tuple[_Answer, bool]:
        """Return the answer of a version; the one before where the registry cannot be read."""
        answer = self._kept.get(key)
        if answer is not None and answer.version == version:
            return answer, False
        try:
            new = await self._database.read(
                lambda session: self._build(session, build), seconds=_BUILD_SECONDS
            )
        except Unavailable:
            if answer is None:
                raise
            return answer, True
        self._keep(key, new)
        return new, False

    def fixed(self, request: Request, name: str, body: bytes, *, kind: str) -> Response:
        """Return the answer to a request for a file that does not change while the server runs."""
        key = ("fixed", name)
        answer = self._kept.get(key)
        if answer is None:
            answer = _packed((), body)
            self._keep(key, answer)
        return _response(request, answer, kind, "", stale=False)

    def _build(self, session: Session, build: Callable[[Session], bytes]) -> _Answer:
        version = self._database.version(session)
        return _packed(version, build(session))

    def _keep(self, key: Hashable, answer: _Answer) -> None:
        old = self._kept.pop(key, None)
        self._bytes -= len(old.body) + len(old.packed) if old else 0
        self._kept[key] = answer
        self._bytes += len(answer.body) + len(answer.packed)
        while self._bytes > _MOST_BYTES and len(self._kept) > 1:
            _, first = self._kept.popitem(last=False)
            self._bytes -= len(first.body) + len(first.packed)


def _packed(version: tuple[int, ...], body: bytes) -> _Answer:
    packed = gzip.compress(body, 6, mtime=0) if len(body) >= _COMPRESS_FROM else b""
    return _Answer(version, body, packed, f'W/"{hashlib.sha256(body).hexdigest()[:24]}"')


def _response(request: Request, answer: _Answer, kind: str, name: str, *, stale: bool) -> Response:
    headers = {
        "ETag": answer.etag,
        "Vary": "Accept-Encoding",
        "Cache-Control": "public, no-cache",
        "Access-Control-Allow-Origin": "*",
    }
    if stale:
        headers["Registry-State"] = "stale"
    known = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    if answer.etag in known or answer.etag.removeprefix("W/") in known:
        return Response(status_code=304, headers=headers)
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    body = answer.body
    if answer.packed and "gzip" in request.headers.get("accept-encoding", ""):
        body = answer.packed
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=kind, headers=headers)
