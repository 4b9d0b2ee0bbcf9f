"""A build runs what changed and nothing else, keeps what stands, and touches nobody's files."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.site.page import Page, Task, check_pages, notebook_parameters
from greenanalysis.site.published import read_state, site_lock
from greenanalysis.site.workflow import build, notebook, plan, warm
from greenanalysis.site.workflow.build import BuildResult, build_site
from greenanalysis.site.workflow.pages import select
from tests.support.site_home import NOTEBOOKS, make_home, map_page, plain_page

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = make_home(tmp_path_factory.mktemp("пустыня и степь {1}"))
    (folder / "data" / "facts").mkdir()
    for name in ("a", "b"):
        (folder / "data" / "facts" / f"{name}.csv").write_text("name,source\nx,made up\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(paths.HOME_VARIABLE, str(folder))
        yield folder


def run(pages: list[Page], out: Path, **options: object) -> tuple[BuildResult, str]:
    lines: list[str] = []
    result = build_site(pages, out_dir=out, progress=False, echo=lines.append, **options)  # type: ignore[arg-type]
    return result, "\n".join(lines)


def runs_of(home: Path, word: str) -> int:
    path = home / f"ran-{word}.txt"
    return len(path.read_text().splitlines()) if path.exists() else 0


def wait_for(condition: object, *, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_build_a_failure_a_removal_and_a_build_that_has_nothing_to_do(
    home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "сайт"
    pages = [plain_page("good"), plain_page("bad", fail=True)]
    result, said = run(pages, out)
    assert (result.built, result.failed, result.exit_code) == (("good",), ("bad",), 1)
    assert said.endswith(str(out / "index.html"))
    assert "the word is good" in (out / "good.html").read_text()
    for page in ("bad.html", "build.html"):
        assert "no figures for &lt;bad&gt;" in (out / page).read_text()
    assert "the word is bad" not in (out / "bad.html").read_text()
    state = json.loads((out / "build.json").read_text())
    assert (state["status"], state["complete"]) == ("failed", True)
    assert state["pages"]["bad"]["cause"] == "cell failed"
    assert state["pages"]["good"]["bytes"] == (out / "good.html").stat().st_size
    assert state["pages"]["good"]["why"] == ["new"]
    assert runs_of(home, "bad") == 1, "a cell that failed would fail again"

    (out / "mine.html").write_text("<p>not the build's")
    result, _ = run(pages[:1], out)
    assert (result.removed, result.exit_code) == (("bad",), 0)
    assert not (out / "bad.html").exists()
    assert not (out / "ru" / "bad.html").exists()
    assert (out / "mine.html").exists()
    assert "Page bad" not in (out / "index.html").read_text()

    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    result, said = run(pages[:1], out)
    assert "nothing changed" in said
    assert (result.built, result.unchanged) == ((), ("good",))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert runs_of(home, "good") == 1

    (out / "good.html").write_text("half a pa")
    run(pages[:1], out)
    assert "the word is good" in (out / "good.html").read_text()
    assert runs_of(home, "good") == 1, "a damaged page is published again from the work"
    made = plan.work_folder(out) / "pages" / "good" / "page.html"
    made.write_text("half a pa")
    result, _ = run(pages[:1], out)
    assert result.built == ("good",)
    result, _ = run(pages[:1], out, force=True)
    assert (result.built, runs_of(home, "good")) == (("good",), 3)
    assert read_state(out)["pages"]["good"]["why"] == ["forced"]


def test_a_changed_table_makes_again_only_the_page_that_states_it(
    home: Path, tmp_path: Path
) -> None:
    pages = [replace(plain_page(f"of-{name}"), reads=(f"facts/{name}.csv",)) for name in ("a", "b")]
    run(pages, tmp_path / "site")
    table = home / "data" / "facts" / "a.csv"
    table.write_text(table.read_text() + "y,made up\n")
    result, _ = run(pages, tmp_path / "site")
    assert (result.built, result.unchanged) == (("of-a",), ("of-b",))
    assert read_state(tmp_path / "site")["pages"]["of-a"]["why"] == ["data/facts/a.csv"]
    os.utime(table)
    result, _ = run(pages, tmp_path / "site")
    assert result.built == (), "a new time of change with the same content changes nothing"
    changed = [replace(pages[0], parameters={"word": "other"}), pages[1]]
    result, _ = run(changed, tmp_path / "site")
    assert result.built == ("of-a",)


def test_a_page_that_dies_or_kills_its_process_costs_only_itself(
    home: Path, tmp_path: Path
) -> None:
    def flaky(how: str, good_from: int = 2) -> Page:
        parameters = {"how": how, "good_from": good_from}
        return Page(how, NOTEBOOKS / "flaky.ipynb", how, "Tests", parameters)

    deadly = Page("deadly", NOTEBOOKS / "deadly.ipynb", "Deadly", "Tests")
    pages = [flaky("dies"), flaky("hangs", 9), deadly, plain_page("other")]
    result, said = run(pages, tmp_path, timeout=4)
    state = read_state(tmp_path)
    assert {
        name: (p["status"], p["cause"], p["attempts"]) for name, p in state["pages"].items()
    } == {
        "dies": ("ok", "", 2),
        "hangs": ("failed", "time-out", 2),
        "deadly": ("failed", "process killed", 2),
        "other": ("ok", "", 1),
    }
    assert result.exit_code == 1
    assert "FAILED hangs (time-out, 2 attempts)" in said
    assert len((home / "ran-hangs.txt").read_text().splitlines()) == 2
    assert "went well in run 2" in (tmp_path / "dies.html").read_text()


BUILD = """
if __name__ == '__main__':
    import sys
    from pathlib import Path
    from greenanalysis.site.workflow.build import build_site
    from tests.support.site_home import plain_page
    pages = [plain_page(name) for name in sys.argv[2:]]
    build_site(pages, out_dir=Path(sys.argv[1]), jobs=2, progress=False)
"""


def started(script: Path, out: Path, *names: str) -> subprocess.Popen[bytes]:
    script.write_text(BUILD)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen([sys.executable, str(script), str(out), *names], env=environment)


def test_a_killed_or_interrupted_build_leaves_whole_pages_and_the_next_one_resumes(
    home: Path, tmp_path: Path
) -> None:
    hold, out = home / "hold-slow", tmp_path / "site"
    for end in (signal.SIGKILL, signal.SIGINT):
        hold.touch()
        count = runs_of(home, "slow")
        parent = started(tmp_path / "script.py", out, "fast", "slow")
        wait_for(lambda: (out / "fast.html").is_file() and runs_of(home, "slow") == count + 1)  # noqa: B023
        below = psutil.Process(parent.pid).children(recursive=True)
        assert len(below) >= 2
        os.kill(parent.pid, end)
        assert parent.wait(timeout=60) != 0
        wait_for(lambda: not any(alive(process) for process in below))  # noqa: B023
        assert not (out / "slow.html").exists()
    hold.unlink()
    result, _ = run([plain_page("fast"), plain_page("slow")], out)
    assert (result.built, result.unchanged) == (("slow",), ("fast",))
    assert runs_of(home, "fast") == 1
    assert [path.name for path in out.rglob(".*")] == [".build.lock"]


def test_two_sites_are_built_at_a_time_and_one_site_only_once(home: Path, tmp_path: Path) -> None:
    sites = [tmp_path / "one", tmp_path / "two"]
    assert plan.work_folder(home / "reports") == home / "data" / "cache" / "site" / "reports"
    builds = [started(tmp_path / f"{site.name}.py", site, "same") for site in sites]
    assert [each.wait(timeout=240) for each in builds] == [0, 0]
    first, second = (read_state(site)["pages"]["same"] for site in sites)
    assert first["used"] == second["used"]
    with (
        site_lock(sites[0]),
        pytest.raises(InputError, match="another build at work"),
    ):
        run([plain_page("same")], sites[0])


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"about.html": "<p>mine"}, "such as about.html"),
        ({"build.json": '{"pages": 3}'}, "such as build.json"),
        ({"downloads/mine/report.pdf": "x"}, "such as downloads"),
    ],
)
def test_a_folder_with_files_of_others_is_refused_and_stays_as_it_is(
    home: Path, tmp_path: Path, files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=said):
        run([plain_page("good")], tmp_path)
    here = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert here == set(files)


def test_what_cannot_be_meant_is_one_line_and_builds_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, good = tmp_path / "site", plain_page("good")
    with pytest.raises(InputError, match=r"'wrod'.*did you mean word"):
        run([replace(good, parameters={"wrod": "one"})], out)
    with pytest.raises(InputError, match=r"facts/none\.csv: no such file in page good"):
        run([replace(good, reads=("facts/none.csv",))], out)
    with pytest.raises(InputError, match="a folder of this machine"):
        run([good], Path("s3://bucket/site"))
    with pytest.raises(InputError, match="unknown page"):
        select([good], ["goood"])
    assert select([good, map_page()], ["at*"]) == [map_page()]
    for wrong in (replace(good, name="index"), replace(good, name="../x"), good):
        with pytest.raises(InputError, match="name of a page"):
            check_pages([good, wrong])
    (tmp_path / "broken.ipynb").write_text("{")
    for path in (tmp_path / "absent.ipynb", tmp_path / "broken.ipynb"):
        with pytest.raises(InputError, match="notebook"):
            check_pages([replace(good, notebook=path)])
    cyclic = tmp_path / "cyclic.smk"
    text = build.RULES.read_text()
    for step, other in (("runtime", "weather"), ("weather", "runtime")):
        text = text.replace(f'lambda wildcards: wishes.files("{step}")', f'"{other}.json"')
    cyclic.write_text(text)
    monkeypatch.setattr(build, "RULES", cyclic)
    with pytest.raises(InputError, match=r"workflow: .*[Cc]ycl"):
        run([good], out)
    assert not list(out.glob("*.html"))


def test_a_full_disk_is_one_clear_error(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    page = plain_page("good")
    task = Task(page, tmp_path, "r", tmp_path, 1, (), {}, {}, "")
    monkeypatch.setattr(notebook, "_make", full)
    made = notebook.make_page(task)
    assert made["status"] == "disk-full"
    with pytest.raises(InputError, match=r"space on the disk.*No space left"):
        build._raise_failure(plan.Plan((page,), tmp_path, tmp_path), [made])
    monkeypatch.setattr(build, "_run_snakemake", full)
    with pytest.raises(InputError, match="space on the disk"):
        run([page], tmp_path / "site")


def test_nothing_heavy_is_imported_before_there_is_something_to_run() -> None:
    code = "import sys, greenanalysis.site.workflow.build; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"xarray", "pypsa", "papermill", "nbconvert", "ipyleaflet", "matplotlib", "snakemake"}
    assert not heavy & set(done.stdout.split())


def test_the_parameters_are_those_that_papermill_finds() -> None:
    import papermill

    for path in (NOTEBOOKS / "plain.ipynb", NOTEBOOKS / "map.ipynb"):
        assert notebook_parameters(path) == list(papermill.inspect_notebook(str(path)))


def test_work_in_a_process_of_its_own_gives_back_values_errors_and_deaths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert warm.call(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        warm.call(divmod, 1, 0)
    with pytest.raises(warm.ProcessDiedError, match="code 3"):
        warm.call(os._exit, 3)
    monkeypatch.setenv("GREENANALYSIS_TEST", "set after the server began")
    assert warm.call(os.getenv, "GREENANALYSIS_TEST") == "set after the server began"
