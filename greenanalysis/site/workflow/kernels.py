"""Kernels that need not import anything: forks of the process that asks for them."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from greenanalysis.site.workflow.warm import METHOD

_FORKS = METHOD == "forkserver"


class ForkedProcess:
    """A child of this process, as :class:`subprocess.Popen` would show it."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._ended(os.WNOHANG)

    def wait(self) -> int | None:
        """Return the exit code when it has ended."""
        return self._ended(0)

    def send_signal(self, signal: int) -> None:
        """Send a signal unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signal)

    def _ended(self, how: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, how)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def kernel_manager() -> type:
    """Return a class of kernel managers whose kernel runs in this interpreter.

    Where processes can be forked the kernel is a fork of this process; elsewhere it is a new
    process of the same interpreter. What kernels are installed does not matter.
    """
    import zmq
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    class ForkProvisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
            manager: Any = self.parent
            kernel: Any = _fork_kernel(manager.connection_file, options)
            self.process = kernel
            self.pid = self.pgid = kernel.pid
            return self.connection_info

    class ThisInterpreter(AsyncKernelManager):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            if zmq.has("curve"):
                self.transport_encryption = "auto"
            if _FORKS:
                self.provisioner = ForkProvisioner(
                    parent=self, kernel_id=self.kernel_id, kernel_spec=self.kernel_spec
                )

        @property
        def kernel_spec(self) -> KernelSpec:
            folder = str(Path(__file__).resolve().parents[3])
            path = os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            known = {**get_kernel_dict(), "argv": command, "env": {"PYTHONPATH": path}}
            return KernelSpec(**known)

    return ThisInterpreter


def _fork_kernel(connection_file: str, options: dict[str, Any]) -> ForkedProcess:
    """Start a kernel in a fork of this process, as leader of a group of its own."""
    parent = os.getpid()
    child = os.fork()
    if child:
        return ForkedProcess(child)
    try:
        os.setsid()
        os.environ.update(options.get("env", {}))
        os.chdir(options.get("cwd") or ".")
        _run_kernel(connection_file, parent)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(1)


def _run_kernel(connection_file: str, parent: int) -> None:
    from ipykernel.kernelapp import IPKernelApp

    asyncio.set_event_loop(asyncio.new_event_loop())  # that of the parent counts as running
    app: Any = IPKernelApp.instance(parent_handle=parent)
    app.initialize(["-f", connection_file])
    app.start()
    os._exit(0)
