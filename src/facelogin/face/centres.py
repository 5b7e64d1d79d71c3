"""The mean embedding of many people, which an engine takes from each before it compares.

Faces have much in common, and a network's embeddings show it: all of them lean towards one
direction, which tells nobody from anybody. Without it, strangers are told apart better. A mean over
a thousand people shows no face of any of them.
"""

from __future__ import annotations

import json
from importlib import resources

import numpy as np

from facelogin.domain.models import Embedding


def read_centre(name: str) -> Embedding:
    """Return the mean of L2-normalised embeddings, shape (dimension,), from the package's file."""
    text = (resources.files("facelogin.face") / "centres" / name).read_text("utf-8")
    return np.asarray(json.loads(text)["mean"], np.float32)
