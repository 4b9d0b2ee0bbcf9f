"""Makes a page again from what it carries, and compares the numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenanalysis.core import paths
from greenanalysis.core.errors import input_error
from greenanalysis.site.page import Page, read_cells
from greenanalysis.site.publish.numbers import Moved, moved, stated_numbers
from greenanalysis.site.published import read_carried, read_state
from greenanalysis.site.workflow.build import build_site
from greenanalysis.site.workflow.pages import reads_of
from greenanalysis.site.workflow.plan import CELL_TIMEOUT_SECONDS


@dataclass(frozen=True)
class Reproduction:
    """What came of making a page again.

    ``numbers`` is how many were compared, ``moved`` those that differ, ``differences`` what of
    commit, data, packages, notebook and weather is not what it was; ``error`` of a notebook that
    failed.
    """

    page: str
    numbers: int
    moved: tuple[Moved, ...]
    differences: tuple[str, ...]
    error: str = ""

    @property
    def exit_code(self) -> int:
        """Return 0 when all numbers are the same, otherwise 1."""
        return 1 if self.moved or self.error else 0

    def told(self) -> list[str]:
        """Return the lines that tell of it."""
        lines = [f"differs: {one}" for one in self.differences]
        if not lines:
            lines = ["commit, data, packages, notebook and weather are those of the page"]
        if self.error:
            return [*lines, f"{self.page}: cannot be made again: {self.error}"]
        lines += [one.told() for one in self.moved]
        verdict = f"{len(self.moved)} of {self.numbers} numbers moved" if self.moved else "same"
        rest = "" if self.moved else f": all {self.numbers} numbers agree"
        return [*lines, f"{self.page}: {verdict}{rest}"]


def find_page(page: str, site: Path | None = None) -> Path:
    """Return the file of a page.

    Parameters
    ----------
    page : a file, or the name of a page with or without ``.html``.
    site : folder of the site in which a name is looked for; ``reports/`` by default.

    Raises
    ------
    InputError : there is no such file; the message names the pages of the site.
    """
    folder = site or paths.reports_dir()
    for path in (Path(page), folder / page, folder / f"{page}.html"):
        if path.is_file():
            return path
    known = sorted(path.stem for path in folder.glob("*.html")) or ["a file"]
    raise input_error("page", where=str(folder), allowed=known, got=page)


def reproduce(page: Path, *, timeout: int = CELL_TIMEOUT_SECONDS) -> Reproduction:
    """Make a page again with the code and data of today, and compare the numbers it states.

    Parameters
    ----------
    page : a published page, of today or of an earlier commit.
    timeout : seconds that one cell may take.

    Raises
    ------
    InputError : no page of this project, or its notebook is no longer there.

    Notes
    -----
    Numbers are compared as they are written: key figures, tables, findings and recorded results.
    What moves less than the last digit shown is the same.
    """
    told = read_carried(page)
    notebook = paths.project_root() / str(told["notebook"])
    read_cells(notebook)
    again = Page(
        name=str(told["page"]),
        notebook=notebook,
        title=str(told.get("title", told["page"])),
        group="Reproduction",
        parameters=told["parameters"],
        reads=_reads(notebook.name, told),
    )
    with tempfile.TemporaryDirectory(prefix="greenanalysis-reproduce-") as scratch:
        out = Path(scratch) / "site"
        result = build_site(
            [again],
            out_dir=out,
            work_dir=Path(scratch) / "work",
            jobs=1,
            progress=False,
            timeout=timeout,
            echo=_silent,
        )
        if result.failed:
            return Reproduction(again.name, 0, (), (), error=_error_of(out, again.name))
        fresh = out / f"{again.name}.html"
        now = read_carried(fresh)
        before = stated_numbers(page.read_text(encoding="utf-8"), told.get("records", {}))
        after = stated_numbers(fresh.read_text(encoding="utf-8"), now["records"])
    return Reproduction(
        again.name, len(before), tuple(moved(before, after)), tuple(_differences(told, now))
    )


def _reads(notebook: str, told: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a page is listed to read, and what it read when it was made."""
    listed = reads_of(notebook, told["parameters"])["reads"]
    names = [str(one["file"]).removeprefix("data/") for one in told.get("datasets", [])]
    return (*listed, *(name for name in names if (paths.data_dir() / name).is_file()))


def _silent(line: str) -> None:
    """Take a line and say nothing."""


def _error_of(out: Path, name: str) -> str:
    return str(read_state(out)["pages"][name]["error"])


def _differences(told: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what of commit, code version, data, packages, notebook and weather differs.

    Parameters
    ----------
    told, now : what the old page and the new one carry.
    """
    found = []
    old, new = told.get("git", {}), now.get("git", {})
    if old != new:
        found.append(f"commit: {_commit(old)} -> {_commit(new)}")
    if told.get("notebook_sha256") != now.get("notebook_sha256"):
        found.append(f"notebook: {now['notebook']} was changed")
    if told.get("weather") != now.get("weather"):
        found.append(f"weather: {_weather(told)} -> {_weather(now)}")
    pairs = {
        "data": (_hashes(told), _hashes(now)),
        "package": (told.get("environment", {}), now.get("environment", {})),
        "seed": (told.get("seeds", {}), now.get("seeds", {})),
    }
    for kind, (first, second) in pairs.items():
        for name in sorted({*first, *second}):
            if first.get(name) != second.get(name):
                found.append(f"{kind}: {name} {first.get(name)} -> {second.get(name)}")
    return found


def _commit(git: Mapping[str, Any]) -> str:
    changed = " with local changes" if git.get("dirty") else ""
    return f"{str(git.get('commit', 'unknown'))[:10]}{changed}"


def _weather(told: Mapping[str, Any]) -> str:
    weather = told.get("weather", {})
    return f"{weather.get('name', 'unknown')} {str(weather.get('hash', ''))[:10]}".strip()


def _hashes(told: Mapping[str, Any]) -> dict[str, str]:
    return {str(one["file"]): str(one["sha256"])[:10] for one in told.get("datasets", [])}
