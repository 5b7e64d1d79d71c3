"""Another way in: recovery codes, each good for one login without a face."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from facelogin.domain.errors import (
    AccountDisabled,
    NotFound,
    NotRecognised,
    SessionRequired,
    TooManyAttempts,
)
from facelogin.domain.models import RecoveryCodes, User
from facelogin.domain.ports import Clock, CodeHasher, UserStore
from facelogin.domain.recovery import CODE_BYTES, CODES_IN_A_SET, NewCodes, read_code, write_code
from facelogin.domain.requester import OPERATOR, Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.factor_audit import FactorAudit
from facelogin.services.known_devices import DeviceTrust
from facelogin.services.sessions import SignedIn
from facelogin.services.throttle import Factor, Throttle

_SALT_BYTES = 16
_HASH_BYTES = 32
_REFUSED = "That username and recovery code do not match."


@dataclass(frozen=True, slots=True)
class Recovered:
    """Who has signed in by a code, and how many codes they still have."""

    user: User
    codes_left: int


def draw_codes(hasher: CodeHasher) -> NewCodes:
    """Return a new set of codes, the same salt for all: one hash tells whether a code is in it."""
    salt = secrets.token_bytes(_SALT_BYTES)
    drawn = [secrets.token_bytes(CODE_BYTES) for _ in range(CODES_IN_A_SET)]
    hashes = tuple(hasher.hash(code, salt=salt) for code in drawn)
    return NewCodes(codes=tuple(map(write_code, drawn)), kept=RecoveryCodes(salt, hashes))


class Recovery:
    """Decides logins by recovery code, and makes new sets.

    An unknown username, one without codes and a wrong code cost the same: one look-up, one hash
    (under a salt of nobody's where there is no other), and no write to any account.
    """

    def __init__(
        self,
        *,
        users: UserStore,
        hasher: CodeHasher,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._users = users
        self._hasher = hasher
        self._throttle = throttle
        self._audit = audit
        self._outcomes = FactorAudit(audit, Action.LOGIN, Factor.CODE)
        self._clock = clock
        self._devices = DeviceTrust(users)
        self._nobodys = _codes_of_nobody()

    def login(self, username: str, recovery_code: str, requester: Requester) -> Recovered:
        """Return the user whose code this is; it is used up, and the face factor open again.

        Booked like a face: as failed before the code is looked at, given back where it is right.

        Raises InvalidRequest for what is no code at all, TooManyAttempts, NotRecognised for a
        wrong or used code and an unknown username alike, AccountDisabled only for a right code
        (which stays unused), or StoreUnavailable.
        """
        code = read_code(recovery_code)
        user = self._users.find_by_username(username)
        with self._throttle.admit(Factor.CODE, requester, username=username, user=user) as attempt:
            attempt.book()
            try:
                recovered = self._decide(user, code, requester)
            except NotRecognised as refusal:
                self._outcomes.record(Outcome.REFUSED, requester, user, reason=refusal.code)
                raise
            except AccountDisabled as refusal:
                attempt.succeed()
                self._outcomes.record(Outcome.REFUSED, requester, user, reason=refusal.code)
                raise
            except TooManyAttempts:
                attempt.succeed()  # the code was right, and is not used up
                raise
            attempt.succeed()
        self._throttle.reopen_face(recovered.user, requester)
        self._users.mark_used(recovered.user.user_id, used_at=self._clock.now())
        self._outcomes.record(Outcome.OK, requester, recovered.user)
        return recovered

    def renew(self, signed_in: SignedIn, requester: Requester) -> tuple[str, ...]:
        """Put a new set in the place of the old one and return its codes; forget all browsers.

        ``signed_in`` must be fresh. Raises SessionRequired for a user who was erased meanwhile, or
        StoreUnavailable (then nobody knows whether the old codes still work; ask once more).
        """
        codes = self._replace(signed_in.user, requester)
        if codes is None:
            raise SessionRequired
        return codes

    def renew_for(self, user: User) -> tuple[str, ...]:
        """Do the same on the operator's word. Raises NotFound for a user erased meanwhile."""
        codes = self._replace(user, OPERATOR)
        if codes is None:
            raise NotFound("That user was erased a moment ago.")
        return codes

    def _decide(self, user: User | None, code: bytes, requester: Requester) -> Recovered:
        """Use the code up and return whose it was. Raises NotRecognised or AccountDisabled."""
        kept = (user and user.recovery) or self._nobodys
        code_hash = self._hasher.hash(code, salt=kept.salt)
        if user is None or not _among(kept.hashes, code_hash):
            raise NotRecognised(_REFUSED)
        self._throttle.of_account.admit_sign_in(user, requester)
        if user.disabled:
            raise AccountDisabled
        if not self._users.use_recovery_code(user.user_id, code_hash):
            raise NotRecognised(_REFUSED)  # another request has just used it
        present = self._users.find_by_id(user.user_id)
        if present is None:
            raise NotRecognised(_REFUSED)  # erased meanwhile
        return Recovered(present, codes_left=present.recovery.left if present.recovery else 0)

    def _replace(self, user: User, requester: Requester) -> tuple[str, ...] | None:
        self._devices.forget_all(user)
        new = draw_codes(self._hasher)
        if not self._users.set_recovery(user.user_id, new.kept):
            return None
        self._audit.record(Action.NEW_RECOVERY_CODES, Outcome.OK, requester, user_id=user.user_id)
        return new.codes


def _codes_of_nobody() -> RecoveryCodes:
    hashes = (secrets.token_bytes(_HASH_BYTES) for _ in range(CODES_IN_A_SET))
    return RecoveryCodes(secrets.token_bytes(_SALT_BYTES), tuple(hashes))


def _among(hashes: tuple[bytes, ...], wanted: bytes) -> bool:
    """Return whether ``wanted`` is there, looking at all of them in any case."""
    return sum(hmac.compare_digest(one, wanted) for one in hashes) > 0
