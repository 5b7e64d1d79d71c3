"""The rules on guessing, as pure functions of a counter and the time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from facelogin.domain.slots import Booking, Slots
from facelogin.domain.throttle import AccountLimits, Tally, WindowLimits, moment_ms, moment_of

DAY_MS = 86_400_000
MINUTE_MS = 60_000
NOW = 20_000 * DAY_MS + 5 * MINUTE_MS
ACCOUNT = AccountLimits()
NETWORK = WindowLimits(60, timedelta(minutes=10))


def failed(times: int, *, at: int = NOW, every_ms: int = 0) -> Tally:
    """A counter after so many failures, nobody having asked whether they were allowed."""
    tally = ACCOUNT.empty(0)
    for n in range(times):
        tally = ACCOUNT.booked(ACCOUNT.settled(tally, at + n * every_ms), at + n * every_ms)
    return tally


def wait_s(tally: Tally, now_ms: int = NOW) -> float:
    return ACCOUNT.wait_ms(ACCOUNT.settled(tally, now_ms), now_ms) / 1000


def test_four_failures_in_a_row_cost_no_wait() -> None:
    assert [wait_s(failed(n)) for n in range(5)] == [0] * 5


def test_waits_begin_with_the_fifth_failure_and_double_up_to_an_hour() -> None:
    waits = [wait_s(failed(n)) for n in range(5, 15)]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_wait_runs_out() -> None:
    tally = failed(5)
    assert wait_s(tally, NOW + 29_999) == 0.001
    assert wait_s(tally, NOW + 30_000) == 0


def test_a_success_forgives_the_failures_in_a_row() -> None:
    tally = failed(5)
    forgiven = ACCOUNT.given_back(tally, tally.slots.booking(NOW))
    assert (forgiven.consecutive, forgiven.locked_until_ms, forgiven.slots.total) == (0, 0, 4)


def test_a_guess_that_was_none_forgives_no_other() -> None:
    tally = failed(5)
    undone = ACCOUNT.undone(tally, tally.slots.booking(NOW))
    assert (undone.consecutive, undone.slots.total, wait_s(undone)) == (4, 4, 0)
    tally = failed(7)
    assert wait_s(ACCOUNT.undone(tally, tally.slots.booking(NOW))) == wait_s(failed(6))


def test_a_guess_that_is_not_counted_any_more_undoes_nothing() -> None:
    tally = failed(5)
    assert ACCOUNT.undone(tally, Booking(slot=1, epoch=tally.slots.epoch)) == tally


def test_a_counter_that_a_guess_closed_opens_if_it_was_none() -> None:
    tally = failed(50)
    assert tally.closed
    assert not ACCOUNT.undone(tally, tally.slots.booking(NOW)).closed


def test_fifty_failures_within_thirty_days_close() -> None:
    assert not failed(49, every_ms=DAY_MS // 2).closed
    assert failed(50, every_ms=DAY_MS // 2).closed


def test_failures_that_left_the_window_do_not_close() -> None:
    assert not failed(200, every_ms=DAY_MS).closed


def test_a_closed_counter_stays_closed_and_names_the_longest_wait() -> None:
    tally = failed(50)
    assert wait_s(tally, NOW + 400 * DAY_MS) == 3600
    assert ACCOUNT.forgotten_ms(tally) is None


def test_the_success_of_the_guess_that_closed_opens_again() -> None:
    tally = failed(50)
    assert not ACCOUNT.given_back(tally, tally.slots.booking(NOW)).closed


def test_a_success_that_took_no_part_leaves_a_closed_counter_closed() -> None:
    assert ACCOUNT.given_back(failed(50), Booking(slot=1, epoch=0)).closed


def test_recovery_codes_never_close() -> None:
    limits, tally = AccountLimits(closes=False), ACCOUNT.empty(0)
    for _ in range(10_000):
        tally = limits.booked(tally, NOW)
    assert not tally.closed
    assert limits.wait_ms(tally, NOW) == 3_600_000


def test_a_clock_that_goes_back_makes_no_wait_longer_and_none_shorter() -> None:
    tally = failed(5)
    for back_ms in (1, 29_000, DAY_MS, 400 * DAY_MS):
        before = NOW - back_ms
        settled = ACCOUNT.settled(tally, before)
        assert ACCOUNT.wait_ms(settled, before) == 30_000
        assert ACCOUNT.wait_ms(ACCOUNT.settled(settled, before + 30_000), before + 30_000) == 0


def test_failures_after_now_count_as_of_now() -> None:
    before = NOW - 400 * DAY_MS
    settled = ACCOUNT.settled(failed(7), before)
    assert settled.slots.counts == ((before // DAY_MS, 7),)
    later = before + 32 * DAY_MS
    assert ACCOUNT.settled(settled, later).slots.total == 0


def test_failures_of_a_clock_that_is_a_little_ahead_stay_where_they_are() -> None:
    slots = Slots(1000).plus(2000)
    assert slots.settled(1999, window_ms=10_000) == slots


def test_a_booking_from_before_a_step_of_the_clock_takes_nothing_back() -> None:
    slots = Slots(1000).plus(500_000)
    booking = slots.booking(500_000)
    moved = slots.settled(1000, window_ms=10_000)
    assert moved.without(booking).total == 1
    assert slots.without(booking).total == 0


def test_a_slot_counts_as_long_as_any_of_it_may_be_in_the_window() -> None:
    slots = Slots(1000).plus(0)
    assert slots.settled(10_999, window_ms=10_000).total == 1
    assert slots.settled(11_000, window_ms=10_000).total == 0


def test_a_window_is_full_at_its_limit_and_says_when_there_is_room() -> None:
    tally = NETWORK.empty(0)
    for n in range(60):
        assert NETWORK.wait_ms(tally, NOW) == 0
        tally = NETWORK.booked(tally, NOW + n * 10_000 // 60)
    wait_ms = NETWORK.wait_ms(tally, NOW)
    assert 600_000 <= wait_ms <= 630_000
    assert NETWORK.wait_ms(NETWORK.settled(tally, NOW + wait_ms), NOW + wait_ms) == 0


def test_a_counter_stays_small() -> None:
    tally = failed(5_000, every_ms=7 * MINUTE_MS)
    network = NETWORK.empty(0)
    for n in range(5_000):
        network = NETWORK.booked(NETWORK.settled(network, NOW + n * 1000), NOW + n * 1000)
    assert len(tally.slots.counts) <= 32
    assert len(network.slots.counts) <= 22
    assert max(len(tally.dump()), len(network.dump())) < 600


@pytest.mark.parametrize("tally", [ACCOUNT.empty(3), failed(1), failed(60, every_ms=DAY_MS // 3)])
def test_what_is_kept_is_read_back_whole(tally: Tally) -> None:
    assert Tally.load(tally.dump()) == tally


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"slots": 1}', json.dumps({"slots": [[1]], "slot_ms": 1})],
)
def test_what_is_no_counter_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="no counter"):
        Tally.load(text)


def test_failures_keep_counting_when_the_operator_changes_the_window() -> None:
    tally = failed(20)
    shorter = AccountLimits(window=timedelta(days=3))
    settled = shorter.settled(tally, NOW)
    assert settled.slots.total == 20
    assert shorter.settled(settled, NOW + 5 * DAY_MS).slots.total == 0


def test_moments_are_whole_milliseconds() -> None:
    moment = datetime(2026, 3, 1, 12, 0, 0, 987_654, tzinfo=UTC)
    assert moment_of(moment_ms(moment)) == moment.replace(microsecond=987_000)
