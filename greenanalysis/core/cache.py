"""Cache folders that are whole or made again, and digests of large files.

Damage is found, killed runs leave nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from greenanalysis.core.errors import InputError
from greenanalysis.core.files import atomic_path, sha256_file, write_json
from greenanalysis.core.paths import cache_dir

_log = logging.getLogger(__name__)


def ensure_store(path: Path, make: Callable[[Path], None], *, label: str, needs: str) -> Path:
    """Return ``path`` after making it where it is absent or damaged.

    Parameters
    ----------
    path : folder in the cache, named after the hash of all that determines its contents.
    make : fills the empty folder that it is given.
    label : what the folder holds, for messages.
    needs : what room it takes, for the message when the disk is full.

    Raises
    ------
    InputError : the disk is full or not writable; nothing half-written is left.
    """
    if not damage_of(path):
        return path
    with only_one_writer(path):
        damage = damage_of(path)
        if damage:
            _announce(path, damage, label)
            try:
                with atomic_path(path, directory=True) as staged:
                    make(staged)
                    inventory = _inventory(staged)
                write_json(_manifest(path), inventory)
            except OSError as error:
                raise InputError(
                    f"{label} cannot be written to {path}: {error.strerror or error}; "
                    f"it needs {needs} there"
                ) from error
    return path


def damage_of(path: Path) -> str:
    """Return what is wrong with a store in a few words, empty when it is whole."""
    if not path.is_dir():
        return "absent"
    try:
        expected = json.loads(_manifest(path).read_text(encoding="utf-8"))
        if not isinstance(expected, dict):
            return "its manifest is not a table"
        listed = [(name, size, checksum) for name, (size, checksum) in expected.items()]
    except (OSError, ValueError, TypeError):
        return "its manifest is missing or unreadable"
    for name, size, checksum in listed:
        file = path / name
        if not file.is_file():
            return f"{name} is missing"
        if file.stat().st_size != size:
            return f"{name} has {file.stat().st_size} bytes instead of {size}"
        if zlib.crc32(file.read_bytes()) != checksum:
            return f"{name} has other contents than were written"
    return ""


def _manifest(path: Path) -> Path:
    return path.with_suffix(".json")


def _inventory(folder: Path) -> dict[str, tuple[int, int]]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {
        file.relative_to(folder).as_posix(): (file.stat().st_size, zlib.crc32(file.read_bytes()))
        for file in files
    }


def _announce(path: Path, damage: str, label: str) -> None:
    """Say once why the store is made again, and clear what killed runs left."""
    if damage != "absent":
        _log.warning("%s %s is damaged (%s); making it again", label, path.name, damage)
    for left in path.parent.glob(f".tmp-{path.name}-*"):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def only_one_writer(path: Path) -> Iterator[None]:
    """Let one process make ``path`` while others wait; the lock dies with its process.

    Raises
    ------
    InputError : the folder of ``path`` cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = (path.parent / f".{path.stem}.lock").open("w")
    except OSError as error:
        raise InputError(
            f"the cache {path.parent} cannot be written: {error.strerror or error}"
        ) from error
    with handle:
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        except ImportError:
            pass
        yield


_SETTLED_S = 2.0
"""Age from which a file's times tell one content from another, whatever the file system."""


def known_digest(path: Path) -> str:
    """Return the SHA-256 of a large file, read again only where its size or times have changed.

    Parameters
    ----------
    path : of the file.
    """
    state = path.stat()
    mark = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
    known = cache_dir() / "digests" / f"{name}.json"
    try:
        before = json.loads(known.read_text(encoding="utf-8"))
        if before["file"] == mark:
            return str(before["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    digest = sha256_file(path)
    if time.time() - state.st_ctime > _SETTLED_S:
        with suppress(OSError):
            write_json(known, {"file": mark, "sha256": digest})
    return digest
