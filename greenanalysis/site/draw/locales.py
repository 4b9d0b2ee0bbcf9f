"""How the languages of the charts write numbers and dates, in the form of d3."""

from __future__ import annotations

from typing import Any

_NUMBER = {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", ""]}
_FORMS = {"date": "%d.%m.%Y", "time": "%H:%M:%S", "periods": ["AM", "PM"]}
LOCALES: dict[str, dict[str, Any]] = {
    "ru": {
        "number": _NUMBER,
        "time": {
            **_FORMS,
            "dateTime": "%A, %e %B %Y г. %X",
            "days": [
                "воскресенье",
                "понедельник",
                "вторник",
                "среда",
                "четверг",
                "пятница",
                "суббота",
            ],
            "shortDays": ["вс", "пн", "вт", "ср", "чт", "пт", "сб"],
            "months": [
                "январь",
                "февраль",
                "март",
                "апрель",
                "май",
                "июнь",
                "июль",
                "август",
                "сентябрь",
                "октябрь",
                "ноябрь",
                "декабрь",
            ],
            "shortMonths": [
                "янв",
                "фев",
                "мар",
                "апр",
                "май",
                "июн",
                "июл",
                "авг",
                "сен",
                "окт",
                "ноя",
                "дек",
            ],
        },
    },
    "kk": {
        "number": _NUMBER,
        "time": {
            **_FORMS,
            "dateTime": "%A, %e %B %Y ж. %X",
            "days": [
                "жексенбі",
                "дүйсенбі",
                "сейсенбі",
                "сәрсенбі",
                "бейсенбі",
                "жұма",
                "сенбі",
            ],
            "shortDays": ["жс", "дс", "сс", "ср", "бс", "жм", "сб"],
            "months": [
                "қаңтар",
                "ақпан",
                "наурыз",
                "сәуір",
                "мамыр",
                "маусым",
                "шілде",
                "тамыз",
                "қыркүйек",
                "қазан",
                "қараша",
                "желтоқсан",
            ],
            "shortMonths": [
                "қаң",
                "ақп",
                "нау",
                "сәу",
                "мам",
                "мау",
                "шіл",
                "там",
                "қыр",
                "қаз",
                "қар",
                "жел",
            ],
        },
    },
}
"""Language -> number and time; English is what the library writes by itself."""
