"""All that is kept about a person, for that person to take along (GDPR, articles 15 and 20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from facelogin.domain.models import Session, User
from facelogin.domain.ports import Clock, SessionStore
from facelogin.domain.requester import Requester
from facelogin.services.activity import Activity, Deed
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.sessions import SignedIn


@dataclass(frozen=True, slots=True)
class Export:
    """What is kept about ``user`` at that moment. Whoever writes it out leaves secrets out.

    Those are the sealed templates, the hashes of recovery codes and those of the sessions' tokens.
    """

    exported_at: datetime
    user: User
    sessions: tuple[Session, ...]
    deeds: tuple[Deed, ...]


class Exports:
    """Collects what is kept about somebody."""

    def __init__(
        self, *, sessions: SessionStore, activity: Activity, audit: Audit, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._activity = activity
        self._audit = audit
        self._clock = clock

    def export(self, signed_in: SignedIn, requester: Requester) -> Export:
        """Return all that is kept about who is signed in, the record of this export included.

        Sessions that have ended and were not swept yet are still kept, so they are in it. Both
        lists begin with the newest. Raises StoreUnavailable.
        """
        user = signed_in.user
        self._audit.record(Action.EXPORT, Outcome.OK, requester, user_id=user.user_id)
        sessions = self._sessions.list_for(user.user_id)
        return Export(
            exported_at=self._clock.now(),
            user=user,
            sessions=tuple(sorted(sessions, key=lambda one: one.created_at, reverse=True)),
            deeds=tuple(self._activity.all_rows_of(user)),
        )
