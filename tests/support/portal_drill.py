"""Hard days of the portal: mass, many at once, slow sockets, kills, a full disk, a lost database.

``make drill`` runs all of it (``python -m tests.support.portal_drill [NAME ...]``); the tests run
small versions.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select, text

from greenanalysis.portal import access, cycle
from greenanalysis.portal.demo import synthetic_number
from greenanalysis.portal.models import Account, Report
from greenanalysis.registry import store
from greenanalysis.registry.models import Change, Enterprise, Observation
from tests.support.portal import MEASURE, running, set_up
from tests.support.registry_databases import private_server

STEPS = ("save", "submit", "accept", "publish")
BATCH = 250
WAIT = 60.0


@dataclass(frozen=True)
class _Cast:
    """The three people whose steps a report needs."""

    reporter: access.Person
    reviewer: access.Person
    publisher: access.Person


def _people(session: Any, enterprises: list[int]) -> _Cast:
    """Return people who may do all steps; their accounts are real, their rights given here."""
    numbers = {
        login: session.scalar(select(Account.id).where(Account.login == login))
        for login in ("reporter", "national", "publisher")
    }
    rights = tuple(access.Right("reporter", key) for key in enterprises)
    return _Cast(
        access.Person(numbers["reporter"], "reporter", "R", "en", rights),
        access.Person(
            numbers["national"], "national", "N", "en", (access.Right("national_reviewer"),)
        ),
        access.Person(numbers["publisher"], "publisher", "P", "en", (access.Right("publisher"),)),
    )


def whole_way(
    session: Any, enterprise: Enterprise, campaign: Any, cast: _Cast, value: float
) -> int:
    """Take one report from its beginning to its publication; return its number."""
    report = cycle.open_draft(session, enterprise, campaign, cast.reporter.who)
    amounts = [
        {"quantity": "energy_saved", "value": value, "unit": "MWh"},
        {"quantity": "investment", "value": 1.5, "unit": "million KZT"},
    ]
    entries = {"measures": [{**MEASURE, "amounts": amounts}], "nothing_to_report": ""}
    for action in STEPS:
        person = {"accept": cast.reviewer, "publish": cast.publisher}.get(action, cast.reporter)
        cycle.act(session, report, action, report.revision, person, entries=entries)
    return report.id


def mass(address: str, enterprises: int, campaigns: int = 2) -> dict[str, float]:
    """Send many enterprises through campaigns; return times, memory, sizes; nothing may be lost."""
    engine = store.open_engine(store.registry_url(address))
    store.migrate(engine)
    set_up(engine, year=2020, serial=90_000)
    began = time.monotonic()
    with store.write_session(engine) as session:
        rows = [
            {
                **{"name": f"Enterprise {n}", "name_key": f"enterprise {n}", "region": "KZ-47"},
                **{"bin": synthetic_number(n), "synthetic": False},
            }
            for n in range(1, enterprises + 1)
        ]
        keys = store.insert_rows(session, Enterprise, rows, who="drill")
    import datetime as dt

    for year in range(2023, 2023 + campaigns):
        with store.write_session(engine) as session:
            days = (dt.date(year, 1, 1), dt.date(year, 12, 31), dt.date(year + 1, 1, 1))
            number = cycle.open_campaign(
                session, str(year), *days, dt.date(year + 1, 4, 1), who="drill"
            )
            cycle.oblige(session, number, keys, "drill", who="drill")
        for start in range(0, len(keys), BATCH):
            with store.write_session(engine) as session:
                part = keys[start : start + BATCH]
                cast = _people(session, part)
                campaign = session.get_one(cycle.Campaign, number)
                for key in part:
                    whole_way(session, session.get_one(Enterprise, key), campaign, cast, key + 0.5)
    took = time.monotonic() - began
    with store.read_session(engine) as session:
        published = session.scalar(select(func.count(Report.id)).where(Report.state == "published"))
        total = session.scalar(
            select(func.sum(Observation.value)).where(Observation.quantity == "energy_saved")
        )
        changes = session.scalar(select(func.count(Change.id)))
    engine.dispose()
    assert published == enterprises * campaigns, published
    expected = campaigns * sum(key + 0.5 for key in keys)
    assert abs(float(total or 0) - expected) <= 1e-6 * expected
    return {
        "reports": published,
        "seconds": round(took, 1),
        "reports_per_second": round(published / took, 1),
        "changes": float(changes or 0),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


async def _ask(port: int, path: str) -> tuple[int, float]:
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    content = await reader.read()
    writer.close()
    return int(content[9:12] or b"0"), time.monotonic() - began


async def _load(port: int, path: str, connections: int, seconds: float) -> dict[str, float]:
    times: list[float] = []
    failed = 0
    end = time.monotonic() + seconds

    async def visitor() -> None:
        nonlocal failed
        while time.monotonic() < end:
            try:
                status, took = await asyncio.wait_for(_ask(port, path), WAIT)
            except (OSError, TimeoutError, ValueError):
                failed += 1
                continue
            times.append(took)
            failed += status != 200

    await asyncio.gather(*(visitor() for _ in range(connections)))
    times.sort()
    return {
        "answers": len(times),
        "failed": failed,
        "per_second": round(len(times) / seconds, 1),
        "p50": round(times[len(times) // 2], 3),
        "p95": round(times[int(len(times) * 0.95)], 3),
    }


@contextlib.contextmanager
def served(address: str, *options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Serve a registry in a process of its own; yield its port and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.support.portal_drill", "--serve", address, str(port)]
    process = subprocess.Popen([*command, *options], text=True, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200:
                    break
            assert process.poll() is None, "the server did not start"
            time.sleep(0.1)
        yield port, process
    finally:
        process.kill()
        process.wait()


def load(address: str, connections: int = 200, seconds: float = 20.0) -> dict[str, Any]:
    """Ask for the dashboard's data over many connections at once."""
    with served(address) as (port, process):
        path = "/api/v1/measures/summary"
        httpx.get(f"http://127.0.0.1:{port}{path}", timeout=120).raise_for_status()
        figures = asyncio.run(_load(port, path, connections, seconds))
        status = Path(f"/proc/{process.pid}/status")
        if status.exists():
            line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
            figures["memory_mb"] = int(line.split()[1]) // 1024
    assert figures["failed"] == 0, figures
    return figures


def slow(address: str, sockets: int = 200, seconds: float = 20.0) -> dict[str, Any]:
    """Hold sockets that send a byte now and then; ordinary visitors must be answered."""
    with served(address) as (port, _):
        held = []
        for _ in range(sockets):
            held.append(socket.create_connection(("127.0.0.1", port)))
            held[-1].sendall(b"GET /en/ HTTP/1.1\r\nX-A: ")
        end, times = time.monotonic() + seconds, []
        while time.monotonic() < end:
            for connection in held:
                with contextlib.suppress(OSError):
                    connection.sendall(b"a")
            began = time.monotonic()
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=10).raise_for_status()
            times.append(time.monotonic() - began)
            time.sleep(0.5)
        alive = sum(_alive(connection) for connection in held)
    assert alive == 0, f"{alive} sockets are still held"
    return {"sockets": sockets, "victims": len(times), "slowest": round(max(times), 3)}


def _alive(connection: socket.socket) -> bool:
    connection.settimeout(0.2)
    try:
        return connection.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False
    finally:
        connection.close()


def kill(address: str, times: int = 20) -> dict[str, Any]:
    """Kill a process in the middle of submissions; what it said is done must be there, whole."""
    engine = store.open_engine(store.registry_url(address))
    store.migrate(engine)
    set_up(engine, year=2020, serial=90_000)
    said: dict[int, float] = {}
    for number in range(times):
        command = [sys.executable, "-m", "tests.support.portal_drill", "--submit", address]
        process = subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(random.uniform(0.0, 0.7))
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
        process.wait()
        for line in [first, *rest.splitlines()]:
            if line.strip() and line.strip().startswith("{") and line.strip().endswith("}"):
                row = json.loads(line)
                said[row["report"]] = row["value"]
    with store.read_session(engine) as session:
        published = dict(
            session.execute(
                select(Report.id, Report.enterprise_id).where(Report.state == "published")
            ).all()
        )
        halves = session.scalar(
            select(func.count(Report.id)).where(Report.state.not_in(("published", "draft")))
        )
        values = session.execute(
            select(Observation.value).where(
                Observation.quantity == "energy_saved", Observation.deleted_at.is_(None)
            )
        ).all()
        if engine.dialect.name == "sqlite":
            assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    engine.dispose()
    assert set(said) <= set(published), "a report that was said to be published is lost"
    assert halves == 0, "a report stands half way"
    assert len(values) == len(published), "each published report has its values, and no other"
    return {"kills": times, "published": len(published), "acknowledged": len(said)}


def _submit_for_ever(address: str, run: int) -> None:
    """Take reports of new enterprises the whole way, one transaction each, and say so."""
    import datetime as dt

    engine = store.open_engine(store.registry_url(address))
    with store.write_session(engine) as session:
        days = (dt.date(2023, 1, 1), dt.date(2023, 12, 31), dt.date(2024, 1, 1))
        cycle.open_campaign(session, f"run {run}", *days, dt.date(2024, 4, 1), who="drill")
    for n in range(1, 1000):
        serial = run * 1000 + n
        with store.write_session(engine) as session:
            campaign = session.scalar(
                select(cycle.Campaign).where(cycle.Campaign.code == f"run {run}")
            )
            row = {
                **{"name": f"Enterprise {serial}", "name_key": f"enterprise {serial}"},
                **{"bin": synthetic_number(serial), "region": "KZ-47", "synthetic": False},
            }
            key = store.insert_rows(session, Enterprise, [row], who="drill")[0]
            cast = _people(session, [key])
            enterprise = session.get_one(Enterprise, key)
            report = whole_way(session, enterprise, campaign, cast, serial + 0.5)
        print(json.dumps({"report": report, "value": serial + 0.5}), flush=True)


def full_disk(address: str) -> dict[str, Any]:
    """Let the registry's file reach a limit while serving: 503, nothing half, then all is well."""
    from tests.support.portal import Visitor

    engine = store.open_engine(store.registry_url(address))
    store.migrate(engine)
    people = set_up(engine)
    engine.dispose()
    size = max(p.stat().st_size for p in Path(str(engine.url.database)).parent.iterdir())
    codes: list[int] = []
    with served(address, "--largest", str(size + 64_000)) as (port, _):
        reporter = Visitor(f"http://127.0.0.1:{port}", "reporter")
        page = reporter.post("reports", enterprise=people.enterprise, campaign=people.campaign)
        number = int(str(page.url).rsplit("/", 1)[1])
        revision = 1
        for n in range(400):
            form = {"entries": "1", "nothing_to_report": f"{n} " + "x" * 1900}
            reply = reporter.post(f"reports/{number}", step="save", revision=str(revision), **form)
            codes.append(reply.status_code)
            revision += reply.status_code == 200
            if reply.status_code == 503:
                break
        assert codes[-1] == 503, "the disk did not become full"
        assert httpx.get(f"http://127.0.0.1:{port}/api/v1/plants").status_code == 200
    with running(address) as base:
        reporter = Visitor(base, "reporter")
        form = {"entries": "1", "nothing_to_report": "there is room again"}
        reply = reporter.post(f"reports/{number}", step="save", revision=str(revision), **form)
        assert reply.status_code == 200, "what was saved before is there, in its revision"
    return {"saves": codes.count(200)}


def lost_database(seconds: float = 8.0) -> dict[str, Any]:
    """Freeze and restart PostgreSQL while serving; readers are answered, then all is well."""
    with private_server() as root:
        import psycopg

        with psycopg.connect(f"{root}/postgres", autocommit=True) as connection:
            connection.execute('CREATE DATABASE "drill"')
        address = f"{root}/drill"
        engine = store.open_engine(store.registry_url(address))
        store.migrate(engine)
        set_up(engine)
        engine.dispose()
        with served(address) as (port, _):
            base = f"http://127.0.0.1:{port}"
            httpx.get(f"{base}/api/v1/measures/summary", timeout=30).raise_for_status()
            pids = _postgres_pids(root)
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            slowest, end = 0.0, time.monotonic() + seconds
            try:
                while time.monotonic() < end:
                    began = time.monotonic()
                    for path in ("/api/v1/measures/summary", "/static/portal.css", "/ru/login"):
                        reply = httpx.get(base + path, timeout=15)
                        assert reply.status_code in (200, 503), (path, reply.status_code)
                    slowest = max(slowest, time.monotonic() - began)
            finally:
                for pid in pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGCONT)
            back = time.monotonic()
            while httpx.get(f"{base}/health", timeout=15).status_code != 200:
                time.sleep(0.2)
                assert time.monotonic() - back < 30
    return {
        "slowest_while_frozen": round(slowest, 2),
        "back_after": round(time.monotonic() - back, 1),
    }


def _postgres_pids(root: str) -> list[int]:
    """Return the processes of the private server: that of its port file and their children."""
    port = root.rsplit(":", 1)[1]
    pids = []
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = status.read_bytes().split(b"\0")
            if f"-p {port}".encode() in b" ".join(words):
                pids.append(int(status.parent.name))
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) in pids:
                children.append(int(stat.parent.name))
    return [*pids, *children]


def _serve(address: str, port: int, largest: int) -> None:
    from greenanalysis.portal.server import make_server
    from tests.support.portal import many

    if largest:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    url = store.registry_url(address)
    make_server(url, Path("/nonexistent"), port=port, attempts=many()).run()


def main() -> None:
    """Run all drills, or those that are named, and print what they measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", default=["mass", "load", "slow", "kill", "disk", "lost"]
    )
    parser.add_argument("--enterprises", type=int, default=30_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--serve", nargs=2)
    parser.add_argument("--largest", type=int, default=0)
    parser.add_argument("--submit", nargs=2)
    options = parser.parse_args()
    if options.serve:
        _serve(options.serve[0], int(options.serve[1]), options.largest)
        return
    if options.submit:
        _submit_for_ever(options.submit[0], int(options.submit[1]))
        return
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        files = {
            name: f"sqlite:///{folder}/{name}/registry.sqlite" for name in ("mass", "kill", "disk")
        }
        runs = {
            "mass": lambda: mass(files["mass"], options.enterprises),
            "load": lambda: load(files["mass"]),
            "slow": lambda: slow(files["mass"]),
            "kill": lambda: kill(files["kill"], options.kills),
            "disk": lambda: full_disk(files["disk"]),
            "lost": lost_database,
        }
        for name in options.names:
            print(name, json.dumps(runs[name]()), flush=True)


if __name__ == "__main__":
    main()
