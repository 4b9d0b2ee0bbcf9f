"""The live dashboard: driven offline in a browser, asked by many at once, attacked."""

from __future__ import annotations

import csv
import http.client
import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from openpyxl import load_workbook

from greenanalysis.core.errors import InputError
from greenanalysis.core.languages import TRANSLATIONS
from greenanalysis.portal import api as registry_api
from greenanalysis.portal.dashboard import SCRIPT_TEXTS
from greenanalysis.portal.server import Server, make_server
from greenanalysis.registry import content, store
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import FileMapping
from greenanalysis.site.publish.languages.messages import region_forms
from tests.support.browser import FLAGS, browser_path

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202egnp"
FORMULA = "=HYPERLINK(1)"
LATIN = re.compile("[A-Za-z]{2,}")
POINTS = ".leaflet-overlay-pane path.leaflet-interactive"
READ_TEXTS = """() => {
  const copy = document.body.cloneNode(true);
  const own = ".ga-languages, script, .leaflet-popup-content b, .leaflet-popup-content b + div," +
    "#rows td:nth-child(1), #rows td:nth-child(2), #rows td:nth-child(8)";
  for (const node of copy.querySelectorAll(own)) node.remove();
  const told = ["aria-label", "title", "placeholder", "alt"].flatMap(name =>
    [...copy.querySelectorAll(`[${name}]`)].map(node => node.getAttribute(name)));
  return [document.title, copy.textContent, ...told];
}"""
STILL = "!document.querySelector('.leaflet-zoom-anim, .leaflet-pan-anim')"
"""A map that flies to its place would carry a point away from under the pointer."""

MOVE_YEAR = """() => {
  const year = document.getElementById("year");
  year.value = 2012;
  year.dispatchEvent(new Event("input", {bubbles: true}));
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    folder = root / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<!DOCTYPE html><title>Reports</title><p id=x>here")
    (folder / ".hidden").write_text("secret")
    (root / "secret.txt").write_text("secret")
    (folder / "link.html").symlink_to(root / "secret.txt")
    return folder


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[Server]:
    address = str(site.parent / "registry.sqlite")
    engine = store.open_engine(store.registry_url(address))
    store.migrate(engine)
    content.load_start(engine)
    rows = "name,enterprise,technology,capacity,capacity_unit,region,status,latitude,longitude,"
    rows += f'commissioned\n"{HOSTILE}",LLP,wind,33,MW,KZ-47,operating,44.11,51.91,2012\n'
    rows += f'"\'{FORMULA}",LLP,wind,34,MW,KZ-47,operating,44.31,52.31,2013\n'
    path = site.parent / "hostile.csv"
    path.write_text(rows, encoding="utf-8")
    assert import_file(engine, path, FileMapping(kind="facility"), who="t").added == 2
    live = registry_api.Live(store.open_engine(store.registry_url(address), read_only=True))
    with make_server(live, site, port=0) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def ask(
    server: Server, target: str, method: str = "GET", **headers: str
) -> tuple[int, dict, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=30)
    connection.putrequest(method, target, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    reply = connection.getresponse()
    found = reply.status, dict(reply.getheaders()), reply.read()
    connection.close()
    return found


@pytest.mark.parametrize(
    "target",
    [
        "/site/../secret.txt",
        "/site/%2e%2e/secret.txt",
        "/site/..%2fsecret.txt",
        "/site/%2e%2e%5csecret.txt",
        "/site//etc/passwd",
        "/site/%00",
        "/site/.hidden",
        "/site/link.html",
        "/dashboard/../api",
        "/dashboard/%2e%2e/registry_server.py",
        "/etc/passwd",
    ],
)
def test_nothing_outside_the_site_is_served(server, target):
    status, _, body = ask(server, target)
    assert status in (400, 404)
    assert b"secret" not in body
    assert b"root:" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_written(server, method):
    assert ask(server, "/api/plants.json", method)[0] == 501


def test_the_policy_is_strict_and_other_names_are_refused(server):
    for target in ("/dashboard/", "/api/plants.json", "/api/plants.csv", "/nothing"):
        headers = ask(server, target)[1]
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert ask(server, "/site/")[1]["Content-Security-Policy"].startswith("sandbox")
    assert ask(server, "/dashboard/", Host="evil.example")[0] == 421
    assert ask(server, "/dashboard/", Host="localhost:1")[0] == 200
    page = ask(server, "/dashboard/")[2].decode()
    assert "http" not in page.replace("http-equiv", "")
    assert "<script>" not in page
    assert "onclick" not in page


@pytest.mark.parametrize(
    "query", ["x=1", "year=20x4", "year=99999", "text=" + "a" * 300, "region=%ff"]
)
def test_a_wrong_filter_is_an_answer_not_a_crash(server, query):
    status, _, body = ask(server, f"/api/plants.json?{query}")
    assert status == 400
    assert b"Traceback" not in body


def test_the_export_is_the_filter_and_hostile_text_stays_text(server):
    status, _, body = ask(
        server, "/api/plants.csv?region=KZ-47&technology=wind&year=2014&undated=0"
    )
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert status == 200
    assert [row["name"] for row in rows] == [HOSTILE, f"'{FORMULA}"]
    sheet = load_workbook(
        io.BytesIO(
            ask(server, "/api/plants.xlsx?region=KZ-47&year=2014&undated=0&technology=wind")[2]
        )
    ).active
    assert [cell.data_type for cell in sheet["B"]] == ["s"] * 3
    assert sheet["B3"].value == f"'{FORMULA}"


def test_a_change_shows_without_a_restart(server, site):
    def named(text):
        return ask(server, f"/api/plants.json?text={text}")[2].decode().count('"id"')

    assert named("Brandnew") == 0
    engine = store.open_engine(store.registry_url(str(site.parent / "registry.sqlite")))
    path = site.parent / "new.csv"
    path.write_text(
        "name,technology,capacity,capacity_unit,region,status\nBrandnew,solar,1.5,MW,KZ-62,planned\n"
    )
    import_file(engine, path, FileMapping(kind="facility"), who="t")
    assert named("Brandnew") == 1


def test_twenty_viewers_at_once_stay_answered(server):
    def view(number: int) -> float:
        began = time.perf_counter()
        for target in (
            "/dashboard/",
            "/api/overview.json",
            f"/api/plants.json?year={2005 + number}",
            "/api/plants.csv",
        ):
            status, _, body = ask(server, target)
            assert status == 200
            assert body
        return time.perf_counter() - began

    began = time.perf_counter()
    with ThreadPoolExecutor(20) as viewers:
        took = list(viewers.map(view, range(20)))
    print(
        f"20 viewers, 80 requests: {time.perf_counter() - began:.1f} s, "
        f"slowest viewer {max(took):.1f} s"
    )
    assert max(took) < 30


def test_a_silent_connection_does_not_stop_the_others(server):
    silent = [http.client.HTTPConnection("127.0.0.1", server.server_address[1]) for _ in range(10)]
    for connection in silent:
        connection.connect()
    assert ask(server, "/dashboard/")[0] == 200
    for connection in silent:
        connection.close()


def test_a_taken_port_is_one_clear_error(server, site):
    live = registry_api.Live(
        store.open_engine(store.registry_url(str(site.parent / "registry.sqlite")), read_only=True)
    )
    with pytest.raises(InputError, match="cannot listen"):
        make_server(live, site, port=server.server_address[1])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=browser_path(), args=[*FLAGS])
        yield started
        started.close()


@contextmanager
def opened(browser: Any, server: Server, width: int, address: str = "/") -> Iterator[Any]:
    """Yield the dashboard once it shows; it must ask nothing elsewhere and keep its width."""
    port = server.server_address[1]
    context = browser.new_context(viewport={"width": width, "height": 850}, accept_downloads=True)
    outside: list[str] = []

    def decide(route: Any) -> None:
        if route.request.url.startswith(f"http://127.0.0.1:{port}/"):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route("**/*", decide)
    page = context.new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.goto(f"http://127.0.0.1:{port}{address}")
    page.wait_for_selector("body[data-shown]", timeout=30_000)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert outside == []
    assert said == []
    context.close()


def changed(page: Any, act: Callable[[], Any]) -> tuple[int, int, str, str]:
    """Return points, rows, finding and chart once what was done shows."""
    before = page.evaluate("document.body.dataset.shown")
    act()
    page.wait_for_function("old => document.body.dataset.shown !== old", arg=before, timeout=30_000)
    points = page.locator(POINTS).count()
    rows = page.locator("#rows tr").count()
    finding = page.locator("#finding").inner_text()
    return points, rows, finding, page.locator("#chart").inner_html()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_dashboard_filters_map_chart_and_export_with_no_network(browser, server, width):
    with opened(browser, server, width) as page:
        everything = changed(page, lambda: page.locator("#technology").select_option("wind"))
        region = changed(page, lambda: page.locator("#region").select_option("KZ-47"))
        assert 0 < region[0] < everything[0]
        assert region[1] < everything[1]
        assert region[3] != everything[3]
        assert "7 plants" in region[2]
        page.locator("#undated").scroll_into_view_if_needed()
        dated = changed(page, lambda: page.locator("#undated").uncheck())
        assert dated[1] == 3
        early = changed(page, lambda: page.evaluate(MOVE_YEAR))
        assert (early[0], early[1]) == (1, 1)
        assert early[3] != dated[3]
        assert page.locator("#rows td").first.inner_text().startswith("<script>alert(1)</script>")
        page.wait_for_function(STILL)
        page.locator(POINTS).first.click(force=True)
        assert "<script>alert(1)</script>" in page.locator(".leaflet-popup-content").inner_text()
        with page.expect_download() as download:
            page.locator("#csv").click()
        text = Path(download.value.path()).read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert [row["name"] for row in rows] == [HOSTILE]


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_dashboard_is_served_in_each_language_without_english(server, language):
    for short in (f"/{language}", f"/{language}/", f"/dashboard/{language}"):
        status, headers, _ = ask(server, short)
        assert (status, headers["Location"]) == (302, f"/dashboard/{language}/")
    assert ask(server, f"/site/{language}/")[1]["Location"] == "/site/"
    status, headers, body = ask(server, f"/dashboard/{language}/")
    assert status == 200
    assert "unsafe" not in headers["Content-Security-Policy"]
    root = html.document_fromstring(body.decode())
    assert root.get("lang") == language
    current = root.xpath('//*[@class="ga-languages"]/a[@aria-current="true"]/@hreflang')
    assert current == [language]
    assert root.xpath('//*[@class="ga-languages"]/a/@href') == [
        *("/dashboard/", "/dashboard/ru/", "/dashboard/kk/")
    ]
    texts = root.xpath("//text()[not(ancestor::*[@translate])] | //@aria-label | //@title")
    kept = set(root.xpath("//*[@translate]//@title"))
    told = [text for text in texts if text not in kept]
    body = root.find("body")
    for name in ("data-texts", "data-words"):
        told += json.loads(body.get(name)).values()
    assert [word for text in told for word in LATIN.findall(text)] == ["CSV", "XLSX"]
    assert root.xpath("//*[@lang='en'][not(ancestor::*[@translate])]") == []


def test_the_script_asks_for_the_texts_that_there_are(server):
    script = ask(server, "/dashboard/dashboard.js")[2].decode()
    assert set(re.findall(r'say\("(\w+)"', script)) | {"km", "m"} == set(SCRIPT_TEXTS)
    root = html.document_fromstring(ask(server, "/dashboard/")[2].decode())
    assert root.get("lang") == "en"
    assert json.loads(root.find("body").get("data-texts")) == SCRIPT_TEXTS


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", TRANSLATIONS)
def test_nothing_on_the_dashboard_is_left_in_english(browser, server, language, width):
    region = region_forms(language)["Mangystau"][""]
    with opened(browser, server, width, f"/{language}/") as page:
        assert page.evaluate("document.documentElement.lang") == language
        everything = changed(page, lambda: page.locator("#status").select_option(""))
        assert re.search(r"\d[\u00a0\u202f]\d{3} МВт", everything[2])
        assert region in page.locator("#region").inner_text()
        changed(page, lambda: page.locator("#region").select_option(label=region))
        changed(page, lambda: page.locator("#technology").select_option("wind"))
        early = changed(page, lambda: page.evaluate(MOVE_YEAR))
        assert early[0] == 1
        assert region in page.locator("#rows").inner_text()
        page.wait_for_function(STILL)
        page.locator(POINTS).first.click(force=True)
        for place in ("#rows", ".leaflet-popup-content"):
            assert "<script>alert(1)</script>" in page.locator(place).inner_text()
        left = {word for text in page.evaluate(READ_TEXTS) for word in LATIN.findall(text)}
        assert left == {"CSV", "XLSX"}
