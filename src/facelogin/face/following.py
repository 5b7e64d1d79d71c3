"""Follows one face through the frames of a step, rather than finding it anew in each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Face, Observation, Sighting
from facelogin.face.flow import Flow

Look = Callable[[Rgb], tuple[Face, ...]]
Fit = Callable[[Rgb, FloatArray], Face | None]
_SAME_FACE_GAP = 0.5
"""How far, in widths of a face, its points may move from one frame to the next."""


def follow(
    frames: Iterable[Rgb], *, look: Look, fit: Fit, count: int, strict: bool
) -> Iterator[Sighting]:
    """Yield what each of ``count`` frames shows, in their order.

    ``look`` finds every face of a frame, the widest first: it is asked in the first frame and the
    last, and wherever the face was lost. In between ``fit`` describes the face near where its mesh,
    shape (468, 3), was one frame before; None where it is there no more.

    Only human faces count; ``strict`` says whether also the followed one has to be confirmed. Of a
    head that is turned a second look may say nothing.
    """
    mesh: FloatArray | None = None
    flow: Flow | None = None
    for number, pixels in enumerate(frames):
        tracked = None if mesh is None or number == count - 1 else fit(pixels, mesh)
        if tracked is None or not tracked.human:
            seen = _observed(pixels, look(pixels), mesh, strict=strict)
        else:
            seen = Observation(pixels, (tracked,))
        first = seen.faces[0] if seen.faces else seen.doubtful
        mesh = None if first is None else first.mesh
        shift = flow.follow(pixels, mesh) if flow is not None else None
        if flow is None and number == 0 and mesh is not None:
            flow = Flow(pixels, mesh)
        yield Sighting(seen, shift)


def _observed(
    pixels: Rgb, found: tuple[Face, ...], mesh: FloatArray | None, *, strict: bool
) -> Observation:
    """Return a frame with its human faces, the followed one first, the others by their width."""
    same = None if mesh is None else _nearest(found, mesh)
    ordered = sorted(found, key=lambda face: face is not same)
    seen = Observation.of(pixels, ordered)
    if strict or not found:
        return seen
    first = same or (seen.faces or found)[0]
    return Observation(pixels, (first, *(face for face in seen.faces if face is not first)))


def _nearest(found: tuple[Face, ...], mesh: FloatArray) -> Face | None:
    """Return the face that lies where a mesh was one frame before, if one does."""

    def gap(face: Face) -> float:
        if face.mesh is None:
            return math.inf
        off = np.linalg.norm(face.mesh[:, :2] - mesh[:, :2], axis=1)
        return float(off.mean()) / max(face.box.width, 1.0)

    nearest = min(found, key=gap, default=None)
    return nearest if nearest is not None and gap(nearest) <= _SAME_FACE_GAP else None
