"""Which pages rest on something that differs from a commit."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from greenanalysis.core import paths
from greenanalysis.core.errors import input_error
from greenanalysis.core.paths import package_dir
from greenanalysis.site.workflow.keys import Page, cells_in, notes_of, page_key
from greenanalysis.site.workflow.snapshot import SITE_FOLDERS, Snapshot, make_snapshot

_FOLDERS = (*SITE_FOLDERS, "greenanalysis", "requirements.lock")


def changed_since(
    commit: str,
    pages: Sequence[Page],
    now: Snapshot,
    keys: Mapping[str, str],
    entries: Mapping[str, Mapping[str, Any]],
) -> list[Page]:
    """Return the pages whose code, data or notebook differ from a commit.

    Parameters
    ----------
    commit : anything that git takes for one: a hash, a tag, ``HEAD~3``.
    pages : to choose from.
    now : what the project consists of.
    keys : of the pages, now.
    entries : records of the pages; a page without one counts as resting on all data.

    Raises
    ------
    InputError : there is no git, no repository, or no such commit.
    """
    files = _files_of(commit, paths.project_root())
    then = _snapshot_of(files, now)
    chosen = []
    for page in pages:
        notes = notes_of(entries.get(page.name))
        same = page_key(page, then, notes) == keys[page.name]
        if not same or _notebook_differs(page, files):
            chosen.append(page)
    return chosen


def _notebook_differs(page: Page, files: Mapping[str, bytes]) -> bool:
    try:
        name = page.notebook.resolve().relative_to(paths.project_root()).as_posix()
    except ValueError:
        return False
    if name not in files:
        return True
    return cells_in(files[name]) != cells_in(page.notebook.read_bytes())


def _snapshot_of(files: Mapping[str, bytes], now: Snapshot) -> Snapshot:
    """Return what the project consisted of at a commit; what git does not hold counts as now.

    Parameters
    ----------
    files : contents of the commit by name.
    now : what the project consists of today.
    """
    package = package_dir()
    inside = package.parent == paths.project_root()
    code = {
        name.removeprefix("greenanalysis/"): content
        for name, content in files.items()
        if name.startswith("greenanalysis/")
    }
    own = ("data/user/", "data/weather/")
    stamps = {name: digest for name, digest in now.files.items() if name.startswith(own)}
    project = {name: content for name, content in files.items() if name not in stamps}
    then = make_snapshot(
        {name: text for name, text in project.items() if not name.startswith("greenanalysis/")},
        code if inside else {},
        stamps=stamps,
    )
    then = replace(then, environment=now.environment, links=now.links)
    return then if inside else replace(then, code=now.code, imports=now.imports)


def _files_of(commit: str, root: Path) -> dict[str, bytes]:
    """Return the files of a commit that pages may rest on, by name relative to ``root``.

    Raises
    ------
    InputError : there is no git, no repository, or no such commit.
    """
    git = ["git", "-C", str(root)]
    try:
        tree = _said([*git, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"]).decode()
        names = _said([*git, "ls-tree", "--name-only", tree.strip()]).decode().split()
        wanted = [name for name in _FOLDERS if name in names]
        archive = _said([*git, "archive", "--format=tar", tree.strip(), "--", *wanted])
    except FileNotFoundError as missing:
        raise input_error(
            "since", where=str(root), allowed="git, to know what changed", got="no git"
        ) from missing
    except subprocess.SubprocessError as failure:
        said = (getattr(failure, "stderr", b"") or b"").decode(errors="replace").strip()
        raise input_error(
            "since",
            where=str(root),
            allowed="a commit of the repository that holds the project",
            got=f"{commit!r}{f' ({said.splitlines()[0]})' if said else ''}",
        ) from failure
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {
            member.name: (tar.extractfile(member) or io.BytesIO()).read()
            for member in tar.getmembers()
            if member.isfile()
        }


def _said(command: Sequence[str]) -> bytes:
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
