"""A running portal for tests: the server in a thread, people with roles, a campaign."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from greenanalysis.portal import access, cycle
from greenanalysis.portal.access import Attempts
from greenanalysis.portal.demo import synthetic_number
from greenanalysis.portal.server import make_server
from greenanalysis.registry import store

PASSWORD = "a long password"
MEASURE = {
    "title": "Heat recovery",
    "kind": "energy_efficiency",
    "technology": "heat_recovery",
    "status": "operating",
    "region": "KZ-47",
    "started": "2020-05-01",
    "taxonomy": "2",
    "amounts": [{"quantity": "energy_saved", "value": 1200.0, "unit": "MWh"}],
}


def many(limit: str = "100000/minute") -> Attempts:
    """Return limits that a test does not reach."""
    return Attempts(limit, limit, limit)


@contextmanager
def running(address: str, site: Path = Path("/nonexistent"), **options: Any) -> Iterator[str]:
    """Serve a registry; yield the address of the server."""
    options = {"attempts": many(), **options}
    server = make_server(store.registry_url(address), site, port=0, **options)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


@dataclass
class People:
    """Accounts of each role and the things they work on."""

    campaign: int
    enterprise: int
    number: str
    logins: dict[str, str] = field(default_factory=dict)


def add_account(
    engine: Engine,
    login: str,
    role: str,
    *,
    enterprise: int | None = None,
    region: str | None = None,
) -> None:
    """Make an account with a role and :data:`PASSWORD`."""
    with store.write_session(engine) as session:
        secret = access.invite(session, role, who="tests", enterprise=enterprise, region=region)
        invitation = access.open_invitation(session, secret)
        assert invitation is not None
        hashed = _hashed()
        assert access.use_invitation(session, invitation, login, f"Name of {login}", hashed, "en")


def set_up(engine: Engine, *, year: int = 2025, serial: int = 1) -> People:
    """Make a campaign, an enterprise that must report, and one account of each role."""
    with store.write_session(engine) as session:
        campaign = cycle.open_campaign(
            *(session, str(year), dt.date(year, 1, 1), dt.date(year, 12, 31)),
            *(dt.date(year + 1, 1, 1), dt.date(2100, 1, 1)),
            who="tests",
        )
        number = synthetic_number(serial)
        enterprise = cycle.known_enterprise(session, number, "Bakery", "KZ-47", who="tests").id
        other = cycle.known_enterprise(
            session, synthetic_number(serial + 1), "Dairy", "KZ-75", who="tests"
        ).id
        cycle.oblige(session, campaign, [enterprise, other], "list of 2025", who="tests")
    people = People(campaign, enterprise, number)
    add_account(engine, "reporter", "reporter", enterprise=enterprise)
    add_account(engine, "stranger", "reporter", enterprise=other)
    add_account(engine, "regional", "regional_reviewer", region="KZ-47")
    add_account(engine, "elsewhere", "regional_reviewer", region="KZ-75")
    add_account(engine, "national", "national_reviewer")
    add_account(engine, "publisher", "publisher")
    return people


@cache
def _hashed() -> str:
    return access.HASHER.hash(PASSWORD)


class Visitor:
    """A browser without scripts, logged in or not."""

    def __init__(self, base: str, login: str = "", *, lang: str = "en") -> None:
        self.base, self.lang = base, lang
        self.client = httpx.Client(base_url=base, timeout=30, follow_redirects=True)
        if login:
            self.log_in(login)

    def log_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        """Log in."""
        values = {"login": login, "password": password}
        return self.client.post(f"/{self.lang}/login", data=values, headers=self.own)

    @property
    def own(self) -> dict[str, str]:
        """Return the header of a form of the server's own pages."""
        return {"Origin": self.base}

    @property
    def key(self) -> str:
        """Return the key of the forms of this session."""
        return access.form_key(self.client.cookies.get("session", ""))

    def get(self, path: str) -> httpx.Response:
        """Get a page."""
        return self.client.get(f"/{self.lang}/{path}")

    def post(self, path: str, **values: Any) -> httpx.Response:
        """Send a form of a page."""
        files = values.pop("files", None)
        data = {"key": self.key, **values}
        return self.client.post(f"/{self.lang}/{path}", data=data, files=files, headers=self.own)

    def begin(self, people: People) -> int:
        """Begin the report; return its number."""
        page = self.post("reports", enterprise=people.enterprise, campaign=people.campaign)
        return int(str(page.url).rsplit("/", 1)[1])


def form_of(measure: dict[str, Any], n: int = 0) -> dict[str, str]:
    """Return the fields of a form for a measure."""
    fields = {f"m{n}.{k}": str(v) for k, v in measure.items() if k != "amounts"}
    for amount in measure["amounts"]:
        fields[f"m{n}.amount.{amount['quantity']}"] = str(amount["value"])
        fields[f"m{n}.unit.{amount['quantity']}"] = amount["unit"]
    return {"entries": "1", **fields}
