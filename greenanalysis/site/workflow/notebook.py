"""Runs one notebook and makes its page; lives in a process of its own."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

from greenanalysis.core.errors import InputError
from greenanalysis.core.files import write_text
from greenanalysis.site.page import Task
from greenanalysis.site.workflow.causes import cause_of, oom_kills

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_RULE = re.compile(r"\s*-{10,}\s*")
_ERROR_LINES = 14
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
PAGE_FILE = "page.html"


def make_page(task: Task) -> dict[str, Any]:
    """Run a notebook, write its page and files into the folder of the task.

    Returns
    -------
    dict : ``status`` is ``ok``, ``failed`` or ``disk-full``. Of a page that was made: ``seconds``,
        ``sha256``, ``bytes``, ``warnings``, ``files`` (SHA-256 by address) and ``records`` (results
        that the notebook recorded). Of a failure: ``cause`` and ``error``.
    """
    import logging
    import warnings

    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    began, killed = time.monotonic(), oom_kills()
    try:
        made = _make(task)
    except Exception as failure:  # a notebook may raise anything; the others must go on
        full = isinstance(failure, OSError) and failure.errno in DISK_FULL
        made = {
            "status": "disk-full" if full else "failed",
            "cause": cause_of(failure, killed=oom_kills() > killed),
            "error": _last_lines(failure),
        }
    return {**made, "seconds": round(time.monotonic() - began, 2)}


def _make(task: Task) -> dict[str, Any]:
    from greenanalysis.site.downloads import publish_downloads
    from greenanalysis.site.publish.html import (
        citation,
        count_warnings,
        read_records,
        render_page,
    )
    from greenanalysis.site.publish.languages.links import with_languages
    from greenanalysis.site.publish.links import page_links
    from greenanalysis.site.publish.next_steps import next_steps
    from greenanalysis.site.publish.page_data import data_section, json_ld, page_files, with_section
    from greenanalysis.site.published import said_by_notebook
    from greenanalysis.site.workflow.carried import carry, stable_page

    name = task.page.name
    notebook = _run_notebook(task)
    text = render_page(
        notebook,
        title=task.page.title,
        runtime=task.runtime,
        links=page_links([one.name for one in task.siblings], task.root),
        steps=next_steps(task.page, task.siblings),
    )
    text = stable_page(with_languages(text, f"{name}.html"), notebook)
    records = read_records(notebook)
    title, cite = task.page.title, citation()
    more = page_files(text, title=title, records=records, citation=cite)
    text, files = publish_downloads(text, name=name, out_dir=task.folder, more=more)
    described = json_ld(
        title=title,
        citation=cite,
        files=files,
        records=records,
        weather=said_by_notebook(text).get("weather", {}),
        country=_country(),
    )
    section = data_section(
        more, folder=f"downloads/{name}", title=title, citation=cite, described=described
    )
    text = with_section(text, section)
    text = carry(text, task, files=files, records=records)
    write_text(task.folder / PAGE_FILE, text)
    content = text.encode()
    return {
        "status": "ok",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "warnings": count_warnings(notebook),
        "files": files,
        "records": records,
    }


def _country() -> str:
    """Return the name of the country, empty in a project folder that states none."""
    from greenanalysis.geo.country import load_country

    try:
        return load_country().name
    except InputError:
        return ""


def _run_notebook(task: Task) -> Any:
    """Return the notebook of a task as papermill executed it, by the running interpreter."""
    import papermill

    from greenanalysis.site.workflow.kernels import kernel_manager

    task.folder.mkdir(parents=True, exist_ok=True)
    executed, staged = task.folder / "executed.ipynb", task.folder / ".tmp-executed.ipynb"
    own = task.folder / ".jupyter"
    os.environ.update(JUPYTER_RUNTIME_DIR=str(own), IPYTHONDIR=str(own))
    try:
        own.mkdir(exist_ok=True)
        return papermill.execute_notebook(
            _literal(task.page.notebook),
            _literal(staged),
            parameters=dict(task.page.parameters),
            kernel_name="python3",
            language="python",
            kernel_manager_class=kernel_manager(),
            cwd=str(task.root),
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            start_timeout=120,
            execution_timeout=task.timeout,
        )
    finally:
        shutil.rmtree(own, ignore_errors=True)
        if staged.is_file():
            staged.replace(executed)


def _literal(path: Path) -> str:
    """Return a path as papermill takes it, which fills parameters into braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


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
