"""Checkpoints of the audit log: they say how far every lane had come."""

from __future__ import annotations

import logging
from datetime import timedelta

from facelogin.domain.audit import AuditCheckpoint, AuditHead, chain_checkpoint, heads_of
from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.ports import AuditKeys, AuditStore, Clock

_RACES = 8
_PAGE = 100
_CLOCKS_DIFFER = timedelta(seconds=10)
"""How far apart the clocks of two machines may be, for one to find what the other wrote last."""

_log = logging.getLogger(__name__)


class AuditCheckpoints:
    """Adds checkpoints, and knows what those before say. For one thread at a time.

    Of several writers the quickest adds the next checkpoint; the others read it and find their
    rows in it.
    """

    def __init__(self, *, store: AuditStore, keys: AuditKeys, clock: Clock) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._last: AuditCheckpoint | None = None
        self._joined: dict[str, int] = {}

    @property
    def last_n(self) -> int:
        """The number of the last checkpoint that this process knows of, 0 for none."""
        return 0 if self._last is None else self._last.n

    def read(self) -> AuditCheckpoint | None:
        """Take note of the checkpoints that others added, and return the last one."""
        if self._last is None:
            found = self._store.last_checkpoint()
            self._note([] if found is None else [found])
        else:
            while found_next := self._store.checkpoints(after=self._last.n, limit=_PAGE):
                self._note(found_next)
        return self._last

    def covers(self, head: AuditHead) -> bool:
        """Return whether a checkpoint that was read names this row or a later one of its lane."""
        return self._joined.get(head.lane, 0) >= head.seq

    def add(self, own: AuditHead | None, *, every_lane: bool = False) -> AuditCheckpoint | None:
        """Add a checkpoint of all heads that none names yet; return the last one.

        ``own`` is this process's own head, whatever the clocks say. With ``every_lane`` all lanes
        are looked through, otherwise those with rows since a little before the last checkpoint.
        Nothing is added where nothing is new. Raises StoreUnavailable.
        """
        if every_lane:
            self._read_from_the_first()
        for _ in range(_RACES):
            last = self.read()
            heads = self._new_heads(last, own, every_lane=every_lane)
            if not heads:
                return last
            checkpoint = chain_checkpoint(
                heads, before=last, at=self._clock.now(), key=self._keys.active()
            )
            if self._store.add_checkpoint(checkpoint):
                self._note([checkpoint])
                mac = checkpoint.mac.hex()
                _log.info("audit checkpoint", extra={"n": checkpoint.n, "mac": mac})
                return checkpoint
        raise StoreUnavailable

    def _read_from_the_first(self) -> None:
        after: int | None = None
        while page := self._store.checkpoints(after=after, limit=_PAGE):
            self._note(page)
            after = page[-1].n

    def _new_heads(
        self, last: AuditCheckpoint | None, own: AuditHead | None, *, every_lane: bool
    ) -> list[AuditHead]:
        since = None if every_lane or last is None else last.at - _CLOCKS_DIFFER
        heads = {head.lane: head for head in self._store.heads(since=since)}
        if own is not None and (own.lane not in heads or heads[own.lane].seq < own.seq):
            heads[own.lane] = own
        new = [head for head in heads.values() if not self.covers(head)]
        # What is not among the recent lanes any more is not asked for again: forget it.
        self._joined = {lane: seq for lane, seq in self._joined.items() if lane in heads}
        return new

    def _note(self, checkpoints: list[AuditCheckpoint]) -> None:
        for checkpoint in checkpoints:
            self._last = checkpoint
            for head in heads_of(checkpoint).values():
                self._joined[head.lane] = max(head.seq, self._joined.get(head.lane, 0))
