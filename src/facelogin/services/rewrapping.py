"""Moves every sealed template to the active key, in batches, while others read and write them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from facelogin.domain.errors import SealError
from facelogin.domain.models import Rewrapped, SealedTemplate, User
from facelogin.domain.ports import Rewrapper, UserStore
from facelogin.domain.requester import OPERATOR
from facelogin.services.audit import Action, Audit, Outcome

_BATCH = 50
"""Users to a transaction: it holds up others for some milliseconds."""


@dataclass(frozen=True, slots=True)
class Moving:
    """How far it is: templates moved, of how many, and how fast."""

    done: int
    total: int
    """How many there were to move at the beginning; others may come and go meanwhile."""
    per_s: float

    @property
    def left_s(self) -> float | None:
        """Seconds to go at this speed, None where nobody can tell."""
        return max(self.total - self.done, 0) / self.per_s if self.per_s else None


class Rewrapping:
    """Re-wraps the keys of templates. Safe to end at any moment and to begin anew.

    Each template is replaced by compare-and-set: one that its owner replaces or erases meanwhile
    is left alone. After each batch it rests as long as the batch took, so that of a store with one
    writer at a time (SQLite) at least half is left to the people who sign in.
    """

    def __init__(
        self,
        *,
        users: UserStore,
        rewrapper: Rewrapper,
        audit: Audit,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._users = users
        self._rewrapper = rewrapper
        self._audit = audit
        self._monotonic = monotonic
        self._pause = pause

    def run(self, kid: str, tell: Callable[[Moving], None]) -> tuple[str, ...]:
        """Move every template to the key ``kid``, the active one, until none is found elsewhere.

        Returns the ids of the users with a template that can't be moved because its key was
        changed or is missing: it does not open anyway. Raises StoreUnavailable.
        """
        total = sum(self._users.count_engines().values()) - self._users.count_sealed_with(kid)
        begun_s, done = self._monotonic(), 0
        unmovable: dict[str, str] = {}
        found = True
        while found:
            found, after = False, None
            while page := self._users.page(after=after, limit=_BATCH):
                after, batch_begun_s = page[-1].user_id, self._monotonic()
                elsewhere = [
                    (user, template)
                    for user in page
                    for template in user.templates
                    if template.record.kid != kid
                ]
                moves: list[Rewrapped] = []
                for user, template in elsewhere:
                    if template.template_id in unmovable:
                        continue
                    found = True
                    try:
                        moves.append(self._move(user, template))
                    except SealError:
                        unmovable[template.template_id] = user.user_id
                        self._record_refusal(user)
                done += self._users.rewrap_templates(moves) if moves else 0
                now_s = self._monotonic()
                tell(Moving(done, max(total, done), done / max(now_s - begun_s, 1e-3)))
                if elsewhere:
                    self._pause(now_s - batch_begun_s)
        return tuple(dict.fromkeys(unmovable.values()))

    def _move(self, user: User, template: SealedTemplate) -> Rewrapped:
        new = self._rewrapper.rewrap(template)
        return Rewrapped(user.user_id, template.template_id, old=template.record, new=new)

    def _record_refusal(self, user: User) -> None:
        self._audit.record(Action.TEMPLATE_REFUSED, Outcome.REFUSED, OPERATOR, user_id=user.user_id)
