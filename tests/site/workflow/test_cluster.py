"""Snakemake runs the rules by itself: a dry run, and pages sent through the jobs of a cluster."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from greenanalysis.core import paths
from greenanalysis.site.published import read_state
from greenanalysis.site.workflow import build
from greenanalysis.site.workflow.build import build_site
from greenanalysis.site.workflow.plan import Plan
from tests.support.site_home import make_home, plain_page

REPOSITORY = Path(__file__).resolve().parents[3]
SUBMIT = """#!/bin/sh
# stands for sbatch: takes a job script, runs it, prints the number of the job
echo "$1" >> {log}
sh "$1" >> {log} 2>&1 &
echo $!
"""


def snakemake(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--snakefile", str(build.RULES), *arguments],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), paths.HOME_VARIABLE: str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


def test_three_pages_through_a_cluster_are_those_of_a_local_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_home(tmp_path / "home")
    monkeypatch.setenv(paths.HOME_VARIABLE, str(home))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    pages = [plain_page(name) for name in ("one", "two", "three")]
    local = tmp_path / "local"
    build_site(pages, out_dir=local, jobs=2, progress=False, echo=str)

    plan = Plan(tuple(pages), out=tmp_path / "cluster", work=home / "data" / "cache" / "cluster")
    config = f"plan={plan.write()}"
    dry = snakemake(home, "--config", config, "--dry-run", "--cores", "1")
    assert dry.returncode == 0, dry.stderr
    assert "page" in dry.stdout + dry.stderr
    assert not plan.out.exists()

    script, log = tmp_path / "submit.sh", tmp_path / "submitted.txt"
    script.write_text(SUBMIT.format(log=log))
    script.chmod(0o755)
    done = snakemake(
        home, "--config", config, "--executor", "cluster-generic",
        "--cluster-generic-submit-cmd", str(script), "--jobs", "2", "--latency-wait", "30",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + log.read_text()
    assert log.read_text().count("snakejob.page") == 3
    states = [read_state(site)["pages"] for site in (local, plan.out)]
    for page in pages:
        assert states[0][page.name]["sha256"] == states[1][page.name]["sha256"]
        name = f"{page.name}.html"
        assert (local / name).read_bytes() == (plan.out / name).read_bytes()
    assert (plan.out / "index.html").is_file()
