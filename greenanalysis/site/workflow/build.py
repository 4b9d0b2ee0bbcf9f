"""Runs the notebooks that changed, in parallel, and publishes the site."""

from __future__ import annotations

import fnmatch
import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from greenanalysis.core import paths
from greenanalysis.core.errors import unknown_name
from greenanalysis.core.files import sha256_json, write_json, write_text
from greenanalysis.site.publish.languages.site import untranslated_lines
from greenanalysis.site.publish.links import page_links
from greenanalysis.site.workflow.finish import finish_site
from greenanalysis.site.workflow.keys import Page, check_pages, page_key, page_keys, uses
from greenanalysis.site.workflow.lock import build_lock
from greenanalysis.site.workflow.pool import core_count, run_tasks
from greenanalysis.site.workflow.since import changed_since
from greenanalysis.site.workflow.snapshot import Snapshot, take_snapshot
from greenanalysis.site.workflow.state import (
    STATE_FILE,
    disk_full,
    drop_unused_runtimes,
    is_current,
    overall,
    read_state,
    record_of,
    remove_unwanted,
    whole_runtimes,
    why_made,
)
from greenanalysis.site.workflow.worker import DISK_FULL, Outcome, Task

__all__ = ["BuildResult", "Page", "build_site"]

CELL_TIMEOUT_SECONDS = 1800


@dataclass(frozen=True)
class BuildResult:
    """What a build did: the index, and the names of pages by what became of them."""

    index: Path
    built: tuple[str, ...]
    failed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    seconds: float

    @property
    def exit_code(self) -> int:
        """Return 0, or 1 when a page failed."""
        return 1 if self.failed else 0


def build_site(
    pages: Sequence[Page],
    *,
    out_dir: Path | None = None,
    work_dir: Path | None = None,
    jobs: int | None = None,
    force: bool = False,
    only: Sequence[str] = (),
    since: str | None = None,
    prepare: Callable[[], object] | None = None,
    progress: bool = True,
    timeout: int = CELL_TIMEOUT_SECONDS,
    echo: Callable[[str], object] = print,
) -> BuildResult:
    """Publish a site of pages, running only the notebooks whose page is not current.

    Parameters
    ----------
    pages : what the site shall hold; pages of earlier builds that are not among them are removed.
    out_dir : root of the site; ``reports/`` by default.
    work_dir : where executed notebooks are kept; by default that of :func:`executed_folder`.
    jobs : notebooks at a time; as many as cores by default.
    force : run all notebooks.
    only : names or patterns (``region-*``) of pages; the others stay as they are.
    since : a commit; only pages whose code, data or notebook differ from it are looked at.
    prepare : called once before the first notebook, when there is one to run.
    progress : whether to draw a progress bar.
    timeout : seconds that one cell may take.
    echo : receives lines for the user.

    Raises
    ------
    InputError : pages that cannot be built as meant, another build at work, a full disk, JavaScript
        packages that cannot be fetched, an unknown commit.
    """
    began = time.monotonic()
    check_pages(pages)
    chosen = select(pages, only)
    out = (out_dir or paths.reports_dir()).resolve()
    work = (work_dir or executed_folder(out)).resolve()
    try:
        with build_lock(out):
            state = read_state(out)
            now = _snapshot(pages)
            keys = page_keys(pages, now, state["pages"])
            if since is not None:
                chosen = changed_since(since, chosen, now, keys, state["pages"])
            removed = remove_unwanted(out, state, pages)
            current = set() if force else _current(pages, state, keys, out)
            todo = [page for page in chosen if page.name not in current]
            if todo:
                write_json(out / STATE_FILE, {**state, "complete": False})
                runtime = _prepare(out, prepare)
                tasks = [
                    _task(page, keys[page.name], runtime, out, work, timeout, now) for page in todo
                ]
                tasks = [replace(task, siblings=tuple(p.name for p in pages)) for task in tasks]
                tasks.sort(key=lambda task: -_known_seconds(state, task.name))
                found = {page.name: page for page in todo}
                with closing(_run_all(tasks, out, jobs=jobs, progress=progress)) as outcomes:
                    for task, outcome in outcomes:
                        record = _record(found[task.name], task, outcome, state, forced=force)
                        state["pages"][task.name] = record
                        keys[task.name] = record["key"]
                        write_json(out / STATE_FILE, {**state, "complete": False})
                drop_unused_runtimes(out, state)
            state.update(overall(state, pages, began=began))
            finish_site(out, pages, state, keys, world=now.whole)
    except OSError as failure:
        if failure.errno in DISK_FULL:
            raise disk_full(failure) from failure
        raise
    failed = [p.name for p in todo if state["pages"][p.name]["status"] != "ok"]
    result = BuildResult(
        index=out / "index.html",
        built=tuple(page.name for page in todo if page.name not in failed),
        failed=tuple(failed),
        unchanged=tuple(page.name for page in chosen if page.name in current),
        removed=tuple(removed),
        seconds=round(time.monotonic() - began, 2),
    )
    for line in _summary(result, state):
        echo(line)
    return result


def executed_folder(out: Path) -> Path:
    """Return where the executed notebooks of a site are kept, with what they read.

    Parameters
    ----------
    out : root of the site. Each has a folder of its own below ``data/cache/executed``, since two
        sites may be built at a time; that of ``reports/`` is the folder itself.
    """
    folder = paths.cache_dir() / "executed"
    usual = out.resolve() == paths.reports_dir().resolve()
    return folder if usual else folder / sha256_json(str(out.resolve()))[:12]


def select(pages: Sequence[Page], only: Sequence[str]) -> list[Page]:
    """Return the pages whose name fits one of the patterns; all when there is none.

    Raises
    ------
    InputError : a pattern fits no page.
    """
    names = [page.name for page in pages]
    for pattern in only:
        if not fnmatch.filter(names, pattern):
            raise unknown_name("page", pattern, names, where="only")
    return [
        page
        for page in pages
        if not only or any(fnmatch.fnmatchcase(page.name, pattern) for pattern in only)
    ]


def _snapshot(pages: Sequence[Page]) -> Snapshot:
    root = paths.project_root()
    links = page_links([page.name for page in pages], root)
    return replace(take_snapshot(root), links=json.dumps(links) if links else "")


def _current(
    pages: Sequence[Page], state: Mapping[str, Any], keys: Mapping[str, str], out: Path
) -> set[str]:
    """Return the names of the pages that need no run; a damaged runtime is made again."""
    entries = state["pages"]
    if {entry.get("runtime") for entry in entries.values()} - whole_runtimes(out):
        from greenanalysis.site.publish.runtime import ensure_runtime

        ensure_runtime(out)
    runtimes = whole_runtimes(out)
    return {
        page.name
        for page in pages
        if is_current(out, entries.get(page.name), keys[page.name], runtimes=runtimes)
    }


def _prepare(out: Path, prepare: Callable[[], object] | None) -> str:
    from greenanalysis.site.publish.runtime import ensure_runtime

    runtime = ensure_runtime(out)
    if prepare is not None:
        prepare()
    return runtime.href


def _task(
    page: Page, key: str, runtime: str, out: Path, work: Path, timeout: int, now: Snapshot
) -> Task:
    return Task(
        name=page.name,
        title=page.title,
        notebook=page.notebook.resolve(),
        parameters=dict(page.parameters),
        key=key,
        runtime=runtime,
        out_dir=out,
        work_dir=work,
        root=paths.project_root(),
        timeout=timeout,
        now=now,
    )


def _record(
    page: Page, task: Task, outcome: Outcome, state: Mapping[str, Any], *, forced: bool
) -> dict[str, Any]:
    used = uses(page, task.now, outcome.notes)
    why = ["forced"] if forced else why_made(state["pages"].get(page.name), used)
    key = page_key(page, task.now, outcome.notes)
    return record_of(task, outcome, key=key, used=used, why=why)


def _known_seconds(state: Mapping[str, Any], name: str) -> float:
    return float(state["pages"].get(name, {}).get("seconds", 1e9))


def _run_all(
    tasks: Sequence[Task], out: Path, *, jobs: int | None, progress: bool
) -> Generator[tuple[Task, Outcome]]:
    """Yield each task with its outcome; a page that failed is replaced by one that says so."""
    from tqdm import tqdm

    from greenanalysis.site.publish.index import failure_page

    named = {task.name: task for task in tasks}
    with (
        closing(run_tasks(tasks, jobs=jobs or core_count())) as outcomes,
        tqdm(total=len(tasks), unit="page", disable=not progress, desc="notebooks") as bar,
    ):
        for outcome in outcomes:
            if outcome.status == "disk-full":
                raise disk_full(outcome.error)
            task = named[outcome.name]
            if outcome.status == "failed":
                write_text(out / f"{task.name}.html", failure_page(task.title, outcome.error))
                if progress:
                    tqdm.write(f"failed: {task.name}: {outcome.error.splitlines()[-1]}")
            yield task, outcome
            bar.set_postfix_str(outcome.name)
            bar.update()


def _summary(result: BuildResult, state: Mapping[str, Any]) -> list[str]:
    """Return what a build says at its end."""
    lines = []
    if not (result.built or result.failed or result.removed):
        lines.append(f"nothing changed: {len(result.unchanged)} pages are current")
    else:
        lines.append(
            f"{len(result.built)} pages built, {len(result.unchanged)} current, "
            f"{len(result.removed)} removed, {len(result.failed)} failed in {result.seconds:.0f} s"
        )
    for name in result.failed:
        entry = state["pages"][name]
        tries = f", {entry['attempts']} attempts" if entry.get("attempts", 1) > 1 else ""
        lines.append(f"FAILED {name} ({entry['cause']}{tries}): {entry['error']}")
    lines += untranslated_lines(dict(state))
    return [*lines, f"site: {result.index}"]
