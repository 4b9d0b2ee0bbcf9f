"""What a site remembers of its builds, in ``build.json``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from greenanalysis.errors import input_error
from greenanalysis.io import sha256_file
from greenanalysis.report.keys import Page

STATE_FILE = "build.json"


def read_state(out: Path) -> dict[str, Any]:
    """Return ``build.json`` of a site; an absent or unreadable one counts as empty."""
    try:
        state = json.loads((out / STATE_FILE).read_text(encoding="utf-8"))
        if isinstance(state["pages"], dict):
            return dict(state)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {"pages": {}}


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
    """Return the addresses of the widget runtimes whose content fits the hash in their name."""
    return {
        f"assets/{path.name}"
        for path in (out / "assets").glob("widgets-*.js")
        if sha256_file(path).startswith(path.stem.removeprefix("widgets-"))
    }


def drop_unused_runtimes(out: Path, state: Mapping[str, Any]) -> None:
    """Remove widget runtimes that no page of the site asks for."""
    used = {entry.get("runtime") for entry in state["pages"].values()}
    for path in (out / "assets").glob("widgets-*.js"):
        if f"assets/{path.name}" not in used:
            path.unlink()


def remove_unwanted(out: Path, state: dict[str, Any], pages: Sequence[Page]) -> list[str]:
    """Remove pages of the site that are not wanted; return their names."""
    wanted = {page.name for page in pages}
    for name in [name for name in state["pages"] if name not in wanted]:
        del state["pages"][name]
    removed = [path for path in out.glob("*.html") if path.stem not in wanted | {"index"}]
    for path in removed:
        path.unlink()
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
