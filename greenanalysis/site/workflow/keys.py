"""What decides whether a page must be made again: one hash over all that it rests on."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from greenanalysis.core import usage
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.files import sha256_json
from greenanalysis.site.workflow.closure import closure, imports_of
from greenanalysis.site.workflow.snapshot import ABSENT, LENGTH, Snapshot, files_below, stamp

_PAGE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RESERVED_NAMES = {"index"}
Notes = frozenset[tuple[str, str]]
_MAKERS = (
    "greenanalysis.site.workflow.kernel",
    "greenanalysis.site.publish.runtime",
    "greenanalysis.site.workflow.worker",
)
"""Modules that make a page out of any notebook."""
_ALWAYS_CODE = (
    "site/templates/runtime.js",
    "site/draw/browser/charts.css",
    "site/draw/browser/charts.js",
    "site/draw/browser/draw.js",
    "site/draw/browser/locales.json",
    "site/draw/browser/maps.css",
    "site/draw/browser/maps.js",
)
"""Files of the package that are read before the first notebook runs."""


@dataclass(frozen=True)
class Page:
    """One page of the site: a notebook and its parameters.

    Parameters
    ----------
    name : of the file, ``<name>.html``; lower-case letters, digits, ``-`` and ``_``.
    notebook : path of the notebook.
    parameters : passed by papermill; each must stand in the cell tagged ``parameters``.
    title : as the index writes it.
    group : heading of the index under which the page stands.
    inputs : files or folders outside ``data/`` that the notebook reads, such as real weather.
    """

    name: str
    notebook: Path
    title: str
    group: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Path, ...] = ()


def check_pages(pages: Sequence[Page]) -> None:
    """Refuse pages that could not be built as meant.

    Raises
    ------
    InputError : a name that is taken, reserved or not allowed, a notebook that is absent or not a
        notebook, a parameter that the notebook does not have.
    """
    seen: set[str] = set()
    for page in pages:
        if not _PAGE_NAME.fullmatch(page.name) or page.name in _RESERVED_NAMES | seen:
            raise input_error(
                "name of a page",
                where="the list of pages",
                allowed="a name used once, of a-z, 0-9, - and _, other than index",
                got=repr(page.name),
            )
        seen.add(page.name)
        known = notebook_parameters(page.notebook)
        for name in page.parameters:
            if name not in known:
                where = f"page {page.name} ({page.notebook.name})"
                raise unknown_name("parameter", name, known, where=where)


def read_cells(notebook: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook file.

    Raises
    ------
    InputError : there is no such file, or it is no notebook.
    """
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise input_error(
            "notebook", where=str(notebook), allowed="a readable .ipynb file", got=repr(failure)
        ) from failure
    return list(cells)


def cell_tags(cell: Mapping[str, Any]) -> list[str]:
    """Return the tags of a cell, sorted."""
    return sorted(cell.get("metadata", {}).get("tags", []))


def notebook_parameters(notebook: Path) -> list[str]:
    """Return the names assigned in the cell tagged ``parameters``, in order."""
    for cell in read_cells(notebook):
        if "parameters" in cell_tags(cell):
            return list(_assigned("".join(cell["source"])))
    return []


def _assigned(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _cells_of(notebook: Path) -> list[tuple[str, str, list[str]]]:
    """Return kind, source and tags of each cell: what of a notebook decides about its page."""
    return [_told(cell) for cell in read_cells(notebook)]


def cells_in(content: bytes) -> list[tuple[str, str, list[str]]] | None:
    """Return the same of the content of a notebook file, or None where it is no notebook."""
    try:
        return [_told(cell) for cell in json.loads(content)["cells"]]
    except (ValueError, KeyError, TypeError):
        return None


def _told(cell: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    return cell["cell_type"], "".join(cell["source"]), cell_tags(cell)


def _imported_modules(notebook: Path, known: Collection[str]) -> frozenset[str]:
    """Return which of the known modules the cells of a notebook import."""
    found: frozenset[str] = frozenset()
    for kind, source, _ in _cells_of(notebook):
        if kind == "code":
            found |= imports_of(source, name="__main__", package=False, known=known)
    return found


def uses(page: Page, now: Snapshot, notes: Notes | None) -> dict[str, str]:
    """Return what a page rests on, by kind and name, with its hash.

    Parameters
    ----------
    page : which one.
    now : hashes.
    notes : what its notebook read when it ran last; None where that is not known, then everything
        counts.
    """
    if notes is None or any(kind == usage.PROCESS for kind, _ in notes):
        return {f"{usage.PROCESS}:everything": now.whole}
    roots = {*_imported_modules(page.notebook, now.imports), *_MAKERS}
    modules = closure(roots | {name for kind, name in notes if kind == usage.MODULE}, now.imports)
    look: dict[str, Callable[[str], str]] = {
        usage.FILE: now.file,
        usage.FOLDER: now.folder,
        usage.CODE: lambda name: now.code.get(name, ABSENT),
        usage.ASSUMPTION: now.assumption,
        usage.TECHNOLOGY: now.technologies,
        usage.ALL: lambda name: now.all_assumptions,
    }
    found = {f"{kind}:{name}": look[kind](name) for kind, name in notes if kind in look}
    found |= {f"{usage.MODULE}:{name}": now.module(name) for name in modules}
    found |= {f"{usage.CODE}:{name}": now.code.get(name, ABSENT) for name in _ALWAYS_CODE}
    return {name: digest[:LENGTH] for name, digest in sorted(found.items())}


def notes_of(entry: Mapping[str, Any] | None) -> Notes | None:
    """Return the notes that stand in the record of a page, or None where it has none."""
    used = (entry or {}).get("used")
    if not isinstance(used, Mapping) or not used:
        return None
    return frozenset((kind, name) for kind, _, name in (str(key).partition(":") for key in used))


def page_key(page: Page, now: Snapshot, notes: Notes | None) -> str:
    """Return the hash of all that one page is made from.

    Outputs and other metadata of the notebook do not count; its inputs outside ``data/`` count by
    name, size and time of change.
    """
    described = [page.name, page.title, dict(page.parameters)]
    read = [
        path
        for entry in page.inputs
        for path in ([entry] if entry.is_file() else files_below(entry))
    ]
    return sha256_json(
        {
            "cells": _cells_of(page.notebook),
            "page": described,
            "inputs": sorted(stamp(path) for path in read),
            "always": now.always,
            "environment": dict(now.environment),
            "links": now.links,
            "uses": uses(page, now, notes),
        }
    )


def page_keys(
    pages: Sequence[Page], now: Snapshot, entries: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Return the key of each page by name.

    Parameters
    ----------
    pages : whose keys.
    now : what the project consists of.
    entries : records of the pages, by name; they tell what each page read when it was made.
    """
    return {page.name: page_key(page, now, notes_of(entries.get(page.name))) for page in pages}
