"""What a report may say: numbers as people type them, blockers, warnings, the workbook."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from greenanalysis.portal import workbook
from greenanalysis.portal.checks import Period, blocked, check, last_period, read_entries
from greenanalysis.portal.content import QUANTITIES, UNITS, default_unit, typed_number
from greenanalysis.portal.demo import synthetic_number
from greenanalysis.registry.cells import check_digit, is_business_number
from greenanalysis.registry.vocabulary import load_vocabulary
from tests.support.portal import MEASURE

YEAR = Period(dt.date(2025, 1, 1), dt.date(2025, 12, 31))


def found(measure: dict, period: Period = YEAR) -> dict[str, str]:
    content, findings = read_entries({"measures": [measure]})
    findings = findings if content is None else check(content, period)
    return {finding.field: finding.code for finding in findings}


def amount(quantity: str, value: object, unit: str) -> dict:
    return {**MEASURE, "amounts": [{"quantity": quantity, "value": value, "unit": unit}]}


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("061211600012", True),  # the example of github.com/ZhymabekRoman/kz-iin-validator
        ("061211600013", False),
        ("61211600012", False),
        ("06121160001X", False),
        ("٠٦١٢١١٦٠٠٠١٢", False),
    ],
)
def test_a_business_number_has_a_check_digit(number, fits):
    assert is_business_number(number) is fits


@given(st.integers(1, 999_999), st.integers(0, 9), st.integers(1, 9))
def test_a_wrong_digit_is_found(serial, place, step):
    number = synthetic_number(serial)
    assert is_business_number(number)
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    if check_digit(number) == sum(int(d) * w for w, d in enumerate(number[:11], 1)) % 11 and (
        check_digit(wrong) == sum(int(d) * w for w, d in enumerate(wrong[:11], 1)) % 11
    ):
        assert not is_business_number(wrong), "only the eleventh digit, of weight 11, slips through"


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("5 000,5", "ru", 5000.5),
        ("5\u00a0000,5", "kk", 5000.5),
        ("5,000", "ru", 5.0),
        ("5,000", "en", 5000.0),
        ("1,234,567.5", "en", 1234567.5),
        ("12x", "ru", "12x"),
        ("1e9", "en", "1e9"),
        ("١٢", "ru", "١٢"),
        ("-", "en", "-"),
    ],
)
def test_numbers_are_read_as_people_write_them(text, language, number):
    assert typed_number(text, language) == number


def test_every_unit_of_the_form_is_known():
    for language, table in UNITS.items():
        for base, units in table.items():
            for unit in units:
                converted = load_vocabulary().convert(1.0, unit)
                assert converted is not None, (language, unit)
                assert converted[1] == base, (language, unit)
        for quantity in QUANTITIES:
            assert default_unit(quantity, language)


@pytest.mark.parametrize(
    ("measure", "field", "code"),
    [
        ({**MEASURE, "title": " "}, "title", "needed"),
        ({**MEASURE, "kind": "magic"}, "kind", "not-allowed"),
        ({**MEASURE, "region": "KZ-99"}, "region", "not-allowed"),
        ({**MEASURE, "started": "31.12.2024"}, "started", "date"),
        ({**MEASURE, "started": "2026-01-01"}, "started", "started-later"),
        ({**MEASURE, "note": "x" * 2001}, "note", "too-long"),
        ({**MEASURE, "title": "bell \x07"}, "title", "not-allowed"),
        ({**MEASURE, "amounts": []}, "status", "no-amounts"),
        (amount("energy_saved", "12x", "MWh"), "amounts.energy_saved", "number"),
        (amount("energy_saved", -1.0, "MWh"), "amounts.energy_saved", "number"),
        (amount("energy_saved", float("nan"), "MWh"), "amounts.energy_saved", "number"),
        (amount("energy_saved", 1.0, "barrels"), "amounts.energy_saved", "unit-unknown"),
        (amount("energy_saved", 1.0, "m3"), "amounts.energy_saved", "unit-other"),
        (amount("energy_saved", 1e14, "MWh"), "amounts.energy_saved", "too-large"),
    ],
)
def test_what_is_wrong_stands_at_its_field(measure, field, code):
    assert found(measure).get(field) == code


def test_more_than_the_capacity_can_make_is_a_blocker():
    amounts = [
        {"quantity": "capacity", "value": 100.0, "unit": "kW"},
        {"quantity": "generation", "value": 876.0, "unit": "MWh"},
    ]
    assert found({**MEASURE, "amounts": amounts}) == {}
    amounts[1]["value"] = 877.0
    assert found({**MEASURE, "amounts": amounts}) == {"amounts.generation": "above-capacity"}


def test_the_last_period_is_compared():
    before = {("heat recoveri", "energy_saved"): 1200.0}
    key = next(iter(before))
    from greenanalysis.registry.identity import name_key

    before = {(name_key("Heat recovery", plant=False), key[1]): 1200.0}
    period = Period(YEAR.start, YEAR.end, before)
    assert found(amount("energy_saved", 3500.0, "MWh"), period) == {}
    assert found(amount("energy_saved", 5000.0, "MWh"), period) == {"amounts.energy_saved": "jump"}
    slip = amount("energy_saved", 1_200_000.0, "MWh")
    assert found(slip, period) == {"amounts.energy_saved": "slip"}
    assert found({**slip, "note": "a new plant"}, period) == {"amounts.energy_saved": "jump"}
    assert found({**MEASURE, "title": "Something else"}, period)[""] == "gone"


def test_an_empty_report_says_why():
    for entries, bad in (
        ({"measures": []}, True),
        ({"measures": [], "nothing_to_report": "closed"}, False),
        ({"measures": [MEASURE], "nothing_to_report": "closed"}, True),
        ({"measures": [MEASURE, MEASURE]}, True),
    ):
        content, findings = read_entries(entries)
        assert content is not None
        assert blocked([*findings, *check(content, YEAR)]) is bad


@pytest.mark.parametrize(
    ("start", "end", "last"),
    [
        ((2025, 1, 1), (2025, 12, 31), ((2024, 1, 1), (2024, 12, 31))),
        ((2025, 1, 1), (2025, 3, 31), ((2024, 10, 1), (2024, 12, 31))),
        ((2024, 4, 1), (2024, 6, 30), ((2024, 1, 1), (2024, 3, 31))),
    ],
)
def test_the_period_before(start, end, last):
    assert last_period(dt.date(*start), dt.date(*end)) == tuple(dt.date(*day) for day in last)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_workbook_comes_back_as_it_was(language):
    entries = {
        "measures": [
            {**MEASURE, "note": "=HYPERLINK(1)", "recognised_by": "", "best_technique": ""}
        ],
        "nothing_to_report": "",
    }
    content = workbook.write(entries, language)
    sheet = load_workbook(io.BytesIO(content))["report"]
    assert not any(cell.data_type == "f" for row in sheet for cell in row)
    assert workbook.read(content, language) == entries
    sheet_of_old = load_workbook(io.BytesIO(content))
    sheet_of_old["report"].cell(row=3, column=11).value = 0.5
    changed = io.BytesIO()
    sheet_of_old.save(changed)
    amounts = workbook.read(changed.getvalue(), language)["measures"][0]["amounts"]
    assert {"quantity": "capacity", "value": 0.5, "unit": ""} in amounts


def test_what_is_no_workbook_of_the_form_is_refused():
    other = io.BytesIO()
    Workbook().save(other)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    for content in (b"", b"PK", other.getvalue(), bomb.getvalue()):
        with pytest.raises(ValueError, match=r"workbook"):
            workbook.read(content, "en")
