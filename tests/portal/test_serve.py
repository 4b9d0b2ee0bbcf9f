"""The server: what it serves and refuses, filters, files, and faults of the database behind it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from greenanalysis.core.errors import InputError
from greenanalysis.portal import server as portal_server
from greenanalysis.portal.app import preferred_language
from greenanalysis.portal.server import make_server
from greenanalysis.registry import content, store
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import FileMapping
from tests.support.portal import MEASURE, Visitor, many, running, set_up
from tests.support.registry_fixtures import address, engine, server

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202egnp"
FORMULA = "=HYPERLINK(1)"
MANGYSTAU = "region=KZ-47&technology=wind&year=2014&undated=false"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    site = folder / "site"
    site.mkdir()
    (site / "index.html").write_text("<!DOCTYPE html><title>Reports</title><p id=x>here")
    (site / ".hidden").write_text("secret")
    (folder / "secret.txt").write_text("secret")
    (site / "link.html").symlink_to(folder / "secret.txt")
    return folder


@pytest.fixture(scope="module")
def registry_file(root: Path) -> str:
    path = str(root / "registry.sqlite")
    opened = store.open_engine(store.registry_url(path))
    store.migrate(opened)
    content.load_start(opened)
    rows = "name,enterprise,technology,capacity,capacity_unit,region,status,latitude,longitude,"
    rows += f'commissioned\n"{HOSTILE}",LLP,wind,33,MW,KZ-47,operating,44.11,51.91,2012\n'
    rows += f'"\'{FORMULA}",LLP,wind,34,MW,KZ-47,operating,44.31,52.31,2013\n'
    file = root / "hostile.csv"
    file.write_text(rows, encoding="utf-8")
    assert import_file(opened, file, FileMapping(kind="facility"), who="t").added == 2
    opened.dispose()
    return path


@pytest.fixture(scope="module")
def base(root: Path, registry_file: str) -> Iterator[str]:
    with running(registry_file, root / "site") as started:
        yield started


def get(base: str, target: str, **headers: str) -> httpx.Response:
    return httpx.get(base + target, headers=headers, timeout=30)


@pytest.mark.parametrize(
    "target",
    [
        "/site/..%2fsecret.txt",
        "/site/%2e%2e%5csecret.txt",
        "/site//etc/passwd",
        "/site/%00",
        "/site/.hidden",
        "/site/link.html",
        "/static/..%2fserver.py",
        "/etc/passwd",
    ],
)
def test_nothing_outside_the_site_is_served(base, target):
    reply = get(base, target)
    assert reply.status_code == 404
    assert "secret" not in reply.text
    assert "root:" not in reply.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_figures_cannot_be_written(base, method):
    assert httpx.request(method, f"{base}/api/v1/plants").status_code == 405


def test_the_policy_is_strict_and_other_names_are_refused(base):
    for target in ("/en/", "/api/v1/plants", "/api/v1/plants.csv", "/nothing", "/static/draw.js"):
        headers = get(base, target).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert get(base, "/site/").headers["content-security-policy"].startswith("sandbox")
    assert get(base, "/en/", Host="evil.example").status_code == 421
    assert get(base, "/en/", Host="localhost:1").status_code == 200
    assert get(base, "/en/", Host="[::1]:80").status_code == 200
    page = get(base, "/en/").text
    assert "http" not in page
    assert "<script>" not in page
    assert "onclick" not in page


@pytest.mark.parametrize(
    "query", ["year=20x4", "year=99999", "text=" + "a" * 300, "limit=5000", "after=-1", "limit=1e9"]
)
def test_a_wrong_filter_is_an_answer_not_a_crash(base, query):
    reply = get(base, f"/api/v1/plants?{query}")
    assert reply.status_code == 422
    assert "Traceback" not in reply.text


def test_what_is_too_large_or_endless_is_refused(base):
    assert httpx.post(f"{base}/en/login", content=b"x" * 5_000_001).status_code == 413
    assert httpx.post(f"{base}/en/login", content=iter([b"x"])).status_code == 411


def test_the_export_is_the_filter_and_hostile_text_stays_text(base):
    reply = get(base, f"/api/v1/plants.csv?{MANGYSTAU}")
    rows = list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"), newline="")))
    assert [row["name"] for row in rows] == [HOSTILE, f"'{FORMULA}"]
    book = load_workbook(io.BytesIO(get(base, f"/api/v1/plants.xlsx?{MANGYSTAU}").content))
    assert [cell.data_type for cell in book.active["B"]] == ["s"] * 3
    assert get(base, "/api/v1/plants.exe").status_code == 404


def test_the_map_knows_the_country_and_what_lies_around_it(base: str) -> None:
    around = get(base, "/api/v1/neighbours").json()["features"]
    assert {one["properties"]["kind"] for one in around} == {"country", "sea"}
    assert len(get(base, "/api/v1/regions").json()["features"]) == 20


def test_pages_of_rows_hold_each_plant_once(base):
    seen: list[int] = []
    target: str | None = "/api/v1/plants?limit=40&fossil=true"
    while target:
        page = get(base, target).json()
        assert len(page["rows"]) <= 40
        seen += [row["id"] for row in page["rows"]]
        target = page["next"]
    count = get(base, "/api/v1/plants/summary?fossil=true").json()["count"]
    assert len(seen) == len(set(seen)) == count > 100
    green = get(base, "/api/v1/plants/summary").json()
    assert green["count"] < count
    assert "coal" not in green["by_year"]["series"], "coal and gas only on demand"


def test_an_answer_that_is_known_is_not_sent_again(base):
    reply = get(base, "/api/v1/plants/summary", **{"Accept-Encoding": "gzip"})
    assert reply.headers["content-encoding"] == "gzip"
    again = get(base, "/api/v1/plants/summary", **{"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = get(base, "/api/v1/plants/summary", **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == reply.json()
    login = get(base, "/en/login", **{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in login.headers, "pages with keys are not compressed"


def test_a_change_shows_without_a_restart(base, root, registry_file):
    assert get(base, "/api/v1/plants?text=Brandnew").json()["rows"] == []
    opened = store.open_engine(store.registry_url(registry_file))
    path = root / "new.csv"
    path.write_text(
        "name,technology,capacity,capacity_unit,region,status\nBrandnew,solar,1.5,MW,KZ-62,planned\n"
    )
    import_file(opened, path, FileMapping(kind="facility"), who="t")
    time.sleep(0.6)
    assert len(get(base, "/api/v1/plants?text=Brandnew").json()["rows"]) == 1


def test_addresses_lead_into_the_language_of_the_browser(base):
    assert get(base, "/").headers["location"] == "/ru/"
    kazakh = {"Accept-Language": "ru;q=0.5,kz;q=0.9"}
    assert get(base, "/", **kazakh).headers["location"] == "/kk/"
    assert get(base, "/dashboard/ru/").headers["location"] == "/ru/"
    assert get(base, "/site/ru/").headers["location"] == "/site/"
    assert preferred_language("de, en;q=x, ru;q=0.1") == "ru"


def test_the_site_and_the_description_are_there(base):
    assert "here" in get(base, "/site/").text
    described = get(base, "/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/reports" in described["paths"]
    schema = get(base, "/api/v1/schema/report.json").json()
    assert "KZ-75" in json.dumps(schema)
    assert "POST /api/v1/reports" in get(base, "/en/api").text
    for language in ("en", "ru", "kk"):
        assert get(base, f"/{language}/guide").text.count("<li>") == 12


def test_slow_sockets_are_ended_and_stop_nobody(registry_file, monkeypatch):
    monkeypatch.setattr(portal_server, "ARRIVAL_SECONDS", 1.0)
    with running(registry_file) as base:
        port = int(base.rsplit(":", 1)[1])
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(80)]
        for number, connection in enumerate(slow):
            connection.sendall(b"GET /en/ HTTP/1.1\r\nX-A: a" if number % 2 else b"")
        began = time.monotonic()
        assert get(base, "/health").text == "ok\n"
        assert time.monotonic() - began < 5
        time.sleep(1.5)
        for connection in slow:
            connection.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b"", "the connection is ended"
            connection.close()


def copy_whole(source: str, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def test_a_file_put_in_the_place_of_the_registry_is_read(tmp_path, registry_file):
    path = tmp_path / "registry.sqlite"
    copy_whole(registry_file, path)
    store.migrate(store.open_engine(store.registry_url(str(tmp_path / "made.sqlite"))))
    copy_whole(str(tmp_path / "made.sqlite"), tmp_path / "other.sqlite")
    with running(str(path)) as base:
        assert get(base, "/api/v1/plants/summary").json()["count"] > 0
        aside = tmp_path / "aside.sqlite"
        path.rename(aside)
        time.sleep(0.6)
        stale = get(base, "/api/v1/plants/summary")
        assert stale.json()["count"] > 0
        assert stale.headers["registry-state"] == "stale"
        assert get(base, "/health").status_code == 503
        assert get(base, "/en/people").status_code in (200, 303, 503)
        (tmp_path / "other.sqlite").replace(path)
        time.sleep(0.6)
        fresh = get(base, "/api/v1/plants/summary")
        assert fresh.json()["count"] == 0
        assert "registry-state" not in fresh.headers
        aside.replace(path)
        time.sleep(0.6)
        assert get(base, "/api/v1/plants/summary").json()["count"] > 0


def test_a_medium_that_cannot_be_written_is_read(tmp_path, registry_file, monkeypatch):
    copy = tmp_path / "registry.sqlite"
    copy_whole(registry_file, copy)
    monkeypatch.setattr(store.os, "access", lambda *_: False)
    opened = store.open_engine(store.registry_url(str(copy)), read_only=True)
    with store.read_session(opened) as session:
        assert session.execute(text("SELECT count(*) FROM facility")).scalar() > 100
    assert [path.name for path in tmp_path.iterdir()] == ["registry.sqlite"]


def test_a_database_that_hangs_or_drops_its_connections_stops_nobody(engine, address, monkeypatch):
    if engine.dialect.name != "postgresql":
        pytest.skip("a file does not hang")
    set_up(engine)
    with running(address) as base:
        assert get(base, "/api/v1/measures/summary").status_code == 200
        with engine.connect() as holder:
            holder.execute(text("LOCK TABLE change IN ACCESS EXCLUSIVE MODE"))
            time.sleep(0.6)
            began = time.monotonic()
            assert get(base, "/api/v1/measures/summary").headers["registry-state"] == "stale"
            assert get(base, "/static/portal.css").status_code == 200
            assert time.monotonic() - began < 6
            holder.rollback()
        with engine.connect() as killer:
            killer.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        time.sleep(0.6)
        assert "registry-state" not in get(base, "/api/v1/measures/summary").headers
        assert Visitor(base, "reporter").get("desk").status_code == 200


def test_a_writer_elsewhere_lets_readers_read_and_writers_wait_briefly(tmp_path, monkeypatch):
    path = str(tmp_path / "registry.sqlite")
    opened = store.open_engine(store.registry_url(path))
    store.migrate(opened)
    people = set_up(opened)
    monkeypatch.setattr("greenanalysis.portal.database.WAIT_SECONDS", 0.5)
    with running(path) as base:
        reporter = Visitor(base, "reporter")
        with store.writing(opened):
            reply = reporter.post("reports", enterprise=people.enterprise, campaign=people.campaign)
            assert reply.status_code == 503
            assert int(reply.headers["retry-after"]) > 0
            assert reporter.get("desk").status_code == 200
        assert reporter.begin(people) == 1


def test_a_registry_of_an_older_layout_and_a_taken_port_are_clear_errors(
    tmp_path, base, registry_file
):
    empty = tmp_path / "empty.sqlite"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match="registry init"):
        make_server(store.registry_url(str(empty)), tmp_path)
    with pytest.raises(InputError, match="host"):
        make_server(store.registry_url(registry_file), tmp_path, host="")


def test_the_server_listens_on_ipv6(registry_file):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with running(registry_file, host="::1") as base:
        port = base.rsplit(":", 1)[1]
        assert get(f"http://[::1]:{port}", "/health").text == "ok\n"


def sent(base: str, token: str, **body: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.post(f"{base}/api/v1/reports", json=body, headers=headers, timeout=30)


def test_programs_report_with_a_token(engine, address):
    people = set_up(engine)
    body = {"bin": people.number, "campaign": "2025", "content": {"measures": [MEASURE]}}
    with running(address, attempts=many()) as base:
        page = Visitor(base, "reporter").post("people/token", label="ERP").text
        token = page.split('id="token">')[1].split("<")[0]
        other = Visitor(base, "stranger").post("people/token").text
        other = other.split('id="token">')[1].split("<")[0]
        assert sent(base, "", **body).status_code == 401
        assert sent(base, "x" * 43, **body).status_code == 401
        assert sent(base, other, **body).status_code == 404
        assert sent(base, token, **{**body, "bin": "000000000001"}).status_code == 422
        assert sent(base, token, **{**body, "campaign": "1999"}).status_code == 404
        nan = json.dumps(body).replace("1200.0", "NaN")
        wrong = httpx.post(
            f"{base}/api/v1/reports",
            content=nan,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        assert wrong.status_code == 422
        assert token not in wrong.text
        first = sent(base, token, **body)
        assert (first.status_code, first.json()["state"]) == (200, "draft")
        same = sent(base, token, **body)
        assert same.json()["revision"] == first.json()["revision"], "nothing new, nothing changed"
        bad = {"measures": [{**MEASURE, "amounts": [{**MEASURE["amounts"][0], "unit": "m3"}]}]}
        refused = sent(base, token, **{**body, "content": bad, "submit": True})
        assert refused.status_code == 422
        assert refused.json()["detail"]["findings"][0]["code"] == "unit-other"
        done = sent(base, token, **body, submit=True)
        assert (done.status_code, done.json()["state"]) == (200, "submitted")
        assert len(done.json()["sha256"]) == 64
        assert sent(base, token, **body, submit=True).json()["revision"] == done.json()["revision"]
        changed = {"measures": [{**MEASURE, "title": "Another"}]}
        assert sent(base, token, **{**body, "content": changed}).status_code == 409
