"""Large requests are let in while there is room, and parsed one of a stranger's at a time."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from facelogin.domain.errors import Busy, TooManyAttempts
from facelogin.domain.requester import Device, Requester
from facelogin.services.face_work import NO_ACCOUNT, Account, FaceWork
from facelogin.services.intake import LEAST_BYTES, SMALL_BYTES, Intake

STRANGER = Requester("198.51.100.7/32")
OTHER = Requester("198.51.100.8/32")
OWNER = Requester("203.0.113.5/32", Device("device", ("user",)))
LARGE = 8 * 1024 * 1024
WAIT_S = 60


def intake(*, waiting: int = 8, account: Account = NO_ACCOUNT) -> tuple[Intake, FaceWork]:
    work = FaceWork(running=2, waiting=waiting, cpu_s=float, account=account)
    return Intake(largest_bytes=LARGE, work=work), work


def test_a_strangers_third_large_body_is_busy_and_the_owners_is_read() -> None:
    intake_, _ = intake()
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(intake_.holding(STRANGER, LARGE))
        with pytest.raises(Busy) as refusal:
            held.enter_context(intake_.holding(STRANGER, LARGE))
        assert refusal.value.retry_after_s
        held.enter_context(intake_.holding(OTHER, LARGE))
        held.enter_context(intake_.holding(OWNER, LARGE))
        with pytest.raises(Busy):
            held.enter_context(intake_.holding(OWNER, LARGE))
    with intake_.holding(STRANGER, LARGE):
        pass


def test_the_largest_request_always_finds_room() -> None:
    largest = 2 * LEAST_BYTES
    work = FaceWork(running=2, waiting=8, cpu_s=float)
    with Intake(largest_bytes=largest, work=work).holding(STRANGER, largest):
        pass


def test_a_small_body_takes_no_room_and_no_turn() -> None:
    intake_, work = intake(waiting=0)
    with ExitStack() as taken:
        taken.enter_context(work.turn(STRANGER))
        taken.enter_context(work.turn(OWNER))
        taken.enter_context(intake_.holding(STRANGER, SMALL_BYTES))
        taken.enter_context(intake_.parsing(STRANGER, SMALL_BYTES))


def test_a_body_is_refused_unread_when_its_network_has_no_place() -> None:
    intake_, work = intake(waiting=0)
    with work.turn(STRANGER), pytest.raises(Busy), intake_.holding(STRANGER, LARGE):
        pass


def test_a_body_is_refused_unread_when_its_network_has_no_time_left() -> None:
    class Spent:
        def admit(self, requester: Requester) -> None:
            raise TooManyAttempts(retry_after_s=60)

        def charge(self, requester: Requester, cpu_s: float) -> None: ...

    intake_, _ = intake(account=Spent())
    with pytest.raises(TooManyAttempts), intake_.holding(STRANGER, LARGE):
        pass


def test_of_a_strangers_bodies_one_is_parsed_at_a_time() -> None:
    intake_, _ = intake()
    second = threading.Event()

    def parse() -> None:
        with intake_.parsing(STRANGER, LARGE):
            second.set()

    with intake_.parsing(STRANGER, LARGE):
        other = threading.Thread(target=parse)
        other.start()
        with intake_.parsing(OWNER, LARGE):
            assert not second.is_set()
    other.join(WAIT_S)
    assert second.is_set()
