"""The queue for face work: few jobs at once, a short wait, and a refusal at once beyond that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from facelogin.domain.errors import Busy, FaceNotFound
from facelogin.domain.measures import FACE_JOBS, Level
from facelogin.services.face_work import FaceWork

HANG_S = 10


class Levels:
    """Measures that know how many jobs are waiting and running, and let a test wait for that."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.now = {"waiting": 0, "running": 0}
        self.most_running = 0

    def count(self, *_: object) -> None:
        """Nothing here is counted."""

    def observe(self, *_: object) -> None:
        """Nothing here is timed."""

    def tell(self, *_: object) -> None:
        """Nothing here is told."""

    def change(self, level: Level, by: int, *labels: str) -> None:
        assert level is FACE_JOBS
        with self._changed:
            self.now[labels[0]] += by
            self.most_running = max(self.most_running, self.now["running"])
            self._changed.notify_all()

    def until(self, **wanted: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.now == wanted, HANG_S), self.now


class Jobs:
    """Face jobs that hold their places until ``end`` is set."""

    def __init__(self, *, running: int, waiting: int) -> None:
        self.levels = Levels()
        self.work = FaceWork(running=running, waiting=waiting, measures=self.levels)
        self.end = threading.Event()

    def job(self) -> None:
        with self.work.turn():
            assert self.end.wait(HANG_S)


@contextmanager
def full(*, running: int, waiting: int) -> Iterator[Jobs]:
    """A queue in which every place is taken, for one ``with`` block; then all its jobs end."""
    jobs = Jobs(running=running, waiting=waiting)
    with ThreadPoolExecutor(running + waiting) as pool:
        held: list[Future[None]] = [pool.submit(jobs.job) for _ in range(running + waiting)]
        try:
            jobs.levels.until(running=running, waiting=waiting)
            yield jobs
        finally:
            jobs.end.set()
        for one in held:
            one.result(HANG_S)


@pytest.mark.parametrize(("running", "waiting"), [(1, 0), (1, 1), (2, 8)])
def test_beyond_the_places_a_job_is_refused_while_all_others_still_hold_theirs(
    running: int, waiting: int
) -> None:
    with full(running=running, waiting=waiting) as jobs:
        for _ in range(20):
            with pytest.raises(Busy) as refusal, jobs.work.turn():
                pass
            assert refusal.value.retry_after_s == 2
        jobs.levels.until(running=running, waiting=waiting)


def test_whoever_waited_gets_a_turn_and_no_more_run_at_once_than_may() -> None:
    with full(running=2, waiting=5) as jobs:
        pass
    assert jobs.levels.most_running == 2
    jobs.levels.until(running=0, waiting=0)


def test_a_place_is_free_again_whatever_became_of_its_job() -> None:
    jobs = Jobs(running=1, waiting=0)
    jobs.end.set()
    for _ in range(5):
        with suppress(FaceNotFound), jobs.work.turn():
            raise FaceNotFound
    jobs.job()
    jobs.levels.until(running=0, waiting=0)


def test_a_refused_job_takes_no_place() -> None:
    with full(running=1, waiting=1) as jobs:
        for _ in range(5):
            with suppress(Busy), jobs.work.turn():
                pass
    jobs.job()
