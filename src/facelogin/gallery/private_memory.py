"""Memory for faces in the clear: in no core dump, not in a child, and not on a swap device.

The system calls are Linux's; where one is missing or refused (a limit on locked memory is usual,
``ulimit -l``) the rest holds, and ``PrivateFloats.locked`` says so.
"""

from __future__ import annotations

import ctypes
import mmap
from pathlib import Path

import numpy as np

from facelogin.domain.models import FloatArray

_ADVICE = ("MADV_DONTDUMP", "MADV_DONTFORK")
_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")
_KIB = 1024


class PrivateFloats:
    """An array of float32 of the shape (``rows``, ``columns``), zeros at first.

    ``forget`` overwrites it. Raises MemoryError where the system gives no more.
    """

    def __init__(self, rows: int, columns: int) -> None:
        size = max(rows * columns * 4, mmap.PAGESIZE)
        try:
            self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except OSError as error:
            raise MemoryError from error
        for name in _ADVICE:
            advice = getattr(mmap, name, None)
            if advice is not None:
                self._map.madvise(advice)
        self.array: FloatArray = np.frombuffer(self._map, np.float32, rows * columns).reshape(
            rows, columns
        )
        self.locked = _lock(self.array, size)

    def forget(self) -> None:
        """Overwrite everything with zeros."""
        self.array[:] = 0.0


def available_bytes() -> int | None:
    """Return how much memory this process may still take, None where the system does not say.

    The less of what the machine has free (``MemAvailable``) and what its control group leaves.
    """
    amounts = [amount for amount in (_free_memory(), _left_in_cgroup()) if amount is not None]
    return min(amounts, default=None)


def _lock(array: FloatArray, size: int) -> bool:
    """Keep these pages off the swap device. Return whether the system agreed."""
    mlock = getattr(ctypes.CDLL(None, use_errno=True), "mlock", None)
    return (
        mlock is not None and mlock(ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(size)) == 0
    )


def _free_memory() -> int | None:
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return None if found is None else int(found.split()[1]) * _KIB


def _left_in_cgroup() -> int | None:
    try:
        most = (_CGROUP / "memory.max").read_text(encoding="ascii").strip()
        used = (_CGROUP / "memory.current").read_text(encoding="ascii").strip()
    except OSError:
        return None
    return None if most == "max" else max(int(most) - int(used), 0)
