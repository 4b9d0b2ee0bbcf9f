"""Audit of the locked packages without a network: versions, hashes, licences, addresses.

Run as ``python -m tests.support.audit``; exit code 1 where something is found. Known
vulnerabilities need a service: ``pip-audit --disable-pip --require-hashes -r requirements.lock``
asks PyPI's.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
ADDRESS = re.compile(r"https?://|file://|git\+|--(?:extra-)?index-url|--find-links|--trusted-host")


class Finding(NamedTuple):
    """What is wrong with a package."""

    package: str
    fault: str


def blocks(text: str) -> list[str]:
    """Return the requirements of a lock, each with its continued lines."""
    return [part.strip() for part in re.split(r"\n(?=\S)", text) if part.strip()]


def licence(package: metadata.PackageMetadata) -> str:
    """Return the licence that a package states, empty where it states none."""
    stated = [package.get("License-Expression"), package.get("License")]
    stated += [c for c in package.get_all("Classifier") or [] if c.startswith("License ::")]
    files = package.get_all("License-File") or []
    return next((s.strip() for s in [*stated, *files] if s and s.strip() not in ("UNKNOWN",)), "")


def lock_findings(text: str) -> list[Finding]:
    """Return requirements without an exact version or a hash, and addresses."""
    found = []
    for block in blocks(text):
        if block.startswith("#"):
            continue
        match = PINNED.match(block)
        name = match["name"] if match else block.split()[0]
        if not match:
            found.append(Finding(name, "no exact version"))
        if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", block):
            found.append(Finding(name, "no SHA-256"))
        if ADDRESS.search(block):
            found.append(Finding(name, "an address"))
    return found


def installed_findings(text: str) -> tuple[list[Finding], int, int]:
    """Return packages of another version or without a licence, how many were seen and were not.

    A licence is one that the metadata states or whose text the package carries.
    """
    found, seen, absent = [], 0, 0
    for match in PINNED.finditer(text):
        name, version = match["name"], match["version"]
        try:
            package = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            absent += 1
            continue
        seen += 1
        if package["Version"] != version:
            found.append(Finding(name, f"{package['Version']} is installed, {version} is locked"))
        files = metadata.files(name) or []
        if not licence(package) and not any(file.stem.upper() == "LICENSE" for file in files):
            found.append(Finding(name, "states no licence"))
    return found, seen, absent


def main() -> int:
    """Print what was found; return the exit code."""
    text = LOCK.read_text(encoding="utf-8")
    installed, seen, absent = installed_findings(text)
    found = lock_findings(text) + installed
    for finding in found:
        print(f"{finding.package}: {finding.fault}")
    print(
        f"{len(PINNED.findall(text))} packages locked, {seen} looked at, {absent} of other "
        f"systems, {len(found)} findings; known vulnerabilities need a network (ONLINE=1)"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
