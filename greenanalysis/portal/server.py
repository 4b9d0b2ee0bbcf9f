"""The live dashboard and the published site over HTTP: read only, with nothing to execute."""

from __future__ import annotations

import json
import mimetypes
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.languages import TRANSLATIONS
from greenanalysis.portal import api as registry_api
from greenanalysis.portal.api import Live
from greenanalysis.portal.dashboard import ADDRESS, FOLDER, SITE, dashboard_pages
from greenanalysis.site.publish import runtime as npm
from greenanalysis.site.publish.languages.fonts import fonts_css

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_SITE_POLICY = (
    "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Published pages draw Jupyter widgets, whose library compiles its templates; in the sandbox they
have an origin of their own and reach nothing, not even the dashboard's interface."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_ELSEWHERE = {"/": ADDRESS, **{address[:-1]: address for address in (ADDRESS, SITE)}} | {
    f"{start}{language}{end}": f"{ADDRESS}{language}/"
    for language in TRANSLATIONS
    for start, end in (("/", ""), ("/", "/"), (ADDRESS, ""))
}
"""Addresses that lead to another one: short names of the dashboard in its languages."""
_LOCAL = ("127.0.0.1", "localhost", "::1")
_SITE_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TIMEOUT_SECONDS = 10
_WAIT_FOR_PLACE_SECONDS = 2
_MOST_AT_ONCE = 64


@dataclass(frozen=True)
class Reply:
    """What is sent back."""

    status: HTTPStatus
    content: bytes
    kind: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@cache
def _dashboard_files() -> dict[str, tuple[str, bytes]]:
    """Return the files of the dashboard by name: its own, fonts, and Leaflet, pinned by its hash.

    Raises
    ------
    InputError : Leaflet is not in the cache and npm cannot fetch it.
    """
    files = {path.name: (_SITE_TYPES[path.suffix], path.read_bytes()) for path in FOLDER.iterdir()}
    files |= {name: (_SITE_TYPES[".html"], page) for name, page in dashboard_pages().items()}
    files["fonts.css"] = (_SITE_TYPES[".css"], fonts_css().encode())
    leaflet = npm.archive_files(npm.package_archive(npm.pinned_packages()["leaflet"]))
    for name in ("leaflet.js", "leaflet.css"):
        files[name] = (_SITE_TYPES[Path(name).suffix], leaflet[f"dist/{name}"])
    return files


class Dashboard:
    """Answers addresses; knows nothing of sockets.

    Parameters
    ----------
    live : the registry.
    site : folder of the published site, which need not be there.
    hosts : names under which it may be asked; a page elsewhere whose name is made to point here
        is refused.
    """

    def __init__(self, live: Live, site: Path, hosts: tuple[str, ...] = _LOCAL) -> None:
        self._live = live
        self._site = site.resolve()
        self._hosts = hosts

    def reply(self, host: str, target: str) -> Reply:
        """Return the reply to a GET.

        Parameters
        ----------
        host : header Host.
        target : path and query as asked.
        """
        try:
            if (urlsplit(f"//{host}").hostname or "") not in self._hosts:
                return Reply(HTTPStatus.MISDIRECTED_REQUEST, b"this server has another name\n")
            asked = urlsplit(target)
            path = unquote(asked.path, errors="strict")
            query = dict(parse_qsl(asked.query, max_num_fields=20, errors="strict"))
            return self._route(path, query)
        except InputError as error:
            return Reply(HTTPStatus.BAD_REQUEST, f"{error}\n".encode())
        except (ValueError, OSError):
            return Reply(HTTPStatus.BAD_REQUEST, b"this address cannot be answered\n")

    def _route(self, path: str, query: dict[str, str]) -> Reply:
        if path in _ELSEWHERE:
            return _moved(_ELSEWHERE[path])
        if path.startswith(ADDRESS):
            name = path.removeprefix(ADDRESS)
            found = _dashboard_files().get(
                name if name and name[-1] != "/" else f"{name}index.html"
            )
            return _page(found[1], found[0]) if found else _absent()
        if path.startswith("/api/"):
            return self._api(path.removeprefix("/api/"), query)
        if path == SITE:
            return self._file("index.html")
        if path in [f"{SITE}{language}/" for language in TRANSLATIONS]:
            found_page = self._file(f"{path.removeprefix(SITE)}index.html")
            return found_page if found_page.status == HTTPStatus.OK else _moved(SITE)
        if path.startswith(SITE):
            return self._file(path.removeprefix(SITE))
        return _absent()

    def _api(self, name: str, query: dict[str, str]) -> Reply:
        try:
            snapshot = self._live.snapshot()
        except InputError as error:
            print(error, file=sys.stderr)
            return Reply(HTTPStatus.SERVICE_UNAVAILABLE, b"the registry cannot be read now\n")
        filters = registry_api.read_filters(query)
        fresh = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
        if name == "overview.json":
            return _json(registry_api.overview(snapshot), fresh)
        if name == "plants.json":
            return _json(registry_api.answer(snapshot, filters), fresh)
        for kind in ("csv", "xlsx"):
            if name == f"plants.{kind}":
                content = registry_api.export(snapshot, filters, kind)
                saved = {"Content-Disposition": f'attachment; filename="plants.{kind}"'}
                return Reply(HTTPStatus.OK, content, _SITE_TYPES[f".{kind}"], fresh | saved)
        return _absent()

    def _file(self, name: str) -> Reply:
        """Return a file of the site; nothing above its folder, no hidden file, no link out."""
        parts = name.split("/")
        if "\x00" in name or "\\" in name or any(p in ("", "..") or p[0] == "." for p in parts):
            return _absent()
        path = self._site.joinpath(*parts).resolve()
        if not path.is_relative_to(self._site) or not path.is_file():
            return _absent()
        kind = _SITE_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        headers = {"Content-Security-Policy": _SITE_POLICY, "Cache-Control": "no-cache"}
        return Reply(HTTPStatus.OK, path.read_bytes(), kind or "application/octet-stream", headers)


def _page(content: bytes, kind: str) -> Reply:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    return Reply(HTTPStatus.OK, content, kind, headers)


def _json(value: Any, headers: Mapping[str, str]) -> Reply:
    text = json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    return Reply(HTTPStatus.OK, text.encode(), "application/json; charset=utf-8", headers)


def _moved(address: str) -> Reply:
    return Reply(HTTPStatus.FOUND, b"", headers={"Location": address})


def _absent() -> Reply:
    return Reply(HTTPStatus.NOT_FOUND, b"nothing here\n")


class Server(ThreadingHTTPServer):
    """Threads of :class:`Dashboard`, a bounded number at once."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], dashboard: Dashboard) -> None:
        self.dashboard = dashboard
        self.places = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__(address, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection if there is a place; else end the connection."""
        if not self.places.acquire(timeout=_WAIT_FOR_PLACE_SECONDS):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self.places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection and give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line what a connection failed of."""
        print(f"connection failed: {sys.exc_info()[1]}", file=sys.stderr)


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD; everything else is refused."""

    server: Server
    server_version = "greenanalysis"
    sys_version = ""
    timeout = _TIMEOUT_SECONDS

    def do_GET(self) -> None:
        """Answer with content."""
        self._send(body=True)

    def do_HEAD(self) -> None:
        """Answer without content."""
        self._send(body=False)

    def _send(self, *, body: bool) -> None:
        reply = self.server.dashboard.reply(self.headers.get("Host", ""), self.path)
        self.send_response(reply.status)
        headers = {"Content-Security-Policy": _POLICY, **_HEADERS, **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        if body:
            self.wfile.write(reply.content)

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log: what the public asks for is theirs."""


def make_server(
    live: Live, site: Path, *, host: str = "127.0.0.1", port: int = 8080, names: Sequence[str] = ()
) -> Server:
    """Return a server that listens; ``serve_forever`` starts it.

    Raises
    ------
    InputError : the registry cannot be read, Leaflet is not there, or the address is taken.
    """
    live.snapshot()
    _dashboard_files()
    if not host:
        raise input_error("host", where="serve", allowed="a name or an address", got=repr(host))
    hosts = tuple(dict.fromkeys([*_LOCAL, host, *names]))
    try:
        return Server((host, port), Dashboard(live, site, hosts))
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
