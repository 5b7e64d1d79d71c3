"""A client of the live capture: begins a challenge and answers its steps, over any transport."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Shot(Protocol):
    """A frame, and when it was taken: milliseconds since the step was shown."""

    @property
    def t_ms(self) -> int:
        """When it was taken."""
        ...

    @property
    def jpeg(self) -> bytes:
        """The frame, encoded."""
        ...


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as the server shows it. ``direction`` is None where the person looks straight.

    In a flash the screen shows each of ``colours`` for ``slot_ms``.
    """

    n: int
    direction: str | None
    max_ms: int
    colours: tuple[str, ...] = ()
    slot_ms: int = 0


Perform = Callable[[ShownStep], Sequence[Shot]]
"""What somebody shows to the camera in answer to a step."""


class Transport(Protocol):
    """Sends messages and keeps cookies."""

    def post_json(self, path: str, body: Mapping[str, object]) -> tuple[int, Mapping[str, Any]]:
        """Send JSON; return the status and the body of the answer."""
        ...

    def post_parts(
        self, path: str, meta: str, parts: Mapping[str, bytes]
    ) -> tuple[int, Mapping[str, Any]]:
        """Send a text part ``meta`` and file parts; return status and body of the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Captured:
    """How a capture ended: ``passed``, ``failed`` or ``refused`` (an error), and with which code.

    ``answers`` are those of the server to each step, in order.
    """

    challenge_id: str
    outcome: str
    code: str | None
    directions: tuple[str, ...]
    answers: tuple[Mapping[str, Any], ...] = field(repr=False, default=())

    @property
    def repeats(self) -> int:
        """How many turns had to be done once more."""
        return sum(answer.get("status") == "repeat" for answer in self.answers)


@dataclass(slots=True)
class CaptureClient:
    """Does what the web app does. ``wait`` lets so many milliseconds pass."""

    transport: Transport
    wait: Callable[[int], None]
    reaction_ms: int = 50

    def capture(self, perform: Perform, **wanted: object) -> Captured:
        """Begin a challenge (``purpose=...``, ``username=...``) and answer it to its end."""
        status, begun = self.transport.post_json("/challenges", wanted)
        if status != 201:
            return Captured("", "refused", begun.get("code"), ())
        challenge_id, nonce, seq = begun["challenge_id"], begun["nonce"], 0
        answers: list[Mapping[str, Any]] = []
        directions: list[str] = []
        answer: Mapping[str, Any] = {"status": "continue", "step": begun["step"]}
        while answer.get("status") in {"continue", "repeat"}:
            step = shown(answer["step"])
            directions += [step.direction] if step.direction else []
            shots = perform(step)
            self.wait(shots[-1].t_ms + self.reaction_ms)
            answer = self.send(challenge_id, nonce, step.n, shots, first_seq=seq)
            answers.append(answer)
            seq += len(shots)
        outcome = str(answer.get("status", "refused"))
        return Captured(
            challenge_id, outcome, answer.get("code"), tuple(directions), tuple(answers)
        )

    def send(
        self, challenge_id: str, nonce: str, n: int, shots: Sequence[Shot], *, first_seq: int
    ) -> Mapping[str, Any]:
        """Send the frames of one step and return the body of the answer."""
        frames = [
            {
                "seq": first_seq + number,
                "t_ms": shot.t_ms,
                "sha256": hashlib.sha256(shot.jpeg).hexdigest(),
            }
            for number, shot in enumerate(shots)
        ]
        parts = {f"frame-{first_seq + number}": shot.jpeg for number, shot in enumerate(shots)}
        meta = json.dumps({"nonce": nonce, "frames": frames})
        return self.transport.post_parts(f"/challenges/{challenge_id}/steps/{n}", meta, parts)[1]


def shown(step: Mapping[str, Any]) -> ShownStep:
    """Return a step from the server's JSON."""
    return ShownStep(
        n=step["n"],
        direction=step.get("direction"),
        max_ms=step["max_ms"],
        colours=tuple(step.get("colours", ())),
        slot_ms=step.get("slot_ms", 0),
    )
