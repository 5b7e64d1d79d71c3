"""The rules on guessing: how many tries an account, a device and a network have, and the waits.

Pure functions of a counter and the time. A counter (``Tally``) is small JSON in the store.

The clock may be moved. A step back ends no wait, forgives no failure, and makes no wait longer
than it can be by the rules: whatever lies in the future is taken as of now. A step forward is time
that passed.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self

from facelogin.domain.slots import Booking, Slots

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MOST_DOUBLINGS = 40  # far beyond any longest wait, and no huge number
_ACCOUNT_SLOTS = 30
_NETWORK_SLOTS = 20
_MOMENTS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Tally:
    """What one counter knows: the failures in the window, and what they led to.

    ``told`` says that somebody was turned away already since it locked. ``failed_ms`` are the
    moments of the last few failures, the oldest first.
    """

    slots: Slots
    consecutive: int = 0
    locked_until_ms: int = 0
    closed: bool = False
    told: bool = False
    failed_ms: tuple[int, ...] = ()

    def as_told(self) -> Tally:
        """Return the counter after somebody was turned away."""
        return replace(self, told=True)

    def dump(self) -> str:
        """Return the text that a store keeps."""
        return json.dumps(
            {
                "slot_ms": self.slots.length_ms,
                "epoch": self.slots.epoch,
                "slots": self.slots.counts,
                "consecutive": self.consecutive,
                "locked_until": self.locked_until_ms,
                "closed": self.closed,
                "told": self.told,
                "failed": self.failed_ms,
            },
            separators=(",", ":"),
        )

    @classmethod
    def load(cls, text: str) -> Self:
        """Return what ``dump`` wrote. Raises ValueError for anything else."""
        try:
            kept = json.loads(text)
            counts = tuple((int(slot), int(count)) for slot, count in kept["slots"])
            return cls(
                slots=Slots(int(kept["slot_ms"]), counts, int(kept["epoch"])),
                consecutive=int(kept["consecutive"]),
                locked_until_ms=int(kept["locked_until"]),
                closed=bool(kept["closed"]),
                told=bool(kept["told"]),
                failed_ms=tuple(int(one) for one in kept.get("failed", ())),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("what is kept is no counter") from error


class Limits(Protocol):
    """The rules of one kind of counter. Every method but the first two takes a settled tally."""

    def empty(self, epoch: int) -> Tally:
        """Return the counter of those who never failed; ``epoch`` tells it from earlier ones."""
        ...

    def settled(self, tally: Tally, now_ms: int) -> Tally:
        """Return the counter as of now: what has left the window is dropped."""
        ...

    def wait_ms(self, tally: Tally, now_ms: int) -> int:
        """Return how long to wait before the next try; 0 where it may be made now."""
        ...

    def booked(self, tally: Tally, now_ms: int) -> Tally:
        """Return the counter with one more failure."""
        ...

    def given_back(self, tally: Tally, booking: Booking) -> Tally:
        """Return the counter after the try of that booking has succeeded."""
        ...

    def undone(self, tally: Tally, booking: Booking) -> Tally:
        """Return the counter as if the try of that booking had not been made: it forgives none."""
        ...

    def forgotten_ms(self, tally: Tally) -> int | None:
        """Return when the counter says nothing any more; None for never by itself."""
        ...


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Failures in a row lead to waits; too many within the window may close the factor.

    The ``free_failures``-th failure in a row locks for ``first_wait``, every further one for twice
    as long as the one before, ``longest_wait`` at most. ``close_after`` failures within ``window``
    close the counter, where ``closes``, until it is cleared. NIST SP 800-63B-4, section 3.2.3, asks
    for this of a biometric: 5 failures, at least 30 seconds before each further one, 50 in all.
    After ``quiet`` without a failure the doubling begins at ``first_wait`` again: a counter that no
    success may reset would else make its person wait for ever longer.
    """

    free_failures: int = 5
    first_wait: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(hours=1)
    close_after: int = 50
    window: timedelta = timedelta(days=30)
    quiet: timedelta = timedelta(days=1)
    closes: bool = True

    def empty(self, epoch: int) -> Tally:
        """Return the counter of those who never failed."""
        return Tally(Slots(self._slot_ms, epoch=epoch))

    def settled(self, tally: Tally, now_ms: int) -> Tally:
        """Return the counter as of now; a wait that ends later than any could starts anew."""
        slots = tally.slots.in_slots_of(self._slot_ms)
        latest_ms = now_ms + self._wait_after_ms(tally.consecutive)
        failed_ms = tuple(min(one, now_ms) for one in tally.failed_ms)
        consecutive = tally.consecutive
        if failed_ms and now_ms - failed_ms[-1] >= in_ms(self.quiet):
            consecutive = min(consecutive, self.free_failures - 1)
        return replace(
            tally,
            slots=slots.settled(now_ms, window_ms=in_ms(self.window)),
            consecutive=consecutive,
            locked_until_ms=min(tally.locked_until_ms, latest_ms),
            failed_ms=failed_ms,
        )

    def wait_ms(self, tally: Tally, now_ms: int) -> int:
        """Return the wait; a closed counter names the longest, by which it may be open again."""
        if tally.closed:
            return in_ms(self.longest_wait)
        return max(0, tally.locked_until_ms - now_ms)

    def booked(self, tally: Tally, now_ms: int) -> Tally:
        """Return the counter with one more failure, and the lock that it leads to."""
        slots = tally.slots.plus(now_ms)
        closed = self.closes and slots.total >= self.close_after
        return Tally(
            slots=slots,
            consecutive=tally.consecutive + 1,
            locked_until_ms=now_ms + self._wait_after_ms(tally.consecutive + 1),
            closed=closed,
            told=tally.told and not closed,
            failed_ms=(*tally.failed_ms, now_ms)[-_MOMENTS_KEPT:],
        )

    def given_back(self, tally: Tally, booking: Booking) -> Tally:
        """Return the counter less that failure, none in a row, and open unless others closed it."""
        slots = tally.slots.without(booking)
        reopens = slots.total < tally.slots.total and slots.total < self.close_after
        closed = tally.closed and not reopens
        return Tally(slots=slots, closed=closed, told=tally.told and closed)

    def undone(self, tally: Tally, booking: Booking) -> Tally:
        """Return the counter less that failure; those before it, and their waits, stay."""
        slots = tally.slots.without(booking)
        if slots.total == tally.slots.total:
            return tally
        consecutive = max(0, tally.consecutive - 1)
        failed_ms = _without(tally.failed_ms, booking.at_ms)
        closed = tally.closed and slots.total >= self.close_after
        return replace(
            tally,
            slots=slots,
            consecutive=consecutive,
            locked_until_ms=self._locked_without(tally, consecutive, failed_ms),
            closed=closed,
            told=tally.told and closed,
            failed_ms=failed_ms,
        )

    def _locked_without(self, tally: Tally, consecutive: int, failed_ms: tuple[int, ...]) -> int:
        """Return when the wait ends of whom only these failures are left."""
        if failed_ms == tally.failed_ms:  # its moment is not known any more
            shorter_ms = self._wait_after_ms(tally.consecutive) - self._wait_after_ms(consecutive)
            return max(0, tally.locked_until_ms - shorter_ms)
        return failed_ms[-1] + self._wait_after_ms(consecutive) if failed_ms else 0

    def forgotten_ms(self, tally: Tally) -> int | None:
        """Return when the last failure has left the window; None for a closed one."""
        if tally.closed:
            return None
        return max(tally.slots.end_ms + in_ms(self.window), tally.locked_until_ms)

    @property
    def _slot_ms(self) -> int:
        return _slot_ms(self.window, _ACCOUNT_SLOTS)

    def _wait_after_ms(self, consecutive: int) -> int:
        beyond = consecutive - self.free_failures
        if beyond < 0:
            return 0
        doubled = in_ms(self.first_wait) << min(beyond, _MOST_DOUBLINGS)
        return min(doubled, in_ms(self.longest_wait))


@dataclass(frozen=True, slots=True)
class WindowLimits:
    """At most ``limit`` within ``window``; the next is let in as the oldest leave the window."""

    limit: int
    window: timedelta

    def empty(self, epoch: int) -> Tally:
        """Return the counter of those who never came."""
        return Tally(Slots(self._slot_ms, epoch=epoch))

    def settled(self, tally: Tally, now_ms: int) -> Tally:
        """Return the counter as of now."""
        slots = tally.slots.in_slots_of(self._slot_ms)
        return replace(tally, slots=slots.settled(now_ms, window_ms=in_ms(self.window)))

    def wait_ms(self, tally: Tally, now_ms: int) -> int:
        """Return how long until there is room; 0 where there is some."""
        free_ms = tally.slots.below_ms(self.limit, window_ms=in_ms(self.window))
        return max(0, free_ms - now_ms)

    def booked(self, tally: Tally, now_ms: int) -> Tally:
        """Return the counter with one more."""
        return Tally(tally.slots.plus(now_ms), told=tally.told and tally.slots.total > 0)

    def given_back(self, tally: Tally, booking: Booking) -> Tally:
        """Return the counter less that one."""
        return replace(tally, slots=tally.slots.without(booking))

    def undone(self, tally: Tally, booking: Booking) -> Tally:
        """Return the counter less that one."""
        return self.given_back(tally, booking)

    def forgotten_ms(self, tally: Tally) -> int | None:
        """Return when the last one has left the window."""
        return tally.slots.end_ms + in_ms(self.window)

    def times(self, factor: float) -> WindowLimits:
        """Return the limits of something that is allowed ``factor`` times as many."""
        return WindowLimits(math.ceil(self.limit * factor), self.window)

    @property
    def _slot_ms(self) -> int:
        return _slot_ms(self.window, _NETWORK_SLOTS)


@dataclass(frozen=True, slots=True)
class HeldBooking:
    """Where one guess is booked: the counter's key, whose it is, and its place in it."""

    key: str
    account: str | None
    booking: Booking


@dataclass(frozen=True, slots=True)
class Held:
    """A guess with the face that is booked but not decided, kept while a live capture runs.

    ``account`` is the booking of an account; where the guess names none, of the device, if that is
    known. ``networks`` are those of the network, and of the wider one that it is part of.
    """

    account: HeldBooking | None
    networks: tuple[HeldBooking, ...] = ()


@dataclass(frozen=True, slots=True)
class ThrottlePolicy:
    """Every limit on guessing.

    ``excused`` and ``excused_a_day`` are how many live captures of one account, and
    ``network_excused`` how many of one network, may end for want of frames without being a guess:
    which frames there were is the client's word.
    ``wider`` is how much more than a network of IPv6 the /48 around it is allowed.
    ``names_kept`` is how long a closed counter of a name is kept, somebody's or nobody's: as long
    as an account that nobody uses is.
    ``account_writes`` and ``account_writes_a_day`` bound what people change while they are signed
    in, ``session_ends`` how often one session asks to end any, ``sign_ins`` and
    ``sign_ins_a_day`` the sessions that an account may begin, ``name_changes`` how often it may ask
    for other names, ``account_challenges`` the live captures that devices known to it begin.
    """

    face: AccountLimits = field(default_factory=AccountLimits)
    code: AccountLimits = field(default_factory=lambda: AccountLimits(closes=False))
    nameless: AccountLimits = field(default_factory=lambda: AccountLimits(closes=False))
    network_failures: WindowLimits = WindowLimits(60, timedelta(minutes=10))
    network_challenges: WindowLimits = WindowLimits(120, timedelta(minutes=10))
    network_registrations: WindowLimits = WindowLimits(5, timedelta(hours=1))
    network_registration_checks: WindowLimits = WindowLimits(30, timedelta(minutes=10))
    excused: WindowLimits = WindowLimits(5, timedelta(minutes=10))
    excused_a_day: WindowLimits = WindowLimits(20, timedelta(days=1))
    network_excused: WindowLimits = WindowLimits(30, timedelta(minutes=10))
    wider: float = 1.5
    names_kept: timedelta = timedelta(days=1095)
    account_writes: WindowLimits = WindowLimits(60, timedelta(minutes=10))
    account_writes_a_day: WindowLimits = WindowLimits(300, timedelta(days=1))
    session_ends: WindowLimits = WindowLimits(60, timedelta(minutes=10))
    sign_ins: WindowLimits = WindowLimits(1200, timedelta(minutes=10))
    sign_ins_a_day: WindowLimits = WindowLimits(5000, timedelta(days=1))
    name_changes: WindowLimits = WindowLimits(10, timedelta(hours=1))
    exports: WindowLimits = WindowLimits(6, timedelta(hours=1))
    account_challenges: WindowLimits = WindowLimits(120, timedelta(minutes=10))


def in_ms(duration: timedelta) -> int:
    """Return whole milliseconds."""
    return duration // _MILLISECOND


def moment_ms(moment: datetime) -> int:
    """Return whole milliseconds since 1970-01-01 UTC."""
    return (moment - _EPOCH) // _MILLISECOND


def moment_of(ms: int) -> datetime:
    """Return the moment ``ms`` milliseconds after 1970-01-01 UTC."""
    return _EPOCH + timedelta(milliseconds=ms)


def _without(moments_ms: tuple[int, ...], one_ms: int | None) -> tuple[int, ...]:
    """Return the moments less that one, if it is among them."""
    if one_ms not in moments_ms:
        return moments_ms
    place = moments_ms.index(one_ms)
    return moments_ms[:place] + moments_ms[place + 1 :]


def _slot_ms(window: timedelta, slots: int) -> int:
    return max(1, in_ms(window) // slots)
