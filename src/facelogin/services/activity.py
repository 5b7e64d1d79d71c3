"""What a person may see of the audit log: what happened to their own account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from facelogin.domain import errors
from facelogin.domain.audit import AuditRow, event_of
from facelogin.domain.models import User
from facelogin.domain.ports import AuditStore, Pseudonyms
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Outcome

_MOST = 100
_OF_A_KIND = 10
"""How many of each kind (action and outcome) are shown in any case, so that none hides another."""
_LOOKED_THROUGH = 5000
_PAGE = 500
_ROUTINE = frozenset(
    {
        (Action.CONSENT, Outcome.OK),
        (Action.EXPORT, Outcome.OK),
        (Action.LOGOUT, Outcome.OK),
        (Action.LIVE_CAPTURE, Outcome.OK),
        (Action.MOVE_ENGINE, Outcome.OK),
    }
)
"""What says nothing of who got in, or of what they changed there."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done, or tried, in the name of an account or to it."""

    at: datetime
    action: Action
    outcome: Outcome
    factor: str | None
    reason: str | None
    """A code that clients know; None where the log has another one, or none."""
    device: str | None
    """A pseudonym: the same device, the same text."""
    browser: str | None
    """What the client said it was, as ``domain.browsers`` names it; None if that is not known."""

    @property
    def routine(self) -> bool:
        """Whether it says nothing of who got in, or of what they changed."""
        return (self.action, self.outcome) in _ROUTINE


@dataclass(frozen=True, slots=True)
class SeenDeed:
    """A deed as its owner sees it, who asks from a device that may have done it."""

    deed: Deed
    this_device: bool


class Activity:
    """Finds the records of one account. Whose they are is known by the pseudonym alone."""

    def __init__(self, *, store: AuditStore, pseudonyms: Pseudonyms) -> None:
        self._store = store
        self._pseudonyms = pseudonyms
        self._public_codes = frozenset(_codes(errors.Refusal))

    def recent(self, user: User, requester: Requester) -> list[SeenDeed]:
        """Return what its owner should know of the deeds that concern ``user``.

        What matters for security comes first, then what is routine, the newest of each first. Of
        each kind the last ten are among them, however often others were done since (within the
        last few thousand records), and in all at least the last hundred.

        Raises StoreUnavailable.
        """
        shown = sorted(self._shown(user), key=lambda deed: deed.routine)
        device = requester.device and self._pseudonyms.of("device", requester.device.device_id)
        return [
            SeenDeed(deed, this_device=device is not None and deed.device == device)
            for deed in shown
        ]

    def _shown(self, user: User) -> list[Deed]:
        seen: Counter[tuple[Action, Outcome]] = Counter()
        shown: list[Deed] = []
        for number, deed in enumerate(islice(self.all_rows_of(user), _LOOKED_THROUGH)):
            kind = deed.action, deed.outcome
            if number < _MOST or seen[kind] < _OF_A_KIND:
                shown.append(deed)
            seen[kind] += 1
        return shown

    def all_rows_of(self, user: User) -> Iterator[Deed]:
        """Yield every deed that concerns ``user``, the newest first. Raises StoreUnavailable."""
        subject, before = self._subject(user), None
        while rows := self._store.newest(subject=subject, before=before, limit=_PAGE):
            for row in rows:
                if (deed := self._deed(row)) is not None:
                    yield deed
            before = rows[-1].position

    def _subject(self, user: User) -> str:
        return self._pseudonyms.of("subject", user.user_id)

    def _deed(self, row: AuditRow) -> Deed | None:
        """Return what ``row`` says; None for what this version can't read."""
        event = event_of(row)
        if event is None:
            return None
        try:
            action, outcome = Action(event.action), Outcome(event.outcome)
        except ValueError:
            return None
        reason = event.reason if event.reason in self._public_codes else None
        return Deed(
            row.at, action, outcome, event.factor, reason, event.device, browser=event.browser
        )


def _codes(kind: type[errors.Refusal]) -> Iterator[str]:
    for child in kind.__subclasses__():
        if "code" in vars(child):
            yield child.code
        yield from _codes(child)
