"""One presentation: a performer answers a challenge, and tries to sign in with what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from facelogin.evaluation.capture_client import CaptureClient, Captured, Shot, ShownStep
from facelogin.evaluation.pad.performances import Flash, Performer
from facelogin.evaluation.pad.stance import Colour
from facelogin.evaluation.presentations.browsers import Browser

GRANTED = "granted"


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn as it was asked for, and what the server said: continue, repeat, failed, passed."""

    direction: str
    answer: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Presented:
    """How a presentation ended: ``granted`` (a session) or what kept it out.

    ``code`` is what the client was told; ``reason`` is the audit log's, None where it was granted.
    """

    outcome: str
    code: str | None
    reason: str | None
    turns: tuple[Turn, ...]

    @property
    def granted(self) -> bool:
        """Whether a session was granted."""
        return self.outcome == GRANTED

    @property
    def repeats(self) -> int:
        """How many turns were asked for once more."""
        return sum(turn.answer == "repeat" for turn in self.turns)


def present(
    browser: Browser,
    wait: Callable[[int], None],
    username: str,
    performer: Performer,
    why: Callable[[], str | None],
) -> Presented:
    """Let ``performer`` try to sign in as ``username``, in a browser that was never used before.

    ``wait`` lets so many milliseconds pass; ``why`` tells the reason that was recorded last.
    """
    captured = CaptureClient(browser, wait).capture(
        performing(performer), purpose="login", username=username
    )
    turns = _turns(captured)
    if captured.outcome != "passed":
        return Presented(captured.outcome, captured.code, why(), turns)
    login = {"username": username, "challenge_id": captured.challenge_id}
    status, answer = browser.post_json("/login", login)
    if status == 200 and browser.signed_in():
        return Presented(GRANTED, None, None, turns)
    return Presented("refused", answer.get("code"), why(), turns)


class _Performing:
    """Shows a performer the steps as a page shows them."""

    def __init__(self, performer: Performer) -> None:
        self._performer = performer

    def __call__(self, step: ShownStep) -> Sequence[Shot]:
        colours = tuple(_rgb(colour) for colour in step.colours)
        return self._performer.perform(step, Flash(colours, step.slot_ms) if colours else None)


def performing(performer: Performer) -> _Performing:
    """Return a performer as the capture client asks for one."""
    return _Performing(performer)


def _rgb(colour: str) -> Colour:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _turns(captured: Captured) -> tuple[Turn, ...]:
    """Return the turns; the first answer is to looking straight, one more may be to a flash."""
    answers: Sequence[Mapping[str, Any]] = captured.answers[1:]
    return tuple(
        Turn(direction, str(answer.get("status", "refused")), answer.get("code"))
        for direction, answer in zip(captured.directions, answers, strict=False)
    )
