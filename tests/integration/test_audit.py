"""The lock names no address, and the audit sees what is missing in one that is not as it ought."""

from __future__ import annotations

import pytest

from tests.support import audit

HASH = "--hash=sha256:" + "0" * 64


def test_the_lock_has_versions_hashes_and_no_address() -> None:
    text = audit.LOCK.read_text(encoding="utf-8")
    assert len(audit.PINNED.findall(text)) > 100
    assert audit.lock_findings(text) == []


def test_what_is_installed_states_its_licence() -> None:
    found, seen, _ = audit.installed_findings(audit.LOCK.read_text(encoding="utf-8"))
    assert seen > 100
    assert [each for each in found if "licence" in each.fault] == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"numpy>=2 {HASH}", "no exact version"),
        ("numpy==2.4.0", "no SHA-256"),
        ("numpy==2.4.0 --hash=sha256:abc", "no SHA-256"),
        (f"numpy @ https://example.org/numpy.whl {HASH}", "no exact version"),
        (f"numpy==2.4.0 \\\n    {HASH} --index-url x", "an address"),
        (f"--index-url https://example.org/simple\nnumpy==2.4.0 {HASH}", "an address"),
    ],
)
def test_a_lock_that_is_not_as_it_ought_is_found(line: str, fault: str) -> None:
    assert fault in {finding.fault for finding in audit.lock_findings(line)}
