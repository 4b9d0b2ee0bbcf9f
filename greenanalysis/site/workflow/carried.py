"""What a page carries to be audited and made again: JSON inside the page."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import greenanalysis
from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import project_root
from greenanalysis.site.provenance import UNKNOWN, git_state, made_utc
from greenanalysis.site.published import CARRIED_CLASS, said_by_notebook

if TYPE_CHECKING:
    from greenanalysis.site.page import Task

_SCHEMA = 1
_WIDGET_NAME = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_WIDGETS = "application/vnd.jupyter.widget-state+json"


def carry(
    page: str,
    task: Task,
    *,
    files: Mapping[str, str],
    records: Mapping[str, Mapping[str, Any]],
) -> str:
    """Return a page with the JSON that says how it was made, before the end of its body.

    Parameters
    ----------
    page : HTML.
    task : what was made.
    files : hashes of the files that the page offers, by address.
    records : results that the notebook recorded, by key.
    """
    told = _about(page, task) | {
        "files": dict(files),
        "records": {key: dict(value) for key, value in records.items()},
        "made_utc": made_utc(),
    }
    data = json.dumps(told, ensure_ascii=False, default=str).replace("<", "\\u003c")
    script = f'<script type="application/json" class="{CARRIED_CLASS}">{data}</script>\n'
    before, end, after = page.rpartition("</body>")
    return f"{before}{script}{end}{after}" if end else f"{page}{script}"


def _about(page: str, task: Task) -> dict[str, Any]:
    return {
        "schema": _SCHEMA,
        "page": task.page.name,
        "title": task.page.title,
        "notebook": _below(task.page.notebook, task.root),
        "notebook_sha256": hashlib.sha256(task.page.notebook.read_bytes()).hexdigest(),
        "parameters": dict(task.page.parameters),
        "greenanalysis": greenanalysis.__version__,
        "git": git_state(task.root),
        "environment": dict(task.environment),
        "lock_sha256": task.lock_sha256,
        "weather": said_by_notebook(page).get("weather", {}),
        "seeds": _seeds(task.data),
        "datasets": _datasets(task.data),
    }


def _datasets(data: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the data files that a page rests on, with hash, licence and credit."""
    licences = _read_licences()
    return [
        {"file": name, "sha256": digest, **_licence_of(name, licences)}
        for name, digest in sorted(data.items())
    ]


def _read_licences() -> list[dict[str, str]]:
    """Return the licences that the project states for its data, empty where it states none."""
    from greenanalysis.core.tables import read_facts

    try:
        table = read_facts("dataset_licences")
    except InputError:
        return []
    return [
        {str(key): str(value) for key, value in row.items()} for row in table.to_dict("records")
    ]


def _licence_of(name: str, licences: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return licence, its address and the credit of a data file; ``unknown`` where not stated."""
    plain = name.removeprefix("data/")
    for row in licences:
        if fnmatch.fnmatchcase(plain, row["pattern"]):
            return {key: row[key] for key in ("licence", "licence_url", "credit")}
    return {"licence": UNKNOWN, "licence_url": "", "credit": ""}


def _seeds(data: Iterable[str]) -> dict[str, float]:
    """Return the seeds of random numbers in the assumptions that a page reads, by name."""
    from greenanalysis.core.assumptions import read_assumption_file

    root = project_root()
    files = [root / name for name in data if name.startswith("data/assumptions/")]
    tables = [read_assumption_file(path) for path in sorted(files)]
    rows = [row for table in tables for row in table.to_dict("records")]
    return {
        f"{row['technology']}/seed": float(row["value"])
        for row in rows
        if row["parameter"] == "seed"
    }


def _below(path: Path, root: Path) -> str:
    inside = path.is_relative_to(root)
    return path.relative_to(root).as_posix() if inside else str(path)


def stable_page(page: str, notebook: Any) -> str:
    """Return a page in which the names of widgets are counted, not drawn by lot.

    Parameters
    ----------
    page : HTML.
    notebook : that it was made from, with the state of its widgets.
    """
    state = notebook.metadata.get("widgets", {}).get(_WIDGETS, {}).get("state", {})
    stable = {
        name: hashlib.sha256(f"widget {number}".encode()).hexdigest()[:32]
        for number, name in enumerate(state)
    }
    return _WIDGET_NAME.sub(lambda found: stable.get(found[0], found[0]), page)
