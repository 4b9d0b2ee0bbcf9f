"""A wheel of the package, installed away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

from greenanalysis.core import paths

ROOT = Path(__file__).resolve().parents[2]
_SHARED_CACHES = ("weather", "capacity_factors", "npm", "javascript")
"""Of the checkout: named by the hash of their contents, so that any project may read them."""


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the checkout without a network."""
    _run(
        [*_pip(), "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)],
        cwd=folder,
    )
    (wheel,) = folder.glob("greenanalysis-*.whl")
    return wheel


def borrowed_environment(folder: Path, wheel: Path) -> Path:
    """Return the programs of a new environment: the wheel alone, all else from this one."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    bin_ = folder / ("Scripts" if os.name == "nt" else "bin")
    into = [*_pip(), "--python", str(bin_ / "python"), "install"]
    _run([*into, "--no-deps", "--no-index", str(wheel)], cwd=folder)
    (installed,) = folder.rglob("greenanalysis/__main__.py")
    # A path file adds this environment's packages, but not the editable checkout among them.
    borrowed = installed.parents[1] / "borrowed.pth"
    borrowed.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    (folder / "share").mkdir(exist_ok=True)
    jupyter = Path(sys.prefix) / "share" / "jupyter"
    (folder / "share" / "jupyter").symlink_to(jupyter, target_is_directory=True)
    return bin_


def share_caches(cache: Path) -> None:
    """Link the caches of the checkout into another cache folder."""
    cache.mkdir(parents=True, exist_ok=True)
    for name in _SHARED_CACHES:
        source = paths.cache_dir() / name
        source.mkdir(parents=True, exist_ok=True)
        (cache / name).symlink_to(source, target_is_directory=True)


def outside(home: Path) -> Mapping[str, str]:
    """Return an environment that knows nothing of the checkout, with a home of its own."""
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "TMPDIR")}
    return kept | {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}


def _pip() -> list[str]:
    return [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


def _run(command: list[str], *, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
