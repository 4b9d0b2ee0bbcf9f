"""Small versions of the drills that ``make drill`` runs in full."""

from __future__ import annotations

from pathlib import Path

from tests.support import portal_drill
from tests.support.registry_fixtures import address, server


def test_many_enterprises_lose_nothing(address):
    assert portal_drill.mass(address, 6)["reports"] == 12


def test_killed_in_the_middle_nothing_is_lost_or_half(tmp_path: Path):
    result = portal_drill.kill(f"sqlite:///{tmp_path / 'registry.sqlite'}", 2)
    assert result["published"] >= result["acknowledged"] >= 2


def test_a_full_disk_is_said_and_leaves_nothing_half(tmp_path: Path):
    assert portal_drill.full_disk(f"sqlite:///{tmp_path / 'registry.sqlite'}")["saves"] > 0
