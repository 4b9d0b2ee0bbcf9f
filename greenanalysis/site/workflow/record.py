"""What a site remembers of its builds, in ``build.json``, and which of its files are its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import atomic_path, sha256_file, write_json, write_text
from greenanalysis.site.provenance import made_utc
from greenanalysis.site.published import STATE_FILE, read_json, read_state
from greenanalysis.site.workflow.notebook import PAGE_FILE
from greenanalysis.site.workflow.plan import Plan

SCHEMA = 3
"""Version of the layout of ``build.json``; raised when a field changes its meaning or goes."""
_MAX_REASONS = 6
_ALLOWED = {"README.md"}
"""Files that may stand in the folder of a site before its first build."""


def claim(out: Path) -> None:
    """Refuse a folder that a build may not write to.

    Raises
    ------
    InputError : an address, a file, or a folder that holds files and no record of a build.
    """
    if "://" in str(out) or ":/" in str(out):
        allowed = "a folder of this machine; copy the site to its place afterwards"
        raise input_error("output", where="build", allowed=allowed, got=out)
    if out.exists() and not out.is_dir():
        raise input_error("output", where="build", allowed="a folder", got=f"{out}, a file")
    if not out.is_dir() or read_state(out).get("schema"):
        return
    others = [path.name for path in out.iterdir() if not _is_known(path)]
    if others:
        raise input_error(
            "output",
            where=str(out),
            allowed="an empty folder, or one that an earlier build has filled",
            got=f"a folder with files of others, such as {sorted(others)[0]}",
        )


def mark(out: Path) -> None:
    """Write the record of a site before the first page stands in its folder."""
    if not (out / STATE_FILE).is_file():
        write_json(out / STATE_FILE, {"schema": SCHEMA, "complete": False, "pages": {}})


def _is_known(path: Path) -> bool:
    return path.name in _ALLOWED or path.name.startswith(".")


def own_files(state: Mapping[str, Any]) -> set[str]:
    """Return the files that a build recorded as its own, relative to the root of the site."""
    files = set(state.get("files", {}))
    for name, entry in state["pages"].items():
        files |= {f"{name}.html", *entry.get("files", {})}
    return files


def remove_files(out: Path, names: Iterable[str]) -> None:
    """Remove files of a site, and folders that are empty without them."""
    for name in names:
        path = out / name
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == out or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()


def publish_page(plan: Plan, record: Mapping[str, Any]) -> None:
    """Copy a page, its files and its script into the site, those that differ from what stands."""
    name, folder = record["name"], plan.folder(record["name"])
    for address, digest in record["files"].items():
        _copy(folder / address, plan.out / address, digest)
    for script, digest in scripts(plan).items():
        _copy(plan.work / script, plan.out / script, digest)
    _copy(folder / PAGE_FILE, plan.out / f"{name}.html", record["sha256"])


def _copy(source: Path, target: Path, digest: str) -> None:
    if target.is_file() and sha256_file(target) == digest:
        return
    with atomic_path(target) as staged:
        shutil.copyfile(source, staged)


def publish_failure(plan: Plan, record: Mapping[str, Any]) -> None:
    """Write the page that stands for one whose notebook failed."""
    from greenanalysis.site.publish.index import failure_page

    title = plan.page(record["name"]).title
    write_text(plan.out / f"{record['name']}.html", failure_page(title, record["error"]))


def is_whole(plan: Plan, record: Mapping[str, Any]) -> bool:
    """Return whether all that the job of a page made stands as it was made."""
    folder = plan.folder(record["name"])
    made = {PAGE_FILE: record.get("sha256"), **record.get("files", {})}
    return all(
        (folder / file).is_file() and sha256_file(folder / file) == digest
        for file, digest in made.items()
    )


def scripts(plan: Plan) -> dict[str, str]:
    """Return the scripts that pages load, by address, with their SHA-256."""
    return dict(read_json(plan.work / "runtime.json").get("files", {}))


def are_scripts_whole(plan: Plan) -> bool:
    """Return whether the scripts of the pages stand as the job that made them left them."""
    return all(
        (plan.work / name).is_file() and sha256_file(plan.work / name) == digest
        for name, digest in scripts(plan).items()
    )


def entries(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return what the jobs of a plan recorded of its pages, by name; a failure counts before."""
    found = {}
    for page in plan.pages:
        entry = read_json(plan.failure(page.name)) or read_json(plan.record(page.name))
        if entry:
            found[page.name] = entry
    return found


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
    moved = [name for name in {**known, **used} if used.get(name) != known.get(name)]
    if not moved:
        return ["a step before it, or a file of the page"]
    rest = len(moved) - _MAX_REASONS
    return moved[:_MAX_REASONS] + ([f"and {rest} more"] if rest > 0 else [])


def overall(state: Mapping[str, Any], names: Iterable[str], *, seconds: float) -> dict[str, Any]:
    """Return what ``build.json`` says of the whole build: layout, status, duration, warnings."""
    rows = [state["pages"].get(name, {"status": "not built"}) for name in names]
    kinds = {str(entry["status"]) for entry in rows}
    failed = kinds - {"ok", "not built"}
    status = "failed" if failed else "incomplete" if "not built" in kinds else "ok"
    return {
        "schema": SCHEMA,
        "status": status,
        "seconds": round(seconds, 2),
        "warnings": sum(int(entry.get("warnings", 0)) for entry in rows),
        "made_utc": made_utc(),
    }


def disk_full(got: object) -> Exception:
    """Return the error for a full disk."""
    return input_error(
        "space on the disk",
        where="the build of the site",
        allowed="free some space and build again; finished pages are kept",
        got=got,
    )
