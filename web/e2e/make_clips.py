"""Make the films that Chromium's fake camera shows: YUV4MPEG2, 640x480, a few seconds, looped.

`python make_clips.py FOLDER` writes NAME.y4m and the still NAME.jpg for each of CLIPS, and one
still with the pixels of a large phone, obama-48mp.jpg. What is newer than this program is kept. The
project's root and its tests folder must be importable.

A camera in a dim room gives about this many frames a second. Chromium shows MJPEG at 30, and two
browsers that draw so many leave two cores for nothing else.
"""
# ruff: noqa: INP001 - a program beside the browser tests, in no package

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

import faces

Bgr = NDArray[np.uint8]  # (height, width, 3), blue first

WIDTH_PX = 640
HEIGHT_PX = 480
FRAMES = 32
FRAMES_A_SECOND = 12
JPEG_QUALITY = 88
SWAY_PX = 3.0
NOISE = 2.0
PORTRAIT_PX = 230
PAIR_PX = 150
DARKNESS = 0.08
LARGE_OF = "obama"
LARGE_PX = (8000, 6000)


@dataclass(frozen=True, slots=True)
class Portrait:
    """A test image and where its only face is, in its own pixels."""

    name: str
    centre: tuple[float, float]
    face_width: float


OBAMA = Portrait("obama.jpg", (492.0, 272.0), 236.0)
OBAMA_AGAIN = Portrait("obama2.jpg", (335.0, 452.0), 283.0)
BIDEN = Portrait("biden.jpg", (567.0, 395.0), 284.0)


def portrait(shown: Portrait) -> Callable[[int], Bgr]:
    """Film one person in the middle, who sways a little."""
    return lambda frame: _placed(_read(shown), shown, PORTRAIT_PX, WIDTH_PX / 2, frame)


def pair(frame: int) -> Bgr:
    """Film two people side by side, each in half of the picture."""
    half = WIDTH_PX // 2
    left = _placed(_read(OBAMA), OBAMA, PAIR_PX, half / 2, frame)
    right = _placed(_read(BIDEN), BIDEN, PAIR_PX, half / 2, frame + FRAMES // 3)
    return np.hstack([left[:, :half], right[:, :half]])


def nobody(frame: int) -> Bgr:
    """Film an empty room: a wall that is lighter on one side, and a shelf."""
    wall = np.linspace(120, 190, WIDTH_PX) + _sway(frame)
    picture = np.repeat(np.tile(wall, (HEIGHT_PX, 1))[:, :, None], 3, axis=2).astype(np.uint8)
    cv2.rectangle(picture, (60, 300), (580, 316), (60, 80, 110), -1)
    return picture


def dark(frame: int) -> Bgr:
    """Film the same person with the light off."""
    lit = _placed(_read(OBAMA), OBAMA, PORTRAIT_PX, WIDTH_PX / 2, frame)
    return (lit * DARKNESS).astype(np.uint8)


CLIPS: dict[str, Callable[[int], Bgr]] = {
    "obama": portrait(OBAMA),
    "obama2": portrait(OBAMA_AGAIN),
    "biden": portrait(BIDEN),
    "two": pair,
    "nobody": nobody,
    "dark": dark,
}


@functools.cache
def _read(shown: Portrait) -> Bgr:
    return np.ascontiguousarray(faces.image_rgb(shown.name)[:, :, ::-1])


def _placed(image: Bgr, shown: Portrait, face_px: float, x: float, frame: int) -> Bgr:
    """Put the face at (x, middle) of a frame, face_px wide; the rest of its picture around it."""
    scale = face_px / shown.face_width
    sway = _sway(frame)
    across = x - scale * shown.centre[0] + sway
    down = HEIGHT_PX / 2 - scale * shown.centre[1] + sway / 2
    move = np.array([[scale, 0, across], [0, scale, down]], dtype=np.float64)
    placed = cv2.warpAffine(
        image, move, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return placed.astype(np.uint8, copy=False)


def _sway(frame: int) -> float:
    return SWAY_PX * float(np.sin(2 * np.pi * frame / FRAMES))


def _frames(film: Callable[[int], Bgr]) -> Iterator[Bgr]:
    grain = np.random.default_rng(7)
    for frame in range(FRAMES):
        noise = grain.normal(0, NOISE, (HEIGHT_PX, WIDTH_PX, 1))
        yield np.clip(film(frame) + noise, 0, 255).astype(np.uint8)


def _y4m(frames: Iterable[Bgr]) -> Iterator[bytes]:
    """Return the parts of a film: a header, and each frame's planes Y, U and V (BT.601, 4:2:0)."""
    yield b"YUV4MPEG2 W%d H%d F%d:1 Ip C420jpeg\n" % (WIDTH_PX, HEIGHT_PX, FRAMES_A_SECOND)
    for frame in frames:
        yield b"FRAME\n"
        yield cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes()


def _write_large(frame: Bgr, path: Path) -> None:
    """Write a picture as phones write those of 48 megapixels: on its side, upright by its EXIF."""
    lying = np.rot90(cv2.resize(frame, LARGE_PX, interpolation=cv2.INTER_CUBIC))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.fromarray(lying[:, :, ::-1]).save(path, quality=JPEG_QUALITY, exif=exif)


def main(folder: Path) -> None:
    """Write what is missing or older than this program; a file is there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    made_by = Path(__file__).stat().st_mtime
    for name, film in CLIPS.items():
        clip = folder / f"{name}.y4m"
        if clip.exists() and clip.stat().st_mtime > made_by:
            continue
        frames = list(_frames(film))
        still = folder / f"{name}.jpg"
        if not cv2.imwrite(str(still), frames[0], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]):
            raise OSError(f"{still} could not be written")
        if name == LARGE_OF:
            _write_large(frames[0], folder / f"{name}-48mp.jpg")
        unfinished = clip.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(b"".join(_y4m(frames)))
        unfinished.replace(clip)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
