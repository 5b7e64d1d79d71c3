"""Runs ONNX networks: one thread each, loaded once per process, safe to share among threads."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

_PROVIDERS = ["CPUExecutionProvider"]
_ERRORS_ONLY = 3

T = TypeVar("T")


class Network:
    """One network with one input. ``run`` may be called from many threads at once."""

    def __init__(self, path: Path) -> None:
        """Load an ONNX file from its path; from bytes the process would keep a second copy.

        Some builds of the runtime tell their makers how it is used. Not here.
        """
        ort.disable_telemetry_events()
        self._session = ort.InferenceSession(str(path), _options(), providers=_PROVIDERS)
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, batch: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Return the outputs by name, each a fresh float32 array."""
        results = self._session.run(self._outputs, {self._input: batch})
        return dict(zip(self._outputs, results, strict=True))


class OncePerProcess(Generic[T]):
    """A value made on first use in each process, by one thread.

    What was made before a fork is left alone and made again: threads and locks of native libraries
    do not survive into the child. (Two threads that come first in a child at the same moment may
    both make it; the last one made is kept.)
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._lock_pid = os.getpid()
        self._made: tuple[int, T] | None = None

    def get(self) -> T:
        """Return the value of this process."""
        pid = os.getpid()
        made = self._made
        if made is not None and made[0] == pid:
            return made[1]
        if self._lock_pid != pid:  # another thread may have held it when the process was forked
            self._lock, self._lock_pid = threading.Lock(), pid
        with self._lock:
            made = self._made
            if made is None or made[0] != pid:
                made = self._made = (pid, self._make())
            return made[1]


def give_back_memory() -> None:
    """Return to the system what loading has freed: glibc would keep some 30 MB of it for later."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _options() -> ort.SessionOptions:
    """One worker, one core: spinning burns a core at low load, competing pools slow each other.

    Without the arena, memory for a large input is given back (and nothing gets slower).
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False
    options.log_severity_level = _ERRORS_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
