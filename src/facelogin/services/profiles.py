"""What people change about their own account: the username and the email."""

from __future__ import annotations

from dataclasses import dataclass

from facelogin.domain.errors import EmailTaken, InvalidRequest, SessionRequired, UsernameTaken
from facelogin.domain.models import User
from facelogin.domain.names import parse_username
from facelogin.domain.ports import UserStore
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.sessions import SignedIn
from facelogin.services.throttle import Throttle

_NOTHING_GIVEN = "Send a username, an email or both."


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """The new names; None leaves one as it is. ``email`` is syntactically valid already."""

    username: str | None = None
    email: str | None = None


class Profiles:
    """Changes names. A template is bound to its user's id, so it outlives every name.

    Asking for a name tells whether it is taken. So every wish counts, whatever becomes of it:
    against the account, and against the network as at registration.
    """

    def __init__(self, *, users: UserStore, throttle: Throttle, audit: Audit) -> None:
        self._users = users
        self._throttle = throttle
        self._audit = audit

    def change(self, signed_in: SignedIn, change: ProfileChange, requester: Requester) -> User:
        """Change all the names that are given, or none; return the user as changed.

        ``signed_in`` must be fresh. The store's unique keys decide among requests that race. A
        name that was refused is recorded as such, without the name.

        Raises InvalidRequest, TooManyAttempts, UsernameTaken, EmailTaken, SessionRequired for a
        user who was erased meanwhile, Busy, or StoreUnavailable.
        """
        if change.username is None and change.email is None:
            raise InvalidRequest(fields=dict.fromkeys(("username", "email"), _NOTHING_GIVEN))
        user, record = signed_in.user, self._audit.record
        username = change.username
        if username is not None and username != user.username:
            username = parse_username(username)  # one from before a rule may stay
        self._throttle.of_account.admit_name_change(user, requester)
        self._throttle.admit_name_question(requester)
        try:
            changed = self._users.update_profile(
                user.user_id, username=username, email=change.email
            )
        except (UsernameTaken, EmailTaken) as refusal:
            record(
                *(Action.CHANGE_PROFILE, Outcome.REFUSED, requester),
                user_id=user.user_id,
                reason=refusal.code,
            )
            raise
        if changed is None:
            raise SessionRequired
        record(Action.CHANGE_PROFILE, Outcome.OK, requester, user_id=changed.user_id)
        return changed
