"""A whole cycle of reporting in a browser, in each language, on both databases, on a phone."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import httpx
import pytest

from greenanalysis.portal import access, cycle, words
from greenanalysis.portal.demo import synthetic_number
from greenanalysis.registry import store
from tests.support.access import grave_faults
from tests.support.browser import chromium
from tests.support.portal import PASSWORD, running
from tests.support.registry_fixtures import address, engine, server

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
LATIN = re.compile(r"[A-Za-z]{3,}")
KEPT = re.compile(
    r"CSV|XLSX|JSON|UTC|SHA|API|OpenAPI|English|reporter\S*|regional|publisher|national|Bakery|LLP|[a-f0-9]{20,}"
)
"""Latin words that stand in every language: formats, names of people and enterprises, hashes."""


class Actor:
    """One person's browser."""

    def __init__(self, browser: Any, base: str, lang: str) -> None:
        self.base, self.lang = base, lang
        self.context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.errors.append(f"asked {request.url}")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.base}/{self.lang}/{path}")

    def join(self, link: str, login: str) -> None:
        """Use an invitation."""
        self.page.goto(link.replace("/en/", f"/{self.lang}/"))
        self.page.fill("[name=name]", f"{login} {self.lang}")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("button.main")
        self.page.wait_for_url("**/desk")

    def step(self, name: str) -> None:
        """Press the button of a step and wait for the page after it."""
        with self.page.expect_navigation():
            self.page.click(f"button[name=step][value={name}]")

    def state(self) -> str:
        return str(self.page.get_attribute("#state", "data-state"))

    def check_page(self) -> None:
        """The page fits a phone, is in its language and has no grave fault of access."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{self.page.url} is {wide} pixels too wide"
        if self.lang != "en":
            text = KEPT.sub("", self.page.inner_text("main"))
            assert not LATIN.findall(text), (self.page.url, LATIN.findall(text))
        assert grave_faults(self.page) == []
        assert self.errors == []


def link(engine: Any, base: str, role: str, **reach: Any) -> str:
    with store.write_session(engine) as session:
        secret = access.invite(session, role, who="tests", **reach)
    return f"{base}/en/invitation/{secret}"


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lang", words.ALL)
def test_the_whole_cycle(engine, address, lang):
    play_the_cycle(engine, address, lang)


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "lang",
    [pytest.param(lang, marks=() if lang == "kk" else pytest.mark.long) for lang in words.ALL],
)
def test_the_whole_cycle_on_postgresql(engine, address, lang):
    play_the_cycle(engine, address, lang)


def play_the_cycle(engine: Any, address: str, lang: str) -> None:
    number = synthetic_number(7)
    with store.write_session(engine) as session:
        cycle.open_campaign(
            *(session, "2024", dt.date(2024, 1, 1), dt.date(2024, 12, 31)),
            *(dt.date(2025, 1, 1), dt.date(2100, 4, 1)),
            who="tests",
        )
    with running(address) as base, chromium() as browser:
        national, reporter, regional, publisher = (Actor(browser, base, lang) for _ in range(4))
        national.join(link(engine, base, "national_reviewer"), "national")
        invitation = invite_reporter(national, number)
        publisher.join(link(engine, base, "publisher"), "publisher")
        regional.join(link(engine, base, "regional_reviewer", region="KZ-47"), "regional")

        reporter.join(invitation, "reporter")
        reporter.check_page()
        report = fill_in(reporter, lang)
        for actor in (publisher, regional):
            actor.page.goto(report)
        regional.page.fill("[name=remarks]", "41")
        regional.check_page()
        regional.step("return")
        assert regional.state() == "returned"

        reporter.page.goto(report)
        assert "41" in reporter.page.inner_text(".review.return")
        reporter.page.fill("#m0-co2_avoided", "40")
        reporter.step("submit")
        assert reporter.state() == "submitted"
        regional.page.goto(report)
        regional.step("accept")
        publisher.page.goto(report)
        assert publisher.page.query_selector("button[value=accept]") is None
        publisher.step("publish")
        assert publisher.state() == "published"
        publisher.check_page()
        check_public(browser, base, lang)


def invite_reporter(national: Actor, number: str) -> str:
    page = national.page
    national.go("people")
    page.select_option("[name=role]", "reporter")
    page.fill("[name=bin]", number[:-1] + str((int(number[-1]) + 1) % 10))
    page.fill("[name=name]", "Bakery LLP")
    page.select_option("[name=region]", "KZ-47")
    page.click("form[action$=invite] button")
    page.wait_for_selector(".problem")
    assert page.input_value("[name=name]") == "Bakery LLP", "a wrong BIN loses nothing typed"
    national.check_page()
    page.fill("[name=bin]", number)
    page.click("form[action$=invite] button")
    return page.inner_text("#link")


def fill_in(reporter: Actor, lang: str) -> str:
    """Fill in the report with a mistake, see it beside the field, mend it, submit."""
    page = reporter.page
    with page.expect_navigation():
        page.click("button[name=begin]")
    with page.expect_navigation():
        page.click("button[value=add]")
    report = page.url.split("#")[0]
    page.fill("#m0-title", "41 42 43")
    page.select_option("#m0-kind", "energy_efficiency")
    page.select_option("#m0-technology", "lighting")
    page.fill("#m0-started", "2023-06-01")
    page.fill("#m0-energy_saved", "12x")
    said = words.translate(lang, words.FINDINGS["number"])
    page.wait_for_function(
        "text => document.getElementById('says-0-amounts.energy_saved').textContent === text",
        arg=said,
    )
    assert page.get_attribute("#m0-energy_saved", "aria-invalid") == "true"
    reporter.step("submit")
    assert reporter.state() == "draft"
    assert page.input_value("#m0-energy_saved") == "12x"
    reporter.check_page()
    page.fill("#m0-energy_saved", "5 000,5")
    reporter.step("submit")
    assert reporter.state() == "submitted"
    assert f"reporter {lang}" in page.inner_text("main")
    reporter.check_page()
    return report


def check_public(browser: Any, base: str, lang: str) -> None:
    """The dashboard and the interface show what was published, to everybody."""
    public = Actor(browser, base, lang)
    public.go("")
    public.page.wait_for_selector("#measure-views:not([hidden])")
    public.page.wait_for_function("() => document.body.dataset.shown")
    assert "1" in public.page.inner_text("#measure-finding")
    assert public.page.locator("#measure-table tbody tr").count() == 1
    public.page.select_option("#m-quantity", "energy_saved")
    assert public.page.locator("#chart-year rect").count() == 1
    public.check_page()
    summary = httpx.get(f"{base}/api/v1/measures/summary").json()
    assert summary["enterprises"] == 1
    assert summary["totals"] == {"energy_saved": 5000.5, "co2_avoided": 40.0}
    assert summary["by"]["region"][0]["region"] == "KZ-47"
    rows = httpx.get(f"{base}/api/v1/measures-list.csv").text
    assert "Bakery LLP" in rows
