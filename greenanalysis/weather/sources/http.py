"""One HTTP GET that is patient, bounded and suspicious: whole bytes, or a named reason why not.

The reason quotes the service where it answered with JSON or words of its own. Nothing here runs
unless a fetch was asked for.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import requests
import tenacity
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.weather.sources.bounded import (
    Limits,
    Refused,
    Unwell,
    bounded_answer,
    bounded_session,
    excuse,
    read_body,
)

_TEXT_BYTES = 1 << 26
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_HOPELESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.SSLError,
    requests.exceptions.TooManyRedirects,
)

Check = Callable[[bytes], None]
"""Raises ValueError with a few words where a body is not what it should be."""


@dataclass(frozen=True)
class Patience:
    """How long a server is borne with; seconds.

    ``attempts`` per object; waits between them double from half of ``first_wait``, with as much
    jitter, up to ``longest_wait``, or are what the server asks for by Retry-After, up to
    ``longest_asked``; ``connect`` and ``read`` bound each silence, ``whole`` one answer.
    ``most_bytes`` is the most that one answer may hold, unpacked.
    """

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 60.0
    longest_asked: float = 600.0
    connect: float = 10.0
    read: float = 60.0
    whole: float = 900.0
    most_bytes: int = 1 << 28

    @property
    def limits(self) -> Limits:
        """Bounds of one exchange."""
        return Limits(self.connect, self.read, self.whole, self.most_bytes)


class Absent(Exception):
    """The server says that there is no such object (404 or 410)."""


class Stopped(Exception):
    """Another object has failed for good, or the user has interrupted."""


@dataclass
class Line:
    """What the workers of one download share: a stop signal and the time the server asked for."""

    stop: threading.Event = field(default_factory=threading.Event)
    not_before: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, seconds: float) -> None:
        """Let nobody ask again before ``seconds`` have passed."""
        with self.lock:
            self.not_before = max(self.not_before, time.monotonic() + seconds)

    def wait(self, seconds: float = 0.0) -> None:
        """Sleep, at least as long as the server asked; a stop wakes and raises."""
        end = time.monotonic() + seconds
        while True:
            left = max(end, self.not_before) - time.monotonic()
            if self.stop.wait(max(left, 0)):
                raise Stopped
            if max(end, self.not_before) <= time.monotonic():
                return


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header (seconds or HTTP date) asks for, if any."""
    try:
        asked = Retry(retry_after_max=sys.maxsize)
        return float(asked.parse_retry_after(value)) if value else None
    except InvalidHeader:
        return None


def get(
    url: str,
    *,
    params: Mapping[str, object] | None = None,
    patience: Patience | None = None,
    check: Check | None = None,
) -> bytes:
    """Return the whole body of one URL, for sources that answer in one piece (JSON).

    Parameters
    ----------
    url, params : the address and its query.
    patience : by default :class:`Patience`, with at most :data:`_TEXT_BYTES`: text takes many times
        its size once it is parsed.
    check : looks at the body; a ValueError counts as a damaged answer and is asked again.

    Raises
    ------
    InputError : naming the URL and what happened.
    """
    try:
        with bounded_session() as session:
            borne = patience or Patience(most_bytes=_TEXT_BYTES)
            return persist(session, url, borne, Line(), params=params, check=check)
    except (Absent, Refused, Unwell) as error:
        raise InputError(f"{url}: {error}") from error


def persist(
    session: requests.Session,
    url: str,
    patience: Patience,
    line: Line,
    *,
    params: Mapping[str, object] | None = None,
    check: Check | None = None,
) -> bytes:
    """Ask until the answer is whole, as long as patience lasts.

    Raises
    ------
    Absent, Refused : at once; Unwell : after the last attempt; Stopped : when the line stops.
    """

    def attempt() -> bytes:
        line.wait()
        try:
            body = _ask(session, url, patience, params)
            if check:
                check(body)
        except ValueError as error:
            raise Unwell(f"its contents are damaged ({error})") from error
        except Unwell as error:
            if error.wait is not None and error.wait > patience.longest_asked:
                raise Refused(f"{error}; it asks to come back in {error.wait:.0f} s") from error
            line.hold(error.wait or 0.0)
            raise
        return body

    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Unwell),
        stop=tenacity.stop_after_attempt(patience.attempts),
        wait=tenacity.wait_exponential_jitter(
            initial=patience.first_wait / 2,
            max=patience.longest_wait,
            jitter=patience.first_wait / 2,
        ),
        sleep=line.wait,  # at least as long as the server asked of any worker; a stop wakes it
    )
    try:
        return attempts(attempt)
    except tenacity.RetryError as error:
        trouble = error.last_attempt.exception()
        raise Unwell(f"{trouble}, at the last of {patience.attempts} attempts") from trouble


def size_of(url: str, *, patience: Patience | None = None) -> int | None:
    """Return the bytes that a HEAD request announces, None where it says nothing.

    For estimates only: whatever goes wrong is the later download's to tell.
    """
    limits = (patience or Patience()).limits
    try:
        with (
            bounded_session() as session,
            bounded_answer(session, url, limits, method="HEAD") as answer,
        ):
            length = answer.headers.get("Content-Length", "")
            return int(length) if answer.ok and length.isdigit() else None
    except (requests.RequestException, Refused):
        return None


def _ask(
    session: requests.Session, url: str, patience: Patience, params: Mapping[str, object] | None
) -> bytes:
    try:
        with bounded_answer(session, url, patience.limits, params=params) as answer:
            _judge(answer)
            return read_body(answer, patience.limits)
    except _HOPELESS as error:
        raise Refused(f"{type(error).__name__}: {error}") from error
    except requests.RequestException as error:
        raise Unwell(_in_few_words(error)) from error


def _judge(answer: requests.Response) -> None:
    code, said = answer.status_code, f"HTTP {answer.status_code} {answer.reason}"
    if code in (404, 410):
        raise Absent(said)
    if code in _BUSY:
        raise Unwell(said, retry_after(answer.headers.get("Retry-After")))
    if code != 200:
        words = excuse(answer)
        raise Refused(f"{said}: {words}" if words else said)


def _in_few_words(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.exceptions.Timeout):
        return "silence for too long"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection ended before the announced length"
    if "Read timed out" in str(error):
        return "silence for too long"
    reason = getattr(error.args[0] if error.args else error, "reason", error)
    return f"the connection failed ({str(reason).rsplit(': ', 1)[-1][:160]})"


Years = tuple[int, int]
"""First and last calendar year, UTC."""


def is_json(body: bytes) -> None:
    """Let damaged JSON be asked for again."""
    json.loads(body)


def json_reply(body: bytes, where: str) -> dict[str, Any]:
    """Return the answer's JSON object.

    Raises
    ------
    InputError : not JSON, not an object, or the service says that it is an error.
    """
    try:
        reply = json.loads(body)
    except ValueError as error:
        raise InputError(f"{where}: the answer is not JSON ({error})") from error
    if not isinstance(reply, dict):
        raise InputError(f"{where}: the answer is not a JSON object")
    if reply.get("error") is True:
        raise InputError(f"{where}: the service says {reply.get('reason')!r}")
    return reply


def below(reply: dict[str, Any], where: str, *keys: str) -> Any:
    """Return what stands below ``keys``.

    Raises
    ------
    InputError : naming the missing key, with what the service says.
    """
    found: Any = reply
    for depth, key in enumerate(keys, start=1):
        if not isinstance(found, dict) or key not in found:
            said = reply.get("message") or reply.get("messages") or reply.get("reason") or ""
            raise InputError(
                f"{where}: the answer has no {'.'.join(keys[:depth])}"
                + (f"; the service says {said!r}" if said else "")
            )
        found = found[key]
    return found


def need_columns(rows: pd.DataFrame, names: tuple[str, ...], where: str) -> None:
    """Refuse a table that lacks a column."""
    lacking = [name for name in names if name not in rows]
    if lacking:
        raise input_error("hourly columns", where=where, allowed=names, got=[str(c) for c in rows])
