"""How many bytes of requests are held at once, and whose."""

from __future__ import annotations

from facelogin.domain.fair_queue import Lane
from facelogin.domain.held_bytes import HeldBytes

A, B = (Lane(f"192.0.2.{number}/32", known=False) for number in range(2))
OWNER = Lane("203.0.113.5/32", known=True)


def test_strangers_of_one_site_hold_a_half() -> None:
    held = HeldBytes(100)
    assert held.take(A, 50)
    assert not held.take(A, 1)
    assert held.take(B, 25)


def test_all_strangers_leave_a_quarter_to_known_devices() -> None:
    held = HeldBytes(100)
    assert held.take(A, 40)
    assert held.take(B, 35)
    assert not held.take(B, 1)
    assert held.take(OWNER, 25)


def test_never_more_than_there_is_is_held() -> None:
    held = HeldBytes(100)
    assert held.take(OWNER, 100)
    assert not held.take(OWNER, 1)
    assert not held.take(A, 1)
    assert held.total == 100


def test_what_is_given_back_is_free_again() -> None:
    held = HeldBytes(100)
    for _ in range(3):
        assert held.take(A, 50)
        held.give_back(A, 50)
    assert held.total == 0
