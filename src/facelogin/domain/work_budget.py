"""How long the face work of one network may keep processors busy within a window of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from facelogin.domain.throttle import Tally, WindowLimits

BOOKED_MS = 2000
"""Booked at a time, before any of it is spent: one write to the store for some twenty sign-ins."""


@dataclass(frozen=True, slots=True)
class WorkLimits(WindowLimits):
    """At most ``limit`` milliseconds within the window, booked ``BOOKED_MS`` at a time."""

    def booked(self, tally: Tally, now_ms: int) -> Tally:
        """Return the counter with as much more as is booked at a time."""
        slots = tally.slots.plus(now_ms, events=BOOKED_MS)
        return Tally(slots, told=tally.told and tally.slots.total > 0)


@dataclass(frozen=True, slots=True)
class WorkBudgetPolicy:
    """Seconds of a processor that one network's face work may take within ``window``.

    ``known_times`` is how many times as much its known devices may take, whom no stranger can hold
    up. ``site_times`` is how many times as much a whole site may take (an IPv6 /48).
    """

    network_cpu_s: int = 120
    window: timedelta = timedelta(minutes=10)
    known_times: int = 10
    site_times: int = 2

    def limits(self, *, known: bool, site: bool) -> WorkLimits:
        """Return the limits for strangers or known devices of a network, or of a site."""
        times = (self.known_times if known else 1) * (self.site_times if site else 1)
        return WorkLimits(self.network_cpu_s * times * 1000, self.window)
