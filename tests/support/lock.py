"""Renew ``requirements.lock``: what the product runs with first, what tests and checks add below.

Run as ``python -m tests.support.lock``. Both sections come from one resolution of all extras, so a
package has one version; pins that the present lock holds stay where ``pyproject.toml`` allows them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
MARK = "# for tests and checks: `make reports` stops reading here\n"


def entries(text: str) -> dict[str, str]:
    """Return the blocks of a lock: ``name==version`` -> its lines, marker and hashes included."""
    blocks = re.findall(r"^[^\s#].*\n(?:[ \t].*\n)*", text, re.MULTILINE)
    return {block.split()[0]: block for block in blocks}


def sections(everything: str, runtime: str) -> str:
    """Return the lock of all packages with those of ``runtime`` in its first section."""
    whole, first = entries(everything), entries(runtime)
    missing = [name for name in first if name not in whole]
    if missing:
        raise ValueError(f"not in the resolution of all extras: {', '.join(missing)}")
    # markers come from the wider resolution: a test's package may ask for more platforms
    run = (block for name, block in whole.items() if name in first)
    rest = (block for name, block in whole.items() if name not in first)
    return "".join(run) + MARK + "".join(rest)


def resolved(output: Path, *options: str) -> str:
    """Resolve ``pyproject.toml`` into a file, whose pins are kept if it is there already."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile"),
        *("--quiet", "--universal", "--generate-hashes", "--no-header"),
        *("--no-annotate", "--python-version", "3.11", "--output-file", str(output)),
    ]
    subprocess.run([*command, *options, str(ROOT / "pyproject.toml")], check=True)
    return output.read_text(encoding="utf-8")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        everything = Path(folder) / "all.txt"
        everything.write_text(LOCK.read_text(encoding="utf-8"), encoding="utf-8")
        whole = resolved(everything, "--all-extras")
        pins = ["--constraint", str(everything)]
        runtime = resolved(Path(folder) / "runtime.txt", "--extra", "all", *pins)
    LOCK.write_text(sections(whole, runtime), encoding="utf-8")


if __name__ == "__main__":
    main()
