"""Databases for the tests of the registry: a SQLite file, and a PostgreSQL of the tests' own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REQUIRED = "GREENANALYSIS_REQUIRE_POSTGRESQL"


def server_programs() -> Path:
    """Return the folder of initdb; skip without one, or fail where one is required."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found or on_path:
        return found[-1].parent if found else Path(str(on_path)).parent
    reason = "no PostgreSQL server (Debian: apt-get install postgresql)"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{reason}, and ${REQUIRED}=1 asks for one")
    pytest.skip(reason)


@contextmanager
def private_server() -> Iterator[str]:
    """Start a cluster of its own in a temporary folder; yield its address without a database."""
    programs = server_programs()
    root = Path(tempfile.mkdtemp(prefix="ga-pg-"))
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    become = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
    prefix = become if os.getuid() == 0 else []
    if os.getuid() == 0:
        shutil.chown(root, user, user)
    root.chmod(0o700)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = root / "data"

    def run(*arguments: str) -> None:
        subprocess.run(
            [*prefix, str(programs / arguments[0]), *arguments[1:]],
            check=True,
            capture_output=True,
            cwd="/",
            timeout=120,
        )

    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", "tests", "--no-sync", "-E", "UTF8")
        options = f"-p {port} -h 127.0.0.1 -k {root} -c fsync=off -c synchronous_commit=off"
        run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(root / "log"), "start")
        try:
            yield f"postgresql://tests@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(root, ignore_errors=True)
