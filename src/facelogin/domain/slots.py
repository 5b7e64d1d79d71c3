"""How many events fell into a window of time, kept as a bounded number of slots.

A list of moments would grow with the limit. Slots of equal length stay few, and every slot that
may overlap the window counts whole: a count is never too low, and at most one slot late in falling.

All times are whole milliseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Booking:
    """Where one event was counted, so that exactly this one can be taken back.

    ``at_ms`` is the very moment, None if that was not kept.
    """

    slot: int
    epoch: int
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Slots:
    """Counts by number of slot, ascending; slot ``n`` is from ``n * length_ms`` up to the next.

    ``epoch`` counts how often counts were moved, after which older bookings name no slot any more.
    """

    length_ms: int
    counts: tuple[tuple[int, int], ...] = ()
    epoch: int = 0

    @property
    def total(self) -> int:
        """How many events are counted."""
        return sum(count for _, count in self.counts)

    @property
    def end_ms(self) -> int:
        """When the newest slot ends; 0 where there is none."""
        return (self.counts[-1][0] + 1) * self.length_ms if self.counts else 0

    def settled(self, now_ms: int, *, window_ms: int) -> Slots:
        """Return what may still lie within ``window_ms`` before now.

        An event later than the next slot tells that the clock was moved back (up to there, clocks
        of two machines may differ). It counts as having happened now: it is neither forgotten nor
        kept for as long as the clock needs to come back to it.
        """
        present = now_ms // self.length_ms
        later = sum(count for slot, count in self.counts if slot > present + 1)
        past = Slots(
            self.length_ms,
            tuple(
                (slot, count)
                for slot, count in self.counts
                if slot <= present + 1 and (slot + 1) * self.length_ms > now_ms - window_ms
            ),
            self.epoch,
        )
        if not later:
            return past
        return replace(past.plus(now_ms, events=later), epoch=self.epoch + 1)

    def plus(self, now_ms: int, *, events: int = 1) -> Slots:
        """Return the counts with ``events`` more now. They must be settled."""
        present = now_ms // self.length_ms
        counts = dict(self.counts)
        counts[present] = counts.get(present, 0) + events
        return replace(self, counts=tuple(sorted(counts.items())))

    def booking(self, now_ms: int) -> Booking:
        """Return where an event that is counted now stands."""
        return Booking(now_ms // self.length_ms, self.epoch, now_ms)

    def without(self, booking: Booking) -> Slots:
        """Return the counts less that event. One that is not counted any more changes nothing."""
        if booking.epoch != self.epoch:
            return self
        counts = (
            (slot, count - 1 if slot == booking.slot else count) for slot, count in self.counts
        )
        return replace(self, counts=tuple((slot, count) for slot, count in counts if count > 0))

    def below_ms(self, limit: int, *, window_ms: int) -> int:
        """Return when fewer than ``limit`` will be left in the window if nothing is added."""
        left = self.total
        for slot, count in self.counts:
            if left < limit:
                break
            left -= count
            until_ms = (slot + 1) * self.length_ms + window_ms
        return until_ms if self.total >= limit else 0

    def in_slots_of(self, length_ms: int) -> Slots:
        """Return the counts in slots of another length, none earlier than it may have been."""
        if length_ms == self.length_ms:
            return self
        counts: dict[int, int] = {}
        for slot, count in self.counts:
            moved = ((slot + 1) * self.length_ms - 1) // length_ms
            counts[moved] = counts.get(moved, 0) + count
        return Slots(length_ms, tuple(sorted(counts.items())), self.epoch + 1)
