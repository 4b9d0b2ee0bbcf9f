"""What a run reads of the project: noted as it happens, so that a page knows what it rests on.

Nothing is noted until :func:`start` is called, as the kernel of a build does.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RECORD_VARIABLE = "GREENANALYSIS_USAGE"
"""Environment variable that names the file into which a kernel writes what it reads."""

FILE, FOLDER, MODULE, CODE, ASSUMPTION, TECHNOLOGY, ALL, PROCESS, SEED = (
    "file",
    "folder",
    "module",
    "code",
    "assumption",
    "technology",
    "all",
    "process",
    "seed",
)
"""Kinds of notes. ``technology`` is a regular expression; ``all`` every assumption; ``process``
another program was started, of which nothing is known; ``seed`` of random numbers, ``name=value``,
is told only."""

_NOT_FOLLOWED = ("cache", "weather", "user")
"""Folders below ``data/`` that count in other ways: computed again, or as a whole."""
_HARMLESS_PROGRAMS = {
    "git", "uname", "ldconfig", "gcc", "cc", "lscpu", "ps", "fc-list", "system_profiler"
}  # fmt: skip
"""Programs that tell of the machine or the repository and read no data.

Matplotlib asks the last two for fonts where it runs for the first time.
"""


class _Depth(threading.local):
    depth = 0


_covered = _Depth()
_recorder: _Recorder | None = None


class _Recorder:
    """Keeps notes, each once, and writes them to a file at once: a killed run has told all."""

    def __init__(self, root: Path, target: Path | None) -> None:
        self.notes: set[tuple[str, str]] = set()
        self.root = _with_slash(root)
        self.data = f"{root / 'data'}{os.sep}"
        self.resolved = _with_slash(root / "data")
        self.package = _with_slash(Path(__file__).resolve().parents[1])
        self.handle = None
        if target is not None:
            self.handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)

    def add(self, kind: str, name: str) -> None:
        if (kind, name) in self.notes:
            return
        self.notes.add((kind, name))
        if self.handle is not None:
            os.write(self.handle, f"{kind}\t{name}\n".encode("utf-8", "surrogateescape"))

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            if not _written(arguments[1], arguments[2]):
                self.place(arguments[0], FILE)
        elif event == "import":
            if str(arguments[0]).split(".")[0] == "greenanalysis":
                self.add(MODULE, arguments[0])
        elif event in ("os.listdir", "os.scandir"):
            self.place(arguments[0] if arguments[0] is not None else ".", FOLDER)
        elif event in ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"):
            program = Path(str(arguments[0])).name if arguments else event
            if program not in _HARMLESS_PROGRAMS:
                self.add(PROCESS, program)

    def place(self, path: object, kind: str) -> None:
        if isinstance(path, int) or _covered.depth:
            return
        try:
            full = os.path.abspath(os.fsdecode(path))  # type: ignore[arg-type]  # noqa: PTH100
        except (TypeError, ValueError):
            return
        if full.startswith(self.package):
            if kind == FILE and "__pycache__" not in full:
                self.add(CODE, _relative(full, self.package))
            return
        for top in (self.data, self.resolved):
            if f"{full}{os.sep}".startswith(top):
                name = _relative(full, top)
                if name.split("/")[0] not in _NOT_FOLLOWED:
                    self.add(kind, f"data/{name}".rstrip("/"))
                return
        if kind == FILE and full.startswith(self.root):
            name = _relative(full, self.root)
            if "/" not in name or name.split("/")[0] in ("docs", "notebooks"):
                self.add(kind, name)


def _with_slash(folder: Path) -> str:
    return f"{folder.resolve()}{os.sep}"


def _relative(full: str, top: str) -> str:
    return full[len(top) :].replace(os.sep, "/")


def _written(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return not ("r" in mode or "+" in mode)
    return isinstance(flags, int) and flags & os.O_ACCMODE == os.O_WRONLY


def start(root: Path, *, target: Path | None = None) -> None:
    """Note from now on what this process reads below ``root``, for as long as it lives.

    Parameters
    ----------
    root : folder of the project.
    target : file that gets each note as a line, kind and name with a tab between.
    """
    global _recorder
    first = _recorder is None
    _recorder = _Recorder(root, target)
    if first:
        sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _recorder is not None:
        try:
            _recorder.hear(event, arguments)
        except Exception:  # an exception here would fail the reading itself
            _recorder.add(PROCESS, f"a reading that could not be noted ({event})")


def note(kind: str, name: str) -> None:
    """Note the use of one thing; nothing happens where no notes are taken."""
    if _recorder is not None and not _covered.depth:
        _recorder.add(kind, name)


@contextmanager
def covered() -> Iterator[None]:
    """Note nothing of what this thread does inside: it counts in another way."""
    _covered.depth += 1
    try:
        yield
    finally:
        _covered.depth -= 1


def noted() -> frozenset[tuple[str, str]]:
    """Return the notes of this process so far."""
    return frozenset(_recorder.notes if _recorder is not None else ())


def read_notes(target: Path) -> frozenset[tuple[str, str]] | None:
    """Return the notes that another process wrote, or None where it wrote none."""
    try:
        lines = target.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    return frozenset(_pairs(lines))


def _pairs(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        kind, _, name = line.partition("\t")
        yield kind, name
