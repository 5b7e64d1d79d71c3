"""Runs ONNX networks: one thread each, loaded once per process, safe to share among threads."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

_PROVIDERS = ["CPUExecutionProvider"]
_ERRORS_ONLY = 3
_NO_MEMORY = ("bad_alloc", "bad allocation", "Failed to allocate memory")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output as the file declares it: a side of ``shape`` is None if it is open."""

    name: str
    type: str
    shape: tuple[int | None, ...]


class Network:
    """One network with one input. ``run`` may be called from many threads at once."""

    def __init__(self, model: Path | bytes) -> None:
        """Load an ONNX file from its path; from bytes the process keeps a second copy of it.

        Disables the runtime's telemetry as far as that is possible here; ``facelogin/__init__.py``
        does the rest.
        """
        ort.disable_telemetry_events()
        source = model if isinstance(model, bytes) else str(model)
        self._session = ort.InferenceSession(source, _options(), providers=_PROVIDERS)
        self.inputs = _declared(self._session.get_inputs())
        self.outputs = _declared(self._session.get_outputs())

    @property
    def dimension(self) -> int:
        """How many numbers the first output has for each input. Raises ValueError if it is open."""
        declared = self.outputs[0].shape[-1] if self.outputs[0].shape else None
        if declared is None:
            raise ValueError("the file leaves open how many numbers an output has")
        return declared

    def run(self, batch: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Return the outputs by name, each a fresh float32 array."""
        names = [output.name for output in self.outputs]
        try:
            results = self._session.run(names, {self.inputs[0].name: batch})
        except RuntimeException as error:
            if any(sign in str(error) for sign in _NO_MEMORY):
                raise MemoryError from error
            raise
        return dict(zip(names, results, strict=True))


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


def _declared(tensors: Sequence[Any]) -> tuple[Tensor, ...]:
    return tuple(
        Tensor(
            one.name, one.type, tuple(side if isinstance(side, int) else None for side in one.shape)
        )
        for one in tensors
    )


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
