"""The kernel that runs notebooks: always that of the running interpreter, without anybody's own configuration."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

__all__ = ["kernel_manager", "kill"]


def kernel_manager(folder: Path, cwd: Path, started: set[int]) -> type[AsyncKernelManager]:
    """Return a kernel manager class.

    Parameters
    ----------
    folder
        An own folder for the kernel's settings and its log.
    cwd
        Where the notebook runs.
    started
        Takes up the kernel's process id.

    """
    spec = KernelSpec(
        argv=[
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--HistoryManager.enabled=False",
        ],
        display_name="Python 3",
        language="python",
    )

    class OwnKernelManager(AsyncKernelManager):
        """Starts the interpreter that runs now, whatever kernels a user has installed."""

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
            kw["cwd"] = str(cwd)
            kw["env"] = {**(kw.get("env") or os.environ), **_environment(folder)}
            kw["stdout"] = subprocess.DEVNULL
            kw["stderr"] = (folder / "kernel.log").open("wb")
            command, keywords = await super()._async_pre_start_kernel(**kw)
            return command, keywords

        pre_start_kernel = _async_pre_start_kernel

        async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
            await super()._async_launch_kernel(kernel_cmd, **kw)
            pid = getattr(self.provisioner, "pid", None)
            if pid is not None:
                started.add(pid)

    return OwnKernelManager


def kill(started: Iterable[set[int]]) -> None:
    """End kernels at once."""
    for pid in {pid for pids in list(started) for pid in list(pids)}:
        with suppress(OSError):  # it may have ended by itself
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _environment(folder: Path) -> dict[str, str]:
    return {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_NO_CONFIG": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        # The same numbers and the same SVG in every run, and no threads fighting over the cores.
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
