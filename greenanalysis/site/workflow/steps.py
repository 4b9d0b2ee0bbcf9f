"""What the rules of the workflow do: plain functions that each make one file of a plan."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from greenanalysis.core import paths
from greenanalysis.core.closure import code_version
from greenanalysis.core.files import sha256_file, sha256_json, write_json
from greenanalysis.site.page import Page, Task
from greenanalysis.site.published import read_json
from greenanalysis.site.workflow import warm
from greenanalysis.site.workflow.causes import (
    OUT_OF_MEMORY,
    PROCESS_KILLED,
    RETRIED,
    oom_kills,
)
from greenanalysis.site.workflow.notebook import DISK_FULL
from greenanalysis.site.workflow.notebook import make_page as run_page
from greenanalysis.site.workflow.pages import site_plan, step_modules, step_reads
from greenanalysis.site.workflow.plan import (
    LOCK,
    Basis,
    Plan,
    data_files,
    page_files,
    page_key,
    read_plan,
    stamps,
)
from greenanalysis.site.workflow.record import publish_page

HARD_STEPS = ("runtime", "weather", "capacity_factors")
"""Steps without which no page can be made as meant."""
_KILLED = "the process that ran this notebook was killed (out of memory?)"
_logger = logging.getLogger(__name__)
"""Gets a line for each page that has ended, with ``page`` and ``error``."""


class PageFailedError(Exception):
    """A page could not be made; why stands in the folder of its job."""


class StepFailedError(Exception):
    """A step before all pages could not be made; why stands beside its output."""


def plan_of(config: Mapping[str, Any]) -> Plan:
    """Return the plan that a run of Snakemake follows.

    Parameters
    ----------
    config : of Snakemake. ``plan`` is the file of a plan; without it that of the pages of the site
        is made, with ``weather`` and ``output`` as in ``greenanalysis build``.
    """
    if "plan" in config:
        return read_plan(Path(config["plan"]))
    output = Path(config["output"]) if "output" in config else None
    return site_plan(config.get("weather", "sample"), output=output)


@dataclass(frozen=True)
class Wishes:
    """What the jobs of a plan read, and the hashes that say whether they must run again."""

    plan: Plan

    @cached_property
    def basis(self) -> Basis:
        """Hashes of what pages rest on."""
        return Basis(self.plan.pages)

    @cached_property
    def weather(self) -> str:
        """Hash of the weather outside ``data/`` that the steps rest on."""
        inputs = sorted({path for page in self.plan.pages for path in page.inputs})
        return sha256_json([self.plan.weather, [stamps(path) for path in inputs]])[:16]

    def files(self, step: str) -> list[str]:
        """Return the files below ``data/`` that a step reads."""
        return self._relative(data_files(step_reads(step), where=f"step {step}"))

    def code(self, step: str) -> str:
        """Return the version of the code of a step."""
        return code_version(*step_modules(step))

    def page_inputs(self, name: str) -> list[str]:
        """Return what must be there before a page is made: files, and outputs of other jobs."""
        page = self.plan.page(name)
        return [*self._relative(page_files(page)), *self.plan.steps(page), "runtime.json"]

    def _relative(self, files: list[Path]) -> list[str]:
        """Return paths from the folder of the work; braces above it would stand for wildcards."""
        return [os.path.relpath(path.resolve(), self.plan.work) for path in files]

    def key(self, name: str) -> str:
        """Return the hash of all that a page rests on."""
        return page_key(self.basis.used(self.plan.page(name)))


def run(step: str, plan: Plan, output: str, *args: str) -> None:
    """Run a step before the pages in a process of its own and write what it says of itself."""
    failure = Path(output).with_suffix(".failure.json")
    try:
        told = warm.call(_step, step, plan, *args)
    except warm.ProcessDiedError as error:
        told = {"status": "step failed", "error": f"{step}: the process {error}"}
    if told["status"] != "ok" and step in HARD_STEPS:
        write_json(failure, told)
        raise StepFailedError(step)
    failure.unlink(missing_ok=True)  # other steps: the pages that need them fail, and say why
    write_json(Path(output), told)


def _step(step: str, plan: Plan, *args: str) -> dict[str, Any]:
    """Return what a step says of itself, or what went wrong in it."""
    logging.disable(logging.INFO)
    try:
        return {"status": "ok", **_STEPS[step](plan, *args)}
    except Exception as error:  # its class may be unknown to the process that asked
        full = isinstance(error, OSError) and error.errno in DISK_FULL
        return {"status": "disk-full" if full else "step failed", "error": str(error)}


def _runtime(plan: Plan) -> dict[str, Any]:
    from greenanalysis.site.publish.runtime import ensure_runtime

    folder = plan.work / "assets"
    shutil.rmtree(folder, ignore_errors=True)
    runtime = ensure_runtime(plan.work)
    files = {f"assets/{path.name}": sha256_file(path) for path in sorted(folder.iterdir())}
    return {"address": runtime.href, "files": files}


def _weather(plan: Plan) -> dict[str, Any]:
    from greenanalysis.weather import open_weather

    attributes = open_weather(plan.weather).attrs
    return {name: str(attributes.get(name, "")) for name in ("name", "hash", "verdict")}


def _capacity_factors(plan: Plan) -> dict[str, Any]:
    from greenanalysis.assessment.assess import assess

    place = all("latitude" in page.parameters for page in plan.pages)  # briefs, not regions
    return {"weather": str(assess(plan.weather, place=place).weather["hash"])}


def _network(plan: Plan, scenario: str, kind: str) -> dict[str, Any]:
    from greenanalysis.supergrid.export import export_inputs
    from greenanalysis.supergrid.solve.study import solve_scenario, without_export

    asked, _, inputs = export_inputs(scenario, weather=plan.weather)
    chosen = asked if kind == "export" else without_export(asked)
    solved: Any = solve_scenario(chosen, **inputs)
    return {"objective": float(solved.objective)}


_STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "runtime": _runtime,
    "weather": _weather,
    "capacity_factors": _capacity_factors,
    "network": _network,
}


def make_page(plan: Plan, name: str, wishes: Wishes, *, attempt: int) -> None:
    """Make a page, put it into the site, and write its record.

    Parameters
    ----------
    plan : that the page is part of.
    name : of the page.
    wishes : of the plan.
    attempt : 1 at first; at 2 what failed for a reason within the notebook is not run again.

    Raises
    ------
    PageFailedError : the notebook failed; its record of failure says why.
    """
    page, failure = plan.page(name), plan.failure(name)
    before = read_json(failure)
    if attempt > 1 and before.get("cause") not in RETRIED:
        raise PageFailedError(name)
    used = wishes.basis.used(page)
    runtime = read_json(plan.work / "runtime.json")["address"]
    about = {
        "name": name,
        "status": "ok",
        "key": page_key(used),
        "cause": "",
        "error": "",
        "attempts": attempt,
        "runtime": runtime,
        "notebook": page.notebook.name,
        "parameters": dict(page.parameters),
        "used": used,
    }
    killed = oom_kills()
    try:
        record = about | warm.call(run_page, _task(plan, page, runtime, wishes))
    except warm.ProcessDiedError:
        cause = OUT_OF_MEMORY if oom_kills() > killed else PROCESS_KILLED
        record = about | {"status": "failed", "cause": cause, "error": _KILLED}
    if record["status"] != "ok":
        write_json(failure, record)
        if record["cause"] not in RETRIED or attempt > 1:
            _logger.info(name, extra={"page": name, "error": record["error"]})
        raise PageFailedError(name)
    publish_page(plan, record)
    failure.unlink(missing_ok=True)
    write_json(plan.record(name), record)
    _logger.info(name, extra={"page": name, "error": ""})


def _task(plan: Plan, page: Page, runtime: str, wishes: Wishes) -> Task:
    root = paths.project_root()
    files = data_files(page.reads, where=f"page {page.name}")
    files += [path for step in _STEPS for path in _read_by(step, page)]
    data = paths.data_dir()
    return Task(
        page=page,
        folder=plan.folder(page.name),
        runtime=runtime,
        root=root,
        timeout=plan.timeout,
        siblings=plan.pages,
        data={
            f"data/{path.relative_to(data).as_posix()}": wishes.basis.file(path)
            for path in sorted(set(files))
        },
        environment=wishes.basis.environment,
        lock_sha256=wishes.basis.file(root / LOCK),
    )


def _read_by(step: str, page: Page) -> list[Path]:
    if step in page.needs:
        return data_files(step_reads(step), where=f"step {step}")
    return []


def finish(plan: Plan, wishes: Wishes) -> None:
    """Publish what spans pages: index, documentation, languages, search, record of the build."""
    from greenanalysis.site.workflow.finish import finish_site

    finish_site(plan, used={page.name: wishes.basis.used(page) for page in plan.pages})
