"""How much face work one worker takes on: a few jobs at once, a short queue, and no more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from facelogin.domain.errors import Busy
from facelogin.domain.measures import FACE_JOBS, NO_MEASURES
from facelogin.domain.ports import Measures

_RETRY_AFTER_S = 2


class FaceWork:
    """Lets ``running`` jobs run at once and ``waiting`` more wait; any beyond is refused at once.

    Whoever is refused has cost next to nothing, so requests without face work (a greeting, a
    session) get through however many ask for it. One of these per process, shared by its threads.
    """

    def __init__(self, *, running: int, waiting: int, measures: Measures = NO_MEASURES) -> None:
        self._places = threading.BoundedSemaphore(running + waiting)
        self._turns = threading.BoundedSemaphore(running)
        self._measures = measures

    @contextmanager
    def job(self) -> Iterator[FaceJob]:
        """Hold a place for the block; what is computed in it takes a turn of the job.

        Raises Busy, at once, where as many as may wait are waiting.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(retry_after_s=_RETRY_AFTER_S)
        try:
            yield FaceJob(self)
        finally:
            self._places.release()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold one of the running places for the block: a job of one turn. Raises Busy."""
        with self.job() as job, job.turn():
            yield

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run one of the turns of a job that has a place, after waiting for it if need be."""
        with self._counted("waiting"):
            self._turns.acquire()
        try:
            with self._counted("running"):
                yield
        finally:
            self._turns.release()

    @contextmanager
    def _counted(self, state: str) -> Iterator[None]:
        self._measures.change(FACE_JOBS, 1, state)
        try:
            yield
        finally:
            self._measures.change(FACE_JOBS, -1, state)


class FaceJob:
    """A place that was taken: its turns may have to wait, and are never refused."""

    def __init__(self, work: FaceWork) -> None:
        self._work = work

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold one of the running places for the block, and between two turns none."""
        with self._work.running():
            yield
