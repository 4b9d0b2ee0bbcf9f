"""Digests of large files are kept while the file is as it was."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from greenanalysis.core import cache


def test_a_digest_is_known_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    monkeypatch.setattr(cache, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setattr(cache, "_SETTLED_S", -1.0)
    own = cache.sha256_file
    monkeypatch.setattr(cache, "sha256_file", lambda path: reads.append(path) or own(path))
    file = tmp_path / "year.nc"
    file.write_bytes(b"one")
    expected = hashlib.sha256(b"one").hexdigest()
    assert cache.known_digest(file) == cache.known_digest(file) == expected
    assert len(reads) == 1
    times = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert cache.known_digest(file) == hashlib.sha256(b"two").hexdigest()
    for left in (tmp_path / "cache").rglob("*.json"):
        left.write_text("{}")
    assert cache.known_digest(file) == hashlib.sha256(b"two").hexdigest()
    assert len(reads) == 3


def test_a_digest_of_a_file_just_written_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "cache_dir", lambda: tmp_path / "cache")
    (tmp_path / "new.nc").write_bytes(b"new")
    cache.known_digest(tmp_path / "new.nc")
    assert not (tmp_path / "cache").exists()
