"""The audit log as every store must keep it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from audit_rows import a_checkpoint, a_lane, all_rows
from contract.backends import Backend, at_once
from facelogin.domain.audit import AuditPosition, AuditRow
from facelogin.domain.ports import Store
from people import NOON

A, B, C = "a" * 16, "b" * 16, "c" * 16


def keep(store: Store, *lanes: list[AuditRow]) -> None:
    for lane in lanes:
        for row in lane:
            assert store.audit.append(row)


def test_a_row_comes_back_as_it_was(store: Store) -> None:
    (row,) = a_lane(count=1)
    assert store.audit.append(row)
    assert all_rows(store) == [row]


def test_a_row_of_nobody_comes_back_as_it_was(store: Store) -> None:
    row = replace(a_lane(count=1)[0], subject=None)
    assert store.audit.append(row)
    assert all_rows(store) == [row]


def test_appending_the_very_same_row_again_is_success_and_keeps_one(store: Store) -> None:
    (row,) = a_lane(count=1)
    assert store.audit.append(row)
    assert store.audit.append(row)
    assert all_rows(store) == [row]


@pytest.mark.parametrize(
    "another",
    [
        lambda row: replace(row, body="{}"),
        lambda row: replace(row, mac=b"x"),
        lambda row: replace(row, subject="eve"),
        lambda row: replace(row, at=NOON + timedelta(seconds=1)),
    ],
)
def test_another_row_with_the_same_number_is_refused(
    store: Store, another: Callable[[AuditRow], AuditRow]
) -> None:
    (row,) = a_lane(count=1)
    keep(store, [row])
    assert not store.audit.append(another(row))
    assert all_rows(store) == [row]


def test_of_many_rows_with_one_number_exactly_one_is_kept(backend: Backend, store: Store) -> None:
    other = backend.open()
    (row,) = a_lane(count=1)
    rows = [replace(row, mac=bytes([n])) for n in range(16)]
    stores = [store, other]
    outcomes = at_once([partial(stores[n % 2].audit.append, row) for n, row in enumerate(rows)])
    other.close()
    assert sorted(map(str, outcomes)) == ["False"] * 15 + ["True"]
    assert len(all_rows(store)) == 1


def test_rows_are_read_page_by_page_in_the_order_of_lane_and_number(store: Store) -> None:
    lanes = [a_lane(B, 12), a_lane(A, 11), a_lane(C, 1)]
    keep(store, *lanes)
    found: list[AuditRow] = []
    after = None
    while page := store.audit.rows(after=after, limit=5):
        assert len(page) <= 5
        found += page
        after = page[-1].lane, page[-1].seq
    assert found == lanes[1] + lanes[0] + lanes[2]


def test_rows_are_read_page_by_page_in_the_order_of_time(store: Store) -> None:
    first, second = a_lane(B, 6), a_lane(A, 6)  # in pairs of one time
    keep(store, first, second)
    found: list[AuditRow] = []
    after = None
    while page := store.audit.by_time(after=after, until=None, limit=5):
        found += page
        after = page[-1].position
    assert found == [row for pair in zip(second, first, strict=True) for row in pair]


def test_a_span_of_time_begins_with_its_first_moment_and_ends_before_its_last(
    store: Store,
) -> None:
    rows = a_lane(A, 6)
    keep(store, rows)
    since = AuditPosition(NOON + timedelta(seconds=2), "", 0)
    until = NOON + timedelta(seconds=4)
    assert store.audit.by_time(after=since, until=until, limit=10) == rows[2:4]


def test_the_newest_come_first_page_by_page(store: Store) -> None:
    first, second = a_lane(B, 4), a_lane(A, 4)
    keep(store, first, second)
    expected = [row for pair in zip(second, first, strict=True) for row in pair][::-1]
    found: list[AuditRow] = []
    before = None
    while page := store.audit.newest(subject=None, before=before, limit=3):
        found += page
        before = page[-1].position
    assert found == expected


def test_the_newest_of_a_subject_are_theirs_alone(store: Store) -> None:
    ana, bob = a_lane(A, 3, subject="ana"), a_lane(B, 3, subject="bob")
    keep(store, ana, bob)
    assert store.audit.newest(subject="ana", before=None, limit=10) == ana[::-1]
    assert store.audit.newest(subject="ana", before=ana[2].position, limit=1) == [ana[1]]
    assert store.audit.newest(subject="eve", before=None, limit=10) == []


def test_the_heads_are_the_last_rows_of_all_lanes_or_of_the_recent_ones(store: Store) -> None:
    old, new = a_lane(A, 3), a_lane(B, 11, start=NOON + timedelta(hours=1))
    keep(store, old, new)

    def heads(**since: timedelta) -> set[object]:
        moment = NOON + since["since"] if since else None
        return set(store.audit.heads(since=moment))

    assert heads() == {old[-1].head, new[-1].head}
    assert heads(since=timedelta(seconds=2)) == {old[-1].head, new[-1].head}
    assert heads(since=timedelta(seconds=3)) == {new[-1].head}
    assert heads(since=timedelta(hours=2)) == set()


def test_an_empty_log_has_nothing(store: Store) -> None:
    audit = store.audit
    assert all_rows(store) == audit.by_time(after=None, until=None, limit=9) == []
    assert audit.newest(subject=None, before=None, limit=9) == []
    assert audit.heads(since=None) == []
    assert audit.checkpoints(after=None, limit=9) == []
    assert audit.last_checkpoint() is None


def test_checkpoints_come_back_as_they_were_in_the_order_of_their_numbers(store: Store) -> None:
    rows = a_lane(A, 12)
    made = [a_checkpoint(rows[0])]
    for row in rows[1:]:
        made.append(a_checkpoint(row, before=made[-1]))
    for checkpoint in reversed(made):
        assert store.audit.add_checkpoint(checkpoint)
    assert store.audit.checkpoints(after=None, limit=100) == made
    assert store.audit.checkpoints(after=3, limit=2) == made[3:5]
    assert store.audit.last_checkpoint() == made[-1]


def test_a_checkpoint_can_be_added_again_but_not_replaced(store: Store) -> None:
    rows = a_lane(A, 2)
    checkpoint, other = a_checkpoint(rows[0]), a_checkpoint(rows[1])
    assert store.audit.add_checkpoint(checkpoint)
    assert store.audit.add_checkpoint(checkpoint)
    assert not store.audit.add_checkpoint(other)
    assert store.audit.last_checkpoint() == checkpoint


def test_of_many_checkpoints_with_one_number_exactly_one_is_kept(
    backend: Backend, store: Store
) -> None:
    other = backend.open()
    stores = [store, other]
    made = [a_checkpoint(row) for row in a_lane(A, 16)]
    outcomes = at_once(
        [partial(stores[n % 2].audit.add_checkpoint, one) for n, one in enumerate(made)]
    )
    other.close()
    assert sorted(map(str, outcomes)) == ["False"] * 15 + ["True"]
    assert len(store.audit.checkpoints(after=None, limit=99)) == 1
