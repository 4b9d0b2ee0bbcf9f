"""One HTTP exchange within limits: seconds, bytes after unpacking, redirects within one host.

A server may send a byte a minute, a body without end, or a small answer that unpacks to gigabytes.
Each of these ends here, with a named reason, before it costs more than the limits say.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from greenanalysis import __version__

HEADERS = {"User-Agent": f"greenanalysis/{__version__}", "Accept-Encoding": "identity"}
"""Unpacked by nobody on the way, so that the announced length is the length that arrives."""

_PIECE = 1 << 16
_REDIRECTS = 5
_EXCUSE_BYTES, _EXCUSE_SECONDS = 2048, 5.0


class Refused(Exception):
    """An answer that no repetition will change."""


class Unwell(Exception):
    """An answer worth another attempt; ``wait`` is what the server asks for, seconds."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait


@dataclass(frozen=True)
class Limits:
    """Of one exchange: ``connect`` and ``read`` bound each silence, ``whole`` the answer, seconds.

    The head of the answer is bounded by ``read`` as a whole. ``most_bytes`` is the size of the body
    after unpacking.
    """

    connect: float
    read: float
    whole: float
    most_bytes: int


@contextmanager
def _deadline(end: Callable[[], object], seconds: float) -> Iterator[threading.Event]:
    """Call ``end`` after so many seconds unless the block is over; the event says that it was."""
    late = threading.Event()

    def ring() -> None:
        late.set()
        try:
            end()
        except (OSError, ValueError, AttributeError):
            return  # the connection has gone in the meantime

    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _timely_head(connection: Any, read_head: Callable[[], Any]) -> Any:
    """Read the head of an answer; the timeout of a socket alone would start anew at each byte."""
    sock, seconds = connection.sock, connection.timeout
    if sock is None or not isinstance(seconds, int | float):
        return read_head()
    with _deadline(lambda: sock.shutdown(2), seconds) as late:
        try:
            head = read_head()
        except OSError:
            if not late.is_set():
                raise
        if late.is_set():  # the parser takes a head that was cut for a whole one
            raise TimeoutError("the head of the answer is not finished")
        return head


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:
        return _timely_head(self, super().getresponse)


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        return _timely_head(self, super().getresponse)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager


class _Session(requests.Session):
    def resolve_redirects(self, *_: Any, **__: Any) -> Generator[Any, None, None]:
        """Leave redirects to :func:`bounded_answer`; this one reads the body of each, whole."""
        yield from ()


def bounded_session() -> requests.Session:
    """Return a session whose answers' heads come in time; one a thread."""
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    return session


@contextmanager
def bounded_answer(
    session: requests.Session,
    url: str,
    limits: Limits,
    *,
    params: Mapping[str, object] | None = None,
    method: str = "GET",
) -> Iterator[requests.Response]:
    """Ask, follow redirects within the host, and yield the answer whose body is not yet read.

    Parameters
    ----------
    session : of :func:`bounded_session`.
    url, params : the address and its query.
    limits : of the exchange.
    method : GET or HEAD.

    Raises
    ------
    Refused : a redirect to another host, from https to http, or too many of them.
    requests.RequestException : the connection failed.
    """
    address, query = url, params
    for _ in range(_REDIRECTS + 1):
        answer = session.request(
            method,
            address,
            params=query,  # type: ignore[arg-type]
            headers=HEADERS,
            stream=True,
            timeout=(limits.connect, limits.read),
            allow_redirects=False,
        )
        with answer:
            if not answer.is_redirect:
                yield answer
                return
            address, query = _next_address(str(answer.url), answer.headers["Location"]), None
    raise Refused(f"more than {_REDIRECTS} redirects")


def _next_address(address: str, location: str) -> str:
    """Return where a redirect leads, which is the same server or the same host over https."""
    target = urljoin(address, location)
    here, there = urlsplit(address), urlsplit(target)
    same_server = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    try:
        secured = there.scheme == "https" and there.port in (None, 443, here.port)
    except ValueError:
        secured = False
    if not (same_server or (secured and here.hostname == there.hostname)):
        raise Refused(
            f"a redirect to {target[:200]}; followed are those to {here.hostname} over https"
        )
    return target


def read_body(answer: requests.Response, limits: Limits) -> bytes:
    """Return the whole body of an answer, unpacked.

    Raises
    ------
    Refused : more bytes than allowed, announced or arrived, or a packing that is not known.
    Unwell : not finished in time, cut short, or damaged.
    """
    announced = answer.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > limits.most_bytes:
        raise Refused(f"{int(announced):,} bytes announced, allowed are {limits.most_bytes:,}")
    body, arrived = bytearray(), 0
    for packed, piece in _pieces(answer, limits.whole, limits.most_bytes):
        arrived += packed
        body += piece
        if len(body) > limits.most_bytes:
            raise Refused(f"more than {limits.most_bytes:,} bytes, which is the most allowed")
    if announced.isdigit() and int(announced) != arrived:
        raise Unwell(f"{arrived} bytes came, {announced} were announced")
    return bytes(body)


def excuse(answer: requests.Response) -> str:
    """Return the first of the server's own words on a refusal, empty where there are none."""
    words = bytearray()
    try:
        for _, piece in _pieces(answer, _EXCUSE_SECONDS, _EXCUSE_BYTES):
            words += piece
            if len(words) >= _EXCUSE_BYTES:
                break
    except (Refused, Unwell):
        pass  # what came before it broke off is still worth showing
    return " ".join(words[:_EXCUSE_BYTES].decode("utf-8", "replace").split())[:300]


def _pieces(
    answer: requests.Response, seconds: float, most_bytes: int
) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes that arrived and what they unpack to, never more than a byte too many."""
    unpack = _unpacker(answer.headers.get("Content-Encoding", ""))
    unpacked = 0
    with _deadline(answer.raw.shutdown, seconds) as late:
        while True:
            try:
                piece = answer.raw.read1(_PIECE, decode_content=False)
            except urllib3.exceptions.TimeoutError as error:
                raise Unwell("silence for too long") from error
            except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                if late.is_set():
                    raise Unwell(f"not finished after {seconds:.0f} s") from error
                raise Unwell("the connection ended before the announced length") from error
            if late.is_set():
                raise Unwell(f"not finished after {seconds:.0f} s")
            if not piece:
                return
            plain = unpack(piece, most_bytes + 1 - unpacked)
            unpacked += len(plain)
            yield len(piece), plain


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    """Return what unpacks a piece to at most so many bytes; a bomb is never unpacked whole."""
    if encoding.strip().lower() in ("", "identity"):
        return lambda piece, _: piece
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        raise Refused(f"a body packed as {encoding[:40]!r}, which was not asked for")
    zipped = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)

    def unpack(piece: bytes, most: int) -> bytes:
        try:
            return zipped.decompress(piece, most)
        except zlib.error as error:
            raise Unwell(f"a body that cannot be unpacked ({error})") from error

    return unpack
