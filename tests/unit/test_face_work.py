"""The queue for face work: few jobs at once, a short wait, and a refusal at once beyond that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from facelogin.domain.errors import Busy, FaceNotFound
from facelogin.domain.measures import FACE_JOBS, Level
from facelogin.domain.requester import OPERATOR, Device, Requester
from facelogin.services.face_work import FaceJob, FaceWork

HANG_S = 60
HOME = Requester(network="192.0.2.1/32")
OWNER = Requester(network="192.0.2.1/32", device=Device("laptop", ("ana",)))
STRANGER = Requester(network="198.51.100.7/32")


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


class Cpu:
    """A processor's time that passes as the test says."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


class Jobs:
    """Face jobs that hold their places until ``end`` is set."""

    def __init__(self, *, running: int, waiting: int) -> None:
        self.levels = Levels()
        self.cpu = Cpu()
        self.work = FaceWork(running=running, waiting=waiting, cpu_s=self.cpu, measures=self.levels)
        self.end = threading.Event()

    def job(self) -> None:
        with self.work.turn(OPERATOR):
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
            with pytest.raises(Busy) as refusal, jobs.work.turn(OPERATOR):
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
        with suppress(FaceNotFound), jobs.work.turn(OPERATOR):
            raise FaceNotFound
    jobs.job()
    jobs.levels.until(running=0, waiting=0)


def test_a_refused_job_takes_no_place() -> None:
    with full(running=1, waiting=1) as jobs:
        for _ in range(5):
            with suppress(Busy), jobs.work.turn(OPERATOR):
                pass
    jobs.job()


class Film:
    """A long job of a stranger, which lets others go first after each of its frames."""

    def __init__(self, jobs: Jobs, order: list[str]) -> None:
        self._jobs = jobs
        self._order = order
        self.began, self.may_go_on = threading.Event(), threading.Event()

    def run(self) -> None:
        with self._jobs.work.turn(STRANGER) as job:
            for number in range(3):
                self._order.append(f"frame {number}")
                self.began.set()
                assert self.may_go_on.wait(HANG_S)
                job.give_way()


def test_an_owner_comes_before_the_next_frame_of_a_stranger() -> None:
    jobs, order = Jobs(running=1, waiting=4), list[str]()
    film = Film(jobs, order)

    def photo() -> None:
        with jobs.work.turn(OWNER):
            order.append("photo")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(film.run)
        assert film.began.wait(HANG_S)
        second = pool.submit(photo)
        jobs.levels.until(running=1, waiting=1)
        film.may_go_on.set()
        first.result(HANG_S)
        second.result(HANG_S)
    assert order == ["frame 0", "photo", "frame 1", "frame 2"]
    jobs.levels.until(running=0, waiting=0)


def test_nobody_gives_way_to_their_own_network() -> None:
    jobs, order = Jobs(running=1, waiting=4), list[str]()
    film = Film(jobs, order)

    def another() -> None:
        with jobs.work.turn(STRANGER):
            order.append("another")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(film.run)
        assert film.began.wait(HANG_S)
        second = pool.submit(another)
        jobs.levels.until(running=1, waiting=1)
        film.may_go_on.set()
        first.result(HANG_S)
        second.result(HANG_S)
    assert order == ["frame 0", "frame 1", "frame 2", "another"]


def test_strangers_of_one_network_leave_a_turn_to_others() -> None:
    jobs = Jobs(running=2, waiting=8)

    def hold() -> None:
        with suppress(Busy), jobs.work.turn(STRANGER):
            assert jobs.end.wait(HANG_S)

    with ThreadPoolExecutor(24) as pool:
        held = [pool.submit(hold) for _ in range(24)]
        jobs.levels.until(running=1, waiting=4)
        for requester in (OWNER, HOME):
            with jobs.work.turn(requester):
                assert jobs.levels.now["running"] == 2
        jobs.end.set()
        for one in held:
            one.result(HANG_S)
    assert jobs.levels.most_running == 2


def test_whoever_has_the_most_places_makes_room() -> None:
    """Many networks together hold all places; the newest of one with two goes for a newcomer."""
    jobs = Jobs(running=1, waiting=3)
    sent_away: list[str] = []

    def hold(network: str) -> None:
        try:
            with jobs.work.turn(Requester(network=network)):
                assert jobs.end.wait(HANG_S)
        except Busy:
            sent_away.append(network)

    with ThreadPoolExecutor(5) as pool:
        held = []
        for number, network in enumerate(["a", "b", "b", "c"]):
            held.append(pool.submit(hold, network))
            jobs.levels.until(running=1, waiting=number)
        held.append(pool.submit(hold, "d"))
        held[2].result(HANG_S)
        jobs.levels.until(running=1, waiting=3)
        assert sent_away == ["b"]
        with pytest.raises(Busy), jobs.work.turn(Requester(network="e")):
            pass
        jobs.end.set()
        for one in held:
            one.result(HANG_S)
    jobs.levels.until(running=0, waiting=0)


class Ledger:
    """Admits everybody, and keeps what was charged."""

    def __init__(self) -> None:
        self.charged: list[tuple[Requester, float]] = []

    def admit(self, requester: Requester) -> None:
        """Say yes."""

    def charge(self, requester: Requester, cpu_s: float) -> None:
        self.charged.append((requester, cpu_s))


def test_a_job_is_charged_what_its_turns_took_whatever_became_of_it() -> None:
    cpu, ledger = Cpu(), Ledger()
    work = FaceWork(running=1, waiting=0, cpu_s=cpu, account=ledger)

    def compute(job: FaceJob, seconds: float) -> None:
        with job.turn():
            cpu.s += seconds

    with suppress(FaceNotFound), work.job(STRANGER) as job:
        compute(job, 0.5)
        cpu.s += 7  # between two turns
        compute(job, 0.25)
        raise FaceNotFound
    assert ledger.charged == [(STRANGER, 0.75)]
