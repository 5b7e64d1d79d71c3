"""Who takes the next turn when many wait: networks in turn, and known devices every second time.

Pure bookkeeping, without threads or time. A lane is what may not take more than its share: the
strangers of one network, or its known devices, or the operator.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from facelogin.domain.requester import Requester, wider_network


@dataclass(frozen=True, slots=True)
class Lane:
    """Who shares turns: a site (see ``site_of``; None for the operator), known devices apart."""

    site: str | None
    known: bool

    @classmethod
    def of(cls, requester: Requester) -> Lane:
        """Return the lane of whoever sends this request."""
        if requester.network is None:
            return cls(None, known=True)
        return cls(site_of(requester.network), known=requester.is_known)


def site_of(network: str) -> str:
    """Return the /48 that an IPv6 network is in; anything else is a site of its own."""
    return wider_network(network) or network


@dataclass(eq=False, slots=True)
class Ticket:
    """One job's place: its turns are taken one after the other. ``begun`` from the first one on."""

    lane: Lane
    begun: bool = False


@dataclass(slots=True)
class _Line:
    """The tickets of one lane that wait, and how many of it have places and turns."""

    turns_had: int
    waiting: deque[Ticket] = field(default_factory=deque)
    places: int = 0
    running: int = 0


class FairQueue:
    """Gives out ``running`` turns at a time, and ``waiting`` places for those whose turn is later.

    The strangers of one site hold half of all places at the most, and never the last turn. When
    all places are taken, whoever has fewer than another lane gets that one's newest that has not
    begun.
    """

    def __init__(self, *, running: int, waiting: int) -> None:
        self._running = running
        self._places = running + waiting
        self._lines: dict[Lane, _Line] = {}
        self._known_next = True
        self._level = 0

    def enter(self, lane: Lane) -> tuple[Ticket | None, Ticket | None]:
        """Return a ticket for one more job, None if there is no place, and who was sent away."""
        line = self._lines.get(lane)
        held = 0 if line is None else line.places
        if not self.has_room(lane):
            return None, None
        sent_away = None
        if self._taken >= self._places:
            sent_away = self._newest_of_others(held)
            if sent_away is None:
                return None, None
            self._lines[sent_away.lane].waiting.remove(sent_away)
            self.leave(sent_away)
        if line is None:
            line = self._lines[lane] = _Line(turns_had=self._level)
        line.places += 1
        return Ticket(lane), sent_away

    def has_room(self, lane: Lane) -> bool:
        """Return whether a lane has fewer places than it may have."""
        line = self._lines.get(lane)
        return line is None or line.places < self._most_places(lane)

    def leave(self, ticket: Ticket) -> None:
        """Give the place back. The ticket must not be waiting or running."""
        line = self._lines[ticket.lane]
        line.places -= 1
        if not line.places:
            del self._lines[ticket.lane]

    def wait(self, ticket: Ticket) -> None:
        """Ask for a turn; one that was given before, and given up for others, goes on first."""
        waiting = self._lines[ticket.lane].waiting
        if ticket.begun:
            waiting.appendleft(ticket)
        else:
            waiting.append(ticket)

    def next(self) -> Ticket | None:
        """Return whose turn begins now, None if nobody may run or nobody waits."""
        if sum(line.running for line in self._lines.values()) >= self._running:
            return None
        able = [lane for lane, line in self._lines.items() if self._may_run(lane, line)]
        if not able:
            return None
        lane = min(able, key=self._order)
        line = self._lines[lane]
        self._known_next = not lane.known
        self._level = max(self._level, line.turns_had)
        line.turns_had += 1
        line.running += 1
        ticket = line.waiting.popleft()
        ticket.begun = True
        return ticket

    def end(self, ticket: Ticket) -> None:
        """Take note that a turn has ended; the place stays."""
        self._lines[ticket.lane].running -= 1

    def others_wait(self, ticket: Ticket) -> bool:
        """Return whether somebody of another lane could have this turn instead."""
        return any(
            lane != ticket.lane and self._may_run(lane, line) for lane, line in self._lines.items()
        )

    @property
    def _taken(self) -> int:
        return sum(line.places for line in self._lines.values())

    def _most_places(self, lane: Lane) -> int:
        return self._places if lane.known else max(1, self._places // 2)

    def _may_run(self, lane: Lane, line: _Line) -> bool:
        most = self._running if lane.known else max(1, self._running - 1)
        return bool(line.waiting) and line.running < most

    def _order(self, lane: Lane) -> tuple[bool, int]:
        return lane.known is not self._known_next, self._lines[lane].turns_had

    def _newest_of_others(self, held: int) -> Ticket | None:
        """Return the newest ticket that has not begun, of the lane with most places."""
        for line in sorted(self._lines.values(), key=lambda one: one.places, reverse=True):
            if line.places <= held + 1:
                return None
            fresh = [ticket for ticket in line.waiting if not ticket.begun]
            if fresh:
                return fresh[-1]
        return None
