"""The audit log as an operator reads it: checked, in the order of time, or its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check of the whole log found.

    ``findings`` are the first hundred of ``flaws``. ``uncovered`` rows are in no checkpoint yet.
    ``anchor`` is the last checkpoint, fit to be noted elsewhere; None before the first.
    """

    rows: int
    lanes: int
    checkpoints: int
    uncovered: int
    flaws: int
    findings: Sequence[Finding]
    anchor: Anchor | None
    dropped: tuple[int, int] | None = None
    """The checkpoint up to which the log was dropped, and how many rows have been in all."""

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.flaws == 0


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

        May run while records are written, and while old ones are dropped.
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
        checkpoints = CheckpointChain(find_key=find, anchors=anchors, report=findings.add, cut=cut)
        self._take_checkpoints(checkpoints)
        rows = RowChain(find_key=find, pins=checkpoints.pins(), report=findings.add, cut=cut)
        for row in self._rows():
            rows.take(row)
        if rows.latest_checkpoint > checkpoints.last_n:
            self._take_checkpoints(checkpoints)  # those that were added meanwhile
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

    def _take_checkpoints(self, chain: CheckpointChain) -> None:
        after = None if chain.last is None else chain.last_n
        while page := self._store.checkpoints(after=after, limit=_PAGE):
            for checkpoint in page:
                chain.take(checkpoint)
            after = page[-1].n

    def _rows(self) -> Iterator[AuditRow]:
        after: tuple[str, int] | None = None
        while page := self._store.rows(after=after, limit=_PAGE):
            yield from page
            end = (page[-1].lane, page[-1].seq)
            if after is not None and end <= after:
                return  # the end is no row of ours, and has been found out
            after = end
