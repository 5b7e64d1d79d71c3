"""What several images of one side are worth: of one moment little more than one, of days each.

Nobody can tell from a request when its images were taken, so it is read from how far apart their
embeddings lie. The mean of n unit vectors is as long as they agree: its length, 1 for n times the
same picture, is what normalising it again divides by, and so what averaging gains. It gains for
strangers who look alike, too: their distances shrink with everybody's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from facelogin.domain.models import Embedding

_ROUNDED_OFF = 0.25
"""Up to this part of an image, what several are worth beyond a whole number is left uncounted."""
_SHARE = 0.4
"""The share (an exponent of the mean's length) of the gain of averaging that frames of one moment
give back. With it, bursts of jittered photos (2,459 photos of 1,241 people, frames .23 apart with
SFace, .08 with dlib's network) and of real clips let strangers in as often as single frames do, and
refuse fewer people; with less, more strangers; with .5, three frames of which two are worse than
the first refuse more people than the first alone. Measured in docs/accuracy.md."""


def effective_images(embeddings: Sequence[Embedding], *, days_apart: float) -> float:
    """Return how many images of different days some are worth, from 1 to their number.

    ``days_apart`` is the root-mean-square distance of two such. The mean of n unit vectors has the
    squared length 1 - (1 - 1/n) D^2 / 2, D being the root-mean-square distance between them: this
    returns the number of images ``days_apart`` whose mean is as long.
    """
    count = float(len(embeddings))
    lost = 2 * (1 - _length_of_mean(embeddings) ** 2) / days_apart**2
    return min(count, 1 / (1 - lost)) if lost < 1 else count


def counted(embeddings: Sequence[Embedding], *, days_apart: float) -> int:
    """Return the same as a whole number, and no more than there are moments.

    It is rounded up unless hardly anything is above. Images are of one moment that are linked by
    steps so short that two at such a distance are worth one.
    """
    worth = effective_images(embeddings, days_apart=days_apart)
    moments = _groups(embeddings, within=days_apart * float(np.sqrt(2 - 2 / (1 + _ROUNDED_OFF))))
    return max(1, min(moments, int(np.ceil(worth - _ROUNDED_OFF))))


def _groups(embeddings: Sequence[Embedding], *, within: float) -> int:
    """Return into how many groups images fall whose neighbours lie so near."""
    stacked = np.stack(embeddings).astype(np.float64)
    gaps = np.linalg.norm(stacked[:, None] - stacked[None, :], axis=2)
    linked = (gaps <= within).astype(np.float64)
    reached = np.linalg.matrix_power(linked, len(embeddings)) > 0
    return len(np.unique(reached, axis=0))


def threshold_of_mean(threshold: float, embeddings: Sequence[Embedding]) -> float:
    """Return how near the mean of these images must be where one of them must be ``threshold``.

    Distances of L2-normalised embeddings. Never larger, and the same for copies of one picture.
    """
    cosine = 1 - threshold**2 / 2
    if cosine <= 0:
        return threshold
    nearer = min(1.0, cosine / _length_of_mean(embeddings) ** _SHARE)
    return float(np.sqrt(2 - 2 * nearer))


def as_one_image(embeddings: Sequence[Embedding]) -> Embedding:
    """Return the embedding of images of one moment that may be compared as a single image.

    It is their mean, normalised, and turned towards the one nearest to it, as far as gives back the
    same share of the gain: whoever is compared with it later can't tell how it was made.
    """
    stacked = np.stack(embeddings).astype(np.float64)
    length = _length_of_mean(embeddings)
    middle = stacked.mean(axis=0) / length
    nearest = stacked[int(np.argmax(stacked @ middle))]
    aside = nearest - (nearest @ middle) * middle
    own = float(np.linalg.norm(aside))
    if own < 1e-6:  # copies of one picture
        return np.asarray(middle, np.float32)
    kept = length**_SHARE
    turned = kept * middle + np.sqrt(max(0.0, 1 - kept**2)) * aside / own
    return np.asarray(turned / np.linalg.norm(turned), np.float32)


def _length_of_mean(embeddings: Sequence[Embedding]) -> float:
    mean = np.mean(np.stack(embeddings).astype(np.float64), axis=0)
    return min(1.0, max(1e-6, float(np.linalg.norm(mean))))
