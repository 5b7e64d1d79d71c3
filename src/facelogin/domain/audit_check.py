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
from enum import StrEnum
from typing import Any

from facelogin.domain.audit import (
    AuditCheckpoint,
    AuditHead,
    AuditRow,
    ChainKey,
    checkpoint_mac,
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


class CheckpointChain:
    """Takes checkpoints in the order of their numbers, beginning with the first that is kept."""

    def __init__(self, *, find_key: KeyFinder, anchors: Iterable[Anchor], report: Report) -> None:
        self._find_key = find_key
        self._report = report
        self._anchors = {anchor.n: anchor.mac for anchor in anchors}
        self._highest_anchor = max(self._anchors, default=0)
        self._unseen = set(self._anchors)
        self._pins: dict[str, Pin] = {}
        self._anchored: dict[str, Pin] = {}
        self.count = 0
        self.last: AuditCheckpoint | None = None

    @property
    def last_n(self) -> int:
        """The number of the last checkpoint taken, 0 before the first."""
        return 0 if self.last is None else self.last.n

    def take(self, checkpoint: AuditCheckpoint) -> None:
        """Check the next checkpoint, and remember what it says of the lanes if it is genuine."""
        before, n = self.last, checkpoint.n
        linked = n == self.last_n + 1
        if not linked:
            self._say(Flaw.CHECKPOINTS_MISSING, n=self.last_n + 1)
        flaw = self._flaw_of(checkpoint, before if linked else None, linked=linked)
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
            self._say(Flaw.ANCHOR_MISSING, n=n)

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

    def _flaw_of(
        self, checkpoint: AuditCheckpoint, before: AuditCheckpoint | None, *, linked: bool
    ) -> Flaw | None:
        said = parsed(checkpoint.body)
        key = _key_of(said, self._find_key)
        if key is None:
            return Flaw.KEY_UNKNOWN if _names_a_key(said) else Flaw.CHECKPOINT_EDITED
        if not hmac.compare_digest(checkpoint_mac(checkpoint.body, key.key), checkpoint.mac):
            return Flaw.CHECKPOINT_EDITED
        if (said.get("n"), said.get("at")) != (checkpoint.n, moment_text(checkpoint.at)):
            return Flaw.CHECKPOINT_EDITED
        if linked and said.get("prev") != _link(before):
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
    """Takes rows in the order of lane and number, beginning with the first that is kept."""

    def __init__(
        self, *, find_key: KeyFinder, pins: Mapping[str, tuple[Pin, ...]], report: Report
    ) -> None:
        self._find_key = find_key
        self._report = report
        self._pins = dict(pins)
        self._lane: str | None = None
        self._theirs: tuple[Pin, ...] = ()
        self._last: AuditRow | None = None
        self.rows = 0
        self.lanes = 0
        self.uncovered = 0
        """How many rows no checkpoint names yet: their loss would not be noticed."""
        self.latest_checkpoint = 0
        """The highest number of a checkpoint that a row knows of."""
        self._knows_it: AuditRow | None = None

    def take(self, row: AuditRow) -> None:
        """Check the next row."""
        if row.lane != self._lane:
            self._end_lane()
            self._begin_lane(row.lane)
        expected = 1 if self._last is None else self._last.seq + 1
        if row.seq > expected:
            self._say(Flaw.ROWS_MISSING, row.lane, expected, last_seq=row.seq - 1)
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
        self._lane, self._last = lane, None
        self._theirs = self._pins.pop(lane, ())
        self.lanes += 1

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
        if linked and said.get("prev") != _link(self._last):
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


def _link(before: AuditRow | AuditCheckpoint | None) -> str:
    return "" if before is None else before.mac.hex()
