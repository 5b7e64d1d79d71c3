"""The oldest part of the audit log leaves the store: written to a file, or after its time.

In this order, so that whatever breaks in between leaves a log that verifies: the part is checked
and written; a record says that it goes; the cut says so under the audit key; rows go, and then
checkpoints. What an interrupted call left is dropped by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from facelogin.domain.audit import AuditCheckpoint, AuditCut, AuditHead, AuditRow, chain_cut
from facelogin.domain.audit_check import CheckpointChain, Finding, RowChain, is_genuine
from facelogin.domain.audit_segment import checkpoint_line, first_line, last_line, row_line
from facelogin.domain.errors import AuditBroken, StoreUnavailable
from facelogin.domain.ports import AuditKeys, AuditStore
from facelogin.domain.requester import OPERATOR
from facelogin.services.audit import Action, Audit, Outcome

_PAGE = 1000
_DROPPED = "audit_dropped"


def _nowhere(_: str) -> None:
    """Write nothing."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the log that was checked, and the cut that drops it."""

    before: AuditCut | None
    end: AuditCut
    rows: int
    checkpoints: int


class AuditRotation:
    """Takes whole parts of the log out of the store, up to a checkpoint each.

    The last checkpoint always stays. Raises StoreUnavailable.
    """

    def __init__(self, *, store: AuditStore, keys: AuditKeys, audit: Audit) -> None:
        self._store = store
        self._keys = keys
        self._audit = audit

    def segment(
        self, *, until: datetime, write: Callable[[str], object] = _nowhere
    ) -> Segment | None:
        """Check the part of the log before ``until`` and write its lines; nothing is changed.

        None, and nothing is written, if no checkpoint but the last one is that old. Raises
        AuditBroken: what was tampered with stays where it is.
        """
        cut = self._genuine_cut()
        checkpoints = list(self._checkpoints_before(until, cut))
        if not checkpoints:
            return None
        findings: list[Finding] = []
        find = self._keys.find
        chain = CheckpointChain(find_key=find, anchors=(), report=findings.append, cut=cut)
        write(first_line(cut))
        for checkpoint in checkpoints:
            chain.take(checkpoint)
            write(checkpoint_line(checkpoint))
        pins = chain.pins()
        rows = RowChain(find_key=find, pins=pins, report=findings.append, cut=cut)
        heads = [pins[lane][-1].head for lane in sorted(pins)]
        for head in heads:
            for row in self._rows(head, cut):
                rows.take(row)
                write(row_line(row))
        rows.finish(last_checkpoint=checkpoints[-1].n)
        if findings:
            raise AuditBroken
        end = chain_cut(
            heads, at=checkpoints[-1], rows=rows.rows, before=cut, key=self._keys.active()
        )
        write(last_line(end))
        return Segment(cut, end, rows.rows, len(checkpoints))

    def drop(self, segment: Segment) -> None:
        """Erase a part that was checked. Raises StoreUnavailable, also if another one was quicker.

        Whatever breaks: the same part is dropped by ``finish``.
        """
        self._audit.record(Action.RETENTION, Outcome.OK, OPERATOR, reason=_DROPPED)
        if not self._store.set_cut(segment.end, after=segment.before):
            raise StoreUnavailable
        self.finish()

    def finish(self) -> None:
        """Erase what a cut has dropped and is still there."""
        cut = self._genuine_cut()
        if cut is None:
            return
        there = {head.lane for head in self._store.heads(since=None)}
        for lane, head in cut.heads.items():
            while lane in there and self._store.drop_rows(lane, up_to=head.seq):
                pass
        while self._store.drop_checkpoints(up_to=cut.n):
            pass

    def _genuine_cut(self) -> AuditCut | None:
        cut = self._store.cut()
        if cut is not None and not is_genuine(cut, self._keys.find):
            raise AuditBroken
        return cut

    def _checkpoints_before(
        self, until: datetime, cut: AuditCut | None
    ) -> Iterator[AuditCheckpoint]:
        """Yield those from the cut on that are that old, but for the last one of all."""
        last = self._store.last_checkpoint()
        after = None if cut is None else cut.n
        while page := self._store.checkpoints(after=after, limit=_PAGE):
            for checkpoint in page:
                if checkpoint.at >= until or last is None or checkpoint.n >= last.n:
                    return
                yield checkpoint
            after = page[-1].n

    def _rows(self, head: AuditHead, cut: AuditCut | None) -> Iterator[AuditRow]:
        """Yield the rows of a lane from the cut on up to ``head``."""
        begin = None if cut is None else cut.heads.get(head.lane)
        after = (head.lane, 0 if begin is None else begin.seq)
        while page := self._store.rows(after=after, limit=_PAGE):
            for row in page:
                if row.lane != head.lane or row.seq > head.seq:
                    return
                yield row
            after = (page[-1].lane, page[-1].seq)
