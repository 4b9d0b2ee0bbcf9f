"""Builds a site with Snakemake: runs the notebooks that changed, publishes their pages."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.site.page import Page, check_pages, imported_modules
from greenanalysis.site.published import read_json, read_state, site_lock
from greenanalysis.site.workflow import warm
from greenanalysis.site.workflow.changes import changed_since
from greenanalysis.site.workflow.notebook import DISK_FULL
from greenanalysis.site.workflow.pages import select, site_plan
from greenanalysis.site.workflow.plan import CELL_TIMEOUT_SECONDS, Basis, Plan, work_folder
from greenanalysis.site.workflow.record import (
    are_scripts_whole,
    claim,
    disk_full,
    entries,
    is_whole,
    mark,
    why_made,
)
from greenanalysis.site.workflow.steps import HARD_STEPS

RULES = Path(__file__).with_name("rules.smk")
_LARGEST_CHECKED_BYTES = 50_000_000
"""Of inputs: larger files count by their time of change alone."""


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


def build_reports(
    *,
    weather: str = "sample",
    registry: str = "",
    only: Sequence[str] = (),
    since: str | None = None,
    jobs: int | None = None,
    force: bool = False,
    output: Path | None = None,
    echo: Callable[[str], object] = print,
) -> BuildResult:
    """Build the site of the project; see :func:`build_site`.

    Parameters
    ----------
    weather, registry : see :func:`greenanalysis.site.workflow.pages.site_pages`.
    only, since, jobs, force, output, echo : see :func:`build_site`.

    Raises
    ------
    InputError : unknown weather or page, an unfit weather file, a full disk.
    """
    plan = site_plan(weather, registry=registry, output=output)
    return build_site(
        plan.pages,
        out_dir=plan.out,
        weather=plan.weather,
        jobs=jobs,
        force=force,
        only=only,
        since=since,
        echo=echo,
    )


def build_site(
    pages: Sequence[Page],
    *,
    out_dir: Path | None = None,
    work_dir: Path | None = None,
    weather: str = "",
    jobs: int | None = None,
    force: bool = False,
    only: Sequence[str] = (),
    since: str | None = None,
    progress: bool = True,
    timeout: int = CELL_TIMEOUT_SECONDS,
    echo: Callable[[str], object] = print,
) -> BuildResult:
    """Publish a site of pages, running only the notebooks whose page is not current.

    Parameters
    ----------
    pages : what the site shall hold; pages of earlier builds that are not among them are removed.
    out_dir : root of the site; ``reports/`` by default. Only files that the record of an earlier
        build lists are replaced or removed.
    work_dir : where executed notebooks are kept; by default that of :func:`work_folder`.
    weather : of the steps before the pages.
    jobs : notebooks at a time; as many as cores by default.
    force : run all notebooks.
    only : names or patterns (``region-*``) of pages; the others stay as they are.
    since : a commit; only pages whose code, data or notebook differ from it are looked at.
    progress : whether to draw a progress bar.
    timeout : seconds that one cell may take.
    echo : receives lines for the user.

    Raises
    ------
    InputError : pages that cannot be built as meant, a folder with files of others, another build
        at work, a full disk, JavaScript packages that cannot be fetched, an unknown commit.
    """
    began = time.monotonic()
    out = out_dir or paths.reports_dir()
    claim(out)
    check_pages(pages)
    chosen = select(pages, only)
    out = out.resolve()
    work = (work_dir or work_folder(out)).resolve()
    plan = Plan(tuple(pages), out=out, work=work, weather=weather, timeout=timeout)
    try:
        with site_lock(out):
            return _build(
                plan,
                chosen,
                jobs=jobs or warm.core_count(),
                force=force,
                since=since,
                progress=progress,
                echo=echo,
                began=began,
            )
    except OSError as failure:
        if failure.errno in DISK_FULL:
            raise disk_full(failure) from failure
        raise


def _build(
    plan: Plan,
    chosen: Sequence[Page],
    *,
    jobs: int,
    force: bool,
    since: str | None,
    progress: bool,
    echo: Callable[[str], object],
    began: float,
) -> BuildResult:
    from greenanalysis.site.workflow.finish import finish_site

    basis = Basis(plan.pages)
    used = {page.name: basis.used(page) for page in plan.pages}
    if since is not None:
        chosen = changed_since(since, chosen)
    before = entries(plan)
    _forget_damaged(plan, before)
    stamps = {page.name: _stamp(plan, page.name) for page in chosen}
    mark(plan.out)
    plan.work.mkdir(parents=True, exist_ok=True)
    if chosen:
        _run_snakemake(plan, chosen, jobs=jobs, force=force, progress=progress)
    ran = [name for name, stamp in stamps.items() if _stamp(plan, name) != stamp]
    now = entries(plan)
    _raise_failure(plan, [now.get(name, {}) for name in stamps])
    forced = {name: ["forced"] for name in ran} if force else {}
    why = {name: why_made(before.get(name), used[name]) for name in ran} | forced
    removed = finish_site(plan, used=used, why=why, seconds=time.monotonic() - began)
    failed = [name for name in ran if now[name]["status"] != "ok"]
    result = BuildResult(
        index=plan.out / "index.html",
        built=tuple(name for name in ran if name not in failed),
        failed=tuple(failed),
        unchanged=tuple(name for name in stamps if name not in ran),
        removed=tuple(removed),
        seconds=round(time.monotonic() - began, 2),
    )
    for line in _summary(result, read_state(plan.out)):
        echo(line)
    return result


def _stamp(plan: Plan, name: str) -> tuple[int, ...]:
    """Return when the job of a page last ended, well or not."""
    files = (plan.record(name), plan.failure(name))
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in files)


def _forget_damaged(plan: Plan, known: Mapping[str, Mapping[str, Any]]) -> None:
    """Drop the records of jobs whose files are not what they were, so that they run again."""
    for name, entry in known.items():
        if entry["status"] == "ok" and not is_whole(plan, entry):
            plan.record(name).unlink(missing_ok=True)
    if not are_scripts_whole(plan):
        (plan.work / "runtime.json").unlink(missing_ok=True)


def _run_snakemake(
    plan: Plan, chosen: Sequence[Page], *, jobs: int, force: bool, progress: bool
) -> None:
    """Run the jobs of some pages and of the steps before them.

    Raises
    ------
    InputError : the rules cannot be followed; failures of jobs stand in their records.
    """
    from snakemake.api import SnakemakeApi
    from snakemake.exceptions import RuleException, WorkflowError
    from snakemake.scheduling.greedy import SchedulerSettings as GreedySettings
    from snakemake.settings import types as settings

    warm.prepare(
        sorted(set().union(*(imported_modules(page.notebook) for page in chosen))), jobs=jobs
    )
    config = {"plan": str(plan.write())}
    targets = frozenset(str(plan.record(page.name).relative_to(plan.work)) for page in chosen)
    quiet = frozenset({settings.Quietness.ALL})
    with (
        _interrupts() as interrupted,
        _progress_bar(len(chosen), shown=progress),
        SnakemakeApi(settings.OutputSettings(quiet=quiet, enable_file_logging=False)) as snakemake,
    ):
        try:
            dag = snakemake.workflow(
                resource_settings=settings.ResourceSettings(cores=jobs),
                config_settings=settings.ConfigSettings(config=config),
                workflow_settings=settings.WorkflowSettings(
                    runtime_source_cache_path=plan.work / "sources"
                ),
                snakefile=RULES,
                workdir=plan.work,
            ).dag(
                settings.DAGSettings(
                    targets=targets,
                    forcetargets=force,
                    force_incomplete=True,
                    max_checksum_file_size=_LARGEST_CHECKED_BYTES,
                )
            )
            dag.execute_workflow(
                execution_settings=settings.ExecutionSettings(
                    keep_going=True, lock=False, use_threads=True, latency_wait=0
                ),
                scheduling_settings=settings.SchedulingSettings(scheduler="greedy"),
                scheduler_settings=GreedySettings(),
            )
        except (WorkflowError, RuleException) as failure:
            if interrupted.is_set():
                raise KeyboardInterrupt from None
            if not any(_stamp(plan, page.name)[1] for page in chosen) and not _step_failures(plan):
                raise InputError(f"workflow: {str(failure).strip()}") from failure


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """End the work in progress at once when the user interrupts, and say so by an event."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def interrupt(*_: object) -> None:
        interrupted.set()
        warm.end_all()  # the jobs end with it, one by one, and Snakemake after them
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress_bar(total: int, *, shown: bool) -> Iterator[None]:
    """Draw how many pages have ended, as the log of the jobs says."""
    from tqdm import tqdm

    class Bar(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            name, error = record.__dict__["page"], record.__dict__["error"]
            if error and shown:
                tqdm.write(f"failed: {name}: {error.splitlines()[-1]}", file=sys.stderr)
            bar.set_postfix_str(name)
            bar.update()

    log = logging.getLogger("greenanalysis.site.workflow.steps")
    with tqdm(total=total, unit="page", disable=not shown, desc="notebooks") as bar:
        handler, level = Bar(), log.level
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        try:
            yield
        finally:
            log.removeHandler(handler)
            log.setLevel(level)


def _step_failures(plan: Plan) -> list[dict[str, Any]]:
    found = (read_json(plan.work / f"{step}.failure.json") for step in HARD_STEPS)
    return [failure for failure in found if failure]


def _raise_failure(plan: Plan, found: Sequence[Mapping[str, Any]]) -> None:
    """Raise what no page can be blamed for: a full disk, a step before all pages that failed."""
    for entry in (*_step_failures(plan), *found):
        if entry.get("status") == "disk-full":
            raise disk_full(entry["error"])
        if entry.get("status") == "step failed":
            raise InputError(entry["error"])


def _summary(result: BuildResult, state: Mapping[str, Any]) -> list[str]:
    """Return what a build says at its end."""
    from greenanalysis.site.publish.languages.site import untranslated_lines

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
