"""Stamps of a record, as text, become instants of UTC: formats, zones, clocks that are moved.

Nothing is guessed: an hour that the clock showed twice and that the record does not tell apart is
left out and counted.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.geo.country import load_country

_log = logging.getLogger(__name__)

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_SETTLED = timedelta(days=92)
"""So long after a change of the clock is looked whether the computer knows it."""

UNIX = ("%s", "unix")
ISO = "ISO8601"
_MILLISECONDS = 1e11
"""Seconds since 1970 beyond this, year 5138, are taken for milliseconds."""
_NAMES = {
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d{2})",
    "%m": r"(?P<m>\d{1,2})",
    "%d": r"(?P<d>\d{1,2})",
    "%H": r"(?P<H>\d{1,2})",
    "%M": r"(?P<M>\d{1,2})",
    "%S": r"(?P<S>\d{1,2})",
}


def parse_stamps(text: pd.Series, pattern: str, *, where: str) -> pd.DatetimeIndex:
    """Return stamps as they stand in the record.

    Parameters
    ----------
    text : one stamp a row.
    pattern : as of :func:`time.strptime`; ``%z`` and ``ISO8601`` for stamps that state their own
        offset; ``%s`` for seconds (or milliseconds) since 1970 UTC. Hour 24 is 0 h of the next day.
    where : for messages.

    Returns
    -------
    DatetimeIndex : in UTC with zone where the stamps say theirs, else without zone.

    Raises
    ------
    InputError : naming the first row that does not fit, or stamps with and without offset.
    """
    if pattern in UNIX:
        seconds = pd.to_numeric(text, errors="coerce")
        parsed = pd.to_datetime(
            seconds.where(abs(seconds) < _MILLISECONDS, seconds / 1000),
            unit="s",
            utc=True,
            errors="coerce",
        )
    else:
        parsed = _parsed(text, pattern, where)
    if parsed.isna().any():
        row = int(np.argmax(parsed.isna()))
        raise input_error(
            f"time in data row {row + 1}", where=where, allowed=pattern, got=repr(text.iloc[row])
        )
    with refusing(f"times of {where}"):
        return pd.DatetimeIndex(parsed).as_unit("ns")


def _parsed(text: pd.Series, pattern: str, where: str) -> pd.Series:
    own_zone = "%z" in pattern or (
        pattern == ISO
        and bool(text.str.contains(r"T?\d{2}:?\d{2}\S*(?:Z|[+-]\d{2}:?\d{2})$").any())
    )
    if own_zone and pattern == ISO:
        bare = ~text.str.contains(r"(?:Z|[+-]\d{2}(?::?\d{2})?)$")
        if bare.any():
            row = int(np.argmax(bare))
            raise input_error(
                f"time in data row {row + 1}",
                where=where,
                allowed="an offset from UTC as in other rows",
                got=repr(text.iloc[row]),
            )
    try:
        parsed: pd.Series = pd.to_datetime(text, format=pattern, utc=own_zone, errors="coerce")
    except (ValueError, TypeError, OverflowError) as error:
        raise input_error("time format", where=where, allowed="as of strptime", got=pattern) from (
            error
        )
    lacking = parsed.isna().to_numpy()
    if lacking.any() and pattern != ISO:
        midnights = _hour_24(text[lacking], pattern, own_zone)
        if midnights.notna().any():
            parsed = parsed.fillna(midnights.astype(parsed.dtype))
    if parsed.isna().any() and not own_zone:  # a cell that Excel holds as a date
        dates = pd.to_datetime(text, format="%Y-%m-%d %H:%M:%S", errors="coerce")
        parsed = parsed.fillna(dates)
    return parsed


def _hour_24(text: pd.Series, pattern: str, own_zone: bool) -> pd.Series:
    """Read 24 h as 0 h of the next day; other stamps stay unknown."""
    escaped = re.escape(pattern).replace(r"\%", "%").replace("%z", r"(?P<z>\S+)")
    for code, expression in _NAMES.items():
        escaped = escaped.replace(code, expression, 1)
    try:
        fields = text.str.extract(f"^{escaped}$")
    except re.error:
        return pd.Series(pd.NaT, text.index)
    if "H" not in fields:
        return pd.Series(pd.NaT, text.index)
    at_24 = fields["H"].eq("24")
    for name in ("M", "S"):
        if name in fields:
            at_24 &= pd.to_numeric(fields[name], errors="coerce").eq(0)
    days = pd.Series(pd.NaT, text.index)
    if "d" in fields and at_24.any():
        year = fields["Y"] if "Y" in fields else "20" + fields["y"]
        zone = fields.get("z", "")
        date = year + "-" + fields["m"].str.zfill(2) + "-" + fields["d"].str.zfill(2) + " " + zone
        shape = "%Y-%m-%d %z" if own_zone else "%Y-%m-%d "
        days = pd.to_datetime(date.where(at_24), format=shape, utc=own_zone, errors="coerce")
    return days + pd.Timedelta(days=1)


def to_utc(labels: pd.DatetimeIndex, zone: str, *, where: str) -> pd.DatetimeIndex:
    """Convert the labels of a local clock to UTC.

    Parameters
    ----------
    labels : without zone, in the order of the record; with zone they are only converted.
    zone : "UTC", a fixed offset such as "+06:00", or an IANA name such as "Asia/Almaty".
    where : for messages.

    Returns
    -------
    DatetimeIndex : UTC, without zone; NaT for labels that cannot be told, which is logged.

    Raises
    ------
    InputError : unknown zone.

    Notes
    -----
    Where a clock is set back, an hour comes twice. A record that holds both runs one after the
    other is told apart by its order; from one that holds a single run, or both mixed by sorting,
    that hour is left out: it may lack either. So is an hour that the clock skipped. A logger that
    did not follow the clock needs its fixed offset.
    """
    if labels.tz is not None:
        return labels.tz_convert("UTC").tz_localize(None)
    place = _zone(zone, where)
    unclear = labels.tz_localize(place, ambiguous="NaT", nonexistent="shift_forward").isna()
    local = labels.tz_localize(
        place, ambiguous=_first_runs(labels, np.asarray(unclear)), nonexistent="NaT"
    )
    doubled = np.asarray(unclear) & ~_told_apart(labels, np.asarray(unclear))
    utc = local.tz_convert("UTC").tz_localize(None)
    skipped = np.asarray(utc.isna())
    utc = pd.DatetimeIndex(utc.where(~doubled))
    for lost, what in ((doubled, "showed twice"), (skipped, "never showed")):
        if lost.any():
            _log.warning(
                "%s: %d records at stamps that the clock of %s %s are left out, the first %s; a "
                "logger that did not follow the legal time needs its fixed offset, such as "
                "timezone: '+06:00'",
                where,
                int(lost.sum()),
                zone,
                what,
                labels[int(np.argmax(lost))],
            )
    return utc


def _runs(labels: pd.DatetimeIndex, unclear: np.ndarray) -> list[tuple[np.ndarray, list[int]]]:
    """Return, for each time the clock was set back, its labels and where they begin anew."""
    places = np.flatnonzero(unclear)
    if not len(places):
        return []
    far = np.diff(labels.asi8[places]) > pd.Timedelta(days=1).value
    groups = np.split(places, np.flatnonzero(far) + 1)
    return [
        (group, [int(i) + 1 for i in np.flatnonzero(np.diff(labels.asi8[group]) <= 0)])
        for group in groups
    ]


def _first_runs(labels: pd.DatetimeIndex, unclear: np.ndarray) -> np.ndarray:
    """Return which labels belong to the first run, the time before the clock was set back."""
    first = np.zeros(len(labels), dtype=bool)
    for group, restarts in _runs(labels, unclear):
        first[group[: restarts[0] if len(restarts) == 1 else len(group)]] = True
    return first


def _told_apart(labels: pd.DatetimeIndex, unclear: np.ndarray) -> np.ndarray:
    told = np.zeros(len(labels), dtype=bool)
    for group, restarts in _runs(labels, unclear):
        told[group] = len(restarts) == 1
    return told


def _zone(zone: str, where: str) -> tzinfo:
    fixed = _OFFSET.fullmatch(zone.strip())
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
    _require_known_clock(zone, place, where)
    return place


def _require_known_clock(zone: str, place: ZoneInfo, where: str) -> None:
    """Refuse a zone of the country where this computer does not know its present clock."""
    country = load_country()
    since = country.utc_offset_since
    moment = datetime(since.year, since.month, since.day, tzinfo=place) + _SETTLED
    if zone in country.time_zones and moment.utcoffset() != timedelta(hours=country.utc_offset):
        raise InputError(
            f"timezone {zone} in {where}: this computer's time-zone data do not know the move of "
            f"{country.name} to {country.clock} on {since}; install the package tzdata"
        )
