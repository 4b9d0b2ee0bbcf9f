"""What a site remembers of its builds, in ``build.json``."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import sha256_file
from greenanalysis.site.provenance import made_utc
from greenanalysis.site.workflow.keys import Page
from greenanalysis.site.workflow.worker import Outcome, Task

STATE_FILE = "build.json"
_SCHEMA = 2
"""Version of the layout of ``build.json``; raised when a field changes its meaning or goes."""
_MAX_REASONS = 6


def read_state(out: Path) -> dict[str, Any]:
    """Return ``build.json`` of a site; an absent or unreadable one counts as empty."""
    try:
        state = json.loads((out / STATE_FILE).read_text(encoding="utf-8"))
        if isinstance(state["pages"], dict):
            return dict(state)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {"pages": {}}


def record_of(
    task: Task, outcome: Outcome, *, key: str, used: Mapping[str, str], why: Sequence[str]
) -> dict[str, Any]:
    """Return what ``build.json`` keeps of a page.

    Parameters
    ----------
    task, outcome : what was to be done, and what became of it.
    key : hash of all that the page was made from.
    used : hashes of it by kind and name.
    why : reasons for which it was made.
    """
    kept = {name: value for name, value in asdict(outcome).items() if name != "notes"}
    return {
        **kept,
        "key": key,
        "runtime": task.runtime,
        "notebook": task.notebook.name,
        "parameters": json.loads(json.dumps(dict(task.parameters), default=str)),
        "why": list(why),
        "used": dict(used),
    }


def why_made(before: Mapping[str, Any] | None, used: Mapping[str, str]) -> list[str]:
    """Return for which reasons a page was made again, at most :data:`_MAX_REASONS` and a rest.

    Parameters
    ----------
    before : its record of the last time.
    used : what it rests on now, with hashes.
    """
    if not before:
        return ["new"]
    if before.get("status") != "ok":
        return ["failed before"]
    known: Mapping[str, str] = before.get("used") or {}
    moved = [name for name, digest in known.items() if used.get(name) != digest]
    if not moved:
        return ["notebook, parameters, environment, or a file of the page"]
    rest = len(moved) - _MAX_REASONS
    return moved[:_MAX_REASONS] + ([f"and {rest} more"] if rest > 0 else [])


def overall(state: Mapping[str, Any], pages: Sequence[Page], *, began: float) -> dict[str, Any]:
    """Return what ``build.json`` says of the whole build: layout, status, duration, warnings.

    Parameters
    ----------
    state : with the records of the pages.
    pages : what the site shall hold.
    began : reading of the monotonic clock at the start.
    """
    found = [state["pages"].get(page.name, {"status": "not built"}) for page in pages]
    kinds = {str(entry["status"]) for entry in found}
    status = "failed" if "failed" in kinds else "incomplete" if "not built" in kinds else "ok"
    return {
        "schema": _SCHEMA,
        "status": status,
        "seconds": round(time.monotonic() - began, 2),
        "warnings": sum(int(entry.get("warnings", 0)) for entry in found),
        "made_utc": made_utc(),
    }


def is_current(
    out: Path, entry: Mapping[str, Any] | None, key: str, *, runtimes: Collection[str]
) -> bool:
    """Return whether a page stands as recorded, was made without failure and from the same key.

    Parameters
    ----------
    out : root of the site.
    entry : record of the page, if there is one.
    key : what the page would be made from now.
    runtimes : addresses of the widget runtimes that stand whole.
    """
    if not entry or entry.get("status") != "ok" or entry.get("key") != key:
        return False
    page = out / f"{entry['name']}.html"
    if not page.is_file() or entry.get("runtime") not in runtimes:
        return False
    if sha256_file(page) != entry.get("sha256"):
        return False
    return all(
        (out / file).is_file() and sha256_file(out / file) == digest
        for file, digest in entry.get("files", {}).items()
    )


def whole_runtimes(out: Path) -> set[str]:
    """Return the addresses of the loaders that stand whole, as do all scripts that they load."""
    from greenanalysis.site.publish.runtime import LOADER, is_whole, loaded_by

    return {
        f"assets/{path.name}"
        for path in (out / "assets").glob(f"{LOADER}-*.js")
        if is_whole(path) and all(is_whole(path.with_name(name)) for name in loaded_by(path))
    }


def drop_unused_runtimes(out: Path, state: Mapping[str, Any]) -> None:
    """Remove the loaders that no page of the site asks for, and scripts that no loader loads."""
    from greenanalysis.site.publish.runtime import LOADER, loaded_by

    used = {entry.get("runtime") for entry in state["pages"].values()}
    loaders = list((out / "assets").glob(f"{LOADER}-*.js"))
    kept = {path.name for path in loaders if f"assets/{path.name}" in used}
    kept |= {name for path in loaders if path.name in kept for name in loaded_by(path)}
    for path in (out / "assets").glob("*-*.js*"):
        if path.name.removesuffix(".gz") not in kept:
            path.unlink()


def remove_unwanted(out: Path, state: dict[str, Any], pages: Sequence[Page]) -> list[str]:
    """Remove pages that are not wanted and what a killed build left; return their names."""
    wanted = {page.name for page in pages}
    for name in [name for name in state["pages"] if name not in wanted]:
        del state["pages"][name]
    removed = [path for path in out.glob("*.html") if path.stem not in wanted | {"index"}]
    for path in removed:
        path.unlink()
    for folder in (out, out / "downloads", out / "assets"):
        for left in folder.glob(".tmp-*"):
            shutil.rmtree(left, ignore_errors=True)
    for folder in (out / "downloads").glob("*"):
        if folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
    return sorted(path.stem for path in removed)


def disk_full(got: object) -> Exception:
    """Return the error for a full disk."""
    return input_error(
        "space on the disk",
        where="the build of the site",
        allowed="free some space and build again; finished pages are kept",
        got=got,
    )
