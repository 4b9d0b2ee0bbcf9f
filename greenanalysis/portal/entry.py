"""Login, logout, invitations: pages that hash passwords, outside of any transaction."""

from __future__ import annotations

import json
import re
from typing import Any

import anyio
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from greenanalysis.portal import access, reports, words
from greenanalysis.portal.context import (
    COOKIE,
    LOG,
    SECURE_COOKIE,
    Context,
    Services,
    answer,
    read_context,
    same_site,
    set_cookie,
)
from greenanalysis.portal.database import Unavailable
from greenanalysis.registry.models import Enterprise

_HASHING = anyio.CapacityLimiter(2)
"""Each hash takes 19 MiB and a core for a tenth of a second."""
_REPORT = re.compile(rf"/({'|'.join(words.ALL)})/reports/(\d+)")
_INSIDE = re.compile(rf"/({'|'.join(words.ALL)})/[\w/-]*")


async def login(request: Request) -> Response:
    """Show the login, or log in; a form kept through an ended session is shown again."""
    context = await _context(request)
    target = context.form.get("next") or request.query_params.get("next", "")
    values: dict[str, Any] = {"kept": context.form.get("kept", ""), "next": target}
    if request.method == "GET":
        return context.page("login.html", **values)
    if not same_site(request):
        return context.problem("origin", 403)
    services: Services = request.app.state.services
    name, password = context.form.get("login", ""), context.form.get("password", "")
    try:
        services.attempts.login(name, request.client.host if request.client else "")
        account, stored = await services.database.read(
            lambda session: access.stored_password(session, name)
        )
        fits = await anyio.to_thread.run_sync(
            access.password_fits, password, stored, limiter=_HASHING
        )
        if account is None or not fits:
            LOG.warning("login failed")
            return context.page("login.html", 401, problem="wrong", **values)
        number = account
        context.secret = await services.database.write(
            lambda session: access.begin_session(session, number)
        )
    except access.TooOften:
        response = context.page("login.html", 429, problem="often", **values)
        response.headers["Retry-After"] = "60"
        return response
    except Unavailable as error:
        return context.problem("503", 503, Retry_After=str(error.retry_after))
    return await _arrive(context, values["kept"], target)


async def _arrive(context: Context, kept: str, target: str) -> Response:
    """Go where the person wanted to; with a kept form the report is shown with it, not saved."""
    match = _REPORT.fullmatch(target)
    if kept and match:
        try:
            context.form = {str(k): str(v) for k, v in dict(json.loads(kept)).items()}
        except (ValueError, TypeError):
            context.form = {}
        context.request.path_params["number"] = match[2]
        response = await answer(context, reports.show_kept, write=False, public=False)
    else:
        inside = target if _INSIDE.fullmatch(target) else f"/{context.lang}/desk"
        response = RedirectResponse(inside, 303)
    set_cookie(response, context.request, context.secret)
    return response


async def logout(request: Request) -> Response:
    """End the session."""
    context = await _context(request)
    services: Services = request.app.state.services
    if not same_site(request):
        return context.problem("origin", 403)
    try:
        await services.database.write(lambda s: access.end_session(s, context.secret))
    except Unavailable as error:
        return context.problem("503", 503, Retry_After=str(error.retry_after))
    response = RedirectResponse(f"/{context.lang}/", 303)
    response.delete_cookie(COOKIE)
    response.delete_cookie(SECURE_COOKIE, secure=True)
    return response


async def invitation(request: Request) -> Response:
    """Show an invitation, or make the account that it offers and log in."""
    context = await _context(request)
    services: Services = request.app.state.services
    secret = str(request.path_params["secret"])

    def read(session: Session) -> tuple[str, str] | None:
        row = access.open_invitation(session, secret)
        if row is None:
            return None
        enterprise = session.get(Enterprise, row.enterprise_id) if row.enterprise_id else None
        reach = words.label(context.lang, "region", row.region) if row.region else ""
        return row.role, enterprise.name if enterprise else reach

    try:
        services.attempts.address(request.client.host if request.client else "")
        offer = await services.database.read(read)
        if offer is None:
            return context.problem("404", 404)
        if request.method == "GET":
            return context.page("invitation.html", offer=offer, form={})
        if not same_site(request):
            return context.problem("origin", 403)
        problem = await _accept(context, services, secret)
    except access.TooOften:
        return context.problem("often", 429, Retry_After="60")
    except Unavailable as error:
        return context.problem("503", 503, Retry_After=str(error.retry_after))
    if problem:
        form = {name: context.form.get(name, "") for name in ("login", "name")}
        return context.page("invitation.html", 422, offer=offer, form=form, problem=problem)
    response = RedirectResponse(f"/{context.lang}/desk", 303)
    set_cookie(response, request, context.secret)
    return response


async def _accept(context: Context, services: Services, secret: str) -> str | None:
    """Make the account of an invitation and begin its session; return what is wrong, else None."""
    form = context.form
    name, person, password = (form.get(k, "") for k in ("login", "name", "password"))
    problem = access.problem_of(name, person, password)
    if problem:
        return problem
    hashed = await anyio.to_thread.run_sync(access.HASHER.hash, password, limiter=_HASHING)

    def write(session: Session) -> str | None:
        row = access.open_invitation(session, secret)
        if row is None:
            return "404"
        number = access.use_invitation(session, row, name, person, hashed, context.lang)
        if number is None:
            return "taken"
        context.secret = access.begin_session(session, number)
        return None

    return await services.database.write(write)


async def _context(request: Request) -> Context:
    if request.path_params["lang"] not in words.ALL:
        request.path_params["lang"] = "en"
    return await read_context(request)


ROUTES = [
    Route("/{lang}/login", login, methods=["GET", "POST"]),
    Route("/{lang}/logout", logout, methods=["POST"]),
    Route("/{lang}/invitation/{secret}", invitation, methods=["GET", "POST"]),
]
