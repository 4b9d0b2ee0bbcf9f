"""What a web service answered: its JSON, or its own words about what went wrong."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from greenanalysis.errors import InputError, input_error

Years = tuple[int, int]
"""First and last calendar year, UTC."""


def is_json(body: bytes) -> None:
    """Let damaged JSON be asked for again."""
    json.loads(body)


def json_reply(body: bytes, where: str) -> dict[str, Any]:
    """Return the answer's JSON object.

    Raises
    ------
    InputError : not JSON, not an object, or the service says that it is an error.
    """
    try:
        reply = json.loads(body)
    except ValueError as error:
        raise InputError(f"{where}: the answer is not JSON ({error})") from error
    if not isinstance(reply, dict):
        raise InputError(f"{where}: the answer is not a JSON object")
    if reply.get("error") is True:
        raise InputError(f"{where}: the service says {reply.get('reason')!r}")
    return reply


def below(reply: dict[str, Any], where: str, *keys: str) -> Any:
    """Return what stands below ``keys``.

    Raises
    ------
    InputError : naming the missing key, with what the service says.
    """
    found: Any = reply
    for depth, key in enumerate(keys, start=1):
        if not isinstance(found, dict) or key not in found:
            said = reply.get("message") or reply.get("messages") or reply.get("reason") or ""
            raise InputError(
                f"{where}: the answer has no {'.'.join(keys[:depth])}"
                + (f"; the service says {said!r}" if said else "")
            )
        found = found[key]
    return found


def need_columns(rows: pd.DataFrame, names: tuple[str, ...], where: str) -> None:
    """Refuse a table that lacks a column."""
    lacking = [name for name in names if name not in rows]
    if lacking:
        raise input_error("hourly columns", where=where, allowed=names, got=[str(c) for c in rows])
