"""Builds a small site in processes that are killed at drawn moments; prints what came of it.

Run with the folder for the sites and a seed. Notebooks are not run but stand ready, so that a
build takes a moment and the kills fall on what a build itself does; each build is a process of its
own, forked from one that has imported all.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import nbformat
from greenanalysis.site.workflow.worker import Outcome, Task

from greenanalysis.site import elements as page
from greenanalysis.site.downloads import Download, downloads
from greenanalysis.site.workflow import build, worker
from greenanalysis.site.workflow.page import Page
from tests.support.site_home import plain_page

KILLS = 10
NAMES = ("one", "two", "three", "four")


def ready_notebook(task: Task) -> nbformat.NotebookNode:
    """Return what running the notebook of a task would give, and note a reading."""
    task.work_dir.mkdir(parents=True, exist_ok=True)
    (task.work_dir / f"{task.name}.reads.txt").write_text("file\tdata/regions.geojson\n")
    file = Download("data.csv", "data", f"word\n{task.name}\n".encode() * 20_000)
    shown = page.key_figures([("Letters", len(task.name), "1")]) + downloads([file])
    data = {"text/html": str(shown), "text/plain": ""}
    cell = nbformat.v4.new_code_cell(
        "1", id="cell", outputs=[nbformat.v4.new_output("display_data", data=data)]
    )
    return nbformat.v4.new_notebook(cells=[cell])


def run_here(tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """Yield outcomes of tasks, made in this process."""
    yield from (worker.make_page(task) for task in tasks)


def site_build(out: Path) -> None:
    """Build the site into a folder."""
    pages: list[Page] = [plain_page(name) for name in NAMES]
    build.build_site(pages, out_dir=out, work_dir=out.parent / "executed", progress=False, jobs=1,
                     echo=lambda line: None)  # fmt: skip


def in_child(out: Path, *, killed_at: int = 0) -> tuple[bool, int]:
    """Build in a child process; return whether it ended by itself, and its number of file events.

    Parameters
    ----------
    out : root of the site.
    killed_at : number of the file event at which the child ends by SIGKILL; 0 for none.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        count = 0

        def hear(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event == "open" or event.startswith(("os.", "shutil.", "tempfile.")):
                count += 1
                if count == killed_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hear)
        site_build(out)
        os.write(tell, str(count).encode())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    os.close(tell)
    with os.fdopen(told) as heard:
        return os.WIFEXITED(status), int(heard.read() or 0)


def main() -> None:
    """Build undisturbed, then with kills, then once more; print what happened as JSON."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    worker.run_notebook = ready_notebook
    worker.time = SimpleNamespace(monotonic=lambda: 0.0)  # type: ignore[assignment]
    build.run_tasks = run_here  # type: ignore[assignment]
    site_build(folder / "warm" / "site")
    _, whole = in_child(folder / "undisturbed" / "site")
    draw = random.Random(seed)
    moments, ended = [], 0
    site = folder / "killed" / "site"
    for _ in range(KILLS):
        moment = draw.randint(whole // 4, whole)
        finished, _ = in_child(site, killed_at=moment)
        moments.append([moment, len(list(site.glob("*.html")))])
        ended += finished
        for page_file in sorted(site.glob("*.html")):
            if draw.random() < 0.4:
                page_file.write_bytes(page_file.read_bytes()[:100])
            elif draw.random() < 0.8:
                page_file.unlink()
    in_child(site)
    print(json.dumps({"events": whole, "moments": moments, "ended": ended}))


if __name__ == "__main__":
    main()
