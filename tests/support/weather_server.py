"""A weather server on the loopback with a request log and faults: real bytes, no network.

Use :func:`serving` as a context manager (or wrap it in a fixture)::

    with serving() as server:
        server.files["/v1/archive"] = json.dumps(answer).encode()
        server.plan("/v1/archive", Fault("status", status=429, retry_after="1"))
        ... server.url + "/v1/archive" ...
        assert server.count("/v1/archive") == 2
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

Answer = bytes | tuple[int, dict[str, str], bytes]
Query = dict[str, list[str]]
Route = Answer | Callable[[Query], Answer]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one answer.

    ``kind``: "slow" (sleeps ``seconds``, then answers), "status" (``status`` with ``retry_after``),
    "truncated" (announces the whole length, sends half and hangs up), "too_short_length"
    (announces and sends half of the body: only the contents betray it), "too_long_length"
    (announces more than it sends), "drop" (hangs up without an answer), "corrupt" (right length,
    zeroed contents).
    """

    kind: str
    seconds: float = 0.0
    status: int = 503
    retry_after: str | None = None


@dataclass(frozen=True)
class Seen:
    """One request as the server saw it; ``status`` 0 when it was left without an answer."""

    method: str
    path: str
    query: Query
    status: int
    complete: bool


@dataclass
class WeatherServer:
    """Routes, planned faults and the log; change them while it runs."""

    url: str = ""
    files: dict[str, Route] = field(default_factory=dict)
    log: list[Seen] = field(default_factory=list)
    delay: float = 0.0
    dies_after: int | None = None
    planned: dict[str, list[Fault]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    at_work: int = 0

    def settled(self) -> None:
        """Wait until what was answered is in the log too, which comes a moment later."""
        until = time.monotonic() + 5.0
        while self.at_work and time.monotonic() < until:
            time.sleep(0.005)

    def serve_folder(self, folder: Path, prefix: str) -> None:
        """Serve every file of a folder byte for byte below ``prefix``."""
        for file in folder.rglob("*"):
            if file.is_file():
                name = file.relative_to(folder).as_posix()
                self.files[f"{prefix}/{name}"] = file.read_bytes()

    def plan(self, part: str, *faults: Fault) -> None:
        """Let the next GETs of paths that contain ``part`` go wrong, one fault each."""
        self.planned.setdefault(part, []).extend(faults)

    def count(self, part: str = "", *, method: str = "GET", complete: bool | None = None) -> int:
        """Count the requests of paths that contain ``part``."""
        self.settled()
        with self.lock:
            return sum(
                part in seen.path
                and seen.method == method
                and (complete is None or seen.complete == complete)
                for seen in self.log
            )

    def paths(self, *, complete: bool = True) -> list[str]:
        """Return the paths of GETs that were answered in full with 200, in their order."""
        with self.lock:
            return [
                seen.path
                for seen in self.log
                if seen.method == "GET" and ((seen.complete and seen.status == 200) or not complete)
            ]

    def forget(self) -> None:
        """Empty the log."""
        with self.lock:
            self.log.clear()

    def next_fault(self, path: str) -> Fault | None:
        with self.lock:
            for part, faults in self.planned.items():
                if part in path and faults:
                    return faults.pop(0)
        return None

    def dead(self) -> bool:
        with self.lock:
            answered = sum(seen.method == "GET" and seen.complete for seen in self.log)
        return self.dies_after is not None and answered >= self.dies_after


def answer_to(route: Route, query: Query) -> tuple[int, dict[str, str], bytes]:
    got = route(query) if callable(route) else route
    return got if isinstance(got, tuple) else (200, {}, got)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: WeatherServer

    def log_message(self, *_: object) -> None:
        return

    def handle(self) -> None:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            super().handle()

    def do_HEAD(self) -> None:
        self._respond(body_too=False)

    def do_GET(self) -> None:
        self._respond(body_too=True)

    def _respond(self, *, body_too: bool) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        status, complete = 0, False
        with self.state.lock:
            self.state.at_work += 1
        try:
            if not self.state.dead():
                status, complete = self._answer(address.path, query, body_too)
            else:
                self._hang_up()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.state.lock:
                self.state.log.append(Seen(self.command, address.path, query, status, complete))
                self.state.at_work -= 1

    def _answer(self, path: str, query: Query, body_too: bool) -> tuple[int, bool]:
        time.sleep(self.state.delay if body_too else 0)
        fault = self.state.next_fault(path) if body_too else None
        kind = fault.kind if fault else ""
        if fault and kind == "slow":
            time.sleep(fault.seconds)
        if fault and kind == "status":
            extra = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
            return self._send(fault.status, extra, b"busy", body_too=body_too), False
        if kind == "drop":
            self._hang_up()
            return 0, False
        route = self.state.files.get(path)
        if route is None:
            return self._send(404, {}, b"NoSuchKey", body_too=body_too), False
        status, headers, body = answer_to(route, query)
        if kind == "truncated":
            self._send(status, headers, body[: len(body) // 2], length=len(body))
        elif kind == "too_long_length":
            self._send(status, headers, body, length=len(body) + 1000)
        elif kind == "too_short_length":
            return self._send(status, headers, body[: len(body) // 2]), False
        elif kind == "corrupt":
            return self._send(status, headers, bytes(len(body))), False
        else:
            return self._send(status, headers, body, body_too=body_too), True
        self._hang_up()
        return status, False

    def _send(
        self,
        status: int,
        headers: dict[str, str],
        body: bytes,
        *,
        length: int | None = None,
        body_too: bool = True,
    ) -> int:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if body_too:
            self.wfile.write(body)
            self.wfile.flush()
        return status

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving() -> Iterator[WeatherServer]:
    """Run a server on an ephemeral port of the loopback until the block ends."""
    state = WeatherServer()
    handler = type("Handler", (_Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    before = os.environ.get("NO_PROXY")
    os.environ["NO_PROXY"] = "127.0.0.1"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        if before is None:
            os.environ.pop("NO_PROXY", None)
        else:
            os.environ["NO_PROXY"] = before
