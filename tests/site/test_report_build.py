from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import psutil
import pytest

from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.site import elements as page
from greenanalysis.site.draw import figures, tables
from greenanalysis.site.draw.embed import chart_figure
from greenanalysis.site.publish import html, index
from greenanalysis.site.workflow import build, finish, keys, worker
from greenanalysis.site.workflow.build import Page, build_site
from greenanalysis.site.workflow.lock import build_lock
from greenanalysis.site.workflow.snapshot import make_snapshot
from tests.support.site_home import NOTEBOOKS, make_home, map_page, plain_page

EMPTY = make_snapshot({}, {}, stamps={})
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = make_home(tmp_path_factory.mktemp("пустыня и степь"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(paths.HOME_VARIABLE, str(folder))
        yield folder


def run(pages: list[Page], out: Path, **options: object) -> tuple[build.BuildResult, str]:
    lines: list[str] = []
    result = build_site(pages, out_dir=out, progress=False, echo=lines.append, **options)  # type: ignore[arg-type]
    return result, "\n".join(lines)


def runs_of(home: Path, word: str) -> int:
    path = home / f"ran-{word}.txt"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_a_build_a_failure_a_removal_and_a_build_that_has_nothing_to_do(
    home: Path, tmp_path: Path
) -> None:
    prepared: list[int] = []
    pages = [plain_page("good"), plain_page("bad", fail=True)]
    result, said = run(pages, tmp_path, prepare=lambda: prepared.append(1))
    assert (result.built, result.failed, result.exit_code) == (("good",), ("bad",), 1)
    assert prepared == [1]
    assert said.endswith(str(tmp_path / "index.html"))
    assert "the word is good" in (tmp_path / "good.html").read_text()
    bad = (tmp_path / "bad.html").read_text()
    assert "no figures for &lt;bad&gt;" in bad
    assert "the word is bad" not in bad
    contents = (tmp_path / "index.html").read_text()
    assert "no figures for &lt;bad&gt;" in contents
    assert 'class="ga-status ga-failed">failed' in contents
    state = json.loads((tmp_path / "build.json").read_text())
    assert state["pages"]["bad"]["status"] == "failed"
    assert state["pages"]["good"]["bytes"] == (tmp_path / "good.html").stat().st_size
    assert sys.executable in (home / "ran-good.txt").read_text()

    result, said = run(pages[:1], tmp_path, prepare=lambda: prepared.append(2))
    assert (result.removed, result.exit_code) == (("bad",), 0)
    assert not (tmp_path / "bad.html").exists()
    assert "Page bad" not in (tmp_path / "index.html").read_text()

    began = time.monotonic()
    result, said = run(pages[:1], tmp_path, prepare=lambda: prepared.append(3))
    assert time.monotonic() - began < 3
    assert "nothing changed" in said
    assert (result.built, result.unchanged) == ((), ("good",))
    assert prepared == [1]
    assert runs_of(home, "good") == 1

    (tmp_path / "good.html").write_text("half a pa")
    stated = tmp_path / "build.json"
    complete = [json.loads(stated.read_text())["complete"]]
    told = lambda: complete.append(json.loads(stated.read_text())["complete"])  # noqa: E731
    result, _ = run(pages[:1], tmp_path, prepare=told)
    assert complete == [True, False]
    assert result.built == ("good",)
    assert runs_of(home, "good") == 2


def test_a_killed_build_leaves_whole_pages_and_the_next_one_resumes(
    home: Path, tmp_path: Path
) -> None:
    hold = home / "hold-slow"
    hold.touch()
    code = (
        "if __name__ == '__main__':\n"
        "    import sys\n"
        "    from pathlib import Path\n"
        "    from greenanalysis.site.workflow.build import build_site\n"
        "    from tests.support.site_home import plain_page\n"
        "    pages = [plain_page('fast'), plain_page('slow')]\n"
        "    build_site(pages, out_dir=Path(sys.argv[1]), jobs=1, progress=False)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    out = tmp_path / "site"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    parent = subprocess.Popen([sys.executable, str(script), str(out)], env=environment)
    try:
        wait_for(lambda: runs_of(home, "slow") == 1)
        below = psutil.Process(parent.pid).children(recursive=True)
        assert len(below) >= 2
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    wait_for(lambda: not any(alive(process) for process in below))
    assert sorted(path.name for path in out.glob("*.html")) == ["fast.html"]
    hold.unlink()
    result, _ = run([plain_page("fast"), plain_page("slow")], out)
    assert (result.built, result.unchanged) == (("slow",), ("fast",))
    assert runs_of(home, "fast") == 1
    assert not list(out.glob(".tmp-*"))


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def wait_for(condition: object, *, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def test_a_notebook_that_kills_its_process_costs_only_its_own_page(
    home: Path, tmp_path: Path
) -> None:
    deadly = Page("deadly", NOTEBOOKS / "deadly.ipynb", "Deadly", "Tests")
    result, said = run([deadly, plain_page("other")], tmp_path)
    assert (result.built, result.failed) == (("other",), ("deadly",))
    assert "was killed" in said


def test_a_misspelt_parameter_is_refused_before_anything_runs(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    with pytest.raises(InputError, match=r"'wrod'.*did you mean word"):
        run([Page("x", NOTEBOOKS / "plain.ipynb", "X", "Tests", {"wrod": "one"})], out)
    assert not out.exists()


def test_pages_that_cannot_be_meant_are_refused(home: Path, tmp_path: Path) -> None:
    good = plain_page("good")
    for wrong in (replace(good, name="index"), replace(good, name="../x"), good):
        with pytest.raises(InputError, match="name of a page"):
            keys.check_pages([good, wrong])
    (tmp_path / "broken.ipynb").write_text("{")
    for path in (tmp_path / "absent.ipynb", tmp_path / "broken.ipynb"):
        with pytest.raises(InputError, match="notebook"):
            keys.check_pages([replace(good, notebook=path)])
    with pytest.raises(InputError, match="unknown page"):
        build.select([good], ["goood"])
    assert build.select([good, map_page()], ["at*"]) == [map_page()]


def test_nothing_heavy_is_imported_before_there_is_something_to_run() -> None:
    code = "import sys, greenanalysis.site.workflow.build; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "pandas", "papermill", "nbconvert", "ipyleaflet", "matplotlib", "jinja2"}
    assert not heavy & set(done.stdout.split())


def test_an_interrupted_build_ends_its_processes_at_once(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    hold = home / "hold-held"
    hold.touch()
    monkeypatch.setattr(build, "write_json", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run([plain_page("swift"), plain_page("held")], tmp_path, jobs=2)
    hold.unlink()
    me = psutil.Process()
    wait_for(lambda: not any("spawn_main" in " ".join(each.cmdline()) for each in me.children()))


def test_only_one_build_at_a_time(home: Path, tmp_path: Path) -> None:
    with build_lock(tmp_path), pytest.raises(InputError, match=f"process {os.getpid()}"):
        run([plain_page("good")], tmp_path)
    with build_lock(tmp_path):
        pass


def test_two_sites_built_at_a_time_keep_their_notebooks_apart(home: Path, tmp_path: Path) -> None:
    def made(out: Path) -> dict[str, Any]:
        run([plain_page("same")], out)
        return dict(json.loads((out / "build.json").read_text())["pages"]["same"]["used"])

    usual = build.executed_folder(home / "reports")
    assert usual == home / "data" / "cache" / "executed"
    sites = [tmp_path / "one", tmp_path / "two"]
    folders = [build.executed_folder(site) for site in sites]
    assert len({usual, *folders}) == 3
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(made, sites)
    assert first == second
    assert all((folder / "same.reads.txt").is_file() for folder in folders)


def test_a_full_disk_is_one_clear_error(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    task = worker.Task("a", "A", Path("a"), {}, "k", "r", tmp_path, tmp_path, tmp_path, 1, EMPTY)
    monkeypatch.setattr(worker, "run_notebook", full)
    outcome = worker.make_page(task)
    assert outcome.status == "disk-full"
    monkeypatch.setattr(build, "run_tasks", lambda tasks, jobs: (each for each in [outcome]))
    with pytest.raises(InputError, match=r"space on the disk.*No space left"):
        run([plain_page("good")], tmp_path)
    monkeypatch.setattr(finish, "write_json", full)
    monkeypatch.setattr(build, "run_tasks", lambda tasks, jobs: (each for each in []))
    with pytest.raises(InputError, match="space on the disk"):
        run([], tmp_path)


def test_the_parameters_are_those_that_papermill_finds() -> None:
    import papermill

    for notebook in (NOTEBOOKS / "plain.ipynb", NOTEBOOKS / "map.ipynb"):
        assert keys.notebook_parameters(notebook) == list(papermill.inspect_notebook(str(notebook)))


def notebook_with(*outputs: object) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell("secret_of_the_source = 1", outputs=list(outputs))
    return nbformat.v4.new_notebook(cells=[cell])


def test_a_notebook_with_a_failed_cell_is_never_published() -> None:
    failed = nbformat.v4.new_output("error", ename="ValueError", evalue="x", traceback=[])
    with pytest.raises(html.FailedCellError, match="ValueError"):
        html.render_page(notebook_with(failed), title="A", runtime="assets/w.js")


def test_a_page_has_a_policy_and_no_address_of_the_network() -> None:
    table = {"text/html": str(page.banner({"grade": "screening"})), "text/plain": "x"}
    noise = nbformat.v4.new_output("stream", name="stderr", text="UserWarning: noise")
    record = {page.RECORD_MIME: {"key": "gw", "value": "7"}, "text/plain": ""}
    notebook = notebook_with(
        nbformat.v4.new_output("display_data", data=table),
        nbformat.v4.new_output("display_data", data=record),
        noise,
    )
    text = html.render_page(notebook, title="Sun & <wind>", runtime="assets/w.js")
    assert "<title>Sun &amp; &lt;wind&gt;</title>" in text
    assert "default-src 'none'" in text
    assert page.SCREENING_TEXT in text
    assert "secret_of_the_source" in text
    assert "noise" not in text
    assert not re.search(r"(src|href)=[\"']?(https?:)?//|url\(\s*[\"']?https?:|@import", text)
    assert html.read_records(notebook) == {"gw": {"key": "gw", "value": "7"}}
    assert html.count_warnings(notebook) == 1


def test_text_from_data_is_escaped_everywhere() -> None:
    evil = "<img src=x onerror=alert(1)>&"
    frame = pd.DataFrame({evil: [evil, None]}, index=["a", "b"])
    blocks = [
        tables.html_table(frame, caption=evil),
        page.key_figures([(evil, evil, evil)]),
        page.banner({"name": evil, "grade": "real", "source": evil}),
        page.finding(evil),
        page.sources([evil]),
        page.limits([evil]),
        page.facts_block(weather={"name": evil}, parameters={"a": evil}, extra={evil: evil}),
        page.provenance({"a": evil}),
        chart_figure(
            figures.ranked_bars({evil: 1.0}, unit=evil).shown(title=evil, note=evil).vega_lite(),
            key="chart-1",
        ),
    ]
    for block in blocks:
        assert "<img src=x" not in str(block)
        assert "</script><" not in str(block).replace("</script></", "")
    entry = {"status": "failed", "error": evil, "records": {}}
    contents = index.render_index([Page("a", Path("a"), evil, evil)], {"a": entry}, {"a": "k"})
    assert "<img" not in contents
    assert "<img" not in index.failure_page(evil, evil)


def test_the_banner_is_prominent_for_screening_grade_only() -> None:
    assert "ga-screening" in page.banner({"name": "sample", "grade": "screening"})
    real = page.banner({"name": "era5", "grade": "real", "source": "ERA5", "years": "2015-2024"})
    assert "ga-screening" not in real
    assert "ERA5" in real
    assert "2015-2024" in real


def test_a_table_aligns_formats_and_marks_what_is_missing() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "gw": [1234.567, np.nan], "n": [1000, 2]})
    text = str(tables.html_table(frame, formats={"gw": "{:,.1f}"}, caption="C"))
    assert '<td class="ga-number">1,234.6</td>' in text
    assert '<td class="ga-number">–</td>' in text
    assert '<td class="ga-number">1,000</td>' in text
    assert "<td>a</td>" in text


def test_the_index_shows_records_headlines_and_what_is_outdated() -> None:
    records = {
        "gw": {"key": "gw", "value": "7", "label": "Solar", "unit": "GW", "headline": True},
        "grade": {"key": "grade", "value": "screening", "label": "", "unit": ""},
    }
    entry = {"status": "ok", "key": "old", "seconds": 3.0, "records": records}
    pages = [Page("a", Path("a"), "A", "National"), Page("b", Path("b"), "B", "Regions")]
    text = index.render_index(pages, {"a": entry}, {"a": "new", "b": "new"})
    assert "outdated" in text
    assert "not built" in text
    assert '<a href="b.html">' not in text
    assert page.SCREENING_TEXT in text
    assert "<b>7</b><small>GW</small>" in text
