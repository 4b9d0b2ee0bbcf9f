"""Downloads against a real server on the loopback: whole objects, bounded patience, no refetch."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.weather.sources import http
from greenanalysis.weather.sources.download import Wanted, download, kept, sweep
from greenanalysis.weather.sources.http import Patience, retry_after
from tests.support.weather_server import Fault, WeatherServer, serving

QUICK = Patience(attempts=4, first_wait=0.01, longest_wait=0.05, connect=2, read=0.4, whole=5)


@pytest.fixture
def server() -> Iterator[WeatherServer]:
    with serving() as running:
        for number in range(12):
            running.files[f"/data/{number}"] = hashlib.sha256(bytes([number])).digest() * 300
        yield running


def wanted(server: WeatherServer, folder: Path, count: int = 12) -> list[Wanted]:
    return [Wanted(f"{server.url}/data/{n}", folder / "data" / str(n)) for n in range(count)]


def everything_is_there(server: WeatherServer, folder: Path) -> bool:
    return all(
        (folder / "data" / str(n)).read_bytes() == server.files[f"/data/{n}"] for n in range(12)
    )


def test_objects_come_whole_in_order_and_are_not_fetched_again(server, tmp_path):
    receipts = download(wanted(server, tmp_path), jobs=4, patience=QUICK)
    assert everything_is_there(server, tmp_path)
    assert [r.url.rsplit("/", 1)[1] for r in receipts] == [str(n) for n in range(12)]
    assert receipts[3].size == 9600
    assert receipts[3].sha256 == hashlib.sha256(server.files["/data/3"]).hexdigest()
    server.forget()
    assert download(wanted(server, tmp_path), patience=QUICK) == receipts
    assert server.count() == 0
    download(wanted(server, tmp_path), patience=QUICK, refresh=True)
    assert server.count() == 12


FAULTS = {
    "slow but in time": Fault("slow", seconds=0.1),
    "silent for too long": Fault("slow", seconds=0.8),
    "429": Fault("status", status=429),
    "503": Fault("status", status=503),
    "500": Fault("status", status=500),
    "truncated": Fault("truncated"),
    "length too long": Fault("too_long_length"),
    "hangs up": Fault("drop"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_passing_fault_is_borne_with(server, tmp_path, name):
    server.plan("/data/5", FAULTS[name])
    download(wanted(server, tmp_path), jobs=3, patience=QUICK)
    assert everything_is_there(server, tmp_path)
    asked = 1 if name == "slow but in time" else 2
    end = time.monotonic() + 3
    while server.count("/data/5") < asked and time.monotonic() < end:
        time.sleep(0.02)  # a request left alone is logged when the server has slept out
    assert server.count("/data/5") == asked


def test_a_too_short_length_is_seen_by_the_contents_alone(server, tmp_path):
    def check(body: bytes) -> None:
        if len(body) != 9600:
            raise ValueError(f"{len(body)} bytes instead of 9600")

    server.plan("/data/5", Fault("too_short_length"))
    plain = wanted(server, tmp_path, 8)
    receipts = download([replace(w, check=check) for w in plain], jobs=3, patience=QUICK)
    assert [r.size for r in receipts] == [9600] * 8
    server.plan("/data/6", *[Fault("too_short_length")] * 4)
    with pytest.raises(InputError, match=r"/data/6: its contents are damaged \(4800 bytes"):
        download([replace(w, check=check) for w in plain], patience=QUICK, refresh=True)


def test_retry_after_is_obeyed_by_all_workers(server, tmp_path):
    server.plan("/data/0", Fault("status", status=429, retry_after="1"))
    begin = time.monotonic()
    download(wanted(server, tmp_path), jobs=1, patience=QUICK)
    assert time.monotonic() - begin >= 1.0
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    server.plan("/data/1", Fault("status", status=503, retry_after=when))
    begin = time.monotonic()
    download(wanted(server, tmp_path), jobs=1, patience=QUICK, refresh=True)
    assert time.monotonic() - begin >= 0.9


def test_retry_after_is_read_in_both_forms():
    assert retry_after("120") == 120
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry_after(when) == pytest.approx(30, abs=2)
    assert retry_after("Fri, 01 Mar 2024 11:00:00 GMT") == 0
    assert retry_after("soon") is None
    assert retry_after(None) is None


def test_a_server_that_wants_too_much_time_is_left(server, tmp_path):
    server.plan("/data/2", Fault("status", status=429, retry_after="86400"))
    with pytest.raises(InputError, match=r"/data/2: HTTP 429.*come back in 86400 s"):
        download(wanted(server, tmp_path), patience=QUICK)


def test_a_server_that_keeps_failing_is_one_clear_error(server, tmp_path):
    server.plan("/data/7", *[Fault("status", status=503)] * 9)
    with pytest.raises(InputError, match=r"http://127.*/data/7: HTTP 503.*last of 4 attempts"):
        download(wanted(server, tmp_path), jobs=2, patience=QUICK)
    assert server.count("/data/7") == 4


def test_a_refusal_is_not_repeated(server, tmp_path):
    server.files["/data/4"] = (403, {}, b"AccessDenied")
    with pytest.raises(InputError, match=r"/data/4: HTTP 403"):
        download(wanted(server, tmp_path), jobs=1, patience=QUICK)
    assert server.count("/data/4") == 1
    assert server.count("/data/11") == 0, "the others are not begun any more"


def test_an_absent_object_is_told_and_not_kept(server, tmp_path):
    del server.files["/data/3"]
    receipts = download(wanted(server, tmp_path), patience=QUICK)
    assert [r.absent for r in receipts] == [n == 3 for n in range(12)]
    assert not (tmp_path / "data" / "3").exists()


def test_a_server_that_dies_half_way_then_the_rest(server, tmp_path):
    server.dies_after = 5
    with pytest.raises(InputError, match=r"of 12 objects came and are kept"):
        download(wanted(server, tmp_path), jobs=2, patience=QUICK)
    whole = server.paths()
    assert len(whole) >= 5
    server.dies_after = None
    server.forget()
    download(wanted(server, tmp_path), patience=QUICK)
    assert everything_is_there(server, tmp_path)
    assert not set(server.paths()) & set(whole)


def test_damage_to_what_is_kept_is_found(server, tmp_path):
    objects = wanted(server, tmp_path)
    download(objects, patience=QUICK)
    server.forget()
    objects[0].path.write_bytes(bytes(9600))
    objects[1].path.write_bytes(b"half")
    objects[2].path.unlink()
    objects[3].path.with_name(".3.receipt").write_text("{")
    assert [kept(o) is None for o in objects] == [True] * 4 + [False] * 8
    download(objects, patience=QUICK)
    assert sorted(server.paths()) == [f"/data/{n}" for n in range(4)]
    assert everything_is_there(server, tmp_path)


def test_what_a_killed_run_left_half_written_is_swept(server, tmp_path):
    stray = tmp_path / "data" / ".tmp-9-x"
    stray.mkdir(parents=True)
    (stray / "9").write_bytes(b"half")
    objects = wanted(server, tmp_path)
    assert kept(objects[9]) is None
    sweep(tmp_path)
    assert not stray.exists()
    download(objects, patience=QUICK)
    assert everything_is_there(server, tmp_path)


def test_one_answer_for_sources_of_one_piece(server):
    server.files["/v1"] = lambda query: (200, {"Content-Type": "application/json"}, b"{}" * 50)
    server.plan("/v1", Fault("truncated"), Fault("status", status=503, retry_after="0"))
    assert http.get(f"{server.url}/v1", params={"latitude": 43.2}, patience=QUICK) == b"{}" * 50
    assert server.log[-1].query == {"latitude": ["43.2"]}
    assert http.size_of(f"{server.url}/v1") == 100
    assert http.size_of(f"{server.url}/nothing") is None
    with pytest.raises(InputError, match=r"/nothing: HTTP 404"):
        http.get(f"{server.url}/nothing", patience=QUICK)
    with pytest.raises(InputError, match=r"the connection failed .*[Rr]efused"):
        http.get("http://127.0.0.1:9/", patience=replace(QUICK, attempts=2))
