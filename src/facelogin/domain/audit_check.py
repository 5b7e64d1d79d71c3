"""Checks the audit log's chains, record by record, and says what is wrong and where.

Memory grows with the number of lanes, not of records. The checkpoints are checked first, for they
say how far every lane must have come; the rows then, in the order of lane and number. Rows and
checkpoints that are written meanwhile are no trouble: nothing that was read before promises them.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from facelogin.domain.audit import (
    AuditCheckpoint,
    AuditCut,
    AuditHead,
    AuditRow,
    ChainKey,
    checkpoint_mac,
    cut_mac,
    heads_of,
    moment_text,
    parsed,
    row_mac,
)

KeyFinder = Callable[[str], ChainKey | None]
Report = Callable[["Finding"], None]


class Flaw(StrEnum):
    """What is wrong with the log."""

    ROWS_MISSING = "rows_missing"  # in the middle of a lane
    ROW_EDITED = "row_edited"  # it is not what its MAC was made of
    ROW_MOVED = "row_moved"  # genuine, but not from this lane or place
    ROW_UNLINKED = "row_unlinked"  # genuine, but the row before it is another than it was
    TAIL_MISSING = "tail_missing"  # the lane had come further, a checkpoint says
    LANE_MISSING = "lane_missing"
    HEAD_DIFFERS = "head_differs"  # another row stood there, a checkpoint says
    CHECKPOINTS_MISSING = "checkpoints_missing"
    CHECKPOINT_EDITED = "checkpoint_edited"
    CHECKPOINT_UNLINKED = "checkpoint_unlinked"
    ANCHOR_MISSING = "anchor_missing"
    ANCHOR_DIFFERS = "anchor_differs"
    ANCHOR_DROPPED = "anchor_dropped"  # with its segment, whose file can be checked against it
    CUT_EDITED = "cut_edited"
    KEY_UNKNOWN = "key_unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """A flaw and its place: rows ``seq`` to ``last_seq`` of a lane, or checkpoint ``n``.

    A flaw of rows that a checkpoint gives away names both.
    """

    flaw: Flaw
    lane: str | None = None
    seq: int | None = None
    last_seq: int | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint's number and MAC as somebody noted them elsewhere."""

    n: int
    mac: bytes


@dataclass(frozen=True, slots=True)
class Pin:
    """How far a lane must have come, and which checkpoint says so."""

    n: int
    head: AuditHead


def is_genuine(cut: AuditCut, find_key: KeyFinder) -> bool:
    """Tell whether somebody with the key made this cut."""
    said = parsed(cut.body)
    key = _key_of(said, find_key)
    if key is None or said.get("n") != cut.n:
        return False
    return hmac.compare_digest(cut_mac(cut.body, key.key), cut.mac)


class CheckpointChain:
    """Takes checkpoints in the order of their numbers, beginning with the first that is kept.

    The first one follows on ``cut`` (a genuine one), if the log was cut. Some from before it may
    still be there.
    """

    def __init__(
        self,
        *,
        find_key: KeyFinder,
        anchors: Iterable[Anchor],
        report: Report,
        cut: AuditCut | None = None,
    ) -> None:
        self._find_key = find_key
        self._report = report
        self._cut = cut
        self._anchors = {anchor.n: anchor.mac for anchor in anchors}
        self._highest_anchor = max(self._anchors, default=0)
        self._unseen = set(self._anchors)
        self._pins: dict[str, Pin] = {}
        self._anchored: dict[str, Pin] = {}
        self.count = 0
        self.last: AuditCheckpoint | None = None

    @property
    def last_n(self) -> int:
        """The number of the last checkpoint taken, that of the cut (or 0) before the first."""
        if self.last is not None:
            return self.last.n
        return 0 if self._cut is None else self._cut.n

    def take(self, checkpoint: AuditCheckpoint) -> None:
        """Check the next checkpoint, and remember what it says of the lanes if it is genuine."""
        n = checkpoint.n
        linked = n == self.last_n + 1
        left_over = self.last is None and n <= self.last_n
        if not linked and not left_over:
            self._say(Flaw.CHECKPOINTS_MISSING, n=self.last_n + 1)
        flaw = self._flaw_of(checkpoint, linked=linked)
        if flaw is not None:
            self._say(flaw, n=n)
        self._compare_with_anchor(checkpoint)
        self.count += 1
        self.last = checkpoint
        if flaw in (None, Flaw.CHECKPOINT_UNLINKED):
            self._pin(checkpoint)
        if n == self._highest_anchor:
            self._anchored = dict(self._pins)

    def finish(self) -> None:
        """Say which anchors name checkpoints that were not there."""
        for n in sorted(self._unseen):
            if self._cut is None or n > self._cut.n:
                self._say(Flaw.ANCHOR_MISSING, n=n)
            elif n < self._cut.n:
                self._say(Flaw.ANCHOR_DROPPED, n=n)
            elif not hmac.compare_digest(self._anchors[n], self._cut.checkpoint_mac):
                self._say(Flaw.ANCHOR_DIFFERS, n=n)

    def pins(self) -> dict[str, tuple[Pin, ...]]:
        """Return what rows each lane must have: where it was last, and where at the last anchor.

        The second matters against somebody who has the key and wrote everything anew: what came
        before the anchor they can't have changed.
        """
        pins: dict[str, list[Pin]] = defaultdict(list)
        for source in (self._anchored, self._pins):
            for lane, pin in source.items():
                if pin not in pins[lane]:
                    pins[lane].append(pin)
        return {lane: tuple(found) for lane, found in pins.items()}

    def _flaw_of(self, checkpoint: AuditCheckpoint, *, linked: bool) -> Flaw | None:
        said = parsed(checkpoint.body)
        key = _key_of(said, self._find_key)
        if key is None:
            return Flaw.KEY_UNKNOWN if _names_a_key(said) else Flaw.CHECKPOINT_EDITED
        if not hmac.compare_digest(checkpoint_mac(checkpoint.body, key.key), checkpoint.mac):
            return Flaw.CHECKPOINT_EDITED
        if (said.get("n"), said.get("at")) != (checkpoint.n, moment_text(checkpoint.at)):
            return Flaw.CHECKPOINT_EDITED
        cut_at = None if self._cut is None else self._cut.checkpoint_mac
        before = cut_at if self.last is None else self.last.mac
        if linked and said.get("prev") != _link(before):
            return Flaw.CHECKPOINT_UNLINKED
        if self._cut is not None and checkpoint.n == self._cut.n and checkpoint.mac != cut_at:
            return Flaw.CHECKPOINT_UNLINKED
        return None

    def _compare_with_anchor(self, checkpoint: AuditCheckpoint) -> None:
        anchor = self._anchors.get(checkpoint.n)
        self._unseen.discard(checkpoint.n)
        if anchor is not None and not hmac.compare_digest(anchor, checkpoint.mac):
            self._say(Flaw.ANCHOR_DIFFERS, n=checkpoint.n)

    def _pin(self, checkpoint: AuditCheckpoint) -> None:
        for lane, head in heads_of(checkpoint).items():
            if lane not in self._pins or self._pins[lane].head.seq < head.seq:
                self._pins[lane] = Pin(checkpoint.n, head)

    def _say(self, flaw: Flaw, *, n: int) -> None:
        self._report(Finding(flaw, n=n))


class RowChain:
    """Takes rows in the order of lane and number, beginning with the first that is kept.

    A lane follows on where ``cut`` (a genuine one) left it, if the log was cut. Some rows from
    before may still be there.
    """

    def __init__(
        self,
        *,
        find_key: KeyFinder,
        pins: Mapping[str, tuple[Pin, ...]],
        report: Report,
        cut: AuditCut | None = None,
    ) -> None:
        self._find_key = find_key
        self._report = report
        self._begins = {} if cut is None else cut.heads
        self._cut_n = 0 if cut is None else cut.n
        self._pins = {lane: left for lane, found in pins.items() if (left := self._after(found))}
        self._lane: str | None = None
        self._theirs: tuple[Pin, ...] = ()
        self._last: AuditRow | AuditHead | None = None
        self.rows = 0
        self.lanes = 0
        self.uncovered = 0
        """How many rows no checkpoint names yet: their loss would not be noticed."""
        self.latest_checkpoint = 0
        """The highest number of a checkpoint that a row knows of."""
        self._knows_it: AuditRow | None = None
        self.newest: datetime | None = None
        """The time of the newest row that is what its writer made it."""

    def take(self, row: AuditRow) -> None:
        """Check the next row."""
        if row.lane != self._lane:
            self._end_lane()
            self._begin_lane(row.lane)
        expected = 1 if self._last is None else self._last.seq + 1
        if row.seq > expected:
            self._say(Flaw.ROWS_MISSING, row.lane, expected, last_seq=row.seq - 1)
        if isinstance(self._last, AuditHead) and row.seq <= self._last.seq:
            self._theirs = (Pin(self._cut_n, self._last), *self._theirs)  # left over
        self._check(row, linked=row.seq == expected)
        self._compare_with_pins(row)
        self.rows += 1
        self._last = row

    def finish(self, *, last_checkpoint: int) -> None:
        """Say which lanes are cut or gone, and whether rows know of checkpoints that are not there.

        ``last_checkpoint`` is the number of the last one there is, by now.
        """
        self._end_lane()
        for lane, pins in sorted(self._pins.items()):
            self._say(Flaw.LANE_MISSING, lane, 1, last_seq=pins[-1].head.seq, n=pins[-1].n)
        if self.latest_checkpoint > last_checkpoint and self._knows_it is not None:
            row = self._knows_it
            self._say(Flaw.CHECKPOINTS_MISSING, row.lane, row.seq, n=last_checkpoint + 1)

    def _begin_lane(self, lane: str) -> None:
        self._lane, self._last = lane, self._begins.get(lane)
        self._theirs = self._pins.pop(lane, ())
        self.lanes += 1

    def _after(self, pins: tuple[Pin, ...]) -> tuple[Pin, ...]:
        """Return the pins of a lane that the cut has not overtaken."""

        def overtaken(pin: Pin) -> bool:
            begin = self._begins.get(pin.head.lane)
            return begin is not None and pin.head.seq <= begin.seq

        return tuple(pin for pin in pins if not overtaken(pin))

    def _end_lane(self) -> None:
        last = self._last
        if last is None:
            return
        for pin in self._theirs:
            if last.seq < pin.head.seq:
                self._say(
                    Flaw.TAIL_MISSING, last.lane, last.seq + 1, last_seq=pin.head.seq, n=pin.n
                )

    def _check(self, row: AuditRow, *, linked: bool) -> None:
        said = parsed(row.body)
        flaw = self._flaw_of(row, said, linked=linked)
        if flaw is not None:
            self._say(flaw, row.lane, row.seq)
        elif self.newest is None or row.at > self.newest:
            self.newest = row.at
        after = said.get("after")
        genuine = flaw in (None, Flaw.ROW_MOVED, Flaw.ROW_UNLINKED)
        if genuine and isinstance(after, int) and after > self.latest_checkpoint:
            self.latest_checkpoint, self._knows_it = after, row

    def _flaw_of(self, row: AuditRow, said: Mapping[str, Any], *, linked: bool) -> Flaw | None:
        key = _key_of(said, self._find_key)
        if key is None:
            return Flaw.KEY_UNKNOWN if _names_a_key(said) else Flaw.ROW_EDITED
        if not hmac.compare_digest(row_mac(row.body, key.key), row.mac):
            return Flaw.ROW_EDITED
        if (said.get("lane"), said.get("seq")) != (row.lane, row.seq):
            return Flaw.ROW_MOVED
        if (said.get("at"), said.get("subject")) != (moment_text(row.at), row.subject):
            return Flaw.ROW_EDITED
        if linked and said.get("prev") != _link(None if self._last is None else self._last.mac):
            return Flaw.ROW_UNLINKED
        return None

    def _compare_with_pins(self, row: AuditRow) -> None:
        if not self._theirs or row.seq > self._theirs[-1].head.seq:
            self.uncovered += 1
        for pin in self._theirs:
            differs = not hmac.compare_digest(pin.head.mac, row.mac)
            if row.seq == pin.head.seq and differs:
                self._say(Flaw.HEAD_DIFFERS, row.lane, row.seq, n=pin.n)

    def _say(
        self, flaw: Flaw, lane: str, seq: int, *, last_seq: int | None = None, n: int | None = None
    ) -> None:
        self._report(Finding(flaw, lane=lane, seq=seq, last_seq=last_seq, n=n))


def _names_a_key(said: Mapping[str, Any]) -> bool:
    return isinstance(said.get("kid"), str)


def _key_of(said: Mapping[str, Any], find_key: KeyFinder) -> ChainKey | None:
    kid = said.get("kid")
    return find_key(kid) if isinstance(kid, str) else None


def _link(before: bytes | None) -> str:
    return "" if before is None else before.hex()
