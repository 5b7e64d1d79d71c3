"""The audit log as an operator reads it: checked, in the order of time, or its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from facelogin.domain.audit import AuditCut, AuditPosition, AuditRow
from facelogin.domain.audit_check import (
    Anchor,
    CheckpointChain,
    Finding,
    Flaw,
    RowChain,
    is_genuine,
)
from facelogin.domain.ports import AuditKeys, AuditStore

_PAGE = 1000
_MOST_FINDINGS = 100
_BEYOND_A_LANE = 999_999_999_999


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check of the whole log found.

    ``findings`` are the first hundred of ``flaws``. ``uncovered`` rows are in no checkpoint yet.
    ``anchor`` is the last checkpoint, fit to be noted elsewhere; None before the first. ``up_to``
    is the time of the newest genuine row, None if there is none: later ones were not checked.
    """

    rows: int
    lanes: int
    checkpoints: int
    uncovered: int
    flaws: int
    findings: Sequence[Finding]
    anchor: Anchor | None
    up_to: datetime | None
    dropped: tuple[int, int] | None = None
    """The checkpoint up to which the log was dropped, and how many rows have been in all."""

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.flaws == 0


@dataclass(frozen=True, slots=True)
class _End:
    """Where the log stood: its last checkpoint, and the number of the last row of each lane.

    ``lanes`` is None if a lane ends with no row of ours. Which rows were there can't be told then.
    """

    checkpoint: int
    lanes: Mapping[str, int] | None


class _Findings:
    """Keeps the first findings and counts all."""

    def __init__(self) -> None:
        self.first: list[Finding] = []
        self.count = 0

    def add(self, finding: Finding) -> None:
        self.count += 1
        if len(self.first) < _MOST_FINDINGS:
            self.first.append(finding)


class AuditLog:
    """Reads the log page by page, so that its size does not matter. Raises StoreUnavailable."""

    def __init__(self, *, store: AuditStore, keys: AuditKeys) -> None:
        self._store = store
        self._keys = keys

    def check(self, anchors: Sequence[Anchor] = ()) -> CheckReport:
        """Check every row and checkpoint, and that the checkpoints in ``anchors`` are there.

        May run while records are written, and while old ones are dropped. It reads up to where the
        log stood when it began, however fast the log grows.
        """
        while True:
            cut = self._store.cut()
            report = self._check(anchors, cut)
            if report.sound or self._store.cut() == cut:
                return report

    def _check(self, anchors: Sequence[Anchor], cut: AuditCut | None) -> CheckReport:
        findings = _Findings()
        find = self._keys.find
        if cut is not None and not is_genuine(cut, find):
            findings.add(Finding(Flaw.CUT_EDITED, n=cut.n))
            cut = None
        end = self._end()
        checkpoints = CheckpointChain(find_key=find, anchors=anchors, report=findings.add, cut=cut)
        self._take_checkpoints(checkpoints, up_to=end.checkpoint)
        rows = RowChain(find_key=find, pins=checkpoints.pins(), report=findings.add, cut=cut)
        for row in self._rows(end):
            rows.take(row)
        if rows.latest_checkpoint > checkpoints.last_n:  # it was added between reading the two ends
            self._take_checkpoints(checkpoints, up_to=rows.latest_checkpoint)
        rows.finish(last_checkpoint=checkpoints.last_n)
        checkpoints.finish()
        last = checkpoints.last
        return CheckReport(
            rows=rows.rows,
            lanes=rows.lanes,
            checkpoints=checkpoints.count,
            uncovered=rows.uncovered,
            flaws=findings.count,
            findings=tuple(findings.first),
            anchor=None if last is None else Anchor(last.n, last.mac),
            up_to=rows.newest,
            dropped=None if cut is None else (cut.n, cut.rows),
        )

    def between(self, since: datetime | None, until: datetime | None) -> Iterator[AuditRow]:
        """Yield the rows from ``since`` on and before ``until``, the oldest first."""
        after = None if since is None else AuditPosition(since, "", 0)
        while rows := self._store.by_time(after=after, until=until, limit=_PAGE):
            yield from rows
            after = rows[-1].position

    def last(self, count: int) -> list[AuditRow]:
        """Return the last rows, the newest last."""
        return self._store.newest(subject=None, before=None, limit=count)[::-1]

    def _end(self) -> _End:
        """Find out where the log stands: the checkpoint first, for it promises rows."""
        last = self._store.last_checkpoint()
        lanes: dict[str, int] = {}
        for head in self._store.heads(since=None):
            lanes[head.lane] = max(head.seq, lanes.get(head.lane, 0))
            if head.seq < 1:
                return _End(0 if last is None else last.n, None)
        return _End(0 if last is None else last.n, lanes)

    def _take_checkpoints(self, chain: CheckpointChain, *, up_to: int) -> None:
        after = None if chain.last is None else chain.last_n
        while page := self._store.checkpoints(after=after, limit=_PAGE):
            for checkpoint in page:
                if checkpoint.n > up_to:
                    return
                chain.take(checkpoint)
            after = page[-1].n

    def _rows(self, end: _End) -> Iterator[AuditRow]:
        """Yield the rows that were there at ``end``.

        Of a lane that was not there its first row too: it is genuine if a process has begun the
        lane since, and not if somebody hid the lane.
        """
        ends = None if end.lanes is None else dict(end.lanes)
        after: tuple[str, int] | None = None
        while page := self._store.rows(after=after, limit=_PAGE):
            for row in page:
                if ends is None or row.seq <= ends.setdefault(row.lane, row.seq):
                    yield row
            last = (page[-1].lane, page[-1].seq)
            if after is not None and last <= after:
                return  # the end is no row of ours, and has been found out
            is_new = ends is not None and page[-1].seq > ends[page[-1].lane]
            after = max(last, (page[-1].lane, _BEYOND_A_LANE)) if is_new else last
