"""Labeled Faces in the Wild, folds 1-3 (2,459 images of 1,241 people), embedded anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import faces
from facelogin.evaluation.comparisons import Comparison, Side
from facelogin.evaluation.embedding import nearest_the_centre
from facelogin.face.engine import OnnxFaceEngine

SEXES = {"F": 0, "M": 1}
MAY_DROP = 0.01
"""What a change may cost of what is accepted at a false-match rate of 1e-4: one point."""


@dataclass(frozen=True)
class Collection:
    side: Side
    glimpses: np.ndarray  # of the chips alone, in the same order
    sharpness: np.ndarray  # of the pictures that show a single face
    missed: list[str]
    cut_off: int

    def compared(self) -> Comparison:
        """All pairs, each once."""
        comparison = Comparison()
        comparison.add(self.side)
        return comparison


def collect(*, every: int) -> Collection:
    """Look at the pictures of every so-many-th person, by name, beginning with the second."""
    folders = sorted((faces.lfw_dev() / "images").iterdir())
    engine = OnnxFaceEngine(min_relative_width=0)
    sex_of = dict(
        row.split("\t") for row in (faces.lfw_dev() / "gender.tsv").read_text().splitlines()[1:]
    )
    people, sexes, embeddings, glimpses = [], [], [], []
    sharpness, missed, cut_off = [], [], 0
    for number, folder in enumerate(folders[1::every] if every > 1 else folders):
        for path in sorted(folder.glob("*.jpg")):
            seen = engine.observe(path.read_bytes())
            face = nearest_the_centre(seen)
            if face is None:
                missed.append(path.name)
                continue
            people.append(number)
            sexes.append(SEXES.get(sex_of.get(path.name, ""), -1))
            glimpse = engine.glimpse(seen, face)
            embedding = engine.embed(seen, face, begun=glimpse)
            embeddings.append(embedding)
            glimpses.append(embedding if glimpse is None else glimpse.embedding)
            cut_off += face.cut_off
            if len(seen.faces) == 1:
                sharpness.append(face.sharpness)
    side = Side(np.stack(embeddings), np.array(people), {"sex": np.array(sexes)})
    return Collection(side, np.stack(glimpses), np.array(sharpness), missed, cut_off)
