"""Which pages rest on something that differs from a commit."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from greenanalysis.core import paths
from greenanalysis.core.closure import closure, module_file
from greenanalysis.core.errors import input_error
from greenanalysis.site.page import Page, imported_modules
from greenanalysis.site.workflow.plan import LOCK, MAKERS, page_files, template_files


def changed_since(commit: str, pages: Sequence[Page]) -> list[Page]:
    """Return the pages whose notebook, data or code is not what it was at a commit.

    Parameters
    ----------
    commit : anything that git takes for one: a hash, a tag, ``HEAD~3``.
    pages : to choose from.

    Raises
    ------
    InputError : there is no git, no repository, or no such commit.
    """
    root = paths.project_root()
    changed = {root / name for name in _changed_files(commit, root)}
    return [page for page in pages if not changed.isdisjoint(_rests_on(page))]


def _rests_on(page: Page) -> set[Path]:
    modules = closure({*imported_modules(page.notebook), *MAKERS})
    code = {path for name in modules if (path := module_file(name)) is not None}
    lock = paths.project_root() / LOCK
    return {path.resolve() for path in (*page_files(page), *template_files(), *code, lock)}


def _changed_files(commit: str, root: Path) -> list[str]:
    """Return the files that differ from a commit, and those that git does not know yet."""
    git = ["git", "-C", str(root), "-c", "core.quotePath=false"]
    try:
        _said([*git, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"])
        changed = _said([*git, "diff", "--name-only", "--relative", "-z", commit])
        new = _said([*git, "ls-files", "--others", "--exclude-standard", "-z"])
    except FileNotFoundError as missing:
        raise input_error(
            "since", where=str(root), allowed="git, to know what changed", got="no git"
        ) from missing
    except subprocess.SubprocessError as failure:
        stderr = (getattr(failure, "stderr", b"") or b"").decode(errors="replace").strip()
        raise input_error(
            "since",
            where=str(root),
            allowed="a commit of the repository that holds the project",
            got=f"{commit!r}{f' ({stderr.splitlines()[0]})' if stderr else ''}",
        ) from failure
    return [name for name in (changed + new).decode(errors="surrogateescape").split("\0") if name]


def _said(command: Sequence[str]) -> bytes:
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
