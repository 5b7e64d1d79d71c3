"""Computing time is booked for a network before it is spent, and charged as it was measured.

What was booked is in the store, for all workers together. What is left of it is in the memory of
the worker that booked it, so that not every sign-in costs a write.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from datetime import timedelta

from facelogin.domain.fair_queue import site_of
from facelogin.domain.requester import Requester
from facelogin.domain.work_budget import BOOKED_MS, WorkBudgetPolicy, WorkLimits
from facelogin.services.counters import Counters

_REMEMBERED = 4096
_KEPT = timedelta(days=1)


class WorkBudget:
    """Charges face work to networks. The operator is charged nothing.

    The known devices of a network have a budget of their own: strangers use up what strangers have.
    A worker that is killed has spent all that it booked.
    """

    def __init__(self, *, counters: Counters, policy: WorkBudgetPolicy) -> None:
        self._counters = counters
        self._policy = policy
        self._left_ms: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, requester: Requester) -> None:
        """Book time for this network, unless some of what was booked is left.

        Raises TooManyAttempts where it has had all that it may have; Busy; StoreUnavailable.
        """
        for key, limits in self._accounts(requester):
            while self._left(key) <= 0:
                locked = self._counters.on_locked(requester)
                self._counters.one(key, limits, locked, closed_for=_KEPT).book()
                self._add(key, BOOKED_MS)

    def charge(self, requester: Requester, cpu_s: float) -> None:
        """Take what was spent from what was booked. A debt is booked before the next work."""
        for key, _ in self._accounts(requester):
            self._add(key, -1000 * cpu_s)

    def _accounts(self, requester: Requester) -> Iterator[tuple[str, WorkLimits]]:
        network, known = requester.network, requester.is_known
        if network is None:
            return
        kind, site = ("work-known" if known else "work"), site_of(network)
        name = self._counters.pseudonyms.of("network", network)
        yield f"{kind}:{name}", self._policy.limits(known=known, site=False)
        if site != network:
            name = self._counters.pseudonyms.of("network", site)
            yield f"{kind}:{name}", self._policy.limits(known=known, site=True)

    def _left(self, key: str) -> float:
        with self._lock:
            return self._left_ms.get(key, 0.0)

    def _add(self, key: str, ms: float) -> None:
        with self._lock:
            self._left_ms[key] = self._left_ms.pop(key, 0.0) + ms
            while len(self._left_ms) > _REMEMBERED:
                self._left_ms.popitem(last=False)
