"""Make what cameras see of a live capture: one NAME.film for each of FILMS.

`python make_films.py FOLDER` writes what is missing or older than this program. A film holds JPEG
frames (640x480) for each step that a page may show; those of `idle` are for any other time. Its
first line is JSON and says where each begins and ends in the bytes that follow.
The project's root and its tests folder must be importable.
"""
# ruff: noqa: INP001 - a program beside the browser tests, in no package

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate, islice, pairwise
from pathlib import Path

import numpy as np

import faces
from facelogin.evaluation.pad.heads import Head
from facelogin.evaluation.pad.motions import DIRECTIONS, SIGNS
from facelogin.evaluation.pad.portraits import Portrait, read_portrait
from facelogin.evaluation.pad.prints import Print, Sheet, drawn_room
from facelogin.evaluation.pad.stance import Stance, Subject
from facelogin.evaluation.pad.webcam import Webcam
from facelogin.face.engine import OnnxFaceEngine

Film = dict[str, list[bytes]]

FRAME_MS = 66
STILL_MS, RISE_MS, HOLD_MS = 300, 800, 500
IDLE_FRAMES = 15
AWAY_CM = 46.0
SEED = 7
WEBCAM = Webcam(noise=1.5)


def person(portrait: Portrait, rng: np.random.Generator) -> Film:
    """Film somebody who turns as the page asks."""
    sits = Stance(away_cm=AWAY_CM)
    return _film(Head(portrait, sits), sits, rng, yaw_deg=30.0, pitch_deg=20.0)


def flat_print(portrait: Portrait, rng: np.random.Generator) -> Film:
    """Film a print that is tilted, as far as it takes to be read as turned."""
    subject = Print(portrait, drawn_room(rng))
    return _film(subject, Stance(away_cm=AWAY_CM), rng, yaw_deg=45.0, pitch_deg=40.0)


def bent_print(portrait: Portrait, rng: np.random.Generator) -> Film:
    """Film a print that is bent as around a bottle, and turned."""
    subject = Print(portrait, drawn_room(rng), Sheet(radius_cm=14.0))
    sits = Stance(away_cm=AWAY_CM, bend=1.0)
    return _film(subject, sits, rng, yaw_deg=36.0, pitch_deg=32.0)


def still_print(portrait: Portrait, rng: np.random.Generator) -> Film:
    """Film a print that is held still, whatever is asked for."""
    subject = Print(portrait, drawn_room(rng))
    return _film(subject, Stance(away_cm=AWAY_CM), rng, yaw_deg=0.0, pitch_deg=0.0)


def other_way(portrait: Portrait, rng: np.random.Generator) -> Film:
    """Film somebody who turns without looking at the page: always another way."""
    film = person(portrait, rng)
    return film | {
        asked: film[done]
        for asked, done in zip(DIRECTIONS, DIRECTIONS[1:] + DIRECTIONS[:1], strict=True)
    }


FILMS: dict[str, Callable[[Portrait, np.random.Generator], Film]] = {
    "person": person,
    "still-print": still_print,
    "flat-print": flat_print,
    "bent-print": bent_print,
    "other-way": other_way,
    "somebody-else": person,
}
PHOTOS = {"somebody-else": "biden.jpg"}
"""Of whom a film is, where it is not of the one person."""
PHOTO = "obama.jpg"


def _film(
    subject: Subject, sits: Stance, rng: np.random.Generator, *, yaw_deg: float, pitch_deg: float
) -> Film:
    film = {"idle": [_shot(subject, sits, rng) for _ in range(IDLE_FRAMES)]}
    for direction in DIRECTIONS:
        sideways, upright = SIGNS[direction]
        film[direction] = [
            _shot(
                subject,
                replace(
                    sits,
                    yaw_deg=sits.yaw_deg + sideways * way * yaw_deg,
                    pitch_deg=sits.pitch_deg + upright * way * pitch_deg,
                ),
                rng,
            )
            for way in _ways()
        ]
    return film


def _ways() -> list[float]:
    """Return how much of a turn is done in each frame: there, a moment there, and back."""
    marks = np.cumsum([STILL_MS, RISE_MS, HOLD_MS, RISE_MS])
    times = np.arange(0, marks[-1] + FRAME_MS, FRAME_MS)
    ways = np.interp(times, marks, (0, 1, 1, 0))
    return [float(way * way * (3 - 2 * way)) for way in ways]


def _shot(subject: Subject, stance: Stance, rng: np.random.Generator) -> bytes:
    return WEBCAM.shoot(subject.picture(stance), rng)


def _packed(film: Film) -> bytes:
    shots = [shot for step in film.values() for shot in step]
    places = pairwise(accumulate(map(len, shots), initial=0))
    steps = {name: list(islice(places, len(step))) for name, step in film.items()}
    return b"\n".join(
        [json.dumps({"frame_ms": FRAME_MS, "steps": steps}).encode(), b"".join(shots)]
    )


def main(folder: Path) -> None:
    """Write what is missing or older than this program; a file is there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    made_by = Path(__file__).stat().st_mtime
    paths = {name: folder / f"{name}.film" for name in FILMS}
    wanted = [
        name for name, path in paths.items() if not path.exists() or path.stat().st_mtime <= made_by
    ]
    if not wanted:
        return
    engine = OnnxFaceEngine()
    portraits = {
        photo: read_portrait(engine, faces.image_rgb(photo))
        for photo in {PHOTOS.get(name, PHOTO) for name in wanted}
    }
    for name in wanted:
        portrait = portraits[PHOTOS.get(name, PHOTO)]
        if portrait is None:
            raise SystemExit("The portrait shows no usable face.")
        unfinished = paths[name].with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(_packed(FILMS[name](portrait, np.random.default_rng(SEED))))
        unfinished.replace(paths[name])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
