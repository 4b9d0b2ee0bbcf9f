"""What the landing page answers before it lists its pages: where, for whom, what is new.

All figures are those that the pages recorded; a page that has recorded none is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenanalysis.site.publish.landing_map import number_of

MOST = 5
_INDEX = "index.html"
_BASE = "export-base"
_SEEN_TWH = 0.5
"""Exports below this are told as none."""
_LEAVES = "leaves_"


@dataclass(frozen=True)
class Best:
    """The best regions for one purpose, best first: address, title, value as text.

    ``key`` is the purpose, ``title`` its heading, ``unit`` what the values are in.
    """

    key: str
    title: str
    unit: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Question:
    """A question that the site answers: its text, the address of the answer, words that ask it."""

    text: str
    address: str
    concepts: str


_QUESTIONS = (
    Question("What matters most, in seven pictures?", "story.html", "water|biomass|waste|energy"),
    Question("Where should one invest?", "index.html#best", "invest|best"),
    Question(
        "Where is the cheapest wind power?",
        "index.html#best-wind",
        "wind best|wind region|wind cost",
    ),
    Question(
        "Where is the cheapest solar power?",
        "index.html#best-solar",
        "sun best|sun region|sun cost",
    ),
    Question(
        "How much power can be exported, and where to?",
        "export-base.html",
        "export|export cost|export best|china export",
    ),
    Question("What does a megawatt-hour cost?", "atlas.html", "cost|cost energy"),
    Question(
        "What if prices, rates or costs change?", "what-if.html", "what-if|cost change|finance"
    ),
    Question(
        "What would a plant on my site yield and cost?",
        "atlas.html#assess-my-site",
        "site|site cost|site invest",
    ),
    Question(
        "What does a bank need to know of one project?",
        "brief-alakol-wind.html",
        "brief|finance|bank",
    ),
    Question(
        "What should a region build first?", "programme-kz-61.html", "programme|region programme"
    ),
    Question("When do sun and wind yield?", "index.html#best", "when|when wind|when sun"),
    Question("How much water, biomass and waste is there?", "atlas.html", "water|biomass|waste"),
    Question("Which renewable plants exist today?", "monitoring.html", "plant|exist|registry"),
    Question("How far can the figures be trusted?", "validation.html", "trust|check"),
    Question("Where are the data?", "catalogue.html", "data|file"),
)


def questions(names: Sequence[str]) -> list[Question]:
    """Return the questions whose answer is a page of the site.

    Parameters
    ----------
    names : addresses that the site holds, those of parts of pages included.
    """
    known = set(names)
    return [one for one in _QUESTIONS if one.address in known]


def parts_of_pages(folder: Path | None, best: Sequence[Best]) -> list[str]:
    """Return the addresses of parts of pages that answer a question, of those that stand.

    Parameters
    ----------
    folder : root of the site; None where no page is to be read.
    best : lists of the landing page.
    """
    parts = [f"{_INDEX}#best"] if best else []
    parts += [f"{_INDEX}#best-{one.key}" for one in best]
    for question in _QUESTIONS:
        page, _, anchor = question.address.partition("#")
        path = folder / page if folder and anchor and page != _INDEX else None
        if path and path.is_file() and f'id="{anchor}"' in path.read_text(encoding="utf-8"):
            parts.append(question.address)
    return parts


def best_regions(rows: Sequence[Mapping[str, Any]]) -> list[Best]:
    """Return the best regions for sun, wind and export, those of which pages know any.

    Parameters
    ----------
    rows : of the landing page, one a page.
    """
    regions = {row["region"]: row for row in rows if row["name"].startswith("region-")}
    lists = [
        Best(
            technology,
            f"Best regions for {word}",
            "USD/MWh at the plant",
            tuple(
                (f"{row['name']}.html", row["title"], row["records"][f"cost_{technology}"]["value"])
                for row in _ranked(list(regions.values()), f"rank_{technology}")
            ),
        )
        for technology, word in (("wind", "wind"), ("solar", "sun"))
    ]
    base: Mapping[str, Any] = next((row for row in rows if row["name"] == _BASE), {"records": {}})
    leaving = {
        key.removeprefix(_LEAVES): number_of(record["value"])
        for key, record in base["records"].items()
        if key.startswith(_LEAVES)
    }
    order = sorted((code for code in leaving if code in regions), key=lambda code: -leaving[code])
    lists.append(
        Best(
            "export",
            "Regions from which power leaves",
            "TWh a year, base scenario",
            tuple(
                (f"{regions[code]['name']}.html", regions[code]["title"], f"{leaving[code]:.1f}")
                for code in order[:MOST]
            ),
        )
    )
    return [one for one in lists if one.rows]


def _ranked(rows: Sequence[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    known = [row for row in rows if math.isfinite(_place(row, key))]
    return sorted(known, key=lambda row: _place(row, key))[:MOST]


def _place(row: Mapping[str, Any], key: str) -> float:
    return number_of(row["records"].get(key, {}).get("value"))


def export_answer(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return in one sentence whether export pays, with its range over the scenarios.

    Parameters
    ----------
    rows : of the landing page, one a page.

    Returns
    -------
    str : empty where the base scenario has recorded nothing.
    """
    volumes = {
        row["name"]: number_of(row["records"].get("exports", {}).get("value"))
        for row in rows
        if row["name"].startswith("export-")
    }
    base = next((row for row in rows if row["name"] == _BASE), None)
    volume = volumes.get(_BASE, math.nan)
    if base is None or not math.isfinite(volume):
        return ""
    others = [value for value in volumes.values() if value >= _SEEN_TWH]
    if volume < _SEEN_TWH:
        most = f"; up to {max(others):,.0f} TWh in other scenarios" if others else ""
        return f"Hardly any export pays in the base scenario, which builds at a possible pace{most}"
    span = f", {min(others):,.0f} to {max(others):,.0f} TWh over {len(others)} scenarios"
    earned = base["records"].get("export_revenue", {}).get("value", "")
    money = f" and earns {earned} million USD" if earned else ""
    return f"Export of {volume:,.0f} TWh a year pays in the base scenario{money}" + (
        span if len(others) > 1 and min(others) < max(others) else ""
    )


def newest(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what the registry of plants holds newest, empty where no page has recorded it."""
    for row in rows:
        if "newest" in row["records"]:
            return str(row["records"]["newest"]["value"])
    return ""
