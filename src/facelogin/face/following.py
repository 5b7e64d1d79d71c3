"""Follows one face through the frames of a step, rather than finding it anew in each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Face, Observation, Sighting
from facelogin.face.flow import Flow

Look = Callable[[Rgb], tuple[Face, ...]]
Fit = Callable[[Rgb, FloatArray], Face | None]


def follow(frames: Iterable[Rgb], *, look: Look, fit: Fit, count: int) -> Iterator[Sighting]:
    """Yield what each of ``count`` frames shows, in their order.

    ``look`` finds every face of a frame, the widest first: it is asked in the first frame and the
    last, and wherever the face was lost. In between ``fit`` describes the face near where its mesh,
    shape (468, 3), was one frame before; None where it is there no more.
    """
    mesh: FloatArray | None = None
    flow: Flow | None = None
    for number, pixels in enumerate(frames):
        tracked = None if mesh is None or number == count - 1 else fit(pixels, mesh)
        faces = look(pixels) if tracked is None else (tracked,)
        mesh = faces[0].mesh if faces else None
        shift = flow.follow(pixels, mesh) if flow is not None else None
        if flow is None and number == 0 and mesh is not None:
            flow = Flow(pixels, mesh)
        yield Sighting(Observation(pixels, faces), shift)
