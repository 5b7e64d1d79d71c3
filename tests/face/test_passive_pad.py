"""Passive PAD with MiniFASNet's published models, where they are, and with files that won't do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import faces
from face.pictures import encoded
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.observation import Box, Face, Observation
from facelogin.domain.pad import PadModel
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.model_files import ModelFiles
from facelogin.face.pad_files import check_pad_model
from facelogin.face.passive_pad import PassivePad, cut_crop

_FILES = {2.7: "minifasnet_v2_2.7_80x80.onnx", 4.0: "minifasnet_v1se_4.0_80x80.onnx"}


@pytest.fixture(scope="session")
def models() -> Mapping[float, PadModel]:
    folder = faces.shared_data() / "models"
    return {scale: pinned(folder / name, scale=scale) for scale, name in _FILES.items()}


@pytest.fixture(scope="session")
def seen_in(engine: OnnxFaceEngine) -> Mapping[str, Observation]:
    folder = faces.shared_data() / "spoof" / "minivision"
    return {path.name: engine.observe(path.read_bytes()) for path in sorted(folder.glob("*.jpg"))}


def pinned(path: Path, *, scale: float = 2.7) -> PadModel:
    return PadModel(path, scale, hashlib.sha256(path.read_bytes()).hexdigest())


def constant_model(path: Path, outputs: list[float], *, side_px: int = 80) -> PadModel:
    """A model that says the same of every face; it has one class for each of ``outputs``."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1, len(outputs)], outputs)
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("ReduceSum", ["flat"], ["sum"], keepdims=1),
        helper.make_node("Sub", ["sum", "sum"], ["zero"]),
        helper.make_node("Add", ["zero", "w"], ["p"]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, side_px, side_px])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, ["n", len(outputs)])],
        [weight],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path
    )
    return pinned(path)


def a_face(box: Box, face: Face) -> Face:
    return Face(
        box=box,
        score=1.0,
        landmarks=face.landmarks,
        mesh=None,
        pose=None,
        mean_luma=120,
        sharpness=100,
        cut_off=False,
    )


@pytest.mark.parametrize("scales", [(2.7,), (4.0,), (2.7, 4.0)])
def test_published_models_tell_their_own_samples_apart(
    scales: tuple[float, ...],
    models: Mapping[float, PadModel],
    seen_in: Mapping[str, Observation],
) -> None:
    pad = PassivePad([models[scale] for scale in scales])
    pad.load()
    scores = {name: pad.score(seen, seen.faces[0]) for name, seen in seen_in.items()}
    assert len(scores) == 3
    for name, score in scores.items():
        assert score is not None
        assert (score > 0.9) if name.startswith("real") else (score < 0.3), (name, score)


def test_two_models_are_averaged(face: Face, seen: Observation, tmp_path: Path) -> None:
    one = constant_model(tmp_path / "one.onnx", [0.5, 0.1, 0.4])
    other = constant_model(tmp_path / "other.onnx", [0.2, 0.5, 0.3])
    assert PassivePad([one, other]).score(seen, face) == pytest.approx(0.3)


def test_a_face_that_fills_the_picture_is_not_judged(
    face: Face, seen: Observation, tmp_path: Path
) -> None:
    pad = PassivePad([constant_model(tmp_path / "one.onnx", [0.5, 0.1, 0.4])])
    height, width = seen.pixels.shape[:2]
    assert pad.score(seen, a_face(Box(0, 0, width / 1.4, height / 1.4), face)) is None
    assert pad.score(seen, a_face(Box(0, 0, width / 1.6, height / 1.6), face)) is not None


def test_a_crop_is_the_box_made_larger_and_moved_inside_the_picture() -> None:
    x, y = np.meshgrid(np.arange(240), np.arange(160))
    pixels = np.dstack([x, y, np.zeros_like(x)]).astype(np.uint8)
    middle = cut_crop(pixels, Box(100, 60, 20, 20), scale=4.0)
    assert middle.shape == (80, 80, 3)
    assert np.allclose(middle[0, 0, :2], (70, 30), atol=1)
    assert np.allclose(middle[-1, -1, :2], (150, 110), atol=1)
    corner = cut_crop(pixels, Box(220, 0, 20, 20), scale=4.0)
    assert np.allclose(corner[0, 0, :2], (159, 0), atol=1)
    large = cut_crop(pixels, Box(80, 40, 80, 80), scale=4.0)  # the picture is two boxes high
    assert np.allclose(large[:, :, 1].min(), 0, atol=1)
    assert np.allclose(large[-1, -1, :2], (199, 159), atol=1)


def test_a_model_with_another_checksum_is_refused(tmp_path: Path) -> None:
    good = constant_model(tmp_path / "one.onnx", [0.2, 0.5, 0.3])
    wrong = PadModel(good.path, good.scale, "0" * 64)
    with pytest.raises(ConfigurationError, match=r"FACELOGIN_PAD_MODELS.*sha256"):
        PassivePad([wrong]).load()
    assert [check_pad_model(model).ok for model in (good, wrong)] == [True, False]


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    missing = PadModel(tmp_path / "none.onnx", 2.7, "0" * 64)
    with pytest.raises(ConfigurationError, match=r"none\.onnx can't be read"):
        PassivePad([missing]).load()
    assert not check_pad_model(missing).ok


def test_a_model_of_another_layout_is_refused(tmp_path: Path, model_files: ModelFiles) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("no network")
    unfit = (
        pinned(text),
        pinned(model_files.folder / "facemesh.onnx"),
        constant_model(tmp_path / "large.onnx", [0.2, 0.5, 0.3], side_px=128),
        constant_model(tmp_path / "two.onnx", [0.5, 0.5]),
        constant_model(tmp_path / "logits.onnx", [2.0, 0.5, 1.0]),
    )
    for model in unfit:
        with pytest.raises(ConfigurationError, match=r"allowed: one float32 input of shape \(n, 3"):
            PassivePad([model]).load()


def test_a_picture_that_no_camera_took_is_taken_for_a_person(
    models: Mapping[float, PadModel], engine: OnnxFaceEngine, portrait: np.ndarray
) -> None:
    """Why the opinion is advisory: an injected picture shows nothing that such models look for."""
    pad = PassivePad(list(models.values()))
    seen = engine.observe(encoded(portrait, "JPEG", quality=90))
    score = pad.score(seen, seen.faces[0])
    assert score is not None
    assert score > 0.2, score
