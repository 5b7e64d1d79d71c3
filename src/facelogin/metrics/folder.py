"""The folder in which the processes of one server keep their measures, each in files of its own.

A counter's file outlives its process, so that nothing that was counted is lost when a worker is
killed and replaced. A level (so many jobs at this moment) goes with the process.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it is private (0700)


def make_folder() -> Path:
    """Make a new folder, readable by this user only, and name it to this process's children.

    It lies in memory where the machine offers that: the files are mapped, and a full disk under a
    mapped file ends the process that writes to it.
    """
    usable = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK | os.X_OK)
    folder = tempfile.mkdtemp(prefix="facelogin-metrics-", dir=_MEMORY if usable else None)
    os.environ[VARIABLE] = folder
    return Path(folder)


def forget_process(folder: Path, pid: int) -> None:
    """Erase the levels of a process that has ended; what it counted stays."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - not before the variable is set

    multiprocess.mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def remove_folder(folder: Path) -> None:
    """Erase the folder with everything in it."""
    os.environ.pop(VARIABLE, None)
    shutil.rmtree(folder, ignore_errors=True)
