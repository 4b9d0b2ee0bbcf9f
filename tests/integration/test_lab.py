"""JupyterLab opens each notebook and runs it from top to bottom, without network."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
import pytest
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from greenanalysis.core import paths
from tests.support.browser import browser_path, chromium

pytestmark = pytest.mark.browser

QUICK = ("00_first_study.ipynb", "01_resource_assessment.ipynb", "07_monitoring.ipynb")
NOTEBOOKS = [
    pytest.param(path.name, marks=() if path.name in QUICK else pytest.mark.long)
    for path in sorted(paths.notebooks_dir().glob("*.ipynb"))
]
"""All are run by papermill elsewhere; here a tutorial, a map with charts, and a database."""
COARSE = {"06_supergrid_alternatives.ipynb": {"typical_days": 1, "hours_per_step": 6}}
"""Parameters under which a notebook that solves many networks runs in seconds."""
RUN_ALL = """async (path) => {
  const app = window.jupyterapp;
  await app.restored;
  let panel;
  for (let i = 0; i < 300 && !panel; i++) {
    panel = [...app.shell.widgets('main')].find(
      w => w.context?.path === path && w.sessionContext && w.content.model);
    await new Promise(done => setTimeout(done, 100));
  }
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  app.shell.activateById(panel.id);
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error('900 s')), 900000));
  await Promise.race([app.commands.execute('notebook:run-all-cells'), late]);
  await panel.sessionContext.shutdown();
  const cells = panel.content.widgets.filter(w => w.model.type === 'code');
  return cells.map(w => ({
    count: w.model.executionCount,
    errors: w.model.outputs.toJSON().filter(o => o.output_type === 'error').map(o => o.evalue),
  }));
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    browser_path()
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(paths.notebooks_dir(), folder / "notebooks")
    for name, parameters in COARSE.items():
        path = folder / "notebooks" / name
        notebook = load_notebook_node(str(path))
        nbformat.write(parameterize_notebook(notebook, parameters), path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *(f"--port={port}", "--ip=127.0.0.1", "--IdentityProvider.token="),
            *("--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"),
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
        ],
        cwd=folder,
        env=dict(os.environ) | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/status")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_path()
    with chromium() as started:
        yield started


def _wait_for(address: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                json.load(answer)
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(address)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_jupyterlab_runs_the_notebook(lab: str, browser: Any, name: str) -> None:
    with closing(browser.new_page(viewport={"width": 1400, "height": 1000})) as page:
        outside: list[str] = []
        page.on("request", lambda asked: _note(asked.url, lab, outside))
        page.goto(f"{lab}/lab/tree/notebooks/{name}?reset", timeout=60_000)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        cells = page.evaluate(RUN_ALL, f"notebooks/{name}")
        assert [cell["errors"] for cell in cells] == [[]] * len(cells)
        assert all(cell["count"] for cell in cells)
        if "show_map(" in (paths.notebooks_dir() / name).read_text(encoding="utf-8"):
            page.wait_for_selector(".leaflet-container", state="attached", timeout=20_000)
        assert outside == []


def _note(url: str, lab: str, outside: list[str]) -> None:
    if not url.startswith((lab, "data:", "blob:", "ws:")):
        outside.append(url)


def test_notebooks_lie_where_the_project_says() -> None:
    names = [one.values[0] for one in NOTEBOOKS]
    assert set(QUICK) < set(names)
    assert {Path(str(name)).suffix for name in names} == {".ipynb"}
