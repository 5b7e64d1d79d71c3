"""A live capture as it runs: which steps, in which order, and what is known so far.

One step is revealed at a time. The order is drawn when the challenge begins and leaves the server
only step by step, so that nothing can be prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise, product

from facelogin.domain.models import Consent, Embedding, EngineRef
from facelogin.domain.observation import Pose
from facelogin.domain.pad import PadAction
from facelogin.domain.throttle import Held

TURNS = 3

ANYBODY = "\0"
"""The subject of a login that names nobody. No username has this character in it."""


class ChallengePurpose(StrEnum):
    """What a live capture is for. One made for one purpose is worth nothing for another."""

    REGISTER = "register"
    LOGIN = "login"
    STEP_UP = "step_up"


class Direction(StrEnum):
    """Where to turn the head, as the person sees it: ``left`` is their own left."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"

    @property
    def sideways(self) -> bool:
        """Whether this is about a vertical axis."""
        return self in {Direction.LEFT, Direction.RIGHT}


class ChallengeStatus(StrEnum):
    """Where a challenge is: steps are open, all were passed, one was failed, or it was used."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    SPENT = "spent"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: look straight (``direction`` None) or turn. ``n`` numbers those revealed.

    ``colours`` ("#rrggbb") are what the screen shows meanwhile: none but in a flash.
    """

    n: int
    direction: Direction | None
    sent_at: datetime
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The step that was answered last, and with what, so that a lost reply can be repeated."""

    n: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Challenge:
    """One live capture. Lives sealed in the store, and in the clear for one request.

    ``subject`` is whose it is: the folded username, or ``ANYBODY``; for a registration the folded
    username and email; for a step-up the user's id. ``consent`` is what was given when it began.
    ``seen`` are the SHA-256 of every frame so far; ``anchors`` the embeddings of the frontal frames
    by engine, the default one first; ``baseline`` the pose that turns are measured from. ``held``
    is the guess that was booked when the first turn was revealed, ``counted_as`` whose it is, as
    ``Throttle.whose`` says; None before, and where nobody is named.
    ``flash`` is whether colours follow the turns, None where the person chose to go without.
    ``risk`` is what follows from the opinion of passive detectors, None where they raised none.
    ``longer_time`` is whether the person chose to have more time for every step.
    ``claimed_until`` is set while one answer is looked at: until then, or until that has come to an
    end, no other is. ``cpu_ms`` is how long its frames kept processors busy so far.
    """

    challenge_id: str
    purpose: ChallengePurpose
    subject: str
    nonce: str
    order: tuple[Direction, ...]
    step: Step
    expires_at: datetime
    consent: Consent | None = None
    status: ChallengeStatus = ChallengeStatus.OPEN
    code: str | None = None
    turns_done: int = 0
    repeated: bool = False
    last_seq: int = -1
    received_bytes: int = 0
    seen: tuple[bytes, ...] = field(default=(), repr=False)
    baseline: Pose | None = None
    anchors: Mapping[EngineRef, tuple[Embedding, ...]] = field(default_factory=dict, repr=False)
    held: Held | None = None
    counted_as: str | None = None
    flash: bool | None = False
    risk: PadAction | None = None
    longer_time: bool = False
    answered: Answered | None = None
    claimed_until: datetime | None = None
    cpu_ms: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A challenge as a client names it: its id, and the capture cookie that came with it."""

    challenge_id: str
    capture: str | None = field(repr=False)


def orders() -> tuple[tuple[Direction, ...], ...]:
    """Return every order of turns: no direction twice in a row, both sides in each. 14 of them."""
    both = {Direction.LEFT, Direction.RIGHT}
    return tuple(
        order
        for order in product(Direction, repeat=TURNS)
        if both <= set(order) and all(a is not b for a, b in pairwise(order))
    )


Draw = Callable[[Sequence[tuple[Direction, ...]]], tuple[Direction, ...]]
"""Chooses one of several orders; unpredictably, outside of tests."""
