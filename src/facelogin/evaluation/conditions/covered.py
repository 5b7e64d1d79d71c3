"""Things that cover a face, and things beside it that leave it free, drawn on photos.

What covers: masks, scarves, hands, hair, dark glasses, goggles, bars, and half a face hidden. What
must not count as covering: clear glasses, beards, headscarves and caps that leave the face free,
lipstick, and light from one side.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from facelogin.domain.models import FloatArray, Rgb
from facelogin.evaluation.conditions.condition import Condition
from facelogin.evaluation.conditions.overlays import (
    Axes,
    Colour,
    Plane,
    Points,
    axes_of,
    cloth,
    ellipse,
    filled,
    laid_over,
    landmarks,
    plain,
    pushed_out,
    skin_of,
    stroked,
)

_JAW = (
    *(234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152),
    *(377, 400, 378, 379, 365, 397, 288, 361, 323, 454),
)
"""The outline of the face from the ear on the image's left over the chin to the other ear."""
_BROW = (454, 356, 389, 251, 284, 332, 297, 338, 10, 109, 67, 103, 54, 21, 162, 127, 234)
"""Its upper half, back again."""
_LIPS = (61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91)

_BLUE: Colour = (110, 170, 215)
_WHITE: Colour = (225, 225, 220)
_BLACK: Colour = (28, 28, 30)
_GREEN: Colour = (90, 165, 140)
_RED: Colour = (170, 40, 45)
_BEIGE: Colour = (200, 165, 140)
_GREY: Colour = (128, 128, 128)
_FRAMES = np.array(
    [
        *[(28, 28, 30), (90, 60, 40), (128, 128, 128), (190, 160, 90), (200, 200, 205)],
        *[(150, 30, 40), (40, 60, 130), (120, 90, 60), (40, 90, 70), (215, 195, 170)],
    ],
    np.float64,
)
"""Colours of frames of glasses: horn, wire and plastic."""


def _soft(axes: Axes) -> float:
    return 0.012 * axes.span


def _mask(
    pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, colour: Colour | None, top: int
) -> Rgb:
    """A mask from the bridge of the nose (mesh point ``top``) to below the chin."""
    axes = axes_of(mesh)
    jaw = pushed_out(mesh, landmarks(mesh, _JAW[1:-1]), chance.uniform(1.01, 1.06))
    edge = landmarks(mesh, (345, 346, top, 117, 116))
    cover = filled(pixels.shape, np.vstack([jaw, edge]), soft_px=_soft(axes))
    return laid_over(pixels, cloth(pixels.shape, colour, axes, chance), cover)


def _scarf(
    pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, colour: Colour | None
) -> Rgb:
    """A scarf from the tip of the nose down over the neck, wider than the face."""
    axes = axes_of(mesh)
    tip = _height_of(axes, landmarks(mesh, (4,))[0]) + chance.uniform(-0.05, 0.05)
    chin = _height_of(axes, landmarks(mesh, (152,))[0])
    corners = [(-1.0, tip - 0.15), (0, tip), (1.0, tip - 0.15), (1.15, chin + 0.5)]
    cover = filled(pixels.shape, axes.polygon([*corners, (-1.15, chin + 0.5)]), soft_px=_soft(axes))
    return laid_over(pixels, cloth(pixels.shape, colour, axes, chance), cover)


def dark_glasses(
    pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, colour: Colour, through: float
) -> Rgb:
    """Two lenses that let ``through`` (0-1) of the light pass, and a bridge."""
    axes = axes_of(mesh)
    cover = _lenses(pixels, axes, radii=(chance.uniform(0.27, 0.33), chance.uniform(0.19, 0.26)))
    lens = plain(pixels.shape, colour, chance)
    glass = laid_over(pixels, lens, cover * np.float32(1 - through), lit=0.2)
    return laid_over(glass, plain(pixels.shape, _BLACK, chance), _bridge(pixels, axes), lit=0.2)


def _clear_glasses(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator) -> Rgb:
    """The rims, arms and bridge of glasses whose lenses are clear, each pair of its own make.

    Round to square, narrow to large, thin wire to thick horn, with or without a lower rim.
    """
    axes = axes_of(mesh)
    radii = (chance.uniform(0.21, 0.34), chance.uniform(0.13, 0.28))
    shape = {"square": chance.uniform(0.35, 1.0), "slant": chance.uniform(-0.25, 0.25)}
    apart, low = chance.uniform(0.32, 0.36), chance.uniform(0.0, 0.07)
    width = float(np.exp(chance.uniform(np.log(0.01), np.log(0.07)))) * axes.span
    half_rim = chance.uniform() < 0.25
    bridge = axes.polygon(
        [((radii[0] - apart) * side, low + chance.uniform(-0.09, 0.0)) for side in (1, -1)]
    )
    lines = [bridge]
    for side in (-1, 1):
        rim = _rim(axes, (apart * side, low), (radii[0] * side, radii[1]), **shape)
        lines.append(rim[len(rim) // 2 :] if half_rim else rim)
        hinge = (apart + radii[0]) * side
        lines.append(axes.polygon([(hinge, low - 0.3 * radii[1]), (0.85 * side, -0.03)]))
    drawn = [stroked(pixels.shape, one, width_px=width, soft_px=_soft(axes) / 2) for one in lines]
    red, green, blue = _FRAMES[int(chance.integers(len(_FRAMES)))] * chance.uniform(0.7, 1.2)
    colour = (min(255.0, red), min(255.0, green), min(255.0, blue))
    return laid_over(pixels, plain(pixels.shape, colour, chance), np.maximum.reduce(drawn), lit=0.3)


def _rim(
    axes: Axes,
    centre: tuple[float, float],
    radii: tuple[float, float],
    *,
    square: float,
    slant: float,
) -> Points:
    """Return a closed rim around a lens, in image pixels, its upper half last.

    ``square`` is the exponent of a superellipse: 1 an ellipse, towards 0 a rectangle. ``slant``
    makes the outer half higher (above 0) or lower than the inner one.
    """
    angles = np.linspace(0, 2 * np.pi, 49)
    across = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** square
    down = np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** square * (1 + slant * across)
    corners = np.column_stack([centre[0] + radii[0] * across, centre[1] + radii[1] * down])
    return axes.polygon([(float(x), float(y)) for x, y in corners])


def _bar(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, colour: Colour) -> Rgb:
    """A bar over both eyes, as newspapers print it."""
    axes = axes_of(mesh)
    half = chance.uniform(0.16, 0.24)
    corners = [(-0.75, -half), (0.75, -half), (0.75, half), (-0.75, half)]
    cover = filled(pixels.shape, axes.polygon(corners), soft_px=0.3)
    return laid_over(pixels, plain(pixels.shape, colour, chance), cover, lit=0)


def _goggles(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, colour: Colour) -> Rgb:
    """Goggles for virtual reality, from the brows to the tip of the nose, with a strap."""
    axes = axes_of(mesh)
    corners = [(-0.72, -0.32), (0.72, -0.32), (0.78, 0.05), (0.62, 0.36), (0.2, 0.38), (0, 0.24)]
    corners += [(-0.2, 0.38), (-0.62, 0.36), (-0.78, 0.05)]
    strap = axes.polygon([(-1.0, -0.1), (1.0, -0.1), (1.0, 0.08), (-1.0, 0.08)])
    box = filled(pixels.shape, axes.polygon(corners), soft_px=_soft(axes))
    cover = np.maximum(box, filled(pixels.shape, strap, soft_px=_soft(axes)))
    return laid_over(pixels, plain(pixels.shape, colour, chance), cover, lit=0.3)


def _half(
    pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, side: int, colour: Colour
) -> Rgb:
    """One half of the face hidden, from its middle outwards: ``side`` -1 the image's left."""
    axes = axes_of(mesh)
    corners = [(0.0, -1.3), (1.2 * side, -1.3), (1.2 * side, 1.6), (0.0, 1.6)]
    cover = filled(pixels.shape, axes.polygon(corners), soft_px=_soft(axes))
    return laid_over(pixels, plain(pixels.shape, colour, chance), cover, lit=0.2)


def _hand(
    pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, palm: tuple[float, float]
) -> Rgb:
    """A hand of the face's own skin, four fingers up, its palm at ``palm`` (spans)."""
    axes = axes_of(mesh)
    skin = np.array(skin_of(pixels, mesh)) * chance.uniform(0.85, 1.1)
    red, green, blue = (float(part) for part in np.clip(skin, 0, 255))
    x, y = palm
    tilt = chance.uniform(-0.5, 0.5)
    picture = pixels
    for finger in range(4):
        base = x - 0.33 + 0.22 * finger
        line = axes.polygon([(base, y), (base + 0.4 * tilt, y - chance.uniform(0.55, 0.7))])
        picture = _limb(picture, axes, line, (red, green, blue), chance)
    back = filled(pixels.shape, ellipse(axes, (x, y + 0.15), (0.47, 0.42)), soft_px=_soft(axes))
    return laid_over(picture, plain(pixels.shape, (red, green, blue), chance), back, lit=0.3)


def _limb(pixels: Rgb, axes: Axes, line: Points, skin: Colour, chance: np.random.Generator) -> Rgb:
    """A finger along a line, darker at its edges."""
    red, green, blue = skin
    edge = stroked(pixels.shape, line, width_px=0.21 * axes.span, soft_px=_soft(axes))
    dark = plain(pixels.shape, (0.7 * red, 0.66 * green, 0.64 * blue), chance)
    core = stroked(pixels.shape, line, width_px=0.17 * axes.span, soft_px=0.03 * axes.span)
    drawn = laid_over(pixels, dark, edge, lit=0.3)
    return laid_over(drawn, plain(pixels.shape, skin, chance), core, lit=0.3)


def _hair(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, side: int) -> Rgb:
    """Strands from the parting over one eye down to the cheek: ``side`` -1 the image's left."""
    axes = axes_of(mesh)
    colour = ((40, 30, 25), (90, 60, 35), (170, 140, 90))[int(chance.integers(3))]
    picture = pixels
    for _ in range(40):
        start, end = chance.uniform(-0.05, 0.55), chance.uniform(0.12, 0.7)
        middle = (start + end) / 2 + chance.uniform(0.0, 0.12)
        line = axes.polygon([(start * side, -0.8), (middle * side, -0.1), (end * side, 0.55)])
        shade = chance.uniform(0.6, 1.3)
        red, green, blue = (min(255.0, shade * part) for part in colour)
        strand = stroked(pixels.shape, line, width_px=0.065 * axes.span, soft_px=_soft(axes) / 2)
        picture = laid_over(picture, plain(pixels.shape, (red, green, blue), chance), strand, lit=0)
    return picture


def _beard(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, colour: Colour) -> Rgb:
    """A full beard with moustache: hairs over chin, cheeks and upper lip, the lips free."""
    axes = axes_of(mesh)
    jaw = landmarks(mesh, _JAW[2:-2])
    inner = landmarks(mesh, (411, 391, 164, 165, 187))
    area = filled(pixels.shape, np.vstack([jaw, inner]), soft_px=0.05 * axes.span)
    area *= 1 - filled(pixels.shape, landmarks(mesh, _LIPS), soft_px=_soft(axes))
    fine = cv2.GaussianBlur(chance.uniform(0, 1, pixels.shape[:2]), (0, 0), 0.012 * axes.span + 0.4)
    spread = max(float(fine.std()), 1e-6)
    density = np.clip(0.75 + 0.25 * (fine - fine.mean()) / spread, 0, 1)
    return laid_over(
        pixels, plain(pixels.shape, colour, chance), np.float32(0.9) * area * density, lit=0.8
    )


def _headscarf(
    pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, colour: Colour
) -> Rgb:
    """Cloth all around the face, which it leaves free from the hairline to below the chin."""
    axes = axes_of(mesh)
    outline = np.vstack([landmarks(mesh, _JAW), landmarks(mesh, _BROW[1:-1])])
    opening = filled(pixels.shape, pushed_out(mesh, outline, 1.04), soft_px=_soft(axes))
    around = filled(pixels.shape, pushed_out(mesh, outline, 1.55), soft_px=_soft(axes))
    return laid_over(pixels, cloth(pixels.shape, colour, axes, chance), around * (1 - opening))


def _cap(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, colour: Colour) -> Rgb:
    """A cap down to above the brows."""
    axes = axes_of(mesh)
    low = chance.uniform(-0.5, -0.4)
    corners = [(-0.85, low), (0, low - 0.06), (0.85, low), (0.8, -1.5), (-0.8, -1.5)]
    cover = filled(pixels.shape, axes.polygon(corners), soft_px=_soft(axes))
    return laid_over(pixels, cloth(pixels.shape, colour, axes, chance), cover)


def _lipstick(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator) -> Rgb:
    """Lips painted red."""
    cover = filled(pixels.shape, landmarks(mesh, _LIPS), soft_px=_soft(axes_of(mesh)))
    return laid_over(pixels, plain(pixels.shape, (165, 25, 45), chance), np.float32(0.75) * cover)


def _side_light(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator, *, side: int) -> Rgb:
    """Light from one side: the other falls to about a third of it."""
    axes = axes_of(mesh)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    across = ((x - axes.middle[0]) * axes.right[0] + (y - axes.middle[1]) * axes.right[1]) / (
        axes.span**2
    )
    fall = chance.uniform(0.6, 0.75)
    light = 1.1 - fall / (1 + np.exp(-5 * side * across))
    made: Rgb = np.clip(np.rint(pixels * light[:, :, None]), 0, 255).astype(np.uint8)
    return made


def _lenses(pixels: Rgb, axes: Axes, *, radii: tuple[float, float]) -> Plane:
    covers = [
        filled(pixels.shape, ellipse(axes, (0.33 * side, 0.04), radii), soft_px=_soft(axes))
        for side in (-1, 1)
    ]
    return np.maximum(*covers)


def _bridge(pixels: Rgb, axes: Axes) -> Plane:
    line = axes.polygon([(-0.1, -0.02), (0.0, -0.05), (0.1, -0.02)])
    return stroked(pixels.shape, line, width_px=0.04 * axes.span, soft_px=_soft(axes) / 2)


def _height_of(axes: Axes, point: Points) -> float:
    """Return how far below the eyes a point is, in spans."""
    return float((point - axes.middle) @ axes.down / axes.span**2)


_Draw = Callable[..., Rgb]


def _named(name: str, draw: _Draw, **how: object) -> Condition:
    return Condition(name, partial(draw, **how))


MOUTH = (
    _named("mask blue", _mask, colour=_BLUE, top=195),
    _named("mask white", _mask, colour=_WHITE, top=197),
    _named("mask black", _mask, colour=_BLACK, top=195),
    _named("mask green", _mask, colour=_GREEN, top=5),
    _named("mask beige", _mask, colour=_BEIGE, top=195),
    _named("mask patterned", _mask, colour=None, top=195),
    _named("scarf red", _scarf, colour=_RED),
    _named("scarf grey", _scarf, colour=_GREY),
    _named("scarf black", _scarf, colour=_BLACK),
    _named("scarf patterned", _scarf, colour=None),
    _named("hand over mouth", _hand, palm=(0.0, 0.95)),
)
"""What hides the mouth."""
EYES = (
    _named("dark glasses", dark_glasses, colour=(18, 18, 20), through=0.05),
    _named("brown glasses", dark_glasses, colour=(60, 35, 20), through=0.25),
    _named("mirror glasses", dark_glasses, colour=(150, 170, 190), through=0.05),
    _named("bar black", _bar, colour=(0, 0, 0)),
    _named("bar white", _bar, colour=(250, 250, 250)),
    _named("hand over eyes", _hand, palm=(0.0, 0.25)),
    _named("goggles black", _goggles, colour=_BLACK),
    _named("goggles white", _goggles, colour=_WHITE),
)
"""What hides both eyes."""
SIDE = (
    _named("left half black", _half, side=-1, colour=_BLACK),
    _named("right half grey", _half, side=1, colour=_GREY),
    _named("hand over cheek", _hand, palm=(0.62, 0.75)),
    _named("hand over one eye", _hand, palm=(-0.45, 0.3)),
    _named("hair over left eye", _hair, side=-1),
    _named("hair over right eye", _hair, side=1),
)
"""What hides one side."""
FREE = (
    _named("clear glasses", _clear_glasses),
    _named("beard dark", _beard, colour=(45, 35, 30)),
    _named("beard grey", _beard, colour=(150, 145, 140)),
    _named("headscarf black", _headscarf, colour=_BLACK),
    _named("headscarf beige", _headscarf, colour=_BEIGE),
    _named("cap", _cap, colour=(40, 60, 120)),
    _named("lipstick", _lipstick),
    _named("light from left", _side_light, side=1),
    _named("light from right", _side_light, side=-1),
)
"""What leaves the face free, and must be refused no more often than nothing at all."""
CONDITIONS = (*MOUTH, *EYES, *SIDE, *FREE)
