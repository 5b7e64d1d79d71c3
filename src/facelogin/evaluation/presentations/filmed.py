"""Real people in films, one by one: which of their turns are accepted, and whether they get in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from facelogin.domain.challenge import Direction, orders
from facelogin.domain.errors import ImageRefused
from facelogin.evaluation.pad.clips import Replay, read_clip, replay
from facelogin.evaluation.pad.performances import Flash, Shot, Step
from facelogin.evaluation.pad.webcam import decoded, encoded
from facelogin.evaluation.presentations.presenting import present
from facelogin.evaluation.presentations.stage import Stage

_FILMS = {".mp4", ".mjpeg", ".webm", ".mov", ".avi"}
_QUALITY = 88


@dataclass(slots=True)
class _Played:
    """A film played step by step; a part that is asked for again is encoded anew."""

    film: Replay
    used: int = field(default=0, init=False)

    def perform(self, step: Step, flash: Flash | None = None) -> Sequence[Shot]:
        shots = self.film.perform(step, flash)
        self.used += 1
        quality = _QUALITY - 2 * self.used
        return [replace(shot, jpeg=encoded(decoded(shot.jpeg), quality)) for shot in shots]


def play_films(folder: Path, on: Stage) -> Iterator[dict[str, Any]]:
    """Yield what came of each film in a folder: the turns it holds, and how far they led.

    The person is enrolled from the film's own straight frames. The turns that are asked for are, as
    far as an order allows, those that the film holds: nobody in it heard a command.
    """
    for number, path in enumerate(sorted(folder.iterdir())):
        if path.suffix.lower() in _FILMS:
            yield {"film": path.name, **_play(path, number, on)}


def _play(path: Path, number: int, on: Stage) -> dict[str, Any]:
    film = replay(read_clip(path, on.engine))
    if film is None:
        return {"outcome": "nobody looks straight for long enough", "holds": [], "turns": []}
    holds, username = list(film.directions), f"film{number}"
    straight = film.segments[None]
    images = [encoded(film.clip.frames[frame], 95) for frame in straight[:3]]
    try:
        on.plain.enrol(username, images)
    except ImageRefused as refusal:
        return {"outcome": f"not enrolled: {refusal.code}", "holds": holds, "turns": []}
    order = max(orders(), key=lambda one: _fits(one, holds))
    on.plain.ask(order)
    presented = present(
        on.plain.browser(), on.plain.clock.wait, username, _Played(film), on.plain.last_reason
    )
    return {**asdict(presented), "holds": holds}


def _fits(order: Sequence[Direction], holds: Sequence[str]) -> tuple[int, int]:
    """Return how many turns a film has from the first on, and how many in all."""
    there = [direction.value in holds for direction in order]
    first = there.index(False) if False in there else len(there)
    return first, sum(there)
