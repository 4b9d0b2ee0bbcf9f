"""A wheel with all the packages it asks for, in an empty environment: init, build, read.

Run as ``python -m tests.support.wheel_drill``; needs the network of pip, some gigabytes and
minutes. Prints what the base and all extras take on the disk.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.wheel_site import build_wheel, outside

_EXTRAS = ("", "[site,registry]")
_READ = "import greenanalysis as ga; print(ga.assess('sample'))"


def main() -> None:
    """Install, read without a project, make one, build a page of it."""
    with tempfile.TemporaryDirectory(prefix="greenanalysis-drill-") as name:
        folder = Path(name)
        wheel = build_wheel(folder)
        home = folder / "home"
        home.mkdir()
        environment = dict(outside(home))

        def run(*command: str, cwd: Path = folder) -> None:
            print("$", *command, flush=True)
            subprocess.run(command, cwd=cwd, env=environment, check=True)

        run(sys.executable, "-m", "venv", "environment")
        programs = folder / "environment" / "bin"
        for extras in _EXTRAS:
            run(str(programs / "pip"), "install", "--quiet", f"{wheel}{extras}")
            files = (folder / "environment").rglob("*")
            size = sum(file.stat().st_size for file in files if file.is_file())
            print(f"installed size with {extras or 'no extras'}: {size / 1e9:.2f} GB", flush=True)
            if not extras:
                run(str(programs / "python"), "-c", _READ)
        run(str(programs / "greenanalysis"), "init", "mine")
        run(str(programs / "greenanalysis"), "build", "--only", "region-kz-79", cwd=folder / "mine")


if __name__ == "__main__":
    main()
