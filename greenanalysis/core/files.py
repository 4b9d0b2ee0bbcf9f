"""Files that are either whole or absent: atomic writes, and hashes of what was read."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PATHS = "surrogateescape"
"""Names of files keep their bytes where the locale knows no letters beyond ASCII."""


@contextmanager
def atomic_path(target: Path, *, directory: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``target`` that replaces it when the block succeeds.

    When the block raises (or the process dies) ``target`` is as it was before; a leftover of a
    killed process starts with ``.tmp-`` and is harmless.

    Parameters
    ----------
    target : the file, or with ``directory=True`` the folder, to be made or replaced.
    directory : whether the block fills a folder instead of a file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".tmp-{target.name}-", dir=target.parent))
    staged = scratch / target.name
    try:
        if directory:
            staged.mkdir()
        yield staged
        if directory and target.exists():
            target.replace(scratch / "replaced")
        staged.replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def write_text(target: Path, text: str) -> None:
    """Write ``text`` as UTF-8 to ``target``, atomically."""
    with atomic_path(target) as staged:
        staged.write_text(text, encoding="utf-8", errors=_PATHS)


def write_json(target: Path, value: object) -> None:
    """Write ``value`` as indented UTF-8 JSON to ``target``, atomically; keys keep their order."""
    write_text(target, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def sha256_file(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes.

    Parameters
    ----------
    path : of the file.
    """
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_files(paths: Iterable[Path], *, root: Path) -> str:
    """Return one SHA-256 over names (relative to ``root``) and contents of ``paths``, in order."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(os.fsencode(path.relative_to(root).as_posix()))
        digest.update(bytes.fromhex(sha256_file(path)))
    return digest.hexdigest()


def sha256_json(value: object) -> str:
    """Return the SHA-256 of a JSON value in canonical form (sorted keys)."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", _PATHS)).hexdigest()


def map_file(path: Path, *, start: int = 0, size: int | None = None) -> memoryview:
    """Return the bytes of a file, or ``size`` of them from ``start``, without copying them.

    The file must not be changed while they are used; what is written to them stays in memory.
    """
    before = start % mmap.ALLOCATIONGRANULARITY
    length = 0 if size is None else before + size
    with path.open("rb", buffering=0) as file:
        pages = mmap.mmap(file.fileno(), length, access=mmap.ACCESS_COPY, offset=start - before)
    return memoryview(pages)[before:]
