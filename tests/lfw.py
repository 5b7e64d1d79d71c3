"""Labeled Faces in the Wild (folds 1-3: 2,459 images of 1,241 people), embedded anew.

By both engines that come with facelogin, from one look at each picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import faces
from facelogin.domain.models import Embedding
from facelogin.evaluation.comparisons import Comparison, Side
from facelogin.evaluation.embedding import nearest_the_centre
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import DLIB_ROW
from facelogin.face.model_files import open_model_files
from facelogin.face.recogniser import recogniser_in

SEXES = {"F": 0, "M": 1}
MAY_DROP = 0.01
"""What a change may cost of what is accepted at a false-match rate of 1e-4: one point."""


@dataclass(frozen=True)
class Embedded:
    """The pictures as one engine embedded them, and in part: of the chip alone."""

    side: Side
    glimpses: np.ndarray

    def compared(self) -> Comparison:
        """All pairs, each once."""
        comparison = Comparison()
        comparison.add(self.side)
        return comparison


@dataclass(frozen=True)
class Collection:
    sface: Embedded
    dlib: Embedded
    sharpness: np.ndarray  # of the pictures that show a single face
    missed: list[str]
    cut_off: int


def collect(*, every: int, data_set: str = "lfw_dev") -> Collection:
    """Look at the pictures of every so-many-th person, by name, beginning with the second."""
    root = faces.shared_data() / "verify" / data_set
    if not root.is_dir():
        faces.missing(f"../shared/data/verify/{data_set}")
    folders = sorted((root / "images").iterdir())
    files = open_model_files()
    dlib = recogniser_in(files, DLIB_ROW)
    engine = OnnxFaceEngine(min_relative_width=0, others=[dlib])
    rows = (root / "gender.tsv").read_text().splitlines()[1:]
    sex_of = dict(row.split("\t") for row in rows)
    people, sexes, by_sface, by_dlib, glimpses = [], [], [], [], []
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
            by_sface.append(engine.embed(seen, face))
            glimpse = dlib.glimpse(seen, face)
            assert glimpse is not None
            glimpses.append(glimpse.embedding)
            by_dlib.append(dlib.embed(seen, face, begun=glimpse))
            cut_off += face.cut_off
            if len(seen.faces) == 1:
                sharpness.append(face.sharpness)

    def embedded(embeddings: list[Embedding], parts: list[Embedding]) -> Embedded:
        side = Side(np.stack(embeddings), np.array(people), {"sex": np.array(sexes)})
        return Embedded(side, np.stack(parts))

    return Collection(
        embedded(by_sface, by_sface),
        embedded(by_dlib, glimpses),
        np.array(sharpness),
        missed,
        cut_off,
    )
