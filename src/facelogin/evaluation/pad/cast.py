"""Who takes part in a presentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from facelogin.evaluation.pad.performances import Performer
from facelogin.evaluation.pad.portraits import Portrait


@dataclass(frozen=True, slots=True)
class Cast:
    """``portrait`` is of the one whose account it is; ``other`` is of somebody else.

    All that is left to chance is drawn from ``rng``, so a seed repeats a presentation.
    """

    portrait: Portrait = field(repr=False)
    other: Portrait = field(repr=False)
    rng: np.random.Generator


MakePerformer = Callable[[Cast], Performer]
