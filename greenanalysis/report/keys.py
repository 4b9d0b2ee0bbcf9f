"""What decides whether a page must be made again: one hash over everything it depends on."""

from __future__ import annotations

import ast
import json
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from greenanalysis import paths
from greenanalysis.errors import input_error, unknown_name
from greenanalysis.io import sha256_files, sha256_json

PAGE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
RESERVED_NAMES = {"index"}
NOT_HASHED = {"cache", "weather", "scripts", "__pycache__"}
LARGE_FILE_BYTES = 50_000_000


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
        if not PAGE_NAME.fullmatch(page.name) or page.name in RESERVED_NAMES | seen:
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
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
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


def shared_key(root: Path) -> str:
    """Return the hash of what all pages depend on: code, templates, data, environment.

    Committed data and the user's are hashed by content; files of 50 MB or more and real weather
    (``data/weather``) by name, size and time of change.
    """
    package = Path(__file__).resolve().parents[1]
    code = [path for path in package.rglob("*") if path.is_file() and _is_code(path)]
    data = list(_data_files(root / "data"))
    small = [path for path in data if path.stat().st_size < LARGE_FILE_BYTES]
    stamped = sorted((set(data) - set(small)) | set(_files(root / "data" / "weather")))
    lock = [path for path in [root / "requirements.lock"] if path.is_file()]
    return sha256_json(
        {
            "code": sha256_files(code, root=package),
            "data": sha256_files([*small, *lock], root=root),
            "stamped": [_stamp(path) for path in stamped],
            "python": platform.python_version(),
            "jupyter-leaflet": metadata.version("jupyter-leaflet"),
        }
    )


def _stamp(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def _is_code(path: Path) -> bool:
    return "__pycache__" not in path.parts and path.suffix in {".py", ".j2", ".css", ".js", ".json"}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def _data_files(data: Path) -> Iterator[Path]:
    for entry in data.iterdir():
        if entry.is_file() and entry.suffix != ".md":
            yield entry
        elif entry.is_dir() and entry.name not in NOT_HASHED:
            for path in _files(entry):
                if not any(part.startswith(".tmp-") for part in path.parts):
                    yield path


def page_key(page: Page, *, shared: str) -> str:
    """Return the hash of one page: the shared part, its parameters and its notebook's source.

    Outputs and other metadata of the notebook do not count; its inputs outside ``data/`` count by
    name, size and time of change.
    """
    cells = [
        (cell["cell_type"], "".join(cell["source"]), cell_tags(cell))
        for cell in read_cells(page.notebook)
    ]
    described = [page.name, page.title, dict(page.parameters)]
    read = [
        path for entry in page.inputs for path in ([entry] if entry.is_file() else _files(entry))
    ]
    return sha256_json([shared, cells, described, sorted(_stamp(path) for path in read)])


def page_keys(pages: Sequence[Page]) -> dict[str, str]:
    """Return the key of each page by name."""
    shared = shared_key(paths.project_root())
    return {page.name: page_key(page, shared=shared) for page in pages}
