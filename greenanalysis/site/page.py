"""What a page of the site is: a notebook, its parameters, and what the two of them rest on."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from greenanalysis.core.closure import imports_of
from greenanalysis.core.errors import input_error, unknown_name

_PAGE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RESERVED_NAMES = {"index", "build", "catalogue", "what-if"}
"""Of pages that the build makes itself."""


@dataclass(frozen=True)
class Page:
    """One page of the site: a notebook and its parameters.

    Parameters
    ----------
    name : of the file, ``<name>.html``; lower-case letters, digits, ``-`` and ``_``.
    notebook : path of the notebook.
    title : as the index writes it.
    group : heading of the index under which the page stands.
    parameters : passed by papermill; each must stand in the cell tagged ``parameters``.
    inputs : files or folders outside ``data/`` that the notebook reads, such as real weather.
    reads : files below ``data/`` that the notebook reads; ``*`` stands for any part of a name.
    needs : steps of the workflow that must have run: ``weather``, ``capacity_factors``,
        ``network``.
    """

    name: str
    notebook: Path
    title: str
    group: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Path, ...] = ()
    reads: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """What is needed to make one page.

    Parameters
    ----------
    page : which one.
    folder : that takes the executed notebook, the page and its downloads.
    runtime : address of the script of the widgets, as the page writes it.
    root : of the project; notebooks run there.
    timeout : seconds that one cell may take.
    siblings : all pages of the site.
    data : SHA-256 of the data files that the page reads, by name below the project.
    environment : versions that the page carries.
    lock_sha256 : of the file that pins all packages.
    """

    page: Page
    folder: Path
    runtime: str
    root: Path
    timeout: int
    siblings: tuple[Page, ...]
    data: Mapping[str, str]
    environment: Mapping[str, str]
    lock_sha256: str


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
                allowed="a name used once, of a-z, 0-9, - and _, none of the site's own",
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


def cells_of(notebook: Path) -> list[tuple[str, str, list[str]]]:
    """Return kind, source and tags of each cell: what of a notebook decides about its page."""
    return [
        (cell["cell_type"], "".join(cell["source"]), cell_tags(cell))
        for cell in read_cells(notebook)
    ]


def notebook_parameters(notebook: Path) -> list[str]:
    """Return the names assigned in the cell tagged ``parameters``, in order."""
    for _, source, tags in cells_of(notebook):
        if "parameters" in tags:
            return list(_assigned(source))
    return []


def imported_modules(notebook: Path) -> frozenset[str]:
    """Return which modules of the package the cells of a notebook import, taken together.

    One cell may import the package and another take a name off it, such as ``ga.assess``.
    """
    lines = (
        "" if line.lstrip().startswith(("%", "!")) else line
        for kind, source, _ in cells_of(notebook)
        if kind == "code"
        for line in source.splitlines()
    )
    return imports_of("\n".join(lines))


def _assigned(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        yield from (target.id for target in targets if isinstance(target, ast.Name))
