"""The converted face recognition network against dlib's own run of the same file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import faces
from tools.build_weights import CACHE
from tools.weights.sources import FACE_RECOGNITION_MODELS, RESNET_DAT, SourceFile, locate

TOLERANCE = 1e-4

# Only for cutting test chips; the product doesn't use it.
FIVE_POINTS = SourceFile(
    FACE_RECOGNITION_MODELS,
    "face_recognition_models-0.3.0/face_recognition_models/models/"
    "shape_predictor_5_face_landmarks.dat",
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)

Embed = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@pytest.fixture(scope="module")
def dlib() -> Any:
    try:
        import dlib
    except ImportError:
        faces.missing("dlib (pip install dlib-bin)")
    return dlib


@pytest.fixture(scope="module")
def dlib_embed(dlib: Any, sources: Mapping[SourceFile, Path]) -> Embed:
    """dlib's embedding of one chip."""
    model = dlib.face_recognition_model_v1(str(sources[RESNET_DAT]))
    return lambda chip: np.array(model.compute_face_descriptor(chip), np.float32)


@pytest.fixture(scope="module")
def embed(run_model: Any) -> Embed:
    """The converted network's embeddings of a batch of chips."""
    return lambda chips: run_model("resnet.onnx", chips)["embeddings"]


@pytest.fixture(scope="module")
def face_chip(dlib: Any) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """Cuts the first face of a photograph as dlib does, 150x150."""
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(str(locate(FIVE_POINTS, CACHE)))

    def cut(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        shape = predictor(rgb, detector(rgb, 0)[0])
        chip: NDArray[np.uint8] = dlib.get_face_chip(rgb, shape, size=150, padding=0.25)
        return chip

    return cut


def noise_chips(count: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed=150)
    return rng.integers(0, 256, (count, 150, 150, 3), dtype=np.uint8)


PHOTOGRAPHS = ["astronaut", "obama.jpg", "obama2.jpg", "biden.jpg"]


@pytest.mark.parametrize("photograph", PHOTOGRAPHS)
def test_a_real_face_has_the_embedding_that_dlib_gives_it(
    photograph: str, face_chip: Any, dlib_embed: Embed, embed: Embed
) -> None:
    astronaut = photograph == "astronaut"
    chip = face_chip(faces.astronaut_rgb() if astronaut else faces.image_rgb(photograph))
    assert np.linalg.norm(embed(chip[None])[0] - dlib_embed(chip)) <= TOLERANCE


@pytest.mark.parametrize("number", range(3))
def test_noise_has_the_embedding_that_dlib_gives_it(
    number: int, dlib_embed: Embed, embed: Embed
) -> None:
    chip = noise_chips(3)[number]
    assert np.linalg.norm(embed(chip[None])[0] - dlib_embed(chip)) <= TOLERANCE


@pytest.mark.parametrize("value", [0, 255])
def test_a_plain_chip_has_the_embedding_that_dlib_gives_it(
    value: int, dlib_embed: Embed, embed: Embed
) -> None:
    chip = np.full((150, 150, 3), value, np.uint8)
    assert np.linalg.norm(embed(chip[None])[0] - dlib_embed(chip)) <= TOLERANCE


def test_a_batch_of_two_gives_what_two_single_chips_give(embed: Embed) -> None:
    chips = noise_chips(2)
    singles = np.concatenate([embed(chips[:1]), embed(chips[1:])])
    np.testing.assert_allclose(embed(chips), singles, atol=1e-6)


def test_embeddings_are_not_normalised(face_chip: Any, embed: Embed) -> None:
    chip = face_chip(faces.image_rgb("obama.jpg"))
    assert 1.15 < np.linalg.norm(embed(chip[None])[0]) < 1.75


def test_two_photographs_of_one_man_are_nearer_than_those_of_two(
    face_chip: Any, embed: Embed
) -> None:
    names = ("obama.jpg", "obama2.jpg", "biden.jpg")
    one, same, other = embed(np.stack([face_chip(faces.image_rgb(name)) for name in names]))
    assert np.linalg.norm(one - same) < 0.5
    assert np.linalg.norm(one - other) > 0.6
