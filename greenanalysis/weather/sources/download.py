"""Many small objects in parallel, each kept whole or not at all; a killed run goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import requests
from tqdm import tqdm

from greenanalysis.core.errors import InputError
from greenanalysis.core.files import atomic_path, sha256_file
from greenanalysis.weather.sources.bounded import Refused, Unwell, bounded_session
from greenanalysis.weather.sources.http import Absent, Check, Line, Patience, Stopped, persist

JOBS = 8
_SUFFIX = ".receipt"


@dataclass(frozen=True)
class Wanted:
    """An object: where it is, where it is kept, and what its contents must pass."""

    url: str
    path: Path
    check: Check | None = None


@dataclass(frozen=True)
class Receipt:
    """What came: ``sha256`` is empty where the server has no such object."""

    url: str
    size: int
    sha256: str

    @property
    def absent(self) -> bool:
        """Whether the server says that there is no such object."""
        return not self.sha256


def download(
    wanted: Sequence[Wanted],
    *,
    jobs: int = JOBS,
    patience: Patience | None = None,
    refresh: bool = False,
    label: str = "download",
) -> list[Receipt]:
    """Fetch what is not yet kept, several objects at once, with a progress bar on stderr.

    Parameters
    ----------
    wanted : objects; those kept whole by an earlier run are verified and not fetched again.
    jobs : objects under way at once.
    patience : with the server, see :class:`~greenanalysis.weather.sources.http.Patience`.
    refresh : fetch also what is kept.
    label : names the progress bar.

    Returns
    -------
    list of Receipt : in the order of ``wanted``.

    Raises
    ------
    InputError : an object could not be had: its URL, what happened and what is kept. The others
        are not begun any more.

    Notes
    -----
    An object is complete when it stands at its path beside a receipt with its size and SHA-256,
    which is written after it; both are put in place atomically.
    """
    receipts = {} if refresh else {w.url: r for w in wanted for r in [kept(w)] if r}
    missing = [each for each in wanted if each.url not in receipts]
    line = Line()
    with tqdm(
        total=len(wanted),
        initial=len(receipts),
        desc=label,
        unit="object",
        file=sys.stderr,
        disable=not missing,
    ) as bar:
        arrived = 0
        for receipt in _arrivals(missing, jobs, patience or Patience(), line):
            receipts[receipt.url] = receipt
            arrived += receipt.size
            bar.set_postfix_str(f"{arrived / 1e6:.1f} MB", refresh=False)
            bar.update()
    return [receipts[each.url] for each in wanted]


def kept(wanted: Wanted) -> Receipt | None:
    """Return the receipt of an object that an earlier run kept whole, None otherwise."""
    try:
        receipt = Receipt(**json.loads(_receipt(wanted.path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    whole = (
        receipt.url == wanted.url
        and wanted.path.is_file()
        and wanted.path.stat().st_size == receipt.size
        and sha256_file(wanted.path) == receipt.sha256
    )
    return receipt if whole else None


def sweep(folder: Path) -> None:
    """Remove what killed runs left half-written below ``folder``."""
    for left in list(folder.rglob(".tmp-*")):
        shutil.rmtree(left, ignore_errors=True)


def _arrivals(
    missing: Sequence[Wanted], jobs: int, patience: Patience, line: Line
) -> Iterator[Receipt]:
    sessions = threading.local()

    def fetch(each: Wanted) -> Receipt:
        if not hasattr(sessions, "own"):
            sessions.own = bounded_session()
        return _fetch(each, sessions.own, patience, line)

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        running = {pool.submit(fetch, each): each for each in missing}
        try:
            for done, future in enumerate(as_completed(running)):
                yield _result(future, running[future].url, done, len(missing))
        finally:
            line.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _result(future: Future[Receipt], url: str, done: int, total: int) -> Receipt:
    try:
        return future.result()
    except (Refused, Unwell) as error:
        raise InputError(
            f"{url}: {error}; {done} of {total} objects came and are kept, "
            "the same command goes on from there"
        ) from error
    except OSError as error:
        raise InputError(f"{url} cannot be kept: {error.strerror or error}") from error


def _fetch(each: Wanted, session: requests.Session, patience: Patience, line: Line) -> Receipt:
    try:
        body = persist(session, each.url, patience, line, check=each.check)
    except Absent:
        return Receipt(each.url, 0, "")
    if line.stop.is_set():
        raise Stopped
    receipt = Receipt(each.url, len(body), hashlib.sha256(body).hexdigest())
    with atomic_path(each.path) as staged:
        staged.write_bytes(body)
    with atomic_path(_receipt(each.path)) as staged:
        staged.write_text(json.dumps(asdict(receipt)), encoding="utf-8")
    return receipt


def _receipt(path: Path) -> Path:
    return path.with_name(f".{path.name}{_SUFFIX}")
