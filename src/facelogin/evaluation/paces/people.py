"""Who turns their head: rendered people from photos, and real ones in films."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from facelogin.evaluation.paces.turners import (
    FilmedTurner,
    RenderedTurner,
    filmed_turners,
    rendered_turner,
)
from facelogin.evaluation.pad.clips import read_clip, replay
from facelogin.evaluation.pad.motions import DIRECTIONS
from facelogin.evaluation.pad.portraits import Observer
from facelogin.evaluation.presentations.people import Half, portraits_in

_FILMS = {".mp4", ".mjpeg", ".webm", ".mov", ".avi"}


def rendered_people(
    folder: Path, half: Half, observer: Observer, *, most: int, seed: int
) -> Iterator[RenderedTurner]:
    """Yield so many people, each of whom turns in one direction, one after another in all four.

    Raises ConfigurationError if the folder holds no pictures.
    """
    for number, (name, portrait) in enumerate(islice(portraits_in(folder, half, observer), most)):
        yield rendered_turner(name, portrait, DIRECTIONS[number % len(DIRECTIONS)], seed)


def filmed_people(folder: Path, observer: Observer) -> Iterator[FilmedTurner]:
    """Yield the turns in the films of a folder. Raises ConfigurationError for what is no film."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _FILMS:
            film = replay(read_clip(path, observer))
            if film is not None:
                yield from filmed_turners(path.name, film)
