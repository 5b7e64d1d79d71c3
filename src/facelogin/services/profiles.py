"""What people change about their own account: the username and the email."""

from __future__ import annotations

from dataclasses import dataclass

from facelogin.domain.errors import InvalidRequest, SessionRequired
from facelogin.domain.models import User
from facelogin.domain.names import parse_username
from facelogin.domain.ports import UserStore
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.sessions import SignedIn

_NOTHING_GIVEN = "Send a username, an email or both."


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """The new names; None leaves one as it is. ``email`` is syntactically valid already."""

    username: str | None = None
    email: str | None = None


class Profiles:
    """Changes names. A template is bound to its user's id, so it outlives every name."""

    def __init__(self, *, users: UserStore, audit: Audit) -> None:
        self._users = users
        self._audit = audit

    def change(self, signed_in: SignedIn, change: ProfileChange, requester: Requester) -> User:
        """Change all the names that are given, or none; return the user as changed.

        ``signed_in`` must be fresh. The store's unique keys decide among requests that race.

        Raises InvalidRequest, UsernameTaken, EmailTaken, SessionRequired for a user who was erased
        meanwhile, or StoreUnavailable.
        """
        if change.username is None and change.email is None:
            raise InvalidRequest(fields=dict.fromkeys(("username", "email"), _NOTHING_GIVEN))
        username = change.username
        if username is not None and username != signed_in.user.username:
            username = parse_username(username)  # one from before a rule may stay
        changed = self._users.update_profile(
            signed_in.user.user_id, username=username, email=change.email
        )
        if changed is None:
            raise SessionRequired
        self._audit.record(Action.CHANGE_PROFILE, Outcome.OK, requester, user_id=changed.user_id)
        return changed
