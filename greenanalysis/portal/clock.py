"""Time in Kazakhstan: tables keep UTC, people and deadlines live there."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Asia/Almaty")
"""One zone of the whole country, UTC+5 since 2024-03-01; a deadline is a day there."""


def today() -> dt.date:
    """Return the day in Kazakhstan."""
    return dt.datetime.now(_ZONE).date()


def local(moment: dt.datetime) -> dt.datetime:
    """Return a time of the tables, UTC without zone, as the clock in Kazakhstan shows it."""
    return moment.replace(tzinfo=dt.UTC).astimezone(_ZONE)
