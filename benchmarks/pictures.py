"""The 640x480 JPEGs of one face each that a webcam would send, made from real photographs."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from facelogin.domain.models import Rgb
from faces import astronaut_rgb, image_rgb

WIDTH_PX, HEIGHT_PX = 640, 480
_JPEG_QUALITY = 90


def enrolled() -> bytes:
    """Return the picture that a person enrols with."""
    return _webcam_jpeg(image_rgb("obama.jpg"))


def genuine() -> bytes:
    """Return another picture of the same person."""
    return _webcam_jpeg(image_rgb("obama2.jpg")[200:])


def strangers() -> list[bytes]:
    """Return pictures of other people."""
    return [_webcam_jpeg(image_rgb("biden.jpg")), _webcam_jpeg(astronaut_rgb()[:300, 60:460])]


def _webcam_jpeg(rgb: Rgb) -> bytes:
    """Cut a portrait to its upper 4:3 part, scale it to 640x480, encode it."""
    upper = rgb[: round(rgb.shape[1] * HEIGHT_PX / WIDTH_PX)]
    frame = cv2.resize(upper, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    ok, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    )
    if not ok:
        raise RuntimeError("OpenCV could not write a JPEG")
    return encoded.tobytes()
