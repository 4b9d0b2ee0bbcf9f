"""What a notebook calls to say things as a report does: header, facts, findings, figures, maps.

Each function returns HTML in which every text is escaped, or displays it; all of it reads well in
JupyterLab and in the published page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from greenanalysis.site import provenance as _provenance
from greenanalysis.site.draw.show import show_figure, show_map
from greenanalysis.site.draw.tables import Html, html_table

RECORD_MIME = "application/vnd.greenanalysis+json"
SCREENING = "screening"
SCREENING_TEXT = "Screening grade: built on the sample weather, not measured weather"
_MOST_SOURCES = 8
_BLOCKS_CSS = Path(__file__).parent / "templates" / "blocks.css"

__all__ = [
    "banner",
    "finding",
    "folded",
    "header",
    "html_table",
    "key_figures",
    "limits",
    "link",
    "provenance",
    "record",
    "show_figure",
    "show_map",
    "sources",
    "text",
]


def header(title: str, question: str, *, weather: Mapping[str, Any] | None) -> Html:
    """Return the top of a page: title, question, a warning where the weather is not measured.

    Parameters
    ----------
    title, question : plain text.
    weather : attributes of the weather dataset (name, grade, source, years); None for a page whose
        figures do not follow from the weather.

    Notes
    -----
    The name and grade of the weather are recorded for the index of the site; what else is to say
    of it stands in :func:`provenance` at the end of the page.
    """
    if weather is not None:
        record("weather", str(weather.get("name", _provenance.UNKNOWN)))
        record("grade", str(weather.get("grade", _provenance.UNKNOWN)))
    style = Markup("<style data-ga>{}</style>").format(
        Markup(_BLOCKS_CSS.read_text(encoding="utf-8"))
    )
    top = Markup('<header class="ga-header"><h1>{}</h1><p>{}</p></header>')
    below = banner(weather) if weather is not None else Markup("")
    return Html(style + top.format(title, question) + below)


def banner(weather: Mapping[str, Any]) -> Html:
    """Return the warning of a page whose weather is of screening grade, else nothing.

    Parameters
    ----------
    weather : attributes of the weather dataset.
    """
    if str(weather.get("grade")) != SCREENING:
        return Html("")
    return Html(
        Markup(
            '<div class="ga-banner ga-screening" role="note"><strong>{}.</strong> '
            "Use it to compare and to screen, not to decide on a site.</div>"
        ).format(SCREENING_TEXT)
    )


def finding(text: str) -> Html:
    """Return a heading that states what was found; plain text."""
    return Html(Markup('<h2 class="ga-finding">{}</h2>').format(text))


def link(page: str, text: str) -> Html:
    """Return a link to another page of the site.

    Parameters
    ----------
    page : name of the page, such as ``region-kz-61``; an anchor may follow behind ``#``.
    text : plain text.
    """
    name, _, anchor = page.partition("#")
    address = f"{name}.html" + (f"#{anchor}" if anchor else "")
    return Html(Markup('<a href="{}">{}</a>').format(address, text))


def text(sentence: str) -> Html:
    """Return a paragraph; plain text."""
    return Html(Markup("<p>{}</p>").format(sentence))


def key_figures(figures: Iterable[tuple[str, object, str]]) -> Html:
    """Return tiles of label, value (already formatted) and unit."""
    tiles = Markup("").join(
        Markup('<div class="ga-tile"><span>{}</span><b>{}</b><small>{}</small></div>').format(
            label, value, unit
        )
        for label, value, unit in figures
    )
    return Html(Markup('<div class="ga-tiles">{}</div>').format(tiles))


def sources(items: Iterable[str], *, title: str = "Sources") -> Html:
    """Return a small list of sources; plain text. A long one is folded, but printed."""
    stated = list(items)
    shown = _list("ga-sources", title, stated)
    if len(stated) <= _MOST_SOURCES:
        return shown
    return Html(
        Markup(
            '<details class="ga-folded ga-printed"><summary>{} ({})</summary>{}</details>'
        ).format(title, len(stated), shown)
    )


def folded(title: str, *parts: Html) -> Html:
    """Return what is long and seldom read, such as a list of sources, behind a line to open."""
    inside = Markup("").join(parts)
    return Html(
        Markup('<details class="ga-folded"><summary>{}</summary>{}</details>').format(title, inside)
    )


def limits(items: Iterable[str], *, title: str = "What this does not show") -> Html:
    """Return the list of what the page does not show; plain text."""
    return _list("ga-limits", title, items)


def _list(kind: str, title: str, items: Iterable[str]) -> Html:
    points = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
    return Html(
        Markup('<section class="{}"><h3>{}</h3><ul>{}</ul></section>').format(kind, title, points)
    )


def provenance(
    parameters: Mapping[str, Any],
    *,
    weather: Mapping[str, Any] | None = None,
    assumptions: str = "",
    facts: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Html:
    """Return the folded record of how a page was made, also as JSON inside the page.

    Parameters
    ----------
    parameters : of the notebook.
    weather : attributes of the weather dataset (name, grade, source, years, hash, verdict).
    assumptions : which tables of assumptions, or which scenario.
    facts : further rows by label, for readers.
    extra : anything else, for machines.
    """
    made = _provenance.collect(parameters, weather=weather, extra=extra)
    stated = _facts(weather or {}, made, assumptions=assumptions) | dict(facts or {})
    cells = Markup("").join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(label, value)
        for label, value in stated.items()
        if str(value)
    )
    rows = Markup("").join(
        Markup("<tr><th>{}</th><td>{}</td></tr>").format(label, value)
        for label, value in _flat(made)
    )
    data = json.dumps(made, ensure_ascii=False, default=str).replace("<", "\\u003c")
    return Html(
        Markup(
            '<details class="ga-provenance"><summary>Provenance: weather, checks, versions'
            '</summary><dl class="ga-facts">{}</dl><table>{}</table></details>'
            '<script type="application/json" class="ga-provenance-data">{}</script>'
        ).format(cells, rows, Markup(data))
    )


def _facts(
    weather: Mapping[str, Any], made: Mapping[str, Any], *, assumptions: str
) -> dict[str, Any]:
    """Return what a reader wants to know of the making of a page, by label."""
    git = made["git"]
    state = " with local changes" if git["dirty"] else ""
    of_weather = {
        "Weather": f"{weather.get('name', '')} ({weather.get('grade', 'grade unknown')})",
        "Years": weather.get("years", _provenance.UNKNOWN),
        "Source of weather": weather.get("source", _provenance.UNKNOWN),
        "Checks of weather": weather.get("verdict", ""),
        "Corrections of weather": weather.get("corrections", ""),
        "Coverage": weather.get("coverage", ""),
        "Weather was handled": weather.get("history", ""),
        "Credit": weather.get("credit", ""),
    }
    return {
        **(of_weather if weather else {}),
        "Assumptions": assumptions,
        "Made by": f"greenanalysis {made['greenanalysis']}, commit {git['commit'][:10]}{state}",
        "Hashes": _short_hashes({"weather": weather.get("hash"), **made["data_sha256"]}),
        "Made on": made["made_utc"][:16].replace("T", " ") + " UTC",
    }


def _short_hashes(hashes: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {str(value)[:10]}" for name, value in hashes.items() if value)


def _flat(value: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, item in value.items():
        if isinstance(item, Mapping):
            rows += _flat(item, f"{prefix}{key} · ")
        else:
            rows.append((f"{prefix}{key}", "not set" if item is None else str(item)))
    return rows


def record(
    key: str, value: object, *, label: str = "", unit: str = "", headline: bool = False
) -> None:
    """Hand a result to the index of the site.

    Parameters
    ----------
    key : name of the result.
    value : text as it shall be read, such as ``"412"``.
    label, unit : heading and unit; a result without label is not shown as a column.
    headline : whether the result is one of the figures on top of the index.
    """
    from IPython.display import display

    unit = "" if unit == "1" else unit
    content = {"key": key, "value": str(value), "label": label, "unit": unit, "headline": headline}
    display({RECORD_MIME: content, "text/plain": ""}, raw=True)
