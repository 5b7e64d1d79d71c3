"""What one process writes of the audit log: its lane, and checkpoints in good time."""

from __future__ import annotations

import logging
import threading
import weakref

from facelogin.domain.audit import AuditCheckpoint, AuditEvent, AuditHead
from facelogin.domain.errors import FaceloginError
from facelogin.domain.ports import AuditKeys, AuditStore, Clock, Later
from facelogin.services.audit_checkpoints import AuditCheckpoints
from facelogin.services.audit_lane import AuditLane

LOOK_EVERY_S = 4.5
"""A row is joined at the second look after it, so within nine seconds."""

_log = logging.getLogger(__name__)


class AuditWriter:
    """Appends rows and, while some are in no checkpoint, looks after them again and again.

    A look that finds rows which were there at the look before and are in no checkpoint yet adds
    one. Where another process did so meanwhile, nothing is to be done: so however many processes
    write, about one checkpoint is added in that time.
    """

    def __init__(self, *, store: AuditStore, keys: AuditKeys, clock: Clock, later: Later) -> None:
        self._lane = AuditLane(store=store, keys=keys)
        self._checkpoints = AuditCheckpoints(store=store, keys=keys, clock=clock)
        self._later = later
        self._lock = threading.Lock()  # over the checkpoints; rows have one of their own
        self._state = threading.Lock()  # over the three below, and held for no input or output
        self._looking = False
        self._closed = False
        self._began = False
        self._seen: AuditHead | None = None
        """How far the lane had come at the last look."""

    def write(self, event: AuditEvent) -> None:
        """Append a row. Raises StoreUnavailable."""
        if not self._began:
            with self._lock:
                self._checkpoints.read()
            self._began = True
        self._lane.append(event, after=self._checkpoints.last_n)
        self._look_later()

    def checkpoint(self) -> AuditCheckpoint | None:
        """Join the last rows of all lanes there ever were; return the last checkpoint."""
        with self._lock:
            return self._checkpoints.add(self._lane.head, every_lane=True)

    def close(self) -> None:
        """Join the rows that are in no checkpoint yet, if the store answers, and look no more."""
        with self._state:
            self._closed = True
        try:
            with self._lock:  # waits for a look, if one is under way: none touches the store later
                if (head := self._lane.head) is not None:
                    self._checkpoints.add(head)
        except FaceloginError as error:
            _log.warning("the last audit records are in no checkpoint", extra=_why(error))

    def _look_later(self) -> None:
        with self._state:
            if self._looking or self._closed:
                return
            self._looking = True
        # A writer that nobody holds any more has nothing to look after.
        look = weakref.WeakMethod(self._look)

        def look_if_alive() -> None:
            if (alive := look()) is not None:
                alive()

        self._later.after(LOOK_EVERY_S, look_if_alive)

    def _look(self) -> None:
        with self._state:
            self._looking = False
        joined = False
        try:
            with self._lock:
                if self._closed:
                    return
                joined = self._join_what_was_seen()
        except FaceloginError as error:
            _log.warning("no audit checkpoint", extra=_why(error))
        finally:
            if not joined:
                self._look_later()

    def _join_what_was_seen(self) -> bool:
        """Return whether all rows of this lane are in a checkpoint now."""
        self._checkpoints.read()
        if self._seen is not None and not self._checkpoints.covers(self._seen):
            self._checkpoints.add(self._lane.head)
        self._seen = self._lane.head
        return self._seen is None or self._checkpoints.covers(self._seen)


def _why(error: FaceloginError) -> dict[str, str]:
    return {"reason": str(error.__cause__ or error)}
