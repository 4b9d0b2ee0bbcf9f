"""Each notebook reads what the list of pages states, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from greenanalysis.core import paths
from greenanalysis.site.page import Page, imported_modules
from greenanalysis.site.workflow import pages, warm
from tests.support.recorder import run_recorded

WHOLE_FOLDERS = (
    "06_supergrid_alternatives.ipynb",
    "08_validation.ipynb",
    "11_seven_pictures.ipynb",
)
"""These state all assumptions and facts: their lists cannot lack one."""


def one_page_a_notebook() -> dict[str, Page]:
    return {page.notebook.name: page for page in reversed(pages.site_pages())}


def fits(name: str, patterns: Any) -> bool:
    return any(paths.data_dir() / name in paths.data_dir().glob(one) for one in patterns)


@pytest.mark.parametrize(
    "notebook", [name for name in sorted(one_page_a_notebook()) if name not in WHOLE_FOLDERS]
)
def test_a_notebook_reads_what_it_states_and_states_what_it_reads(
    tmp_path: Path, notebook: str
) -> None:
    page = one_page_a_notebook()[notebook]
    warm.prepare(sorted(imported_modules(page.notebook)), jobs=1)
    warm.call(run_recorded, page, str(tmp_path / "read.txt"))
    read = set((tmp_path / "read.txt").read_text().splitlines())
    before = [name for step in page.needs for name in pages.step_reads(step)]
    unstated = {name for name in read if not fits(name, (*page.reads, *before))}
    assert not unstated, f"{notebook} reads what pages.yaml does not state"
    idle = {one for one in page.reads if not any(fits(name, [one]) for name in read)}
    assert not idle, f"pages.yaml states for {notebook} what it never reads"


def test_every_pattern_fits_a_file() -> None:
    for page in pages.site_pages():
        for pattern in page.reads:
            assert list(paths.data_dir().glob(pattern)), (page.name, pattern)
