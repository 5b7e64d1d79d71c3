"""What happened, in an append-only log: by and to whom, with what outcome, never a picture."""

from __future__ import annotations

import os
from enum import StrEnum

from facelogin.domain.audit import AuditCheckpoint, AuditEvent
from facelogin.domain.ports import AuditKeys, AuditStore, Clock, Later, Pseudonyms
from facelogin.domain.requester import Requester
from facelogin.services.audit_writer import AuditWriter


class Action(StrEnum):
    """What somebody did, or tried to do."""

    REGISTER = "register"
    CHECK_REGISTRATION = "check_registration"
    IMPORT = "import"
    LOGIN = "login"
    IDENTIFY = "identify"
    LOGOUT = "logout"
    STEP_UP = "step_up"
    END_SESSION = "end_session"
    CHANGE_PROFILE = "change_profile"
    REPLACE_FACE = "replace_face"
    NEW_RECOVERY_CODES = "new_recovery_codes"
    CONSENT = "consent"
    EXPORT = "export"
    ERASE = "erase"
    DISABLE = "disable"
    ENABLE = "enable"
    UNLOCK = "unlock"
    INVITE = "invite"
    REVOKE_INVITE = "revoke_invite"
    LOCKED = "locked"
    ROTATE_KEY = "rotate_key"
    TEMPLATE_REFUSED = "template_refused"
    LIVE_CAPTURE = "live_capture"
    RETENTION = "retention"
    MOVE_ENGINE = "move_engine"
    RETIRE_ENGINE = "retire_engine"


class Outcome(StrEnum):
    """How it ended."""

    OK = "ok"
    REFUSED = "refused"


class Audit:
    """Records what happened. A record that can't be kept is StoreUnavailable: fail closed.

    Every process writes a lane of its own, begun with its first record, so that processes never
    wait for one another; a child that was forked begins one too. Soon after a record that no
    checkpoint names yet a thread adds one, so that the last records of a burst are joined as well
    as those in the middle.
    """

    def __init__(
        self,
        *,
        store: AuditStore,
        keys: AuditKeys,
        pseudonyms: Pseudonyms,
        clock: Clock,
        later: Later,
    ) -> None:
        self._store = store
        self._keys = keys
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._later = later
        self._writers: dict[int, AuditWriter] = {}
        """By process id: whatever a fork copied is the parent's, its locks included."""

    def record(
        self,
        action: Action,
        outcome: Outcome,
        requester: Requester,
        *,
        user_id: str | None = None,
        factor: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Append a record. ``reason`` is one of the codes of ``domain.errors``, or a broken rule.

        ``user_id`` is whose account it was about, None where it was nobody's. Who it was, with
        which device and from where is kept as keyed hashes only, the browser by its name and its
        system.
        """
        device = None if requester.device is None else requester.device.device_id
        event = AuditEvent(
            at=self._clock.now(),
            action=action.value,
            outcome=outcome.value,
            subject=self._pseudonym("subject", user_id),
            factor=None if factor is None else str(factor),
            reason=reason,
            device=self._pseudonym("device", device),
            network=self._pseudonym("network", requester.network),
            request_id=requester.request_id or None,
            browser=requester.browser,
        )
        self._writer().write(event)

    def checkpoint(self) -> AuditCheckpoint | None:
        """Join the last rows of all lanes there ever were; return the last checkpoint.

        Raises StoreUnavailable.
        """
        return self._writer().checkpoint()

    def close(self) -> None:
        """Join what this process wrote and end its lane; another record would begin a new one."""
        writer = self._writers.pop(os.getpid(), None)
        if writer is not None:
            writer.close()

    def _writer(self) -> AuditWriter:
        found = self._writers.get(os.getpid())
        if found is not None:
            return found
        writer = AuditWriter(
            store=self._store, keys=self._keys, clock=self._clock, later=self._later
        )
        return self._writers.setdefault(os.getpid(), writer)  # of two threads, one wins

    def _pseudonym(self, kind: str, value: str | None) -> str | None:
        return None if value is None else self._pseudonyms.of(kind, value)
