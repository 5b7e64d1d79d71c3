"""A new key takes over from an old one while workers serve, and the old one goes when unused.

The state of every key in the file says how far a rotation is, so one that was interrupted anywhere
goes on where it stopped:

    a pending key      it is handed out; no worker makes anything with it yet
    a retiring key     its successor is active; what was made with it is being moved
    neither            there is no rotation under way
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from facelogin.domain.errors import KeyChangeRefused, WrongKeyRing
from facelogin.domain.keys import KeyFacts, KeyState, Purpose
from facelogin.domain.models import WorkerReport
from facelogin.domain.ports import Clock, KeyFile, Store
from facelogin.domain.requester import OPERATOR
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.key_binding import KeyBinding
from facelogin.services.presence import LIVE_FOR
from facelogin.services.rewrapping import Moving, Rewrapping

REST = timedelta(minutes=10)
"""How long a key stays retired before it may be removed: a request, or a live capture, that began
before the switch may still write something that was made with it."""

_LOOK_EVERY_S = 0.25
_SCRUB_TRIES = 5
_BOUND = "bound_to_another_key_ring"


@dataclass(frozen=True, slots=True)
class Begun:
    """A key is to take over. ``resumed``: an earlier rotation is being finished."""

    kid: str
    resumed: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """For workers to report a key in a state; ``behind`` are those who have not yet."""

    kid: str
    state: KeyState
    workers: int
    behind: tuple[str, ...]


Event = Begun | Waiting | Moving


@dataclass(frozen=True, slots=True)
class Rotated:
    """What has become of it."""

    kid: str
    retired: tuple[str, ...]
    """The keys that make nothing new from now on."""
    unmovable: tuple[str, ...]
    """Users whose template could not be moved, as it can't be opened."""
    scrubbed: bool
    """Whether the wrapped keys of before are gone from the store's files."""


class KeyRotation:
    """Changes the key ring's file in step with the workers and the store."""

    def __init__(
        self,
        *,
        file: KeyFile,
        store: Store,
        rewrapping: Rewrapping,
        binding: KeyBinding,
        audit: Audit,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file = file
        self._store = store
        self._rewrapping = rewrapping
        self._binding = binding
        self._audit = audit
        self._clock = clock
        self._monotonic = monotonic
        self._pause = pause

    def rotate(
        self, purpose: Purpose, *, patience_s: float, tell: Callable[[Event], None]
    ) -> Rotated:
        """Have a new key take over, or finish what an earlier call began.

        Waits up to ``patience_s`` seconds each time for all workers to follow; without live
        workers it does not wait. ``tell`` hears of every step.

        Raises KeyChangeRefused where a worker does not follow or another operator is at it,
        ConfigurationError where the file can't be changed, StoreUnavailable.
        """
        with self._file.locked():
            kid = self._hand_over(purpose, patience_s=patience_s, tell=tell)
            self._await(kid, KeyState.ACTIVE, patience_s=patience_s, tell=tell)
            unmovable: tuple[str, ...] = ()
            scrubbed = True
            if purpose is Purpose.KEK:
                unmovable = self._rewrapping.run(kid, tell)
                self._binding.bind()
                scrubbed = self._scrub()
            self._audit.record(Action.ROTATE_KEY, Outcome.OK, OPERATOR)
            retired = self._file.finish_retiring(purpose)
        return Rotated(kid, tuple(key.kid for key in retired), unmovable, scrubbed)

    def retire(self, kid: str) -> KeyFacts:
        """Take a retired key that nothing needs out of the file, and return what it was.

        Raises KeyChangeRefused where it is not retired, not for long enough, or still used.
        """
        with self._file.locked():
            key = self.removable(kid)
            self._audit.record(Action.ROTATE_KEY, Outcome.OK, OPERATOR)
            self._file.remove(kid)
        return key

    def removable(self, kid: str) -> KeyFacts:
        """Return the facts of a key that ``retire`` would remove. Raises what it raises."""
        key = next((one for one in self._file.every() if one.kid == kid), None)
        if key is None:
            raise KeyChangeRefused(f"There is no key {kid} in the key ring.")
        if key.state is not KeyState.RETIRED:
            raise KeyChangeRefused(
                f"The key {kid} is {key.state}; only a retired one can be removed. To retire it: "
                f"facelogin keys rotate --purpose {key.purpose}"
            )
        rested = self._clock.now() - key.retired_at if key.retired_at else REST
        if rested < REST:
            left_s = (REST - rested).total_seconds()
            raise KeyChangeRefused(
                f"The key {kid} was retired a moment ago, and what began before may still need "
                f"it. Try again in {left_s:.0f} s."
            )
        used = self._store.users.count_sealed_with(kid)
        if not used and self._binding.sealed_with() == kid:
            raise KeyChangeRefused(
                f"The key {kid} still opens what ties the store to this key ring. Move that first: "
                "facelogin keys rotate"
            )
        if used:
            raise KeyChangeRefused(
                f"The key {kid} still opens {used} template(s), which would be lost. Move them "
                "first: facelogin keys rotate"
            )
        return key

    def uses(self) -> dict[str, int]:
        """Return how many templates each key-encryption key of the ring opens, by its id."""
        keks = [key.kid for key in self._file.every() if key.purpose is Purpose.KEK]
        return {kid: self._store.users.count_sealed_with(kid) for kid in keks}

    def unopened(self) -> int:
        """Return how many templates are sealed with keys that are not in the ring."""
        templates = sum(self._store.users.count_engines().values())
        return max(0, templates - sum(self.uses().values()))  # somebody may be erased meanwhile

    def problem(self) -> str | None:
        """Return why the ring is not the store's, None if it is. Raises StoreUnavailable."""
        try:
            self._binding.check()
        except WrongKeyRing as error:
            return str(error)
        return None

    def bind(self) -> None:
        """Take the ring for the store's, though it may open nothing there: the other one is lost.

        Raises StoreUnavailable.
        """
        with self._file.locked():
            self._binding.bind()
            self._audit.record(Action.ROTATE_KEY, Outcome.OK, OPERATOR, reason=_BOUND)

    def _hand_over(
        self, purpose: Purpose, *, patience_s: float, tell: Callable[[Event], None]
    ) -> str:
        """Return the id of the active key that takes over, or has before an interruption."""
        active = self._find(purpose, KeyState.ACTIVE)
        if active is not None and self._find(purpose, KeyState.RETIRING) is not None:
            tell(Begun(active.kid, resumed=True))
            return active.kid
        pending = self._find(purpose, KeyState.PENDING)
        new = pending or self._file.add(purpose, state=KeyState.PENDING)
        tell(Begun(new.kid, resumed=pending is not None))
        self._await(new.kid, KeyState.PENDING, patience_s=patience_s, tell=tell)
        self._file.activate(new.kid)
        return new.kid

    def _await(
        self, kid: str, state: KeyState, *, patience_s: float, tell: Callable[[Event], None]
    ) -> None:
        """Return when every live worker knows the key in that state."""
        deadline_s = self._monotonic() + patience_s
        while True:
            live = self._live()
            behind = tuple(one.worker_id for one in live if one.key_states.get(kid) != state)
            tell(Waiting(kid, state, len(live), behind))
            if not behind:
                return
            if self._monotonic() >= deadline_s:
                raise KeyChangeRefused(
                    f"After {patience_s:g} s these workers do not know the key {kid} as {state}: "
                    f"{', '.join(behind)}. Give their machine the present key ring file, then run "
                    "this again: it goes on from here."
                )
            self._pause(_LOOK_EVERY_S)

    def _live(self) -> list[WorkerReport]:
        since = self._clock.now() - LIVE_FOR
        return [report for report in self._store.workers.every() if report.seen_at >= since]

    def _scrub(self) -> bool:
        return any(self._store.scrub() for _ in range(_SCRUB_TRIES))

    def _find(self, purpose: Purpose, state: KeyState) -> KeyFacts | None:
        return next(
            (key for key in self._file.every() if key.purpose is purpose and key.state is state),
            None,
        )
