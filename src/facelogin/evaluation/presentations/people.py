"""The people of a run: who they are, which half they belong to, and their accounts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from facelogin.domain.errors import ConfigurationError, ImageRefused
from facelogin.domain.models import Rgb
from facelogin.evaluation.pad.casting import cast_photos
from facelogin.evaluation.pad.genuine import rendered_person
from facelogin.evaluation.pad.portraits import Observer, Portrait
from facelogin.evaluation.presentations.trial_app import TrialApp

_PICTURES = {".jpg", ".jpeg", ".png"}
_NUMBERED = re.compile(r"[_-]?\d+$")
_ENROL_FRAMES = 3
_TRIES = 5


class Half(StrEnum):
    """Which identities take part: those that thresholds are tuned on, the others, or all."""

    TUNING = "tuning"
    REPORTING = "reporting"
    ALL = "all"

    def holds(self, identity: str) -> bool:
        """Return whether an identity is in this half; its name alone decides."""
        if self is Half.ALL:
            return True
        odd = hashlib.sha256(identity.encode()).digest()[0] % 2
        return (self is Half.REPORTING) == bool(odd)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a portrait and, once enrolled, an account of that name."""

    identity: str
    username: str
    portrait: Portrait = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Straight:
    """The step in which one looks straight."""

    direction: str | None = None


def photos_of(folder: Path, half: Half) -> dict[str, list[Path]]:
    """Return the pictures in a folder by identity, in the order of their names.

    An identity is a folder's name or, in the folder itself, a file's name without its number.

    Raises ConfigurationError where there are no pictures.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _PICTURES:
            inner = path.parent != folder
            identity = path.parent.name if inner else _NUMBERED.sub("", path.stem)
            if half.holds(identity):
                found.setdefault(identity, []).append(path)
    if not found:
        raise ConfigurationError(f"{folder} holds no JPEG or PNG pictures to make portraits of")
    return found


def portraits_in(folder: Path, half: Half, observer: Observer) -> Iterator[tuple[str, Portrait]]:
    """Yield one portrait for each identity that has a photo good enough, with its name."""
    for identity, paths in photos_of(folder, half).items():
        portrait = next(cast_photos(observer, map(_read, paths)), None)
        if portrait is not None:
            yield identity, portrait


def enrolled(
    app: TrialApp, portraits: Iterator[tuple[str, Portrait]], *, most: int, seed: int
) -> list[Person]:
    """Make accounts for the first ``most`` who can be enrolled from frames of their rendered head.

    Raises ConfigurationError for less than two: an attack needs somebody else.
    """
    people: list[Person] = []
    for identity, portrait in portraits:
        username = f"person{len(people)}"
        if _enrol(app, username, portrait, seed):
            people.append(Person(identity, username, portrait))
        if len(people) == most:
            break
    if len(people) < 2:
        raise ConfigurationError("these pictures gave fewer than two people who can be enrolled")
    return people


def _enrol(app: TrialApp, username: str, portrait: Portrait, seed: int) -> bool:
    for number in range(_TRIES):
        rng = np.random.default_rng([seed, number, *username.encode()])
        shots = rendered_person(portrait, rng).perform(_Straight())
        images = [shot.jpeg for shot in shots[-_ENROL_FRAMES:]]
        try:
            app.enrol(username, images)
        except ImageRefused:
            continue
        return True
    return False


def _read(path: Path) -> Rgb:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ConfigurationError(f"{path} holds no picture that can be read")
    return np.ascontiguousarray(bgr[:, :, ::-1]).astype(np.uint8, copy=False)
