"""How a result shows itself: a few lines in a terminal, a small card in JupyterLab."""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from html import escape

import pandas as pd

_NARROW = 100
"""Characters of a line in a terminal."""
_ROWS = 12
"""Rows of a table that a card shows; the rest is counted."""


@dataclass(frozen=True)
class Card:
    """What a result says of itself at a glance.

    ``figures`` are label and value with its unit; ``table`` is printed as it is; ``holds`` names
    the attributes to go on with, each with a few words.
    """

    title: str
    caption: str
    figures: Sequence[tuple[str, str]] = ()
    table: pd.DataFrame | None = None
    holds: Mapping[str, str] = field(default_factory=dict)


class Shown(ABC):
    """A result with a short ``repr`` and, in JupyterLab, a card; both from :meth:`_card`."""

    @abstractmethod
    def _card(self) -> Card:
        """Return what the result says of itself."""

    def __repr__(self) -> str:
        return _text(self._card())

    def _repr_html_(self) -> str:
        return _html(self._card())


def holds_of(result: object, *methods: str) -> dict[str, str]:
    """Return the fields of a dataclass, each with its type and shape, then some methods.

    Parameters
    ----------
    result : an instance of a dataclass; nothing lazy is computed.
    methods : names of methods to call next.
    """
    if not is_dataclass(result):
        raise TypeError(f"{type(result).__name__} is no dataclass")
    shapes = {one.name: _shape(getattr(result, one.name)) for one in fields(result)}
    calls = {f"{name}()": _first_sentence(getattr(type(result), name)) for name in methods}
    return shapes | calls


def _first_sentence(function: Callable[..., object]) -> str:
    head = (function.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(head.split()).split(". ")[0].rstrip(".")


def _shape(value: object) -> str:
    """Return what a value is in a few words, without computing anything."""
    kind = type(value).__name__
    if isinstance(value, pd.DataFrame):  # geopandas' too
        return f"{kind}, {len(value):,} rows: {', '.join(map(str, value.columns[:6]))}" + (
            ", …" if len(value.columns) > 6 else ""
        )
    sizes = getattr(value, "sizes", None)  # of xarray
    if isinstance(sizes, Mapping):
        names = [str(name) for name in getattr(value, "data_vars", ())]
        shape = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
        return f"{kind} ({shape})" + (f": {', '.join(names)}" if names else "")
    if isinstance(value, str | int | float):
        return str(value)
    return kind


def _text(card: Card) -> str:
    lines = [f"<{card.title}>", f"  {card.caption}"]
    width = max((len(label) for label, _ in card.figures), default=0)
    lines += [f"  {label:{width}}  {value}" for label, value in card.figures]
    if card.table is not None:
        shown = card.table.head(_ROWS).to_string(
            index=False, float_format=_number, line_width=_NARROW, max_colwidth=40
        )
        lines += [f"  {line}" for line in shown.splitlines()]
        lines += _left_out(card.table, "  ")
    if card.holds:
        lines += _wrapped(f"holds: {', '.join(card.holds)}")
    return "\n".join(lines)


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, _NARROW, initial_indent="  ", subsequent_indent="    ")


def _left_out(table: pd.DataFrame, indent: str = "") -> list[str]:
    more = len(table) - _ROWS
    return [f"{indent}… and {more:,} more"] if more > 0 else []


def _number(value: float) -> str:
    """Return a number with about four figures, as a reader wants it."""
    if value != value:
        return "–"
    size = abs(value)
    decimals = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 3
    return f"{value:,.{decimals}f}"


_STYLE = (
    "border:1px solid rgba(128,128,128,.35);border-radius:6px;padding:.6em .9em;"
    "max-width:62em;font-size:13px;line-height:1.45"
)


def _html(card: Card) -> str:
    """Return the card as HTML that reads on light and dark themes and loads nothing."""
    title = f'<div style="font-weight:600;font-size:115%">{escape(card.title)}</div>'
    parts = [title, _quiet(card.caption)]
    if card.figures:
        parts.append(_table(card.figures))
    if card.table is not None:
        shown = card.table.head(_ROWS)
        rows = list(shown.itertuples(index=False, name=None))
        parts.append(_table(rows, head=list(map(str, shown.columns))))
        parts += [_quiet(line) for line in _left_out(card.table)]
    if card.holds:
        contents = _table(list(card.holds.items()))
        parts.append(f"<details><summary>What it holds</summary>{contents}</details>")
    return f'<div style="{_STYLE}">{"".join(parts)}</div>'


def _quiet(text: str) -> str:
    return f'<div style="opacity:.75">{escape(text)}</div>'


def _table(rows: Sequence[Sequence[object]], *, head: Sequence[str] = ()) -> str:
    """Return a table whose numbers stand at the right, whatever style the notebook has."""
    heads = [
        _cell(name, tag="th", right=bool(rows) and _is_number(rows[0][column]))
        for column, name in enumerate(head)
    ]
    lines = ["".join(heads)] if heads else []
    lines += ["".join(_cell(value, right=_is_number(value)) for value in row) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table style="margin:.4em 0;border-collapse:collapse">{body}</table>'


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _cell(value: object, *, tag: str = "td", right: bool) -> str:
    text = _number(value) if isinstance(value, float) else str(value)
    side = "right" if right else "left"
    return f'<{tag} style="text-align:{side};padding:.1em 1.2em .1em 0">{escape(text)}</{tag}>'
