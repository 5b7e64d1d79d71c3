"""How long one network may keep processors busy: booked before, charged as measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from doubles import HandClock, MemoryBudgets, PlainPseudonyms, Switch
from facelogin.domain.errors import StoreUnavailable, TooManyAttempts
from facelogin.domain.requester import OPERATOR, Device, Requester
from facelogin.domain.work_budget import WorkBudgetPolicy
from facelogin.services.audit import Action, Audit
from facelogin.services.counters import Counters
from facelogin.services.work_budget import WorkBudget
from throttling import RecordedAudit

STRANGER = Requester(network="198.51.100.7/32")
KNOWN = replace(STRANGER, device=Device("laptop", ("ana",)))
POLICY = WorkBudgetPolicy(network_cpu_s=10)


class Workers:
    """Two workers on one store, and a clock that is moved."""

    def __init__(self, policy: WorkBudgetPolicy = POLICY) -> None:
        self.switch, self.clock, self.audit = Switch(), HandClock(), RecordedAudit()
        budgets, audit = MemoryBudgets(self.switch), cast(Audit, self.audit)
        counters = Counters(budgets, PlainPseudonyms(), audit, self.clock, wider=1.0)
        self.workers = [WorkBudget(counters=counters, policy=policy) for _ in range(2)]

    def spend(self, requester: Requester, seconds: float, *, worker: int = 0) -> None:
        self.workers[worker].admit(requester)
        self.workers[worker].charge(requester, seconds)

    def spent_until_refused(self, requester: Requester, seconds: float = 0.5) -> float:
        """Spend as much as is let in, in turn on both workers; return how much that was."""
        spent = 0.0
        for number in range(10_000):
            try:
                self.spend(requester, seconds, worker=number % 2)
            except TooManyAttempts:
                return spent
            spent += seconds
        raise AssertionError("it goes on and on")


@pytest.fixture
def workers() -> Workers:
    return Workers()


def test_a_network_spends_what_it_may_on_all_workers_together(workers: Workers) -> None:
    assert workers.spent_until_refused(STRANGER) == pytest.approx(10, abs=2)
    assert workers.audit.rows == [(Action.LOCKED, None, None)]


def test_a_debt_is_paid_before_the_next_work(workers: Workers) -> None:
    workers.spend(STRANGER, 9.5)
    workers.spend(STRANGER, 0.6)
    with pytest.raises(TooManyAttempts) as refusal:
        workers.spend(STRANGER, 0.1)
    assert 0 < (refusal.value.retry_after_s or 0) <= 630


def test_later_there_is_room_again(workers: Workers) -> None:
    workers.spent_until_refused(STRANGER)
    workers.clock.moment += POLICY.window + timedelta(minutes=1)
    assert workers.spent_until_refused(STRANGER) >= 8


def test_strangers_hold_up_no_known_device_of_their_network(workers: Workers) -> None:
    workers.spent_until_refused(STRANGER)
    workers.spend(KNOWN, 0.5)
    workers.spend(Requester(network="198.51.100.8/32"), 0.5)
    assert workers.spent_until_refused(KNOWN) == pytest.approx(100, abs=4)


def test_all_networks_of_a_site_together_have_twice_as_much(workers: Workers) -> None:
    spent = [
        workers.spent_until_refused(Requester(network=f"2001:db8:1:{number:x}::/64"))
        for number in range(30)
    ]
    assert sum(spent) <= 24
    assert spent[0] >= 8


def test_the_operator_is_charged_nothing() -> None:
    workers = Workers(WorkBudgetPolicy(network_cpu_s=5))
    for _ in range(10):
        workers.spend(OPERATOR, 100)


def test_without_the_store_nothing_is_begun(workers: Workers) -> None:
    workers.switch.down = True
    with pytest.raises(StoreUnavailable):
        workers.spend(STRANGER, 0.1)
