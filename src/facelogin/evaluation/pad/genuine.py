"""Rendered people who do what is asked, each in a place, a light and a manner of their own."""

from __future__ import annotations

import cv2
import numpy as np

from facelogin.evaluation.pad.heads import DEPTH, Head, Lighting
from facelogin.evaluation.pad.motions import Manner
from facelogin.evaluation.pad.performances import Actor, always, obedient
from facelogin.evaluation.pad.portraits import Portrait
from facelogin.evaluation.pad.stance import Colour, Stance
from facelogin.evaluation.pad.webcam import Webcam

_LUMA = np.array((0.299, 0.587, 0.114))


def rendered_person(portrait: Portrait, rng: np.random.Generator) -> Actor:
    """Return somebody who looks like a portrait and does what is asked."""
    manner = drawn_manner(rng)
    head = drawn_head(portrait, manner, rng)
    return Actor(always(head), obedient(manner, rng), drawn_webcam(portrait, rng), rng)


def drawn_head(portrait: Portrait, manner: Manner, rng: np.random.Generator) -> Head:
    """Return the head of somebody who sits like that, in some light; some are flatter."""
    depth = DEPTH * float(rng.uniform(0.9, 1.1))
    return Head(portrait, manner.stance0, drawn_lighting(rng), depth)


def drawn_manner(rng: np.random.Generator) -> Manner:
    """Return how somebody sits and moves, who turns as far as the page asks them to."""
    return Manner(
        stance0=drawn_seat(rng),
        yaw_deg=float(rng.uniform(24, 32)),
        pitch_deg=float(rng.uniform(15, 20)),
        roll_deg=float(rng.uniform(-4, 4)),
        drift_cm=float(rng.uniform(0, 1.5)),
        onset_ms=float(rng.uniform(180, 420)),
        rise_ms=float(rng.uniform(430, 650)),
        hold_ms=float(rng.uniform(220, 340)),
        tremor_deg=float(rng.uniform(0.1, 0.5)),
    )


def drawn_seat(rng: np.random.Generator) -> Stance:
    """Return where somebody sits and how they look into the camera."""
    return Stance(
        yaw_deg=float(rng.normal(0, 2.5)),
        pitch_deg=float(rng.normal(1, 2.5)),
        roll_deg=float(rng.normal(0, 2)),
        x_cm=float(rng.normal(0, 2)),
        y_cm=float(rng.normal(-2, 1.5)),
        away_cm=float(rng.uniform(42, 62)),
    )


def drawn_lighting(rng: np.random.Generator) -> Lighting:
    """Return a light from above or aside, and how much of a screen's light a face gives back."""
    towards = np.array((rng.uniform(-0.7, 0.7), rng.uniform(-0.8, 0.1), -1.0))
    x, y, z = (float(part) for part in towards / np.linalg.norm(towards))
    skin = float(rng.uniform(0.06, 0.3))
    return Lighting((x, y, z), skin, skin * float(rng.uniform(0.05, 0.4)))


def drawn_webcam(portrait: Portrait, rng: np.random.Generator) -> Webcam:
    """Return a camera that exposes the face somewhere between dim and bright."""
    exposure = float(np.clip(rng.uniform(85, 170) / face_luma(portrait), 0.5, 1.8))
    warmth = float(rng.normal(0, 0.05))
    gain: Colour = (exposure * (1 + warmth), exposure, exposure * (1 - warmth))
    return Webcam(gain, noise=float(rng.uniform(0.8, 5)), quality=int(rng.integers(72, 94)))


def face_luma(portrait: Portrait) -> float:
    """Return the mean Y' of the face in a photo, 0-255."""
    hull = cv2.convexHull(np.round(portrait.mesh[:, :2]).astype(np.int32))
    mask = np.zeros(portrait.pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, hull, 255)
    red, green, blue, _ = cv2.mean(portrait.pixels, mask)
    return max(float(_LUMA @ (red, green, blue)), 1.0)
