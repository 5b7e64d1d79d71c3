"""Who may register where an invitation is needed: single-use links, made by the operator."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from facelogin.domain.clocks import lies_ahead
from facelogin.domain.errors import (
    EmailTaken,
    NotFound,
    RegistrationClosed,
    UsernameTaken,
)
from facelogin.domain.models import Invite, User
from facelogin.domain.ports import Clock, InviteStore, UserStore
from facelogin.domain.requester import OPERATOR
from facelogin.services.audit import Action, Audit, Outcome

_TOKEN_BYTES = 24
_CLAIM_LASTS = timedelta(minutes=1)
"""How long a claim keeps others out whose user is not there: ten times what one write may take."""
_NO_INVITE = "Registration is by invitation here. Ask the operator for one."
_NOT_GOOD = (
    "This invitation does not exist, has been used or is too old. Ask the operator for a new one."
)


@dataclass(frozen=True, slots=True)
class NewInvite:
    """An invitation at the one moment when its token is known."""

    token: str = field(repr=False)
    invite: Invite


class Invites:
    """Issues, lists and revokes invitations, and lets each make one user at the most.

    A user and an invitation are two records, and nothing writes both at once. So the invitation is
    claimed for the user's id, the user is created, and the invitation erased if the claim still
    holds. Whoever dies in between leaves a claim: it counts as used where its user exists, and can
    be taken over after a minute where not. Somebody who slept through that minute finds the claim
    gone after creating the user, and takes the user back.

    A clock that goes back lengthens neither: an invitation that was made later than now is worth
    nothing, and a claim made later than now holds nobody off.
    """

    def __init__(self, *, store: InviteStore, users: UserStore, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._users = users
        self._audit = audit
        self._clock = clock

    def issue(self, *, lasts: timedelta) -> NewInvite:
        """Make an invitation on the operator's word; the expired ones are erased first."""
        now = self._clock.now()
        self._store.sweep(now=now)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        invite = Invite(
            invite_id=secrets.token_hex(4),
            token_sha256=_digest(token),
            created_at=now,
            expires_at=now + lasts,
        )
        self._store.add(invite)
        self._audit.record(Action.INVITE, Outcome.OK, OPERATOR)
        return NewInvite(token=token, invite=invite)

    def usable(self) -> list[Invite]:
        """Return the invitations that can still be used, the first to expire first."""
        usable = [invite for invite in self._store.every() if self._usable(invite)]
        return sorted(usable, key=lambda invite: (invite.expires_at, invite.invite_id))

    def revoke(self, invite_id: str) -> None:
        """Make an invitation worthless. Raises NotFound where there is none of that id."""
        if not self._store.revoke(invite_id):
            raise NotFound(f"There is no open invitation {invite_id}.")
        self._audit.record(Action.REVOKE_INVITE, Outcome.OK, OPERATOR)

    def check(self, token: str | None) -> None:
        """Refuse early, before anything costly, what can't be used. Raises RegistrationClosed."""
        self._usable_one(token)

    def create_user(self, user: User, token: str | None) -> None:
        """Keep a new user and use the invitation up.

        Raises RegistrationClosed, UsernameTaken or EmailTaken (the invitation is as good as before
        then), or StoreUnavailable.
        """
        invite, user_id = self._usable_one(token), user.user_id
        key = invite.token_sha256
        now, held_by = self._clock.now(), invite.claimed_by
        if not self._store.claim(key, user_id=user_id, claimed_at=now, instead_of=held_by):
            raise RegistrationClosed(_NOT_GOOD)
        try:
            self._users.create(user)
        except (UsernameTaken, EmailTaken):
            self._store.release(key, user_id=user_id)
            raise
        if not self._store.redeem(key, user_id=user_id):
            self._users.delete(user_id)
            raise RegistrationClosed(_NOT_GOOD)

    def _usable_one(self, token: str | None) -> Invite:
        if not token:
            raise RegistrationClosed(_NO_INVITE)
        invite = self._store.find(_digest(token))
        if invite is None or not self._usable(invite):
            raise RegistrationClosed(_NOT_GOOD)
        return invite

    def _usable(self, invite: Invite) -> bool:
        """Return whether the invitation may be claimed now, whoever held a claim before."""
        now = self._clock.now()
        if now >= invite.expires_at or lies_ahead(invite.created_at, now):
            return False
        if invite.claimed_by is None or invite.claimed_at is None:
            return True
        if abs(now - invite.claimed_at) < _CLAIM_LASTS:
            return False
        return self._users.find_by_id(invite.claimed_by) is None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
