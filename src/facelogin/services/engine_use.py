"""Which engines' templates people have, and the end of an engine that nobody needs any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from facelogin.domain.models import EngineRef, SealedTemplate, User
from facelogin.domain.ports import FaceEngine, Store
from facelogin.domain.requester import OPERATOR
from facelogin.services.audit import Action, Audit, Outcome

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Retired:
    """How many templates of an engine were erased, and how many people had no other."""

    erased: int
    kept: int
    scrubbed: bool
    """Whether what was erased is gone from the store's files."""


class EngineUse:
    """Counts templates by engine, and erases those of an engine that was replaced."""

    def __init__(self, *, store: Store, engine: FaceEngine, audit: Audit) -> None:
        self._store = store
        self._engine = engine
        self._audit = audit

    @property
    def default(self) -> EngineRef:
        """The engine that makes new templates."""
        return self._engine.ref

    def counts(self) -> Mapping[EngineRef, int]:
        """Return how many templates each engine has made, the default one also with none."""
        return {self.default: 0} | dict(self._store.users.count_engines())

    def people_to_move(self) -> int:
        """Return how many people have no template of the default engine."""
        return sum(1 for user in self._everybody() if user.template_by([self.default]) is None)

    def retire(self, engine_id: str, tell: Callable[[int], None]) -> Retired:
        """Erase the templates of this engine (of any version) of all who have the default's too.

        Whoever has no template of the default engine keeps theirs. Safe to end at any moment and
        to run again; ``tell`` hears how many people were looked at. Raises StoreUnavailable.
        """
        erased = kept = looked_at = 0
        for user in self._everybody():
            looked_at += 1
            tell(looked_at)
            of_engine = [one for one in user.templates if one.engine.id == engine_id]
            if not of_engine:
                continue
            if user.template_by([self.default]) is None:
                kept += 1
                continue
            erased += sum(self._erase(user, template) for template in of_engine)
        return Retired(erased, kept, self._store.scrub())

    def _erase(self, user: User, template: SealedTemplate) -> bool:
        if template.engine == self.default:
            return False
        dropped = self._store.users.drop_template(user.user_id, template_id=template.template_id)
        if dropped:
            self._audit.record(Action.RETIRE_ENGINE, Outcome.OK, OPERATOR, user_id=user.user_id)
        return dropped

    def _everybody(self) -> Iterator[User]:
        after: str | None = None
        while page := self._store.users.page(after=after, limit=_PAGE):
            yield from page
            after = page[-1].user_id
