"""The kernel of a build: an IPython kernel that notes what the notebook reads."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from greenanalysis.core.paths import package_dir

_COMMAND = (
    "import sys; p = {folder!r}; p in sys.path or sys.path.insert(0, p); "
    "from greenanalysis.site.workflow.kernel import main; main()"
)


def kernel_command() -> list[str]:
    """Return the command line of the kernel: this interpreter, and this package."""
    folder = str(package_dir().parent)
    return [sys.executable, "-c", _COMMAND.format(folder=folder), "-f", "{connection_file}"]


def main() -> None:
    """Start to note, then run the kernel until it is told to end."""
    from greenanalysis.core import usage
    from greenanalysis.core.paths import project_root

    target = os.environ.get(usage.RECORD_VARIABLE)
    if target:
        usage.start(project_root(), target=Path(target))
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
