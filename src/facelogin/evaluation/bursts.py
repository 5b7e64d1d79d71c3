"""Frames of one moment: what several of them do to both error rates, as the product counts them.

A burst is made from one photo: each frame is moved, turned, lit, blurred, compressed a little
differently, as the frames of a webcam are. Bursts of different photos of a person are different
days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.calibration import Calibration
from facelogin.domain.errors import ErrorRateExceeded, EvaluationRefused
from facelogin.domain.models import FloatArray, Rgb
from facelogin.evaluation.conditions.condition import Condition
from facelogin.evaluation.conditions.photo import compressed, exposed, smeared
from facelogin.evaluation.conditions.rates import FalseMatches, false_matches
from facelogin.evaluation.conditions.taking import Outcome, Taken
from facelogin.evaluation.intervals import Interval, rate_interval
from facelogin.face.quality import extent
from facelogin.services.capture import Probe

MOST_FRAMES = 3
"""As many as a photo sign-in sends."""
_MOVED_WIDTHS, _TURNED_DEG, _SCALED = 0.03, 2.0, 0.03
_LIT, _TILTED, _TINTED = 0.06, 0.06, 0.015
"""Standard deviations: natural logarithm of the light, its slope over the picture, of a colour."""
_SOFT_WIDTHS, _NOISE = 0.008, (2.0, 5.0)
_QUALITIES = (70, 92)
_BLOCK_ROWS = 512
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def webcam_frame(pixels: Rgb, mesh: FloatArray, rng: np.random.Generator) -> Rgb:
    """Return another frame of the moment that a photo shows.

    Frames of one photo lie as far apart as frames of real clips do that are 100 to 200 ms apart
    (medians: SFace .23, the clips .21 and .31; dlib's network .08, the clips .06 and .10).
    """
    height, width = pixels.shape[:2]
    box = extent(mesh)
    middle = (box.x + box.width / 2, box.y + box.height / 2)
    turn, scale = rng.normal(0, _TURNED_DEG), 1 + rng.normal(0, _SCALED)
    move = np.asarray(cv2.getRotationMatrix2D(middle, turn, scale), np.float64)
    move[:, 2] += rng.normal(0, _MOVED_WIDTHS * box.width, 2)
    moved = cv2.warpAffine(pixels, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    across = np.linspace(-1, 1, width)[None, :, None]
    light = np.exp(rng.normal(0, _LIT)) * np.exp(rng.normal(0, _TINTED, 3))
    shown = moved.astype(np.float64) * light * (1 + rng.normal(0, _TILTED) * across)
    sigma = abs(rng.normal(0, _SOFT_WIDTHS)) * box.width
    if sigma > 0.3:  # less is no blur at all
        shown = cv2.GaussianBlur(shown, (0, 0), sigma)
    shown = shown + rng.normal(0, rng.uniform(*_NOISE), shown.shape)
    frame = np.clip(np.round(shown), 0, 255).astype(np.uint8)
    return compressed(frame, mesh, rng, quality=int(rng.integers(*_QUALITIES)))


def bad_frame(pixels: Rgb, mesh: FloatArray, rng: np.random.Generator) -> Rgb:
    """Return a frame in which the head moved and the camera had too little light."""
    dark = exposed(webcam_frame(pixels, mesh, rng), mesh, rng, stops=-2, gain_stops=1)
    return smeared(dark, mesh, rng, widths=0.05)


FRAMES: tuple[Condition, ...] = (
    *(Condition(f"frame {number}", webcam_frame) for number in range(1, MOST_FRAMES + 1)),
    Condition("bad frame", bad_frame),
)
"""What each photo is taken under: the frames of its burst, and one that went wrong."""


@dataclass(frozen=True, slots=True)
class BurstRates:
    """Both error rates of templates of ``enrolled`` frames and probes of ``shown``.

    ``counted``: as how many images the probes counted, with how many of them did.
    """

    enrolled: str
    shown: str
    strangers: FalseMatches
    genuine: int
    fnmr: float
    fnmr_ci: Interval
    counted: Mapping[int, int]


def refuse_worse(rates: Sequence[BurstRates], *, target_fmr: float) -> None:
    """Raise ErrorRateExceeded if bursts let strangers in beyond the target, or refuse more.

    Beyond doubt, either: by the lower end of the interval. A person whom one frame lets in may be
    kept out by further ones, as long as that is no likelier than the other way round.
    """
    told = [
        f"{one.enrolled} + {one.shown}: FMR {one.strangers.fmr:.1e}, target {target_fmr:.0e}"
        for one in rates
        if one.strangers.exceeds(target_fmr)
    ]
    of_one = {one.enrolled: one.fnmr for one in rates if one.shown == ONE_FRAME}
    told += [
        f"{one.enrolled} + {one.shown}: FNMR {one.fnmr:.4f}, with one frame "
        f"{of_one[one.enrolled]:.4f}"
        for one in rates
        if one.fnmr_ci[0] > of_one[one.enrolled]
    ]
    if told:
        raise ErrorRateExceeded("Several frames of one moment do harm:\n" + "\n".join(told))


def as_markdown(rates: Sequence[BurstRates]) -> str:
    """Return the rates as a table."""
    lines = [
        "| template | probe | counted as | FMR | FNMR |",
        "|---|---|---|---|---|",
        *(
            f"| {one.enrolled} | {one.shown} | {_shares(one.counted)} | {one.strangers.fmr:.1e} "
            f"[{one.strangers.ci[0]:.1e}, {one.strangers.ci[1]:.1e}] | {one.fnmr:.4f} "
            f"[{one.fnmr_ci[0]:.3f}, {one.fnmr_ci[1]:.3f}] |"
            for one in rates
        ),
    ]
    return "\n".join(lines)


def _shares(counted: Mapping[int, int]) -> str:
    every = sum(counted.values())
    return ", ".join(f"{count}: {times / every:.1%}" for count, times in counted.items())


@dataclass(frozen=True, slots=True)
class _Templates:
    """Templates, one of each photo: embeddings and as how many images each counts."""

    embeddings: NDArray[np.float32] = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Probes:
    """Probes, one of each photo.

    ``least`` is the least cosine of a match, shape (templates' numbers of images, probes).
    """

    embeddings: NDArray[np.float32] = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)
    least: NDArray[np.float64] = field(repr=False)


ONE_FRAME = "1 frame"
_KINDS: Mapping[str, tuple[int, ...]] = {
    ONE_FRAME: (0,),
    "2 frames": (0, 1),
    "3 frames": (0, 1, 2),
    "2 frames and a bad one": (0, 1, 3),
}
"""By name, which of ``FRAMES`` a template or a probe is made of."""
_TEMPLATES = (ONE_FRAME, "3 frames")


def measure(
    taken: Sequence[Taken], calibration: Calibration, *, target_fmr: float
) -> tuple[BurstRates, ...]:
    """Return the rates of each kind of template and probe, over photos whose frames all pass.

    Raises EvaluationRefused if there is no genuine or no impostor pair.
    """
    whole = [one for one in taken if one.under and not _refused(one.under)]
    if not whole:
        raise EvaluationRefused("There is no picture whose frames all pass.")
    _, numbers = np.unique([one.image.person for one in whole], return_inverse=True)
    people = numbers.astype(np.int64)
    bursts = {name: _bursts(whole, frames, calibration) for name, frames in _KINDS.items()}
    templates = {name: _templates(bursts[name], calibration) for name in _TEMPLATES}
    probes = {name: _probes(of, calibration, target_fmr) for name, of in bursts.items()}
    return tuple(
        _rates(enrolled, shown, templates[enrolled], probes[shown], people)
        for enrolled in _TEMPLATES
        for shown in _KINDS
    )


def _refused(outcomes: Sequence[Outcome]) -> bool:
    return any(isinstance(one, str) for one in outcomes)


def _bursts(whole: Sequence[Taken], frames: Sequence[int], calibration: Calibration) -> list[Probe]:
    return [
        Probe.fused(
            {
                calibration.engine: [
                    one
                    for one in (taken.under[frame] for frame in frames)
                    if not isinstance(one, str)
                ]
            }
        )
        for taken in whole
    ]


def _templates(bursts: Sequence[Probe], calibration: Calibration) -> _Templates:
    made = [one.as_template(calibration=calibration, created_at=_ANY_DAY) for one in bursts]
    return _Templates(
        np.stack([one.embedding for one in made]), np.array([one.image_count for one in made])
    )


def _probes(bursts: Sequence[Probe], calibration: Calibration, target_fmr: float) -> _Probes:
    thresholds = [
        [
            calibration.threshold_of(one.parts, target_fmr=target_fmr, enrolled=enrolled)
            for one in bursts
        ]
        for enrolled in range(1, MOST_FRAMES + 1)
    ]
    return _Probes(
        np.stack([one.embedding for one in bursts]),
        np.array([one.counted(calibration) for one in bursts]),
        1 - np.array(thresholds) ** 2 / 2,
    )


def _rates(
    enrolled: str, shown: str, templates: _Templates, probes: _Probes, people: NDArray[np.int64]
) -> BurstRates:
    matches: list[NDArray[np.int64]] = []
    genuine = refused = 0
    for start in range(0, len(people), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        cosines = templates.embeddings[rows] @ probes.embeddings.T
        near = cosines >= probes.least[templates.counts[rows] - 1]
        same = people[rows][:, None] == people[None, :]
        apart = np.arange(start, start + len(same))[:, None] != np.arange(len(people))
        genuine += int(np.sum(same & apart))
        refused += int(np.sum(same & apart & ~near))
        a, b = np.nonzero(near & ~same)
        matches.append(np.stack([people[start + a], people[b]]))
    a, b = np.concatenate(matches, axis=1)
    strangers = false_matches(a, b, people, people)
    if strangers is None or not genuine:
        raise EvaluationRefused("Bursts need pictures of two people, and two of one of them.")
    return BurstRates(
        enrolled=enrolled,
        shown=shown,
        strangers=strangers,
        genuine=genuine,
        fnmr=refused / genuine,
        fnmr_ci=rate_interval(refused, genuine),
        counted=dict(sorted(Counter(probes.counts.tolist()).items())),
    )
