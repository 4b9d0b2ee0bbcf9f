"""The application: pages, interface, static files and the published site under one policy."""

from __future__ import annotations

import logging
import mimetypes
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import anyio
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from greenanalysis.portal import api, dashboard, desk, entry, reports, words
from greenanalysis.portal.access import Attempts
from greenanalysis.portal.answers import Answers
from greenanalysis.portal.context import LOG, ROUTES, Services
from greenanalysis.portal.database import Database, Unavailable
from greenanalysis.portal.figures import Snapshots
from greenanalysis.site.publish.languages.fonts import fonts_css
from greenanalysis.site.publish.runtime import archive_files, package_archive, pinned_packages

_STATIC = Path(__file__).parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_SITE_POLICY = (
    "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Published pages draw Jupyter widgets, whose library compiles its templates; in the sandbox they
have an origin of their own and reach nothing, not even a session."""
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_LOCAL = ("127.0.0.1", "localhost", "::1")
_MOST_BYTES = 5_000_000
_FILES = anyio.CapacityLimiter(8)
"""Threads that read files: none of them waits for a database."""


def make_app(
    url: URL, site: Path, *, names: Sequence[str] = (), attempts: Attempts | None = None
) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    url : of the registry, as of :func:`greenanalysis.registry.store.registry_url`.
    site : folder of the published site, which need not be there.
    names : names by which it may be called besides those of this machine; a page elsewhere
        whose name is made to point here is refused.
    attempts : limits on logins and programs.
    """
    database = Database(url)
    answers = Answers(database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(
        title="Registry of green technologies of Kazakhstan",
        version=api.VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
    )
    app.state.services = Services(database, answers, attempts or Attempts())
    app.state.snapshots = Snapshots()
    app.state.site = site.resolve()
    app.include_router(api.router)
    app.router.routes += [*_places(), *entry.ROUTES, *ROUTES]
    app.add_middleware(Guard, names=(*_LOCAL, *names))
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    return app


_ROOMS = (dashboard, desk, reports)
"""Modules whose pages are registered when they are imported."""


class Guard:
    """Names, sizes, headers and one line in the log for each request."""

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self._app = app
        self._names = frozenset(name.strip("[]") for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()
        request = Request(scope)
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *_headers(scope)]
            await send(message)

        refusal = self._refusal(request)
        try:
            await (refusal or self._app)(scope, receive, sending)
        finally:
            LOG.info(
                "request",
                extra={
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round((time.monotonic() - begun) * 1000, 1),
                },
            )

    def _refusal(self, request: Request) -> Response | None:
        """Return why a request is not even looked at, None for most."""
        host = request.headers.get("host", "")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        if name.strip("[]") not in self._names:
            return _plain("this server has another name", 421)
        if request.method in ("GET", "HEAD"):
            return None
        length = request.headers.get("content-length", "0")
        if "transfer-encoding" in request.headers or not length.isdigit():
            return _plain("the length of what is sent must be known", 411)
        if int(length) > _MOST_BYTES:
            return _plain("too large", 413)
        return None


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    in_site = scope["path"].startswith("/site/")
    policy = _SITE_POLICY if in_site else _POLICY
    headers = {**_HEADERS, "content-security-policy": policy}
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _plain(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, media_type="text/plain")


async def _unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)
    LOG.warning("%s", error.reason)
    headers = {"Retry-After": str(error.retry_after)}
    return JSONResponse({"detail": words.PROBLEMS["503"]}, 503, headers)


async def _invalid(request: Request, error: Exception) -> Response:
    """Say what is wrong without sending the input back: it may hold NaN, or a secret."""
    assert isinstance(error, RequestValidationError)
    rows = [{key: row[key] for key in ("loc", "msg", "type")} for row in error.errors()]
    return JSONResponse({"detail": rows}, 422)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    if path.startswith("/api/"):
        return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
    return _plain("nothing here", error.status_code)


def _places() -> list[Route]:
    """Return the routes that are no pages of the cycle: static files, the site, old addresses."""
    routes = [
        Route("/", _front),
        Route("/health", _health),
        Route("/dashboard/{rest:path}", _front),
        Route("/static/{name}", _static),
        Route("/site/{path:path}", _site_file),
        Route("/site", lambda request: RedirectResponse("/site/", 307)),
    ]
    routes += [Route(f"/{code}", _into_language) for code in words.ALL]
    return routes


async def _into_language(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/", 307)


async def _front(request: Request) -> Response:
    """Lead to the dashboard in the language that the address or the browser asks for."""
    rest = request.path_params.get("rest")
    if rest is None:
        language = preferred_language(request.headers.get("accept-language", ""))
    else:  # the dashboard's former addresses: /dashboard/ was the English one
        code = str(rest).strip("/")
        language = code if code in words.ALL else "en"
    return RedirectResponse(f"/{language}/", 307, {"Vary": "Accept-Language"})


def preferred_language(header: str) -> str:
    """Return the language of the site that a browser likes best; Kazakh is also called kz.

    Parameters
    ----------
    header : Accept-Language, such as ``ru;q=0.5,kk;q=0.9``.
    """
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:20]):
        name, _, quality = part.strip().partition(";q=")
        code = name.split("-")[0].strip().lower()
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        code = "kk" if code == "kz" else code
        if code in words.ALL:
            wishes.append((-weight, place, code))
    return min(wishes)[2] if wishes else "ru"


async def _health(request: Request) -> Response:
    """Say whether the registry can be read now."""
    services: Services = request.app.state.services
    try:
        await services.database.read(services.database.version, seconds=2.0)
    except Unavailable as error:
        return _plain(f"registry: {error.reason}", 503)
    return _plain("ok", 200)


@cache
def static_files() -> dict[str, bytes]:
    """Return the files of the pages: their own, fonts, and Leaflet, pinned by its hash.

    Raises
    ------
    InputError : Leaflet is not in the cache and npm cannot fetch it.
    """
    files = {path.name: path.read_bytes() for path in _STATIC.iterdir()}
    files["fonts.css"] = fonts_css().encode()
    leaflet = archive_files(package_archive(pinned_packages()["leaflet"]))
    for name in ("leaflet.js", "leaflet.css"):
        files[name] = leaflet[f"dist/{name}"]
    return files


async def _static(request: Request) -> Response:
    name = str(request.path_params["name"])
    content = static_files().get(name)
    if content is None:
        raise HTTPException(404)
    answers: Answers = request.app.state.services.answers
    return answers.fixed(request, name, content, kind=_kind(Path(name)))


def _kind(path: Path) -> str:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


async def _site_file(request: Request) -> Response:
    """Return a file of the site; nothing above its folder, no hidden file, no link out."""
    root: Path = request.app.state.site
    name = str(request.path_params["path"])
    if not name or name.endswith("/"):
        name += "index.html"
    parts = name.split("/")
    if "\x00" in name or "\\" in name or any(p in ("", "..") or p[0] == "." for p in parts):
        raise HTTPException(404)
    path = await anyio.to_thread.run_sync(lambda: root.joinpath(*parts).resolve(), limiter=_FILES)
    if not path.is_relative_to(root) or not path.is_file():
        if len(parts) == 2 and parts[0] in words.ALL:
            return RedirectResponse("/site/", 307)
        raise HTTPException(404)
    return FileResponse(path, media_type=_kind(path), headers={"Cache-Control": "no-cache"})


class LogLine(logging.Formatter):
    """One JSON object a line: time, level, message, and what a request was."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        import json

        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        for name in ("method", "path", "status", "ms"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
