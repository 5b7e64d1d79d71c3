"""How much a worker takes in at once: what is held of large requests, and how many are parsed.

Parsing megabytes computes in Python, where one thread at a time can, so many at once would hold up
everybody else in the worker. It takes a turn of the face work, and is charged as such.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from facelogin.domain.errors import Busy
from facelogin.domain.fair_queue import Lane
from facelogin.domain.held_bytes import HeldBytes
from facelogin.domain.requester import Requester
from facelogin.services.face_work import FaceWork

SMALL_BYTES = 64 * 1024
"""A request of up to so many bytes costs little, and is let in as it comes."""
LEAST_BYTES = 32 * 1024 * 1024
"""What is held at once at the most, unless two of the largest requests are more."""
_RETRY_AFTER_S = 2


class Intake:
    """Lets large requests in while there is room for them. One per process, shared by threads."""

    def __init__(self, *, largest_bytes: int, work: FaceWork) -> None:
        """``largest_bytes`` is the largest request that is ever taken: one always finds room."""
        self._held = HeldBytes(max(LEAST_BYTES, 2 * largest_bytes))
        self._lock = threading.Lock()
        self._work = work

    @contextmanager
    def holding(self, requester: Requester, size: int) -> Iterator[None]:
        """Hold ``size`` bytes of a request for the block, before any of them is read.

        Raises Busy, at once, where that is more than this requester may hold now, or where all
        places of the face work that it may have are taken; TooManyAttempts, StoreUnavailable.
        """
        if size <= SMALL_BYTES:
            yield
            return
        self._work.check(requester)
        lane = Lane.of(requester)
        with self._lock:
            taken = self._held.take(lane, size)
        if not taken:
            raise Busy(retry_after_s=_RETRY_AFTER_S)
        try:
            yield
        finally:
            with self._lock:
                self._held.give_back(lane, size)

    def parsing(self, requester: Requester, size: int) -> AbstractContextManager[object]:
        """Return a context in which ``size`` bytes may be parsed. Raises as ``FaceWork.turn``."""
        return nullcontext() if size <= SMALL_BYTES else self._work.turn(requester)
