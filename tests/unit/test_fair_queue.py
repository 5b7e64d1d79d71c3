"""Whose turn it is when many wait: networks in turn, known devices every second time."""

from __future__ import annotations

import pytest

from facelogin.domain.fair_queue import FairQueue, Lane, Ticket, site_of
from facelogin.domain.requester import OPERATOR, Device, Requester

A, B, C = (Lane(f"192.0.2.{number}/32", known=False) for number in range(3))
OWNER = Lane("203.0.113.5/32", known=True)


def waiting(queue: FairQueue, lane: Lane) -> Ticket:
    """A job of that lane that asks for its turn."""
    ticket, _ = queue.enter(lane)
    assert ticket is not None
    queue.wait(ticket)
    return ticket


def served(queue: FairQueue) -> list[Lane]:
    """Give every turn that is asked for, one at a time; return whose they were."""
    order = []
    while (ticket := queue.next()) is not None:
        order.append(ticket.lane)
        queue.end(ticket)
        queue.leave(ticket)
    return order


def test_networks_take_turns() -> None:
    queue = FairQueue(running=1, waiting=19)
    for lane in (A, A, A, A, B, B, C):
        waiting(queue, lane)
    assert served(queue) == [A, B, C, A, B, A, A]


def test_known_devices_have_every_second_turn() -> None:
    queue = FairQueue(running=1, waiting=19)
    for lane in (A, B, C, OWNER, OWNER):
        waiting(queue, lane)
    assert served(queue) == [OWNER, A, OWNER, B, C]


def test_a_newcomer_waits_for_no_more_than_one_turn_of_each() -> None:
    """And whoever comes back again and again is no newcomer each time."""
    queue = FairQueue(running=1, waiting=19)
    for _ in range(3):
        waiting(queue, A)
    order = []
    for _ in range(3):
        waiting(queue, B)
        ticket = queue.next()
        assert ticket is not None
        order.append(ticket.lane)
        queue.end(ticket)
        queue.leave(ticket)
    assert order == [A, B, A]


def test_a_turn_given_up_comes_back_before_others_of_its_network() -> None:
    queue = FairQueue(running=1, waiting=19)
    first, second = waiting(queue, A), waiting(queue, A)
    owner = waiting(queue, OWNER)
    assert queue.next() is owner
    queue.end(owner)
    assert queue.next() is first
    assert not queue.others_wait(first)
    queue.wait(owner)
    assert queue.others_wait(first)
    queue.end(first)
    queue.wait(first)
    assert queue.next() is owner
    queue.end(owner)
    assert [queue.next(), queue.next()] == [first, None]
    queue.end(first)
    assert queue.next() is second


@pytest.mark.parametrize(("running", "waiting_places", "most"), [(2, 8, 5), (1, 1, 1), (1, 0, 1)])
def test_strangers_of_one_network_have_half_of_the_places(
    running: int, waiting_places: int, most: int
) -> None:
    queue = FairQueue(running=running, waiting=waiting_places)
    for _ in range(most):
        waiting(queue, A)
    assert queue.enter(A) == (None, None)
    known = FairQueue(running=running, waiting=waiting_places)
    for _ in range(running + waiting_places):
        waiting(known, OWNER)
    assert known.enter(OWNER) == (None, None)


def test_what_has_begun_is_never_sent_away() -> None:
    queue = FairQueue(running=2, waiting=1)
    tickets = [waiting(queue, OWNER) for _ in range(3)]
    for begun in [queue.next(), queue.next()]:
        assert begun is not None
        queue.end(begun)
        queue.wait(begun)
    assert queue.enter(A)[1] is tickets[2]
    assert queue.enter(B) == (None, None)


@pytest.mark.parametrize(
    ("network", "site"),
    [
        ("192.0.2.1/32", "192.0.2.1/32"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::/64", "2001:db8:1::/48"),
        ("2001:db8:2:2::/64", "2001:db8:2::/48"),
        ("unknown", "unknown"),
    ],
)
def test_networks_of_one_site_are_one(network: str, site: str) -> None:
    assert site_of(network) == site
    assert Lane.of(Requester(network=network)) == Lane(site, known=False)


def test_known_devices_and_the_operator_are_no_strangers() -> None:
    known = Requester(network="192.0.2.1/32", device=Device("one", ("ana",)))
    erased = Requester(network="192.0.2.1/32", device=Device("one", ()))
    assert [Lane.of(one).known for one in (known, erased, OPERATOR)] == [True, False, True]
