"""Settings of all tests, and the order in which workers take their files."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")


def _own_logging() -> Iterator[None]:
    every = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    loggers = [logging.getLogger(), *(one for one in every if one.name.startswith("greenanalysis"))]
    before = [(one.level, one.propagate, one.disabled, list(one.handlers)) for one in loggers]
    least = logging.root.manager.disable
    yield
    logging.disable(least)
    for one, (level, propagate, disabled, handlers) in zip(loggers, before, strict=True):
        one.setLevel(level)
        one.propagate, one.disabled = propagate, disabled
        one.handlers[:] = handlers


@pytest.fixture(autouse=True, scope="module")
def loggers_of_a_file() -> Iterator[None]:
    """Undo what the servers and commands of a file do to loggers, or the next one hears nothing."""
    yield from _own_logging()


@pytest.fixture(autouse=True)
def loggers_of_a_test() -> Iterator[None]:
    """Undo what a command does to the loggers of the package."""
    yield from _own_logging()


LONGEST_FIRST = (
    "test_reports",
    "test_lab",
    "test_build",
    "test_registry_intake",
    "test_supergrid",
    "test_extend",
    "test_supergrid_options",
    "test_site_browser",
    "test_cluster",
    "test_cycle_in_browser",
    "test_reads",
    "test_coverage",
    "test_environment",
    "test_wheel",
    "test_programme",
    "test_engine",
    "test_stochastic",
    "test_sweep",
    "test_supergrid_security",
    "test_nasa_power",
    "test_engine_cluster",
    "test_validation",
    "test_cli",
    "test_cutout",
    "test_sample_weather",
    "test_weather_quality",
)
"""A worker that ends with a long file would keep the others waiting."""
TOGETHER = {"test_lab": "test_reports"}
"""JupyterLab runs the notebooks of pages that were just built, so their caches are warm."""


def _file(nodeid: str) -> str:
    return nodeid.split("::", 1)[0].rsplit("/", 1)[-1].removesuffix(".py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; the order inside a file stays."""
    rank = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(_file(item.nodeid), len(rank)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole files in the order above instead of those with most tests first."""
    from xdist.scheduler import LoadFileScheduling

    if config.getoption("dist") != "loadfile":
        return None

    class LongestFirst(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER.get(_file(nodeid), _file(nodeid))

    config.option.loadscopereorder = False
    return LongestFirst(config, log)
