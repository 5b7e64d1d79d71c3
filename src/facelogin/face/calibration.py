"""The figures that decide for each engine, and where they were measured.

They are distances of L2-normalised embeddings at a target false-match rate of 1e-4 on Labeled Faces
in the Wild, all cross-identity pairs as impostors, lowered to what keeps the worse of the two sexes
at that rate among its own. Provisional: an operator's own people are the better measure.
"""

from __future__ import annotations

from facelogin.domain.matching import ThresholdTable

MIRROR_THRESHOLDS = ThresholdTable(
    by_images={
        (1, 1): 0.319,
        (2, 1): 0.306,
        (3, 1): 0.299,
        (4, 1): 0.296,
        (5, 1): 0.296,
        (2, 2): 0.285,
        (3, 2): 0.280,
        (4, 2): 0.275,
        (5, 2): 0.275,
        (3, 3): 0.265,
        (4, 3): 0.265,
        (5, 3): 0.262,
        (5, 5): 0.248,
    },
    one_person=0.46,
    provenance=(
        "Labeled Faces in the Wild, View 2: false-match rate 1e-4 among pairs of the worse sex "
        "for 1+1 images (.336 over all pairs), more images scaled alike (60 random splits pooled; "
        "from 5+3 on few people); one_person keeps 99.7 % of the pairs of one person together "
        "and tells 95 % of the pairs of two apart"
    ),
    provisional=True,
)
"""For the mean of the chip's and its mirror image's normalised embeddings."""

UNMIRRORED_BELOW, UNMIRRORED_BEYOND = 0.03, 0.06
"""How far below the threshold the chip alone, its mirror image unseen, must be to match, and how
far beyond it not to. On Labeled Faces in the Wild, folds 1-3, .0146 and .0414 would have been
enough for the whole embedding to say the same (templates of 1 to 5 images, 37 million pairs)."""

REFERENCE_THRESHOLDS = ThresholdTable(
    by_images={
        (1, 1): 0.325,
        (2, 1): 0.312,
        (3, 1): 0.305,
        (4, 1): 0.302,
        (5, 1): 0.302,
        (2, 2): 0.290,
        (3, 2): 0.285,
        (4, 2): 0.280,
        (5, 2): 0.280,
        (3, 3): 0.270,
        (4, 3): 0.270,
        (5, 3): 0.267,
        (5, 5): 0.253,
    },
    one_person=0.47,
    provenance=(
        "Labeled Faces in the Wild, View 2: false-match rate 1e-4 over all pairs is .343 without "
        "the mirror image; the mirrored engine's figures, scaled by .343 / .336"
    ),
    provisional=True,
)
"""For normalised embeddings of the chip alone."""

MIN_SHARPNESS = 0.63
"""On the scale of ``quality.sharpness``: 99.4 % of 2,288 press photos with one face are sharper.
Of the same chips under a Gaussian of 4 chip pixels, where one in ten no longer matches itself, all
but one are refused; under a motion of 15 (likewise) 98 %; under a Gaussian of 2, 24 %."""
