"""A server that wants to cost time or memory: endless, dripping, exploding, leading elsewhere."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.weather.sources import http
from greenanalysis.weather.sources.http import Patience

PATIENCE = Patience(attempts=1, connect=1, read=0.5, whole=1.0, most_bytes=100_000)
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
Speak = Callable[[socket.socket], None]


@contextlib.contextmanager
def speaking(*scripts: Speak) -> Iterator[str]:
    """Serve raw bytes: one script a connection, the last one for all further ones."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        for number in range(20):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                scripts[min(number, len(scripts) - 1)](connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.close()


def forever(piece: bytes, head: bytes, pause: float = 0.0) -> Speak:
    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        end = time.monotonic() + 8
        while time.monotonic() < end:
            connection.sendall(piece)
            time.sleep(pause)

    return speak


def once(content: bytes) -> Speak:
    return lambda connection: connection.sendall(content)


ENDLESS = {
    "body without end": (forever(b"x" * 8192, HEAD + b"\r\n"), r"more than 100,000 bytes"),
    "chunks without end": (
        forever(b"1000\r\n" + b"x" * 4096 + b"\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        r"more than 100,000 bytes",
    ),
    "a byte now and then": (
        forever(b"x", HEAD + b"Content-Length: 90000\r\n\r\n", 0.1),
        r"not finished after 1 s",
    ),
    "a head without end": (forever(b"x", HEAD + b"X-Slow: ", 0.1), r"silence for too long"),
    "an error without end": (
        forever(b"why not? ", b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"),
        r"HTTP 403 Forbidden: why not\? why",
    ),
    "a redirect with an endless body": (
        forever(b"x" * 8192, b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/\r\n\r\n"),
        r"a redirect to http://elsewhere.test/",
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_does_not_end_is_ended(name, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    script, message = ENDLESS[name]
    begin = time.monotonic()
    with speaking(script) as url, pytest.raises(InputError, match=message):
        http.get(url, patience=PATIENCE)
    assert time.monotonic() - begin < 5


def test_a_small_answer_that_unpacks_to_much_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    bomb = gzip.compress(bytes(50_000_000))
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    tracemalloc.start()
    try:
        with (
            speaking(once(head + bomb)) as url,
            pytest.raises(InputError, match="more than 100,000"),
        ):
            http.get(url, patience=PATIENCE)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_packed_answer_within_the_limit_is_unpacked(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    packed = gzip.compress(b"[1, 2]" * 1000)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with speaking(once(head + packed)) as url:
        assert http.get(url, patience=PATIENCE) == b"[1, 2]" * 1000
    with (
        speaking(once(HEAD + b"Content-Encoding: br\r\n\r\nxx")) as url,
        pytest.raises(InputError, match="packed as 'br'"),
    ):
        http.get(url, patience=PATIENCE)


def test_more_than_is_allowed_is_refused_when_it_is_announced(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with (
        speaking(once(HEAD + b"Content-Length: 9000000000\r\n\r\n")) as url,
        pytest.raises(InputError, match="9,000,000,000 bytes announced"),
    ):
        http.get(url, patience=PATIENCE)


def redirect(location: str) -> bytes:
    return b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location.encode()


@pytest.mark.parametrize(
    "location",
    ["http://localhost:1/x", "http://127.0.0.1:1/x", "file:///etc/hostname", "ftp://127.0.0.1/"],
)
def test_a_redirect_to_another_server_is_refused(location, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with (
        speaking(once(redirect(location))) as url,
        pytest.raises(InputError, match="followed are those to 127.0.0.1 over https"),
    ):
        http.get(url, patience=replace(PATIENCE, attempts=3))


def test_a_redirect_within_the_server_is_followed_but_not_for_ever(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    answer = once(HEAD + b"Content-Length: 2\r\n\r\n{}")
    with speaking(once(redirect("/there?a=1")), answer) as url:
        assert http.get(url, params={"b": 2}, patience=PATIENCE) == b"{}"
    with (
        speaking(once(redirect("/round"))) as url,
        pytest.raises(InputError, match="more than 5 redirects"),
    ):
        http.get(url, patience=PATIENCE)
