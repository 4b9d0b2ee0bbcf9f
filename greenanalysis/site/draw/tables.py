"""Tables of the reports: escaped, aligned, scrolling in their own box on a phone."""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

_LONG_TEXT = 60
"""Characters from which a cell gets room, so that a phone does not make a tower of it."""

_ADDRESS = re.compile(r"https?://[^\s;,)]+[^\s;,).]")

_NEGATIVE_ZERO = re.compile(r"^[-−](0(?:\.0+)?(?!\d|\.\d).*)$")
"""What rounds to nothing has no sign."""

_Format = str | Callable[[object], str]


class Html(Markup):
    """HTML in which every text from data has been escaped; Jupyter displays it as such."""

    def _repr_html_(self) -> str:
        return str(self)


def html_table(
    frame: pd.DataFrame,
    *,
    formats: Mapping[str, _Format] | None = None,
    caption: str = "",
    index: bool = False,
    missing: str = "–",
) -> Html:
    """Return a table as HTML.

    Parameters
    ----------
    frame : what to show; the column names are the headings.
    formats : column -> format such as ``"{:,.1f}"``, or a function of the value.
    caption : what the table says; plain text.
    index : whether the index is the first column.
    missing : what stands for NaN and None.
    """
    shown = frame.reset_index() if index else frame
    formats = formats or {}
    aligned = {column: _is_number(shown[column]) for column in shown.columns}
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(_align(aligned[column]), column)
        for column in shown.columns
    )
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                _cell(_text(value, formats.get(str(column)), missing), number=aligned[column])
                for column, value in zip(shown.columns, row, strict=True)
            )
        )
        for row in shown.itertuples(index=False, name=None)
    )
    title = Markup("<caption>{}</caption>").format(caption) if caption else ""
    return Html(
        Markup(
            '<div class="ga-table" tabindex="0" role="region" aria-label="{}"><table>{}'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
        ).format(caption or "table", title, head, body)
    )


def linked(text: str) -> Html:
    """Return a source as HTML: each address in it becomes a link that shows its host alone.

    Parameters
    ----------
    text : plain text with or without addresses of the web.
    """
    parts, at = Markup(), 0
    for address in _ADDRESS.finditer(text):
        host = (urlsplit(address[0]).hostname or address[0]).removeprefix("www.")
        anchor = Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address[0], host)
        parts, at = parts + escape(text[at : address.start()]) + anchor, address.end()
    return Html(parts + escape(text[at:]))


def _cell(text: Markup, *, number: bool) -> Markup:
    length = len(text.striptags()) if "<" in text else len(text)
    kind = Markup(' class="ga-long"') if length > _LONG_TEXT else _align(number)
    return Markup("<td{}>{}</td>").format(kind, text)


def _align(number: bool) -> Markup:
    return Markup(' class="ga-number"') if number else Markup("")


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _text(value: object, form: _Format | None, missing: str) -> Markup:
    if isinstance(value, Markup):
        return value
    if value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value))):  # type: ignore[call-overload]
        return escape(missing)
    if callable(form):
        return escape(_NEGATIVE_ZERO.sub(r"\1", form(value)))
    if form is not None:
        return escape(_NEGATIVE_ZERO.sub(r"\1", form.format(value)))
    if isinstance(value, float | np.floating):
        return escape(
            f"{float(value):,.3g}" if abs(float(value)) < 1000 else f"{float(value):,.0f}"
        )
    if isinstance(value, numbers.Integral) and not isinstance(value, bool | np.bool_):
        return escape(f"{int(value):,}")
    return escape(_NEGATIVE_ZERO.sub(r"\1", str(value)))
