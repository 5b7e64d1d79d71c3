"""Frames of a live capture for the fake engine: JPEG by their first bytes, text by the rest."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass

from facelogin.domain.challenge import Direction

JPEG = b"\xff\xd8\xff"
_SIGNS = {"left": (1, 0), "right": (-1, 0), "up": (0, 1), "down": (0, -1)}
_DEPTH_PER_DEG = 0.006
_unique = itertools.count()


def frame(
    name: str,
    *,
    yaw: float = 0.0,
    pitch: float = 0.0,
    depth: float = _DEPTH_PER_DEG,
    faces: int = 1,
    contrast_to_noise: float = 30.0,
    clipped: float = 0.0,
    eyes_px: float = 100.0,
    glow: Sequence[float] | None = None,
) -> bytes:
    """Return a frame that shows ``name``; ``depth`` is the parallax per degree, 0 for paper.

    ``glow`` is log(R/G) and log(B/G) of the skin, and of what is beside it.
    """
    shown = {
        "name": name,
        "yaw": yaw,
        "pitch": pitch,
        "right": yaw * depth,
        "down": -pitch * depth,
        "faces": faces,
        "contrast_to_noise": contrast_to_noise,
        "clipped": clipped,
        "eyes_px": eyes_px,
        "glow": glow,
        "unique": next(_unique),
    }
    return JPEG + json.dumps(shown).encode()


@dataclass(frozen=True)
class Shot:
    """A frame and when it was taken, milliseconds since the page showed the step."""

    t_ms: int
    jpeg: bytes


def centre(name: str, *, count: int = 5) -> list[Shot]:
    """Look straight into the camera."""
    return [Shot(150 * number, frame(name, yaw=0.3 * number)) for number in range(1, count + 1)]


def turn(
    name: str,
    direction: Direction | str,
    *,
    peak: float = 26.0,
    depth: float = _DEPTH_PER_DEG,
    path: Sequence[float] = (0, 0, 0.35, 0.7, 1, 1, 0.7, 0.35, 0.05),
    step_ms: int = 120,
) -> list[Shot]:
    """Turn the head so many degrees to one side and back again."""
    sideways, upwards = _SIGNS[str(direction)]
    return [
        Shot(
            step_ms * (number + 1),
            frame(name, yaw=sideways * peak * way, pitch=upwards * peak * way, depth=depth),
        )
        for number, way in enumerate(path)
    ]


def flash(
    name: str,
    colours: Sequence[str],
    *,
    gain: float = 0.08,
    beside: float = 0.3,
    yaw: float = 0.0,
    slot_ms: int = 500,
) -> list[Shot]:
    """Look straight while the screen shows these colours: the skin answers by ``gain``.

    What is beside the face answers ``beside`` times as much.
    """
    return [
        Shot(
            slot_ms * number + 350,
            frame(name, yaw=yaw + 0.1 * number, glow=_glow(colour, gain=gain, beside=beside)),
        )
        for number, colour in enumerate(colours)
    ]


def _glow(colour: str, *, gain: float, beside: float) -> list[float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    skin = [0.4 + gain * (red - green), -0.2 + gain * (blue - green)]
    return [*skin, gain * beside * (red - green), gain * beside * (blue - green)]
