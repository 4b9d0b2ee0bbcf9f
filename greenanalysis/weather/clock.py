"""Local clocks to UTC: IANA zones and fixed offsets, with what happens when clocks are moved."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from greenanalysis.errors import InputError, input_error

OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")
UNIFIED = datetime(2024, 6, 1)
UNIFIED_ZONES = ("Asia/Almaty", "Asia/Qostanay", "Asia/Qyzylorda", "Asia/Aqtobe", "Asia/Aqtau")


def to_utc(labels: pd.DatetimeIndex, zone: str, *, where: str) -> pd.DatetimeIndex:
    """Convert the labels of a local clock to UTC.

    Parameters
    ----------
    labels : without zone, in the order of the record.
    zone : "UTC", a fixed offset such as "+06:00", or an IANA name such as "Asia/Almaty".
    where : for messages.

    Returns
    -------
    DatetimeIndex : UTC, without zone.

    Raises
    ------
    InputError : unknown zone, labels that the clock never showed, or labels that it showed twice
        where the order of the rows does not tell which is which.

    Notes
    -----
    Where a clock is set back, an hour comes twice. A record that holds both runs is told apart by
    its order (the first run is the earlier); one that holds a single run of that hour is an
    error: it may lack either, or its logger did not follow the clock and needs a fixed offset.
    """
    place = _zone(zone, where)
    try:
        local = labels.tz_localize(place, ambiguous="infer", nonexistent="raise")
    except ValueError as error:
        text = str(error).splitlines()[0]
        raise InputError(
            f"time in {where}: the clock of {zone} does not fit the record ({text}); give the "
            "fixed offset that the logger ran on, such as timezone: '+06:00', if it did not "
            "follow the legal time"
        ) from error
    return local.tz_convert("UTC").tz_localize(None)


def _zone(zone: str, where: str) -> tzinfo:
    fixed = OFFSET.fullmatch(zone.strip())
    if fixed:
        sign, hours, minutes = fixed.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset > timedelta(hours=14):
            raise input_error("timezone", where=where, allowed="-14:00 to +14:00", got=zone)
        return timezone(-offset if sign == "-" else offset)
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise input_error(
            "timezone",
            where=where,
            allowed="UTC, a fixed offset such as +06:00, or an IANA name such as Asia/Almaty",
            got=zone,
        ) from error
    if zone in UNIFIED_ZONES and UNIFIED.replace(tzinfo=place).utcoffset() != timedelta(hours=5):
        raise InputError(
            f"timezone {zone} in {where}: this computer's time-zone data are older than 2024a and "
            "do not know Kazakhstan's move to UTC+5 on 2024-03-01; install the package tzdata"
        )
    return place
