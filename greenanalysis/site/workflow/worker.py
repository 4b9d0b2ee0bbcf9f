"""Runs one notebook and publishes its page; lives in a process of the build's pool."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from greenanalysis.core import usage
from greenanalysis.core.files import write_text
from greenanalysis.core.paths import project_root
from greenanalysis.site.workflow.causes import cause_of, oom_kills
from greenanalysis.site.workflow.kernel import kernel_command
from greenanalysis.site.workflow.keys import Notes
from greenanalysis.site.workflow.snapshot import Snapshot

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "NUMBA_NUM_THREADS",
)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_RULE = re.compile(r"\s*-{10,}\s*")
_ERROR_LINES = 14
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Task:
    """What a worker needs to make one page."""

    name: str
    title: str
    notebook: Path
    parameters: Mapping[str, Any]
    key: str
    runtime: str
    out_dir: Path
    work_dir: Path
    root: Path
    timeout: int
    now: Snapshot
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one page.

    ``status`` is ``ok``, ``failed`` or ``disk-full``; ``cause`` of a failure one of
    :data:`~greenanalysis.site.workflow.causes.CAUSES`; ``attempts`` how often the notebook was
    started; ``notes`` what it read, None where that is not known.
    """

    name: str
    status: str
    key: str
    seconds: float = 0.0
    error: str = ""
    cause: str = ""
    attempts: int = 1
    sha256: str = ""
    bytes: int = 0
    warnings: int = 0
    notes: Notes | None = None
    files: dict[str, str] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)


def start_worker(threads: int, scratch: str) -> None:
    """Prepare a process of the pool: few threads, own Jupyter folders, an end with its parent.

    Parameters
    ----------
    threads : that numerical libraries of this process and its kernels may use.
    scratch : folder of the pool for what Jupyter and IPython write beside the notebooks.
    """
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = str(threads)
    own = Path(scratch) / str(os.getpid())
    own.mkdir(parents=True)
    os.environ.update(
        JUPYTER_RUNTIME_DIR=str(own),
        IPYTHONDIR=str(own),
        MPLBACKEND="module://matplotlib_inline.backend_inline",
        PYDEVD_DISABLE_FILE_VALIDATION="1",
    )
    usage.start(project_root())
    threading.Thread(target=_end_with, args=(os.getppid(), scratch), daemon=True).start()


def _end_with(parent: int, scratch: str) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(1)


def make_page(task: Task) -> Outcome:
    """Run a notebook and publish its page, whole or not at all.

    A notebook that fails leaves no page of its own: the build writes one that says what failed.
    """
    import logging
    import warnings

    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    began, killed = time.monotonic(), oom_kills()
    try:
        notebook = run_notebook(task)
        return _publish(task, notebook, began=began)
    except Exception as failure:  # a notebook may raise anything; the others must go on
        full = isinstance(failure, OSError) and failure.errno in DISK_FULL
        return Outcome(
            name=task.name,
            status="disk-full" if full else "failed",
            key=task.key,
            seconds=round(time.monotonic() - began, 2),
            error=_last_lines(failure),
            cause=cause_of(failure, killed=oom_kills() > killed),
        )


def run_notebook(task: Task) -> Any:
    """Return the notebook of a task as papermill executed it, by the running interpreter.

    Raises
    ------
    papermill.PapermillExecutionError : a cell failed.
    """
    import papermill

    task.work_dir.mkdir(parents=True, exist_ok=True)
    _notes_file(task).unlink(missing_ok=True)
    executed = task.work_dir / f"{task.name}.ipynb"
    staged = task.work_dir / f".tmp-{task.name}.ipynb"
    try:
        return papermill.execute_notebook(
            str(task.notebook),
            str(staged),
            parameters=dict(task.parameters),
            kernel_name="python3",
            language="python",
            kernel_manager_class=_kernel_manager(_notes_file(task)),
            cwd=str(task.root),
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            start_timeout=120,
            execution_timeout=task.timeout,
        )
    finally:
        if staged.is_file():
            staged.replace(executed)


def _kernel_manager(notes: Path) -> type:
    """Return a kernel manager that starts the running interpreter, whatever kernels are known.

    Parameters
    ----------
    notes : file into which the kernel writes what the notebook reads.
    """
    import zmq
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class ThisInterpreter(AsyncKernelManager):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            if zmq.has("curve"):
                self.transport_encryption = "auto"

        @property
        def kernel_spec(self) -> KernelSpec:
            known = {**get_kernel_dict(), "argv": kernel_command()}
            known["env"] = {**known.get("env", {}), usage.RECORD_VARIABLE: str(notes)}
            return KernelSpec(**known)

    return ThisInterpreter


def _notes_file(task: Task) -> Path:
    return task.work_dir / f"{task.name}.reads.txt"


def _publish(task: Task, notebook: Any, *, began: float) -> Outcome:
    from greenanalysis.site.downloads import publish_downloads
    from greenanalysis.site.publish.html import count_warnings, read_records, render_page
    from greenanalysis.site.publish.languages.links import with_languages
    from greenanalysis.site.publish.links import page_links
    from greenanalysis.site.workflow.carried import carry, stable_page

    links = page_links(task.siblings, task.root)
    page = render_page(notebook, title=task.title, runtime=task.runtime, links=links)
    page = stable_page(with_languages(page, f"{task.name}.html"), notebook)
    notes = _all_notes(task)
    page, files = publish_downloads(page, name=task.name, out_dir=task.out_dir)
    records = read_records(notebook)
    page = carry(page, task, notes=notes, files=files, records=records)
    write_text(task.out_dir / f"{task.name}.html", page)
    content = page.encode()
    return Outcome(
        name=task.name,
        status="ok",
        key=task.key,
        seconds=round(time.monotonic() - began, 2),
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        warnings=count_warnings(notebook),
        notes=notes,
        files=files,
        records=records,
    )


def _all_notes(task: Task) -> Notes | None:
    """Return what the kernel read, and what this process read to make pages since it began."""
    notes = usage.read_notes(_notes_file(task))
    if notes is None:
        return None
    own = {
        (kind, name)
        for kind, name in usage.noted()
        if kind != usage.PROCESS and not name.startswith(("notebooks", "requirements"))
    }
    return notes | own


def _last_lines(failure: BaseException) -> str:
    """Return the last lines of what went wrong, without terminal colours."""
    trace = getattr(failure, "traceback", None)
    text = "\n".join(trace) if isinstance(trace, list) else f"{type(failure).__name__}: {failure}"
    lines = [
        line
        for line in _ANSI.sub("", text).splitlines()
        if line.strip() and not _RULE.fullmatch(line)
    ]
    return "\n".join(lines[-_ERROR_LINES:])
