"""One request to a page: who asks, in which language, with which form; and how refusals look."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from greenanalysis.core.errors import InputError
from greenanalysis.portal import access, words
from greenanalysis.portal.access import Attempts, Person
from greenanalysis.portal.answers import Answers
from greenanalysis.portal.cycle import Absent, Conflict, NotAllowed, note_refusal
from greenanalysis.portal.database import Database, Unavailable

COOKIE = "session"
SECURE_COOKIE = "__Host-session"
_COOKIE_DAYS = 30
"""Longer than a session: who comes back with an ended one keeps what was typed."""
_MOST_FIELDS = 6000
MOST_FILE_BYTES = 4_000_000
LOG = logging.getLogger("greenanalysis.portal")


@dataclass
class Services:
    """What all requests share."""

    database: Database
    answers: Answers
    attempts: Attempts


@dataclass
class Context:
    """What a page is made from.

    Attributes
    ----------
    request, lang : of the request.
    secret : of the session cookie, empty without.
    form : fields of a sent form without its key; ``files`` the uploaded ones.
    session, person : set while the page is made; ``person`` is None for strangers.
    """

    request: Request
    lang: str
    secret: str = ""
    form: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    session: Session = None  # type: ignore[assignment]
    person: Person | None = None

    @property
    def me(self) -> Person:
        """Return who asks, on pages that strangers do not reach."""
        if self.person is None:
            raise NotAllowed
        return self.person

    def number(self, name: str) -> int:
        """Return a number of the address."""
        return int(self.request.path_params[name])

    def page(self, name: str, status: int = 200, **values: Any) -> Response:
        """Return a page that nobody else may keep."""
        path = self.request.url.path
        values = {
            "lang": self.lang,
            "person": self.person,
            "key": access.form_key(self.secret) if self.secret else "",
            "elsewhere": path.split("/", 2)[2] if path.count("/") > 1 else "",
            "problem": None,
            **values,
        }
        text = words.environment(self.lang).get_template(name).render(values)
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})

    def problem(self, code: str, status: int, **headers: str) -> Response:
        """Return a page that says why something is not done."""
        response = self.page("problem.html", status, problem=code)
        response.headers.update({k.replace("_", "-"): v for k, v in headers.items()})
        return response


_Handler = Callable[[Context], Response]


def _secret_of(request: Request) -> str:
    """Return the secret of the session cookie."""
    return request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE) or ""


def set_cookie(response: Response, request: Request, secret: str) -> None:
    """Keep a session in the browser; behind TLS under a name that only this host can set."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        secret,
        max_age=_COOKIE_DAYS * 86_400,
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/",
    )


def same_site(request: Request) -> bool:
    """Return whether a form was sent from a page of this server; a file says ``Origin: null``."""
    origin = request.headers.get("origin")
    if origin is not None:
        return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"
    return request.headers.get("sec-fetch-site") in (None, "same-origin", "none")


async def read_context(request: Request) -> Context:
    """Return the context of a request, its form read."""
    context = Context(request, request.path_params["lang"], _secret_of(request))
    if request.method == "POST":
        async with request.form(max_fields=_MOST_FIELDS, max_files=1) as form:
            for name, value in form.items():
                if isinstance(value, UploadFile):
                    context.files[name] = await value.read(MOST_FILE_BYTES + 1)
                else:
                    context.form[name] = value
    return context


def page(
    path: str, *, post: bool = False, write: bool = False, public: bool = False
) -> Callable[[_Handler], _Handler]:
    """Register a page; the function below is called in a thread, in one transaction.

    Parameters
    ----------
    path : below ``/{lang}/``.
    post : whether it takes a form rather than being shown.
    write : whether it writes.
    public : whether strangers reach it.
    """

    def register(handler: _Handler) -> _Handler:
        async def endpoint(request: Request) -> Response:
            if request.path_params["lang"] not in words.ALL:
                request.path_params["lang"] = "en"
                return (await read_context(request)).problem("404", 404)
            context = await read_context(request)
            if post and not _own_form(context):
                return context.problem("origin", 403)
            return await answer(context, handler, write=write, public=public)

        ROUTES.append(Route("/{lang}/" + path, endpoint, methods=["POST" if post else "GET"]))
        return handler

    return register


ROUTES: list[Route] = []


def _own_form(context: Context) -> bool:
    """Return whether a form comes from a page of this server, made in the session that sends it.

    Without a session there is nothing that a forged form could do: it gets the login.
    """
    key = context.form.pop("key", "")
    expected = access.form_key(context.secret) if context.secret else key
    return same_site(context.request) and hmac.compare_digest(key, expected)


async def answer(context: Context, handler: _Handler, *, write: bool, public: bool) -> Response:
    """Call a page's function in a transaction and turn its refusals into pages."""
    services: Services = context.request.app.state.services

    def work(session: Session) -> Response:
        context.session = session
        context.person = (
            access.person_of(session, "session", context.secret) if context.secret else None
        )
        if context.person is None and not public:
            return _login_needed(context)
        return handler(context)

    try:
        run = services.database.write if write else services.database.read
        return await run(work)
    except Absent:
        return context.problem("404", 404)
    except NotAllowed:
        await _refused(context, services)
        return context.problem("403", 403)
    except (Conflict, IntegrityError):
        return context.problem("conflict", 409)
    except InputError as error:
        LOG.info("refused input: %s", error)
        return context.problem("input", 422)
    except Unavailable as error:
        LOG.warning("%s", error.reason)
        return context.problem("503", 503, Retry_After=str(error.retry_after))


async def _refused(context: Context, services: Services) -> None:
    person, request = context.person, context.request
    if person is None:
        return
    LOG.warning("403 account %s: %s %s", person.id, request.method, request.url.path)
    await services.database.write(
        lambda session: note_refusal(session, person, request.method, request.url.path)
    )


def _login_needed(context: Context) -> Response:
    """Lead to the login; a form sent in an ended session is carried through it."""
    request = context.request
    if request.method == "GET":
        return RedirectResponse(f"/{context.lang}/login?next={request.url.path}", 303)
    kept = json.dumps(context.form, ensure_ascii=False) if context.form else ""
    return context.page("login.html", 401, kept=kept, next=request.url.path, problem=None)


_Endpoint = Callable[[Request], Awaitable[Response]]
