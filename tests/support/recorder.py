"""Notes what a notebook reads below ``data/``, for the test of what the list of pages states.

The hook cannot be taken away again, so it is set only in the kernel of one notebook.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


NOT_FOLLOWED = ("cache", "user", "weather", "images", "scripts")


def start(target: str) -> None:  # noqa: C901 (one closure holds what was seen)
    """Write the name of each file below ``data/`` to a file as it is read for the first time."""
    from greenanalysis.core import assumptions, paths
    from greenanalysis.site import provenance

    data = f"{paths.data_dir().resolve()}{os.sep}"
    seen: set[str] = set()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(name: str) -> None:
        if name not in seen:
            seen.add(name)
            os.write(handle, f"{name}\n".encode())

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            name = _followed(arguments[0], data)
            if name:
                note(name)

    homes = _homes(paths.data_dir() / "assumptions")

    def asked(table: Any) -> None:
        for technology, parameter in zip(table["technology"], table["parameter"], strict=True):
            note(homes[technology, parameter])

    class Noted(assumptions.Assumptions):
        @property
        def table(self) -> Any:
            asked(self._table)
            return self._table

        def only(self, *technologies: str) -> Any:
            return Noted(super().only(*technologies)._table)

        def _of(self, technology: str, parameter: str) -> Any:
            rows = super()._of(technology, parameter)
            asked(rows)
            return rows

    provenance._folder_hash = lambda *_, **__: None
    load = assumptions.load_assumptions
    noted = lambda directory=None: Noted(load(directory)._table)  # noqa: E731
    for module in list(sys.modules.values()):
        if getattr(module, "load_assumptions", None) is load:
            module.load_assumptions = noted  # type: ignore[attr-defined]
    assumptions.load_assumptions = noted
    sys.addaudithook(hear)


def _followed(place: Any, data: str) -> str:
    """Return the name of a file below ``data/`` that counts, empty for any other."""
    path = os.path.abspath(os.fsdecode(place))  # noqa: PTH100
    name = path.removeprefix(data)
    if name == path or Path(name).parts[0] in (*NOT_FOLLOWED, "assumptions"):
        return ""
    return name


def _homes(folder: Path) -> dict[tuple[str, str], str]:
    """Return the file of each assumption, as ``assumptions/name.csv``."""
    homes = {}
    for path in folder.glob("*.csv"):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        for row in csv.DictReader(lines):
            homes[row["technology"], row["parameter"]] = f"assumptions/{path.name}"
    return homes


def run_recorded(page: Any, target: str) -> None:
    """Run the notebook of a page; after its first cells it notes what is read.

    It stands here, not in the test: the process that runs it imports the module of this function.
    """
    import nbformat
    import papermill
    from nbclient import NotebookClient
    from papermill.parameterize import parameterize_notebook

    from greenanalysis.site.workflow.kernels import kernel_manager

    notebook = parameterize_notebook(papermill.iorw.load_notebook_node(str(page.notebook)),
                                     dict(page.parameters))  # fmt: skip
    at = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code") + 2
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        f"from tests.support import recorder; recorder.start({target!r})"
    )
    notebook.cells.insert(at, nbformat.v4.new_code_cell(code))
    NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        kernel_manager_class=kernel_manager(),
        resources={"metadata": {"path": str(ROOT)}},
    ).execute()
