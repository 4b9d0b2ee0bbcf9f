"""The data behind each page for all: its tables and series as CSV, its figures as JSON, a citation.

A page offers what it shows: the files are read from the finished page, so they hold its numbers.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from greenanalysis.site.downloads import Download
from greenanalysis.site.draw.chart import META
from greenanalysis.site.draw.embed import SPEC_CLASS
from greenanalysis.site.publish.anchors import anchor_of

_PLACE = "<!-- data of the page -->"
_PROVENANCE = '<details class="ga-provenance">'

FIGURES_FILE = "figures.json"
_LONGEST = 44
_NUMBER = re.compile(r"[-−+±]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-−+±]?\d+(?:\.\d+)?")
_NOTHING = {"–", ""}
_ENCODINGS = {
    "csv": "text/csv",
    "json": "application/json",
    "nc": "application/netcdf",
    "tif": "image/tiff; application=geotiff",
    "gpkg": "application/geopackage+sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class _Table:
    """A table or a series of a page: its title, unit, headings and rows of texts."""

    kind: str
    title: str
    unit: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    source: str = ""


def page_files(
    page: str, *, title: str, records: Mapping[str, Mapping[str, Any]], citation: str
) -> list[Download]:
    """Return the tables, series and figures of a page as files.

    Parameters
    ----------
    page : HTML.
    title : of the page.
    records : results that its notebook recorded, by key.
    citation : how to cite them, and under which licence they stand.

    Returns
    -------
    list : a CSV of each table and chart, and ``figures.json``, which lists them; numbers in the
        CSV files have no thousands separators, and what is unknown is an empty cell.
    """
    from lxml import html

    root: Any = html.document_fromstring(page)
    tables = [*_tables(root), *_series(root)]
    names = _names(tables)
    files = [
        Download(name, _label(table), _csv(table, page=title, citation=citation))
        for name, table in zip(names, tables, strict=True)
    ]
    figures = {
        "page": title,
        "citation": citation,
        "key_figures": _key_figures(root),
        "findings": [_text(one) for one in root.find_class("ga-finding")],
        "records": {key: dict(value) for key, value in records.items()},
        "files": [
            {"file": name, "kind": table.kind, "title": table.title, "unit": table.unit}
            for name, table in zip(names, tables, strict=True)
        ],
    }
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    return [Download(FIGURES_FILE, "key figures and list of files", text.encode()), *files]


def _tables(root: Any) -> list[_Table]:
    return [
        _Table(
            "table",
            _text(table.find("caption")) if table.find("caption") is not None else "Table",
            "",
            [_text(cell) for cell in table.xpath("./thead/tr[1]/*")],
            [[_plain(_text(cell)) for cell in row] for row in table.xpath("./tbody/tr")],
        )
        for table in root.xpath('//div[contains(@class, "ga-table")]/table')
    ]


def _series(root: Any) -> list[_Table]:
    tables = []
    for script in root.find_class(SPEC_CLASS):
        spec = json.loads(script.text)
        about = spec["usermeta"][META]
        columns = about["columns"]
        rows = [
            ["" if row.get(name) is None else str(row[name]) for name, _ in columns]
            for row in spec["data"]["values"]
        ]
        heads = [heading for _, heading in columns]
        title, source = about.get("title", ""), about.get("source", "")
        tables.append(_Table("series", title, about["unit"], heads, rows, source))
    return tables


def _names(tables: Iterable[_Table]) -> list[str]:
    names = []
    for number, table in enumerate(tables, start=1):
        words = anchor_of(table.title).encode("ascii", "ignore").decode()
        words = re.sub(r"[^a-z0-9]+", "-", words)[:_LONGEST].strip("-")
        names.append(f"{table.kind}-{number:02d}-{words or 'data'}.csv")
    return names


def _label(table: _Table) -> str:
    return f"{table.title}, {table.unit}" if table.unit else table.title


def _csv(table: _Table, *, page: str, citation: str) -> bytes:
    """Return a table as UTF-8 CSV under lines that say what it is, each beginning with ``#``."""
    text = io.StringIO()
    about = {
        "title": table.title,
        "unit": table.unit,
        "page": page,
        "source": table.source,
        "cite as": citation,
    }
    for name, value in about.items():
        if value:
            text.write(f"# {name}: {' '.join(value.split())}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.heads)
    writer.writerows(table.rows)
    return text.getvalue().encode()


def _plain(text: str) -> str:
    """Return a cell for machines: a number without separators, nothing where a dash stands."""
    if text in _NOTHING:
        return ""
    return text.replace(",", "").replace("−", "-") if _NUMBER.fullmatch(text) else text


def _key_figures(root: Any) -> list[dict[str, str]]:
    parts = ("span", "b", "small")
    return [
        dict(
            zip(
                ("label", "value", "unit"),
                (_text(tile.find(part)) for part in parts),
                strict=True,
            )
        )
        for tile in root.find_class("ga-tile")
    ]


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def data_section(
    files: Sequence[Download], *, folder: str, title: str, citation: str, described: str
) -> Markup:
    """Return the part of a page that offers its files, and describes them for search engines.

    Parameters
    ----------
    files : of :func:`page_files`.
    folder : address of their folder, as the page writes it.
    title : of the page.
    citation : how to cite it.
    described : of :func:`json_ld`.
    """
    items = Markup("").join(
        Markup('<li><a download href="{}/{}">{}</a> <small>{}, {:,.0f} kB</small></li>').format(
            folder,
            file.name,
            file.label,
            file.name.rpartition(".")[2].upper(),
            max(len(file.content) / 1e3, 1),
        )
        for file in files
    )
    return Markup(
        '<details class="ga-folded ga-page-data" id="page-data"><summary>All tables and series of'
        " this page as files</summary><ul>{}</ul>"
        '<p class="ga-note">Cite as: <span translate="no">{}, in: {}</span></p></details>'
        '<script type="application/ld+json">{}</script>'
    ).format(items, title, citation, Markup(described))


def with_section(page: str, section: Markup) -> str:
    """Return a page with the part that offers its files, before its provenance."""
    before = _PROVENANCE if _PROVENANCE in page else _PLACE
    return page.replace(before, f"{section}{before}", 1).replace(_PLACE, "")


def json_ld(
    *,
    title: str,
    citation: str,
    files: Mapping[str, str],
    records: Mapping[str, Mapping[str, Any]],
    weather: Mapping[str, Any],
    country: str,
) -> str:
    """Return the description of a page as a data set of schema.org, as text of a script.

    Parameters
    ----------
    title : of the page.
    citation : how to cite it, with the licence.
    files : SHA-256 by address, relative to the page.
    records : results that its notebook recorded, by key.
    weather : that the page rests on: name, grade, source, years.
    country : name.
    """
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": title,
        "description": f"{title}: tables, series and key figures of a page of greenanalysis.",
        "creator": {"@type": "Organization", "name": "greenanalysis"},
        "license": "https://spdx.org/licenses/MIT.html",
        "isAccessibleForFree": True,
        "creditText": citation,
        "spatialCoverage": country,
        "temporalCoverage": str(weather.get("years", "")),
        "measurementTechnique": str(weather.get("source", "")),
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": record["label"],
                "value": record["value"],
                "unitText": record.get("unit", ""),
            }
            for record in records.values()
            if record.get("label")
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": address,
                "encodingFormat": _ENCODINGS[address.rpartition(".")[2]],
                "sha256": digest,
            }
            for address, digest in files.items()
        ],
    }
    known = {key: value for key, value in described.items() if value not in ("", [])}
    return json.dumps(known, ensure_ascii=False).replace("<", "\\u003c")
