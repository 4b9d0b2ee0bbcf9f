"""The reporting cycle over HTTP: every step, wrong roles, double and late steps, both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select

from greenanalysis.portal import access, cycle
from greenanalysis.portal.clock import local
from greenanalysis.portal.models import Audit, Report, Secret
from greenanalysis.registry import store
from greenanalysis.registry.models import Change, Measure, Observation
from tests.support.portal import MEASURE, People, Visitor, form_of, running, set_up
from tests.support.registry_fixtures import address, engine, server


@pytest.fixture
def people(engine: Engine) -> People:
    return set_up(engine)


@pytest.fixture
def base(people: People, address: str) -> Iterator[str]:
    with running(address) as started:
        yield started


def step(visitor: Visitor, number: int, action: str, revision: int, **values: str) -> int:
    return visitor.post(
        f"reports/{number}", step=action, revision=str(revision), **values
    ).status_code


def values_in(engine: Engine) -> dict[str, float]:
    with store.read_session(engine) as session:
        rows = session.execute(
            select(Observation.quantity, Observation.value).where(
                Observation.deleted_at.is_(None), Observation.measure_id.is_not(None)
            )
        )
        return dict(rows.all())


def state_of(engine: Engine, number: int) -> tuple[str, int]:
    with store.read_session(engine) as session:
        report = session.get_one(Report, number)
        return report.state, report.revision


def test_a_report_goes_the_whole_way_and_is_corrected(engine, people, base):
    reporter, regional = Visitor(base, "reporter"), Visitor(base, "regional")
    publisher = Visitor(base, "publisher")
    number = reporter.begin(people)
    assert step(reporter, number, "submit", 1, **form_of({**MEASURE, "title": ""})) == 422
    assert state_of(engine, number) == ("draft", 2), "not submitted, but what was typed is kept"
    assert step(reporter, number, "submit", 2, **form_of(MEASURE)) == 200
    assert state_of(engine, number) == ("submitted", 4)
    assert step(regional, number, "return", 4) == 422, "a return without words"
    assert step(regional, number, "return", 4, remarks="Give the investment") == 200
    assert "Give the investment" in reporter.get(f"reports/{number}").text
    more = [*MEASURE["amounts"], {"quantity": "investment", "value": 4.5, "unit": "million KZT"}]
    assert step(reporter, number, "submit", 5, **form_of({**MEASURE, "amounts": more})) == 200
    assert values_in(engine) == {}, "nothing is published before it is accepted"
    assert step(regional, number, "accept", 7) == 200
    assert step(publisher, number, "publish", 8) == 200
    assert values_in(engine) == {"energy_saved": 1200.0, "investment": 4_500_000.0}

    assert step(reporter, number, "correct", 9) == 200
    with store.read_session(engine) as session:
        new = session.scalar(select(Report.id).where(Report.supersedes_id == number))
    fewer = {
        **MEASURE,
        "amounts": [{"quantity": "energy_saved", "value": "1 300,5", "unit": "MWh"}],
    }
    assert step(reporter, new, "submit", 1, **form_of(fewer)) == 200
    assert "1,200 MWh" in regional.get(f"reports/{new}").text, "the version before stands beside"
    assert step(regional, new, "accept", 3) == 200
    assert step(publisher, new, "publish", 4) == 200
    assert values_in(engine) == {"energy_saved": 1300.5}
    assert state_of(engine, number)[0] == "corrected"
    with store.read_session(engine) as session:
        states = [c.after for c in store.history(session, "report", number)]
        assert len(states) >= 8
        assert (
            session.scalar(select(func.count(Measure.id)).where(Measure.deleted_at.is_(None))) == 1
        )


STEPS = ("save", "submit", "withdraw", "accept", "return", "publish", "correct")
MAY = {
    "reporter": {"draft": {"save", "submit"}, "returned": {"save"}, "submitted": {"withdraw"}}
    | {"published": {"correct"}},
    "regional": {"submitted": {"accept", "return"}, "accepted": {"return"}},
    "national": {"submitted": {"accept", "return"}, "accepted": {"return"}},
    "publisher": {"accepted": {"publish"}},
    "elsewhere": {},
    "stranger": {},
}


@pytest.mark.parametrize(
    "state", ["draft", "submitted", "returned", "accepted", "published", "corrected"]
)
def test_each_role_has_its_steps_in_each_state(engine, people, state):
    with store.write_session(engine) as session:
        row = {
            **{"enterprise_id": people.enterprise, "campaign_id": people.campaign},
            **{"state": state, "revision": 1, "way": "form", "synthetic": False},
            "content": '{"measures": [], "nothing_to_report": "none"}',
        }
        number = store.insert_rows(session, Report, [row], who="t")[0]
    with store.read_session(engine) as session:
        report = session.get_one(Report, number)
        for login, allowed in MAY.items():
            secret = select(access.Account).where(access.Account.login == login)
            person = access._person(session, session.scalar(secret))
            assert cycle.steps(report, person) == allowed.get(state, set()), login


def test_strangers_and_wrong_roles_get_nowhere(engine, people, base):
    reporter = Visitor(base, "reporter")
    number = reporter.begin(people)
    assert step(reporter, number, "submit", 1, **form_of(MEASURE)) == 200
    nobody = Visitor(base)
    assert "password" in nobody.get(f"reports/{number}").text
    assert nobody.post(f"reports/{number}", step="accept", revision="3").status_code == 401
    for login, status in (
        ("stranger", 404),
        ("elsewhere", 404),
        ("publisher", 403),
        ("reporter", 403),
    ):
        assert step(Visitor(base, login), number, "accept", 3) == status, login
    assert state_of(engine, number) == ("submitted", 3)
    assert reporter.get(f"campaigns/{people.campaign}").status_code == 403
    assert reporter.post("people/invite", role="publisher").status_code == 403
    with store.read_session(engine) as session:
        refused = session.scalars(select(Audit.action).where(Audit.action.like("refused%")))
        assert len(list(refused)) == 4


def test_a_form_of_another_site_is_refused(people, base, engine):
    reporter = Visitor(base, "reporter")
    number = reporter.begin(people)
    path, values = f"/en/reports/{number}", {"step": "save", "revision": "1", "entries": "1"}
    key = {"key": reporter.key}
    for data, origin in (
        (values, base),
        (values | {"key": "0" * 64}, base),
        (values | key, "null"),
        (values | key, "https://elsewhere.example"),
    ):
        reply = reporter.client.post(path, data=data, headers={"Origin": origin})
        assert reply.status_code == 403
    assert state_of(engine, number) == ("draft", 1)


def test_two_at_once_lose_nothing(engine, people, base):
    one, two = Visitor(base, "regional"), Visitor(base, "national")
    reporter = Visitor(base, "reporter")
    number = reporter.begin(people)
    assert step(reporter, number, "submit", 1, **form_of(MEASURE)) == 200
    assert step(one, number, "accept", 3) == 200
    late = two.post(f"reports/{number}", step="return", revision="3", remarks="no")
    assert late.status_code == 409
    assert "Somebody has changed" in late.text
    assert state_of(engine, number) == ("accepted", 4)
    assert step(one, number, "accept", 3) == 409, "the button pressed twice"


def test_what_was_typed_survives_an_ended_session(engine, people, base):
    reporter = Visitor(base, "reporter")
    number = reporter.begin(people)
    with store.write_session(engine) as session:
        for row in session.scalars(select(Secret).where(Secret.kind == "session")):
            row.expires_at = dt.datetime(2020, 1, 1)
    reply = reporter.post(f"reports/{number}", step="save", revision="1", **form_of(MEASURE))
    assert reply.status_code == 401
    from lxml import html

    form = html.fromstring(reply.text).xpath("//form[contains(@action, 'login')]")[0]
    data = dict(form.form_values()) | {"login": "reporter", "password": "a long password"}
    back = reporter.client.post("/en/login", data=data, headers=reporter.own)
    assert back.status_code == 200
    assert 'value="Heat recovery"' in back.text
    assert state_of(engine, number) == ("draft", 1), "it is shown, not saved"


def test_secrets_and_names_stay_out_of_the_history(engine, people, base):
    reporter = Visitor(base, "reporter")
    number = reporter.begin(people)
    step(reporter, number, "submit", 1, **form_of(MEASURE))
    with store.read_session(engine) as session:
        texts = " ".join(f"{c.who} {c.before} {c.after}" for c in session.scalars(select(Change)))
        for secret in session.scalars(select(Secret.hash)):
            assert secret not in texts
    assert "Name of reporter" not in texts
    with store.write_session(engine) as session:
        access.close_account(session, "reporter", erase=True)
    assert "Name of reporter" not in Visitor(base, "national").get(f"reports/{number}").text
    assert reporter.get("desk").url.path == "/en/login", "a closed account is out at once"


def test_guessing_is_bounded_and_hits_nobody_else(engine, people, address):
    with running(address, attempts=access.Attempts()) as base:
        rival = Visitor(base)
        codes = [rival.log_in("reporter", "wrong password").status_code for _ in range(7)]
        assert codes == [401] * 5 + [429] * 2
        assert rival.log_in("national").status_code == 200


def test_days_are_days_in_kazakhstan():
    evening = dt.datetime(2026, 3, 31, 20, 0)
    assert local(evening).date() == dt.date(2026, 4, 1)
    report = Report(submitted_at=evening)
    assert cycle.days_late(report, dt.date(2026, 3, 31)) == 1
    assert (
        cycle.days_late(Report(submitted_at=evening - dt.timedelta(hours=2)), dt.date(2026, 3, 31))
        == 0
    )


def test_nobody_reviews_their_own_enterprise(engine, people):
    from greenanalysis.core.errors import InputError

    with store.write_session(engine) as session:
        account = session.scalar(
            select(access.Account.id).where(access.Account.login == "reporter")
        )
        with pytest.raises(InputError, match="both report and review"):
            access.give_role(session, account, "national_reviewer", who="t")
