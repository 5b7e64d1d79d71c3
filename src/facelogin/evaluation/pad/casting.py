"""Which photos serve as people: those whose rendered head is seen alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from facelogin.domain.models import Rgb
from facelogin.evaluation.pad.heads import Head
from facelogin.evaluation.pad.portraits import Observer, Portrait, read_portraits
from facelogin.evaluation.pad.stance import Stance
from facelogin.evaluation.pad.webcam import encoded

_STANCES = (Stance(), Stance(yaw_deg=24.0), Stance(yaw_deg=-24.0))
_QUALITY = 90


def cast_photos(observer: Observer, photos: Iterable[Rgb]) -> Iterator[Portrait]:
    """Yield the portraits among ``photos`` that show nobody else, in order.

    Of press photos some have bystanders; whoever is rendered from them would never be alone.
    """
    return (one for one in read_portraits(observer, photos) if _alone(observer, one))


def _alone(observer: Observer, portrait: Portrait) -> bool:
    head = Head(portrait)
    frames = (encoded(head.picture(stance), _QUALITY) for stance in _STANCES)
    return all(len(observer.observe(frame).faces) == 1 for frame in frames)
