"""What changed between two builds of the site: parameters, data, software, results, pages."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.site.publish.landing_map import number_of
from greenanalysis.site.published import STATE_FILE, said_by_notebook

_ABSENT = "–"
_NOT_RESULTS = {"weather", "grade"}


@dataclass(frozen=True)
class Run:
    """One build as it is compared: pages by name, software and hashes of data by name."""

    source: str
    pages: Mapping[str, Mapping[str, Any]]
    software: Mapping[str, str]
    data: Mapping[str, str]
    commits: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One thing that differs; ``difference`` and ``percent`` only between two numbers."""

    page: str
    name: str
    a: str
    b: str
    unit: str = ""
    difference: float | None = None
    percent: float | None = None


@dataclass(frozen=True)
class Comparison:
    """All that differs between two runs, and how many results were compared."""

    a: str
    b: str
    commits_a: tuple[str, ...]
    commits_b: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    compared: int
    parameters: tuple[Change, ...] = field(default=())
    data: tuple[Change, ...] = field(default=())
    software: tuple[Change, ...] = field(default=())
    results: tuple[Change, ...] = field(default=())
    status: tuple[Change, ...] = field(default=())

    @property
    def same(self) -> bool:
        """Return whether nothing differs; the commit alone is no difference."""
        changes = self.parameters + self.data + self.software + self.results + self.status
        return not (changes or self.added or self.removed)

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as plain data, ``same`` first."""
        return {"same": self.same, **asdict(self)}


def read_run(path: Path) -> Run:
    """Return a build from its folder or its ``build.json``.

    Parameters
    ----------
    path : of the folder of a site, or of a ``build.json``; versions and hashes of data are read
        from the pages beside it.

    Raises
    ------
    InputError : no build stands there, or its record is no such record.
    """
    file = path / STATE_FILE if path.is_dir() else path
    allowed = f"the folder of a built site, or its {STATE_FILE}"
    try:
        pages = json.loads(file.read_text(encoding="utf-8"))["pages"]
        pages = {str(name): dict(entry) for name, entry in pages.items()}
        for entry in pages.values():
            dict(entry.get("parameters") or {})
            {key: dict(record) for key, record in dict(entry.get("records") or {}).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as failure:
        got = f"{path} ({type(failure).__name__})"
        raise input_error("run to compare", where="compare", allowed=allowed, got=got) from failure
    software: dict[str, str] = {}
    data: dict[str, str] = {}
    commits: set[str] = set()
    for name in sorted(pages):
        _collect(file.parent / f"{name}.html", software, data, commits)
    return Run(str(path), pages, software, data, tuple(sorted(commits)))


def _collect(page: Path, software: dict[str, str], data: dict[str, str], commits: set[str]) -> None:
    """Add what a page says of its making; where pages differ all values are kept."""
    try:
        made = said_by_notebook(page.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    versions = {
        "greenanalysis": made.get("greenanalysis"),
        "python": made.get("python"),
        **made.get("packages", {}),
    }
    hashes = {**made.get("data_sha256", {}), "weather": made.get("weather", {}).get("hash")}
    for target, values in ((software, versions), (data, hashes)):
        for name, value in values.items():
            known = target.get(name, "").split(", ") if target.get(name) else []
            if value and str(value) not in known:
                target[name] = ", ".join(sorted([*known, str(value)]))
    git = made.get("git", {})
    if git.get("commit"):
        commits.add(str(git["commit"])[:10] + (" with local changes" if git.get("dirty") else ""))


def compare_runs(a: Run, b: Run) -> Comparison:
    """Return what differs between two builds.

    Parameters
    ----------
    a, b : the earlier and the later build.
    """
    common = [name for name in a.pages if name in b.pages]
    results, parameters, status, compared = [], [], [], 0
    for name in common:
        before, after = a.pages[name], b.pages[name]
        parameters += list(
            _differences(name, _plain(before.get("parameters")), _plain(after.get("parameters")))
        )
        for key in _union(before.get("records"), after.get("records")):
            compared += key not in _NOT_RESULTS
            results += _result(name, key, before, after)
        states = str(before.get("status", _ABSENT)), str(after.get("status", _ABSENT))
        if states[0] != states[1]:
            status.append(Change(name, "status", *states))
    return Comparison(
        a=a.source,
        b=b.source,
        commits_a=a.commits,
        commits_b=b.commits,
        added=tuple(sorted(set(b.pages) - set(a.pages))),
        removed=tuple(sorted(set(a.pages) - set(b.pages))),
        compared=compared,
        parameters=tuple(parameters),
        data=tuple(_differences("", a.data, b.data)),
        software=tuple(_differences("", a.software, b.software)),
        results=tuple(results),
        status=tuple(status),
    )


def _plain(values: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in dict(values or {}).items()}


def _union(a: Any, b: Any) -> list[str]:
    return list(dict.fromkeys([*(a or {}), *(b or {})]))


def _differences(page: str, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Change]:
    for name in _union(a, b):
        before, after = a.get(name, _ABSENT), b.get(name, _ABSENT)
        if before != after:
            yield Change(page, name, before, after)


def _result(page: str, key: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Change]:
    """Return the change of one recorded result; empty where it is the same."""
    before, after = ((one.get("records") or {}).get(key) or {} for one in (a, b))
    old, new = str(before.get("value", _ABSENT)), str(after.get("value", _ABSENT))
    units = str(before.get("unit", "")), str(after.get("unit", ""))
    if old == new and (units[0] == units[1] or _ABSENT in (old, new)):
        return []
    name = str(after.get("label") or before.get("label") or key)
    x, y = number_of(old), number_of(new)
    if units[0] != units[1] or not (math.isfinite(x) and math.isfinite(y)):
        unit = units[1] if units[0] == units[1] else " → ".join(dict.fromkeys(filter(None, units)))
        return [Change(page, name, old, new, unit)]
    percent = 100 * (y - x) / abs(x) if x else None
    return [Change(page, name, old, new, units[1], _rounded(y - x), percent)]


def _rounded(value: float) -> float:
    return float(f"{value:.9g}")


def render_comparison(comparison: Comparison) -> str:
    """Return the comparison as a page that asks nothing of the network."""
    from greenanalysis.site.publish.html import POLICY, styles, template

    text: str = template("compare.html.j2").render(
        comparison=comparison,
        policy=POLICY,
        css=styles("site.css", "blocks.css", "index.css"),
        sections=[
            ("Results", comparison.results, True),
            ("Parameters", comparison.parameters, False),
            ("Data", comparison.data, False),
            ("Software", comparison.software, False),
            ("State of pages", comparison.status, False),
        ],
    )
    return text
