"""What the engine saw in the frames of a step, as the numbers that the rules judge."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.errors import ImageRefused
from facelogin.domain.liveness_policy import Sight
from facelogin.domain.observation import Observation, Sighting
from facelogin.domain.policy import CapturePolicy
from facelogin.services.live_frames import Frame


def sights_of(
    frames: Sequence[Frame],
    sightings: Sequence[Sighting],
    quality: CapturePolicy,
    *,
    as_photos: float | None,
) -> list[Sight]:
    """Return the numbers of each frame.

    ``as_photos`` is the least sharpness of frames that are to be as good as a photo, and are told
    where they are not; None where that is asked of none.
    """
    sights = []
    for frame, sighting in zip(frames, sightings, strict=True):
        seen = sighting.observation
        refusal = None if as_photos is None else _refusal(seen, quality, as_photos)
        sights.append(_sight(frame.t_ms, sighting, quality, refusal))
    return sights


def _sight(t_ms: int, sighting: Sighting, quality: CapturePolicy, refusal: str | None) -> Sight:
    observation = sighting.observation
    faces = observation.faces or ((observation.doubtful,) if observation.doubtful else ())
    if not faces:
        return Sight(t_ms, faces=0, refusal=refusal)
    face, *others = faces
    badly_lit = quality.badly_lit(face)
    near = [one for one in others if one.box.width >= quality.second_face_ratio * face.box.width]
    return Sight(
        t_ms,
        faces=1 + len(near),
        eyes_px=face.eyes_px,
        light=None if badly_lit is None else badly_lit.code,
        pose=face.pose,
        shift=sighting.shift,
        refusal=refusal,
    )


def _refusal(observation: Observation, quality: CapturePolicy, min_sharpness: float) -> str | None:
    """Return why a frame would do for no photo (code, or code and detail), or None."""
    try:
        quality.subject(observation, min_sharpness=min_sharpness)
    except ImageRefused as error:
        return error.code if error.detail is None else f"{error.code}.{error.detail}"
    return None
