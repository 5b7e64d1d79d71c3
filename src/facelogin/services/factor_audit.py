"""What comes of showing a factor, for the audit log: who was it about, did it do, and why not."""

from __future__ import annotations

from facelogin.domain.models import User
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.throttle import Factor


class FactorAudit:
    """Records the outcomes of one action that one factor was shown for."""

    def __init__(self, audit: Audit, action: Action, factor: Factor) -> None:
        self._audit = audit
        self._action = action
        self._factor = factor

    def record(
        self,
        outcome: Outcome,
        requester: Requester,
        user: User | None,
        *,
        reason: str | None = None,
    ) -> None:
        """Append a record about ``user``, None where it was nobody's account.

        ``reason`` is the code of a refusal, or a broken rule. Raises StoreUnavailable.
        """
        self._audit.record(
            self._action,
            outcome,
            requester,
            user_id=None if user is None else user.user_id,
            factor=self._factor,
            reason=reason,
        )
