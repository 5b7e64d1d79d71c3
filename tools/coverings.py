"""Fits what tells a covered face from a free one: python -m tools.coverings FOLDER.

FOLDER holds a folder of pictures for each person. Every second person is fitted to, so the others
can be reported on: all their pictures as they are, and the first of each drawn on: of 81 with all
conditions of facelogin.evaluation.conditions.covered, of the others with those that eyes are told
by. Each is looked at as any picture is, and logistic regressions are fitted on what YuNet sees at
eyes and mouth. Writes src/facelogin/face/coverings.json: weights, and nothing of any face.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.errors import ImageRefused
from facelogin.domain.models import Rgb
from facelogin.domain.observation import Observation
from facelogin.domain.policy import CapturePolicy
from facelogin.evaluation.conditions import covered
from facelogin.evaluation.conditions.condition import Condition
from facelogin.evaluation.embedding import nearest_the_centre
from facelogin.face.covering import PARTS, features_of
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.mesh import MIN_PRESENCE, FaceMesh
from facelogin.face.model_files import open_model_files
from facelogin.face.networks import Network
from facelogin.face.region import region_around
from facelogin.face.second_look import view_of
from facelogin.face.yunet import YuNet

OUT = Path(__file__).resolve().parents[1] / "src" / "facelogin" / "face" / "coverings.json"
CLEAN = Condition("clean", lambda pixels, _mesh, _chance: pixels)
DRAWN = 81
"""People whose picture is drawn on in every way: for mouths, more find hardly more."""
TINTED = tuple(
    Condition(
        f"{name} glass, {through}", partial(covered.dark_glasses, colour=colour, through=through)
    )
    for name, colour in (("grey", (18, 18, 20)), ("brown", (60, 35, 20)))
    for through in (0.12, 0.25, 0.4)
)
"""Glasses that let some light pass: the more of them are learnt from, the more others are found."""
FREE_EYES = ("clear glasses", "light from left", "light from right")
"""What must not be taken for covered eyes."""
OF_EYES = (
    *(*covered.EYES, *covered.SIDE, *TINTED),
    *(one for one in covered.FREE if one.name in FREE_EYES),
)
"""How everybody's picture is drawn on for the parts that are eyes."""
RIDGE = {"mouth": 300.0, "eyes": 30.0, "left_eye": 30.0, "right_eye": 30.0}
"""Of the squared weights of standardised features, against fitting to single people."""
COUNTS = {
    one.name: 3.0 for one in covered.EYES if one.name not in ("dark glasses", "brown glasses")
}
COUNTS |= {one.name: 5.0 for one in covered.SIDE}
"""How often some drawings that hide an eye count: they are fewer than those of glasses."""
MAY_REFUSE = {"mouth": 0.003, "eyes": 0.006, "left_eye": 0.004, "right_eye": 0.004}
"""Share of free faces that may count as covered: of those that a fit to the others has not seen."""
_STEPS = 30

COVERS = {
    "mouth": {one.name for one in covered.MOUTH},
    "left_eye": {one.name for one in (*covered.EYES, *TINTED)}
    | {"left half black", "hand over one eye", "hair over left eye"},
    "right_eye": {one.name for one in (*covered.EYES, *TINTED)}
    | {"right half grey", "hair over right eye"},
    "eyes": {one.name for one in (*covered.EYES, *TINTED)},
}
"""Which conditions hide which part."""
PARTLY = {
    "mouth": {"left half black", "right half grey", "hand over cheek", "hand over eyes"},
    "left_eye": {"hand over cheek", "hand over mouth"},
    "eyes": {one.name for one in covered.SIDE} | {"hand over mouth"},
    "right_eye": {"hand over cheek", "hand over mouth", "hand over one eye"},
}
"""Which hide it sometimes: nothing is learnt from them."""


@dataclass(frozen=True)
class Sample:
    """One drawing of somebody, and its features for each part."""

    person: str
    condition: str
    features: Mapping[str, NDArray[np.float32]]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Fit the regressions that find covered faces.")
    parser.add_argument("folder", type=Path, help="a folder of pictures for each person")
    parser.add_argument("--name", required=True, help="what the data set is called")
    options = parser.parse_args()
    people = sorted(path for path in options.folder.iterdir() if path.is_dir())[::2]
    in_every_way = people[::3][:DRAWN]
    clean = [one for person in people for path in sorted(person.glob("*")) for one in plain(path)]
    samples = [one for person in in_every_way for one in drawn(person, covered.CONDITIONS)]
    of_eyes = [one for person in people for one in drawn(person, OF_EYES)]
    of_eyes += [one for one in samples if one.condition not in {way.name for way in OF_EYES}]
    parts = {
        part: fitted((samples if part == "mouth" else of_eyes) + clean, part) for part in PARTS
    }
    document = {"data_set": {"name": options.name, "people": len(people)}, "parts": parts}
    OUT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{len(people):,} people, {len(of_eyes) + len(clean):,} drawings; {OUT}")


ENGINE = OnnxFaceEngine(min_relative_width=0)
FILES = open_model_files()
YUNET = YuNet(Network(FILES.checked("yunet.onnx")))
MESH = FaceMesh(Network(FILES.checked("facemesh.onnx")))


def drawn(person: Path, conditions: Sequence[Condition]) -> Iterator[Sample]:
    """Yield the first picture under each condition, if the mesh still sees a face in its place."""
    path = min(person.glob("*"))
    seen = ENGINE.observe(path.read_bytes())
    face = nearest_the_centre(seen)
    if face is None or face.mesh is None:
        return
    for number, condition in enumerate(conditions):
        chance = np.random.default_rng([sum(map(ord, person.name)), number])
        made = condition.render(seen.pixels, face.mesh, chance)
        found = MESH.fit(made, region_around(face.mesh))
        if found.presence > MIN_PRESENCE:
            yield sample_of(path, condition.name, made, found.points)


def plain(path: Path) -> Iterator[Sample]:
    """Yield this picture as it is, if its middle face is good enough for a photo."""
    seen = ENGINE.observe(path.read_bytes())
    face = nearest_the_centre(seen)
    if face is None or face.mesh is None:
        return
    try:
        alone = Observation(seen.pixels, (replace(face, covered=None),))
        CapturePolicy().subject(alone, min_sharpness=0)
    except ImageRefused:
        return
    yield sample_of(path, CLEAN.name, seen.pixels, face.mesh)


def sample_of(path: Path, condition: str, pixels: Rgb, mesh: NDArray[np.float32]) -> Sample:
    """Return what YuNet sees of the face with that mesh."""
    view, inside = view_of(pixels, mesh)
    seen = YUNET.candidates(view)
    return Sample(path.parent.name, condition, features_of(view, seen, inside))


def fitted(samples: list[Sample], part: str) -> dict[str, object]:
    """Return the regression of one part: its weights, and a bias that spares free faces."""
    kept = [sample for sample in samples if sample.condition not in PARTLY[part]]
    features = np.stack([sample.features[part] for sample in kept]).astype(np.float64)
    hidden = np.array([sample.condition in COVERS[part] for sample in kept])
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    scaled = (features - middle) / spread
    times = np.array([COUNTS.get(sample.condition, 1.0) for sample in kept])
    ridge = RIDGE[part]
    weights = regression(scaled, hidden, times, ridge)
    fold = np.unique([sample.person for sample in kept], return_inverse=True)[1] % 2
    unseen = [
        scaled[(fold == one) & ~hidden]
        @ regression(scaled[fold != one], hidden[fold != one], times[fold != one], ridge)
        for one in (0, 1)
    ]
    limit = float(np.quantile(np.concatenate(unseen), 1 - MAY_REFUSE[part]))
    limit += float(middle / spread @ weights)
    weights = weights / spread
    counts: dict[str, int] = defaultdict(int)
    for is_hidden in hidden:
        counts["covered" if is_hidden else "free"] += 1
    return {
        "drawings": dict(counts),
        "bias": round(-limit, 4),
        "weights": [float(f"{weight:.5g}") for weight in weights],
    }


def regression(
    features: NDArray[np.float64],
    hidden: NDArray[np.bool_],
    times: NDArray[np.float64],
    ridge: float,
) -> NDArray[np.float64]:
    """Return the weights of a logistic regression with a ridge, both classes counting alike.

    A hidden row counts as many ``times``.
    """
    rows = np.hstack([features, np.ones((len(features), 1))])
    share = np.where(hidden, 0.5 * times / (hidden * times).mean(), 0.5 / (1 - hidden.mean()))
    penalty = ridge * np.eye(rows.shape[1])
    penalty[-1, -1] = 1e-6
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (share * (chance - hidden)) + penalty @ weights
        curve = (rows * (share * chance * (1 - chance))[:, None]).T @ rows + penalty
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights[:-1]


if __name__ == "__main__":
    main()
