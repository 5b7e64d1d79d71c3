"""How much face work one worker takes on: a few jobs at once, a short queue, and no more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from facelogin.domain.errors import Busy
from facelogin.domain.fair_queue import FairQueue, Lane, Ticket
from facelogin.domain.measures import FACE_JOBS, NO_MEASURES
from facelogin.domain.ports import Measures
from facelogin.domain.requester import Requester

_RETRY_AFTER_S = 2


class Account(Protocol):
    """Whom computing time is charged to."""

    def admit(self, requester: Requester) -> None:
        """Book some time before any is spent. Raises TooManyAttempts, Busy, StoreUnavailable."""
        ...

    def charge(self, requester: Requester, cpu_s: float) -> None:
        """Note how much was spent, seconds of a processor."""
        ...


class NoAccount:
    """Charges nobody."""

    def admit(self, requester: Requester) -> None:
        """Do nothing."""

    def charge(self, requester: Requester, cpu_s: float) -> None:
        """Do nothing."""


NO_ACCOUNT = NoAccount()


class FaceWork:
    """Lets ``running`` jobs run at once and ``waiting`` more wait, networks taking turns.

    Whoever is refused has cost next to nothing, so requests without face work (a greeting, a
    session) get through however many ask for it. One of these per process, shared by its threads.
    ``cpu_s`` tells how long the calling thread has computed, or had computed for it.
    """

    def __init__(
        self,
        *,
        running: int,
        waiting: int,
        cpu_s: Callable[[], float],
        account: Account = NO_ACCOUNT,
        measures: Measures = NO_MEASURES,
    ) -> None:
        self._queue = FairQueue(running=running, waiting=waiting)
        self._changed = threading.Condition()
        self._turns: set[Ticket] = set()
        self._sent_away: set[Ticket] = set()
        self._cpu_s = cpu_s
        self._account = account
        self._measures = measures

    def check(self, requester: Requester) -> None:
        """Raise what ``job`` would raise now, before anything is done for it."""
        self._account.admit(requester)
        with self._changed:
            has_room = self._queue.has_room(Lane.of(requester))
        if not has_room:
            raise Busy(retry_after_s=_RETRY_AFTER_S)

    @contextmanager
    def job(self, requester: Requester) -> Iterator[FaceJob]:
        """Hold a place for the block; what is computed in it takes a turn of the job.

        Raises Busy, at once, where as many as may wait are waiting, or all that may of this
        network; TooManyAttempts where this network has had all the time that it may have.
        """
        self._account.admit(requester)
        with self._changed:
            ticket, sent_away = self._queue.enter(Lane.of(requester))
            if sent_away is not None:
                self._sent_away.add(sent_away)
                self._changed.notify_all()
        if ticket is None:
            raise Busy(retry_after_s=_RETRY_AFTER_S)
        job = FaceJob(self, ticket)
        try:
            yield job
        finally:
            self._leave(ticket)
            self._account.charge(requester, job.cpu_s)

    @contextmanager
    def turn(self, requester: Requester) -> Iterator[FaceJob]:
        """Hold one of the running places for the block: a job of one turn. Raises as ``job``."""
        with self.job(requester) as job, job.turn():
            yield job

    @contextmanager
    def running(self, job: FaceJob) -> Iterator[None]:
        """Run one of the turns of a job that has a place, after waiting for it if need be.

        Raises Busy if the place went to somebody who had fewer before the first turn began.
        """
        self._take_turn(job.ticket)
        try:
            with self._counted("running"), self._metered(job):
                yield
        finally:
            self._end_turn(job.ticket)

    def give_way(self, job: FaceJob) -> None:
        """Let others take the place of this turn, if any of another network wait, and go on."""
        with self._changed:
            if not self._queue.others_wait(job.ticket):
                return
        self._measures.change(FACE_JOBS, -1, "running")
        self._end_turn(job.ticket)
        self._take_turn(job.ticket)
        self._measures.change(FACE_JOBS, 1, "running")

    def _take_turn(self, ticket: Ticket) -> None:
        with self._counted("waiting"), self._changed:
            self._queue.wait(ticket)
            self._begin_next()
            self._changed.wait_for(lambda: ticket in self._turns or ticket in self._sent_away)
            self._turns.discard(ticket)
            if ticket in self._sent_away:
                raise Busy(retry_after_s=_RETRY_AFTER_S)

    def _end_turn(self, ticket: Ticket) -> None:
        with self._changed:
            self._queue.end(ticket)
            self._begin_next()

    def _begin_next(self) -> None:
        while (ticket := self._queue.next()) is not None:
            self._turns.add(ticket)
        self._changed.notify_all()

    def _leave(self, ticket: Ticket) -> None:
        with self._changed:
            if ticket in self._sent_away:
                self._sent_away.discard(ticket)
            else:
                self._queue.leave(ticket)

    @contextmanager
    def _metered(self, job: FaceJob) -> Iterator[None]:
        before_s = self._cpu_s()
        try:
            yield
        finally:
            job.cpu_s += self._cpu_s() - before_s

    @contextmanager
    def _counted(self, state: str) -> Iterator[None]:
        self._measures.change(FACE_JOBS, 1, state)
        try:
            yield
        finally:
            self._measures.change(FACE_JOBS, -1, state)


class FaceJob:
    """A place that was taken: its turns may have to wait. ``cpu_s`` is what they took so far."""

    def __init__(self, work: FaceWork, ticket: Ticket) -> None:
        self._work = work
        self.ticket = ticket
        self.cpu_s = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold one of the running places for the block, and between two turns none.

        Raises Busy, before the first one only.
        """
        with self._work.running(self):
            yield

    def give_way(self) -> None:
        """Within a turn: let others go first who wait, and then go on."""
        self._work.give_way(self)
