"""Words of the portal in the languages of the site: one template environment for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from greenanalysis.core.languages import ENGLISH, LANGUAGES, TRANSLATIONS
from greenanalysis.core.tables import read_facts
from greenanalysis.portal.checks import Finding
from greenanalysis.portal.clock import local
from greenanalysis.site.publish.languages.catalogue import read_catalogue

TEMPLATES = Path(__file__).parent / "templates"
ALL = tuple(LANGUAGES)

_KINDS = {
    "renewable_energy": "Renewable energy",
    "energy_efficiency": "Energy efficiency",
    "gas_saving": "Saving of gas",
    "biogas": "Biogas",
    "water": "Water",
    "waste": "Waste",
}
_TECHNOLOGIES = {
    "solar": "Solar",
    "wind": "Wind",
    "hydro": "Hydropower",
    "biogas": "Biogas",
    "biomass": "Biomass",
    "heat_pump": "Heat pumps",
    "heat_recovery": "Heat recovery",
    "boilers": "Boilers and furnaces",
    "insulation": "Insulation",
    "lighting": "Lighting",
    "drives": "Motors and drives",
    "metering": "Metering and control",
    "gas_burners": "Gas burners",
    "water_recycling": "Reuse of water",
    "drip_irrigation": "Drip irrigation",
    "leak_repair": "Repair of leaks",
    "sorting": "Sorting of waste",
    "recycling": "Recycling",
    "composting": "Composting",
    "other": "Other",
}
_STATUSES = {
    "planned": "Planned",
    "construction": "Under construction",
    "operating": "In operation",
    "retired": "Retired",
    "mothballed": "Mothballed",
}
_QUANTITIES = {
    "capacity": "Capacity",
    "generation": "Energy generated",
    "energy_saved": "Energy saved",
    "fuel_saved": "Fuel saved",
    "gas_saved": "Gas saved",
    "biogas_made": "Biogas produced",
    "water_saved": "Water saved",
    "waste_processed": "Waste processed",
    "co2_avoided": "CO2 avoided",
    "investment": "Investment",
}
_STATES = {
    "none": "not begun",
    "draft": "draft",
    "submitted": "submitted",
    "returned": "returned with remarks",
    "accepted": "accepted",
    "published": "published",
    "corrected": "replaced by a correction",
}
_ROLES = {
    "reporter": "Reporter of an enterprise",
    "regional_reviewer": "Reviewer of a region",
    "national_reviewer": "National reviewer",
    "publisher": "Publisher",
}
_FIELDS = {
    "title": "Name of the measure",
    "kind": "Kind",
    "technology": "Technology",
    "status": "Status",
    "region": "Region",
    "started": "In operation since",
    "taxonomy": "Category of the green taxonomy",
    "recognised_by": "Recognised as green technology: number and date of the decision",
    "best_technique": "Reference document on best available techniques",
    "note": "Note",
    "nothing_to_report": "Nothing to report, because",
}
_UNITS = {
    "MW": "MW",
    "MWh": "MWh",
    "m3": "m3",
    "t": "t",
    "tce": "t of coal equivalent",
    "KZT": "KZT",
    "million KZT": "million KZT",
    "thousand m3": "thousand m3",
}
FINDINGS = {
    "needed": "This is needed.",
    "too-long": "This text is too long.",
    "number": "Write a number that is not negative, such as 5000.5.",
    "too-large": "This value is larger than any enterprise could reach.",
    "date": "Write a day as YYYY-MM-DD.",
    "unknown-field": "The form has no such field.",
    "too-many": "These are too many rows.",
    "not-allowed": "Choose one of the values of the list.",
    "empty": "Add a measure, or say why there is nothing to report.",
    "both": "There are measures above: take them out, or leave this empty.",
    "gone": "The last period had a measure that is missing here: {title}",
    "twice": "This stands twice.",
    "started-later": "It cannot be in operation before it starts: the day lies after the period.",
    "no-amounts": "In operation, but without any result.",
    "unit-unknown": "This unit is not known. Use {unit}.",
    "unit-other": "This unit measures something else. Use {unit}.",
    "planned": "Results of a measure that is only planned?",
    "above-capacity": "More than the capacity can generate in the period: at most {most} MWh.",
    "jump": "Very different from the last period ({last} {unit}). If right, say why in the note.",
    "slip": "A hundred times the last period ({last} {unit}) or a hundredth: check the unit.",
}
PROBLEMS = {
    "conflict": "Somebody has changed this report in the meantime. This is what it says now; "
    "nothing of yours was saved.",
    "blocked": "The report is not submitted yet: please mend what is marked.",
    "say-why": "Say in the remarks what has to be mended.",
    "not-open": "The campaign has not begun.",
    "published": "The report of this campaign is published; open it to correct it.",
    "kept": "Your session had ended. What you typed is still here: save it now.",
    "wrong": "Login and password do not fit.",
    "often": "Too many attempts. Wait a minute.",
    "login": "A login has 3 to 100 letters, digits or . _ @ + -",
    "name": "Write your name.",
    "password": "A password has at least 12 characters and is not the login.",
    "taken": "This login is taken.",
    "workbook": "This file is not the workbook of this form.",
    "403": "Your role does not allow this.",
    "404": "There is nothing here.",
    "413": "This is too large.",
    "origin": "This form was not made by this server.",
    "503": "The registry is busy or cannot be reached. Nothing was changed. Try again in a moment.",
    "bin": "A BIN has 12 digits, of which the last one is a check digit. This one does not fit.",
    "input": "This cannot be done: check what you typed.",
}
LISTS: tuple[dict[str, str], ...] = (
    *(
        _KINDS,
        _TECHNOLOGIES,
        _STATUSES,
        _QUANTITIES,
        _STATES,
        _ROLES,
        _FIELDS,
        _UNITS,
        FINDINGS,
        PROBLEMS,
    ),
)


def catalogue_path(language: str) -> Path:
    """Return the catalogue of the portal in a language."""
    return Path(__file__).parent / "locale" / f"{language}.po"


@cache
def messages(language: str) -> dict[str, str]:
    """Return the translations of a language by English message."""
    return read_catalogue(catalogue_path(language)) if language in TRANSLATIONS else {}


def translate(language: str, text: str) -> str:
    """Return a message in a language; one without translation stays English."""
    return messages(language).get(text, text)


def finding_text(language: str, finding: Finding) -> str:
    """Return the sentence of a finding."""
    text = translate(language, FINDINGS[finding.code])
    values = {k: translate(language, _UNITS.get(v, v)) for k, v in finding.values.items()}
    return text.format(**values)


@cache
def label_table(language: str) -> dict[str, dict[str, str]]:
    """Return the words of lists by group and code, in a language."""
    groups = {
        "kind": _KINDS,
        "technology": _TECHNOLOGIES,
        "status": _STATUSES,
        "quantity": _QUANTITIES,
        "state": _STATES,
        "role": _ROLES,
        "field": _FIELDS,
        "unit": _UNITS,
    }
    table = {
        group: {code: translate(language, text) for code, text in words.items()}
        for group, words in groups.items()
    }
    regions, taxonomy = read_facts("regions"), read_facts("green_taxonomy")
    table["region"] = dict(zip(regions["region"], _names(regions, language), strict=True))
    names = zip(taxonomy["code"], _names(taxonomy, language), strict=True)
    table["taxonomy"] = {str(code): f"{code}. {name}" for code, name in names}
    return table


def _names(table: pd.DataFrame, language: str) -> pd.Series:
    """Return the names of a table in a language, the English ones where it has no others."""
    column = f"name_{language}"
    return table[column if column in table else f"name_{ENGLISH}"]


def label(language: str, group: str, code: str | None) -> str:
    """Return the word for a code; an unknown code is shown as it is."""
    return label_table(language).get(group, {}).get(code or "", code or "–")


def number(language: str, value: float | None) -> str:
    """Return a number as the language writes it, as many digits as it has, at most six."""
    from babel.numbers import format_decimal

    if value is None:
        return "–"
    return str(format_decimal(value, format="#,##0.######", locale=language))


def typed(language: str, value: float) -> str:
    """Return a number as it is typed into a field: without groups, so that it is read back."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, format="0.##########", locale=language))


def _day(language: str, value: dt.date | None) -> str:
    """Return a day as the language writes it."""
    from babel.dates import format_date

    return "–" if value is None else str(format_date(value, format="long", locale=language))


def _moment(language: str, value: dt.datetime | None) -> str:
    """Return a time of the tables as the clock in Kazakhstan shows it."""
    if value is None:
        return "–"
    return f"{_day(language, local(value).date())}, {local(value):%H:%M}"


@cache
def environment(language: str) -> Environment:
    """Return the templates with the words of one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    functions: dict[str, Callable[..., Any]] = {
        "label": label,
        "number": number,
        "typed": typed,
        "day": _day,
        "moment": _moment,
        "finding_text": finding_text,
    }
    made.globals.update({name: partial(call, language) for name, call in functions.items()})
    made.globals["_"] = partial(translate, language)
    made.globals["languages"] = [(row.code, row.short, row.name) for row in LANGUAGES.values()]
    made.globals["PROBLEMS"] = PROBLEMS
    return made
