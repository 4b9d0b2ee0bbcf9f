"""The catalogue of a site: every file that its pages offer, for readers and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenanalysis.core.files import write_json, write_text
from greenanalysis.site.publish.html import POLICY, citation, styles, template
from greenanalysis.site.publish.page_data import FIGURES_FILE
from greenanalysis.site.published import read_json

if TYPE_CHECKING:
    from greenanalysis.site.published import Site

PAGE, LIST = "catalogue.html", "catalogue.json"


def file_list(site: Site) -> list[dict[str, Any]]:
    """Return one row a page with its files: address, label, kind, bytes, SHA-256."""
    rows = []
    for page in site.pages:
        entry = site.state["pages"].get(page.name, {})
        files = entry.get("files", {}) if entry.get("status") == "ok" else {}
        if files:
            labels = _labels(site.out, files)
            rows.append(
                {
                    "page": page.name,
                    "title": page.title,
                    "group": page.group,
                    "files": [
                        {
                            "address": address,
                            "label": labels.get(address.rpartition("/")[2], ""),
                            "kind": address.rpartition(".")[2],
                            "bytes": (site.out / address).stat().st_size,
                            "sha256": digest,
                        }
                        for address, digest in sorted(files.items())
                    ],
                }
            )
    return rows


def _labels(out: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Return the titles of the tables and series of a page by file."""
    for address in files:
        if address.endswith(f"/{FIGURES_FILE}"):
            listed = read_json(out / address).get("files", [])
            return {one["file"]: one["title"] for one in listed}
    return {}


def file_list_step(site: Site) -> Iterable[Path]:
    """Write the catalogue as a page and as JSON."""
    rows = file_list(site)
    write_json(site.out / LIST, {"citation": citation(), "pages": rows})
    yield site.out / LIST
    text = template("catalogue.html.j2").render(
        rows=rows,
        count=sum(len(row["files"]) for row in rows),
        citation=citation(),
        policy=POLICY,
        css=styles("site.css", "blocks.css", "index.css"),
    )
    write_text(site.out / PAGE, text)
    yield site.out / PAGE
