"""Encodes, scales and finds faces for the tests of the face engine."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Rgb = NDArray[np.uint8]  # (height, width, 3), red first


def encoded(pixels: Rgb, kind: str = "PNG", **options: object) -> bytes:
    """The pixels as a file of that kind, by Pillow's name for it."""
    return saved(Image.fromarray(pixels), kind, **options)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file of that kind."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def scaled(pixels: Rgb, factor: float) -> Rgb:
    """The pixels, made smaller or larger."""
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def turned(pixels: Rgb, degrees: float, centre: tuple[float, float]) -> Rgb:
    """The pixels turned counter-clockwise about a point (x, y), same size."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    return np.asarray(
        cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def blurred(pixels: Rgb, sigma_px: float) -> Rgb:
    """The pixels out of focus."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma_px), np.uint8)


def framed(pixels: Rgb, *, height: int, width: int, left: int, top: int) -> Rgb:
    """The pixels somewhere in a grey image of that size."""
    frame = np.full((height, width, 3), 128, np.uint8)
    frame[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return frame
