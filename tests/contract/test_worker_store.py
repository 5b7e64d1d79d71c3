"""The contract of `WorkerStore`, and of what a key rotation asks of a store besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contract.backends import Backend, at_once
from facelogin.domain.models import WorkerReport
from facelogin.domain.ports import Store
from facelogin.stores.times import truncated
from people import NOON, a_user

STATES = {"kek-1": "active", "kek.2$": "pending"}


def by_id(store: Store) -> dict[str, WorkerReport]:
    return {report.worker_id: report for report in store.workers.every()}


def test_a_report_comes_back_as_it_was(store: Store) -> None:
    late = NOON + timedelta(microseconds=456)
    store.workers.report(WorkerReport("host-1-a", STATES, late))

    assert store.workers.every() == [WorkerReport("host-1-a", STATES, truncated(late))]


def test_a_worker_says_where_people_reach_it(store: Store) -> None:
    report = WorkerReport("one", STATES, NOON, "https://login.example.org")
    store.workers.report(report)

    assert store.workers.every() == [report]


def test_a_worker_has_one_report_the_last(store: Store) -> None:
    later = NOON + timedelta(seconds=3)
    store.workers.report(WorkerReport("one", STATES, NOON))
    store.workers.report(WorkerReport("two", {}, NOON))
    store.workers.report(WorkerReport("one", {"kek-1": "retired"}, later))

    assert by_id(store) == {
        "one": WorkerReport("one", {"kek-1": "retired"}, later),
        "two": WorkerReport("two", {}, NOON),
    }


def test_a_worker_that_leaves_is_gone_and_may_leave_twice(store: Store) -> None:
    for name in ("one", "two"):
        store.workers.report(WorkerReport(name, STATES, NOON))

    store.workers.leave("one")
    store.workers.leave("one")

    assert set(by_id(store)) == {"two"}


def test_reports_from_before_a_moment_are_swept_and_counted(store: Store) -> None:
    for age in range(4):
        store.workers.report(WorkerReport(f"{age}", {}, NOON - timedelta(seconds=age)))

    assert store.workers.sweep(seen_before=NOON - timedelta(seconds=1)) == 2

    assert set(by_id(store)) == {"0", "1"}


def test_workers_that_report_at_once_are_all_there(backend: Backend, store: Store) -> None:
    def report(number: int) -> None:
        store.workers.report(WorkerReport(f"worker-{number}", STATES, NOON))

    outcomes = at_once([lambda n=n: report(n) for n in range(20)])  # type: ignore[misc]

    assert outcomes == [None] * 20
    again = backend.open()
    assert len(again.workers.every()) == 20
    again.close()


def test_the_templates_of_each_key_are_counted(store: Store) -> None:
    for number in range(5):
        user = a_user(username=f"user{number}")
        record = replace(user.template.record, kid="kek-b" if number < 2 else "kek-a")
        store.users.create(replace(user, template=replace(user.template, record=record)))

    counted = {kid: store.users.count_sealed_with(kid) for kid in ("kek-a", "kek-b", "kek-c")}

    assert counted == {"kek-a": 3, "kek-b": 2, "kek-c": 0}


@pytest.mark.parametrize("open_beside", [False, True])
def test_what_a_rewrapped_template_was_wrapped_with_is_nowhere_after_scrubbing(
    backend: Backend, store: Store, open_beside: bool
) -> None:
    users = [a_user(username=f"user{number}") for number in range(100)]
    for user in users:
        store.users.create(user)
    other = backend.open()
    if open_beside:
        assert other.users.count() == 100
    for user in users:
        old = user.template.record
        new = replace(old, kid="kek-new", wrapped_dek=bytes(reversed(old.wrapped_dek)))
        assert store.users.rewrap_template(
            user.user_id, template_id=user.template.template_id, old=old, new=new
        )

    assert store.scrub()

    raw = backend.raw()
    other.close()
    assert [user for user in users if user.template.record.wrapped_dek in raw] == []
    assert all(bytes(reversed(user.template.record.wrapped_dek)) in raw for user in users)
