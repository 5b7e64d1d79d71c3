"""Decodes pictures in a process of its own, which holds no key and can open nothing.

A decoder is where hostile bytes meet code in C. What takes it over finds neither keys nor
connections nor templates; what crashes it, or keeps it busy, costs one picture.
"""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from facelogin.domain.errors import Busy, ConfigurationError, ImageTooLarge, ImageUnreadable
from facelogin.domain.models import Rgb
from facelogin.face.decoder_child import (
    ANSWER,
    CPU_S,
    DECODED,
    NO_MEMORY,
    PIXELS_AT,
    READY,
    REFUSALS,
    REQUEST,
)
from facelogin.face.images import LIMITS
from facelogin.face.networks import OncePerProcess
from facelogin.face.picture_refusals import PictureLimits, refusal

LIMIT_S = 25.0
"""How long a picture may wait for its turn, and then for its answer. What it may compute is limited
by the child itself (``CPU_S``): only a machine with too much to do gets here, or a child that was
stopped. Twice this is less than the minute for which proxies wait."""
_START_S = 30.0
_END_S = 1.0
_RETRY_AFTER_S = 2
_SCHEDULED = 2
"""CPUCLOCK_SCHED of Linux: all time on a processor, in nanoseconds."""
_KEPT_BYTES = 8 * 1024 * 1024
"""The shared memory of a larger picture is given back at once, a smaller one's used again."""
_PROGRAM = (sys.executable, "-P", "-m", "facelogin.face.decoder_child")
_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
_OWN_VARIABLES = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # glibc would give back a picture's memory and fetch it again for the next: half of the time
    "MALLOC_MMAP_THRESHOLD_": str(16 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
}

_log = logging.getLogger(__name__)


class IsolatedDecoder:
    """The port Decoder through one child of each process that uses it.

    One picture at a time. A picture at which the child crashes, uses up its time on the processor
    or answers nonsense is unreadable. A picture that gets no answer though the child has computed
    less than it may, or for which there is too little memory, says nothing about the picture: the
    machine is busy.
    After either the child is killed, and the next one started at once.
    """

    def __init__(
        self,
        *,
        limits: PictureLimits = LIMITS,
        limit_s: float = LIMIT_S,
        program: Sequence[str] = _PROGRAM,
        computed: Callable[[float], None] = lambda _: None,
    ) -> None:
        """``computed`` is told, in the calling thread, for how many seconds the child computed."""
        self._place = OncePerProcess(
            lambda: _Place(program, limits=limits, limit_s=limit_s, computed=computed)
        )

    def load(self) -> None:
        """Start the child and wait for it. Raises ConfigurationError where it does not start."""
        try:
            self._place.get().load()
        except (_Lost, OSError) as error:
            raise ConfigurationError(
                f"The process that decodes pictures does not start ({error}). "
                "FACELOGIN_DECODER=inline does without it."
            ) from error

    def decode(self, data: bytes) -> Rgb:
        """Return the pixels of one image.

        Raises the four image errors of ``images.decode``, or Busy if no child can be started, or
        if the machine has so much to do that there is no answer within the limit.
        """
        return self._place.get().decode(data)

    def close(self) -> None:
        """End the child. The next picture starts another."""
        self._place.get().close()


class _Lost(Exception):
    """The child is of no more use; the text says why."""


class _Late(_Lost):
    """... and what it was asked has no part in that."""


class _Place:
    """The one child of this process, and whoever takes its place."""

    def __init__(
        self,
        program: Sequence[str],
        *,
        limits: PictureLimits,
        limit_s: float,
        computed: Callable[[float], None],
    ) -> None:
        self._program = program
        self._limits = limits
        self._computed = computed
        self._limit_s = limit_s
        self._turn = threading.Lock()
        self._child: _Child | None = None

    def load(self) -> None:
        """Start the child if there is none, and wait until it is ready. Raises _Lost.

        Where there is one, this waits for nothing: a probe must not stand behind pictures.
        """
        if self._child is None:
            with self._turn:
                self._ready()

    def decode(self, data: bytes) -> Rgb:
        """Return the pixels of one image. Raises the image errors, or Busy."""
        if len(data) > PIXELS_AT:
            raise ImageTooLarge(f"An image may have at most {PIXELS_AT // 1024**2} MiB.")
        if not self._turn.acquire(timeout=self._limit_s):
            raise Busy(retry_after_s=_RETRY_AFTER_S)
        try:
            return self._decode(data)
        finally:
            self._turn.release()

    def _decode(self, data: bytes) -> Rgb:
        try:
            child = self._ready()
        except (_Lost, OSError) as error:
            self.replace(str(error), start_next=False)
            raise Busy(retry_after_s=_RETRY_AFTER_S) from error
        before_s = child.cpu_s()
        try:
            return child.decode(data, limit_s=self._limit_s)
        except (_Late, OSError) as error:
            self.replace(str(error))
            raise Busy(retry_after_s=_RETRY_AFTER_S) from error
        except _Lost as error:
            self._computed(CPU_S)  # all that it may, for all that can be known
            self.replace(str(error))
            raise ImageUnreadable from error
        finally:
            self._computed(max(0.0, child.cpu_s() - before_s))

    def replace(self, reason: str, *, start_next: bool = True) -> None:
        """Kill the child and start the next; the next picture waits until that one is ready."""
        _log.warning("decoder replaced", extra={"reason": reason})
        if self._child is not None:
            self._child.kill()
        self._child = None
        if start_next:
            with suppress(OSError):  # then the next picture tries again, and tells
                self._child = self._start()

    def close(self) -> None:
        """End the child, gently first."""
        with self._turn:
            if self._child is not None:
                self._child.end()
            self._child = None

    def _ready(self) -> _Child:
        if self._child is not None and self._child.has_ended:
            self.replace("it ended between two pictures", start_next=False)
        if self._child is None:
            self._child = self._start()
        self._child.wait_until_ready()
        return self._child

    def _start(self) -> _Child:
        return _Child(self._program, limits=self._limits)


class _Child:
    """A running decoder, and the memory that it shares with this process."""

    def __init__(self, program: Sequence[str], *, limits: PictureLimits) -> None:
        self._limits = limits
        self._is_ready = False
        self._memory = _shared_memory(PIXELS_AT + 3 * limits.decoded)
        self._mapped = mmap.mmap(self._memory, 0)  # never touched, so that it costs nothing
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the program is ours
                [*program, str(self._memory), str(limits.decoded), str(limits.jpeg)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_harmless(os.environ),
                pass_fds=(self._memory,),
                bufsize=0,
            )
        except OSError:
            os.close(self._memory)
            raise
        self._input, self._output = _descriptors(self._process)
        self.end = weakref.finalize(self, _end, self._process, self._memory, os.getpid())

    @property
    def has_ended(self) -> bool:
        """Whether the child is no more."""
        return self._process.poll() is not None

    def wait_until_ready(self) -> None:
        """Wait until the child takes pictures. Raises _Lost."""
        if not self._is_ready and self._receive(_START_S)[0] != READY:
            raise _Lost("a wrong first answer")
        self._is_ready = True

    def decode(self, data: bytes, *, limit_s: float) -> Rgb:
        """Return the pixels of one image. Raises _Lost, OSError or one of the image errors."""
        _write_whole(self._memory, data)
        os.write(self._input, REQUEST.pack(len(data)))
        outcome, height, width = self._receive(limit_s)
        if outcome == NO_MEMORY:
            raise _Late("it had too little memory for a picture that is within the limits")
        if outcome in REFUSALS:
            raise refusal(*REFUSALS[outcome], data, self._limits)
        if outcome != DECODED or not 0 < height * width <= self._limits.decoded:
            raise _Lost("an answer that makes no sense")
        pixels = np.empty((height, width, 3), np.uint8)
        if os.preadv(self._memory, [pixels.data], PIXELS_AT) != pixels.nbytes:
            raise _Lost("fewer pixels than announced")
        if pixels.nbytes > _KEPT_BYTES:
            self._mapped.madvise(mmap.MADV_REMOVE)
        return pixels

    def cpu_s(self) -> float:
        """Return how long the child has computed in all; 0 once it is no more.

        The clock of another process (clock_getcpuclockid(3)): ``/proc`` counts in hundredths.
        """
        try:
            return time.clock_gettime((~self._process.pid << 3) | _SCHEDULED)
        except OSError:
            return 0.0

    def kill(self) -> None:
        """End the child at once."""
        self._process.kill()
        self.end()

    def _receive(self, limit_s: float) -> tuple[int, int, int]:
        deadline, received = time.monotonic() + limit_s, b""
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        computed_s = self._computed_s()
        while len(received) < ANSWER.size:
            left_ms = (deadline - time.monotonic()) * 1000
            if left_ms <= 0 or not poll.poll(left_ms):
                raise self._silent(computed_s, limit_s)
            more = os.read(self._output, ANSWER.size - len(received))
            if not more:
                raise self._ended()
            received += more
        outcome, height, width = ANSWER.unpack(received)
        return outcome, height, width

    def _silent(self, computed_s: float, limit_s: float) -> _Lost:
        """Return why there is no answer: for the picture's sake if it has computed all it may."""
        if self._computed_s() - computed_s >= CPU_S:
            return _Lost(f"no answer after computing for {CPU_S} s")
        return _Late(f"no answer within {limit_s:g} s, of which it computed less than {CPU_S} s")

    def _ended(self) -> _Lost:
        """Return why it ended: for the picture's sake unless somebody else killed it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        code = self._process.returncode
        if code == -signal.SIGKILL:
            return _Late("it was killed")
        return _Lost("it computed for too long" if code == -signal.SIGXCPU else "it ended")

    def _computed_s(self) -> float:
        """Return how long the child has computed in all (proc_pid_stat(5)); 0 if nobody tells."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return 0.0
        of_user, of_system = stat.rpartition(")")[2].split()[11:13]
        return (int(of_user) + int(of_system)) / os.sysconf("SC_CLK_TCK")


def _end(process: subprocess.Popen[bytes], memory: int, owner_pid: int) -> None:
    """Close what leads to the child, which ends it, and wait for it; kill it if it stays.

    A copy of this process (a fork) closes its ends only: the child is not its own.
    """
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    os.close(memory)
    if os.getpid() != owner_pid:
        process.returncode = 0
        return
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _descriptors(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Return what the child reads from and what it writes to, from this side."""
    if process.stdin is None or process.stdout is None:
        raise _Lost("no way to it")
    return process.stdin.fileno(), process.stdout.fileno()


def _shared_memory(size: int) -> int:
    """Return a descriptor of so many bytes of memory that nobody can make shorter or longer."""
    memory = os.memfd_create("facelogin-pixels", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(memory, size)
    fcntl.fcntl(
        memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    )
    return memory


def _write_whole(memory: int, data: bytes) -> None:
    """Write ``data`` at the start of the shared memory."""
    if os.pwrite(memory, data, 0) != len(data):
        raise _Late("the shared memory is full")


def _harmless(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what Python needs of the environment; settings and secrets stay here."""
    kept = {name: variables[name] for name in _KEPT_VARIABLES if name in variables}
    return kept | _OWN_VARIABLES
