"""An operator's own network is tried when it is loaded, and what doesn't fit is refused."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from custom_models import blind_to_skin, borrowed_table, brought, model, pooling
from face.pictures import Rgb, encoded
from facelogin.domain.custom_model import CustomModel
from facelogin.domain.errors import ConfigurationError, EngineUnavailable, ImageUnreadable
from facelogin.domain.matching import distance
from facelogin.domain.models import EngineRef
from facelogin.domain.observation import Face, Observation
from facelogin.face.custom_files import open_custom
from facelogin.face.custom_network import custom_recogniser
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import CUSTOM, DLIB, DLIB_ROW
from facelogin.face.model_files import ModelFiles
from facelogin.face.opening import EngineFiles, calibration_of, names_of, ref_of
from facelogin.face.recogniser import OnnxRecogniser, recogniser_in

FLOAT = TensorProto.FLOAT
DIRECTION = np.array([1, -1] * 24, np.float32)


@pytest.fixture(scope="module")
def seen(model_files: ModelFiles, portrait: Rgb) -> Observation:
    """The portrait as detector and mesh describe it, whichever recogniser follows."""
    engine = OnnxFaceEngine(recogniser=recogniser_in(model_files, DLIB_ROW))
    return engine.observe(encoded(portrait))


@pytest.fixture(scope="module")
def face(seen: Observation) -> Face:
    (only,) = seen.faces
    return only


def recogniser(given: CustomModel) -> OnnxRecogniser:
    return custom_recogniser(open_custom(given))


def after(operator: str, *inputs: str, **attributes: Any) -> bytes:
    """The small network with one more node, whose output is the network's."""
    constants = attributes.pop("constants", {})
    made = attributes.pop("made", ("n", 48))
    node = helper.make_node(operator, inputs, ["y"], **attributes)
    return pooling(node, made=made, constants=constants, output="y")


def two(kind: str) -> bytes:
    """A network with two inputs or two outputs."""
    x, z = (helper.make_tensor_value_info(name, FLOAT, ["n", 3, 112, 112]) for name in "xz")
    outputs = [helper.make_tensor_value_info("y", FLOAT, ["n", 3])]
    if kind == "inputs":
        nodes = [
            helper.make_node("Add", ["x", "z"], ["sum"]),
            helper.make_node("GlobalAveragePool", ["sum"], ["small"]),
            helper.make_node("Flatten", ["small"], ["y"]),
        ]
        return model(nodes, inputs=[x, z], outputs=outputs)
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["small"]),
        helper.make_node("Flatten", ["small"], ["y"]),
        helper.make_node("Identity", ["y"], ["again"]),
    ]
    more = helper.make_tensor_value_info("again", FLOAT, ["n", 3])
    return model(nodes, inputs=[x], outputs=[*outputs, more])


def own_operator(*, named: bool) -> bytes:
    x = helper.make_tensor_value_info("x", FLOAT, ["n", 3, 112, 112])
    y = helper.make_tensor_value_info("y", FLOAT, ["n", 48])
    node = helper.make_node("Embed", ["x"], ["y"], domain="example.org")
    domains = ("", "example.org") if named else ("",)
    return model([node], inputs=[x], outputs=[y], domains=domains)


UNFIT: Mapping[str, tuple[bytes, dict[str, Any], str]] = {
    "another domain": (own_operator(named=True), {}, "can't be run by ONNX Runtime .*Embed"),
    "no such domain": (own_operator(named=False), {}, "can't be run by ONNX Runtime .*domain"),
    "two inputs": (two("inputs"), {}, "has 2 inputs and 1 outputs; allowed: one of each"),
    "two outputs": (two("outputs"), {}, "has 1 inputs and 2 outputs"),
    "another layout": (
        pooling(),
        {"layout": "nhwc"},
        r"takes input of shape \(n, 3, 112, 112\); allowed: \(n, 112, 112, 3\)",
    ),
    "another size": (pooling(given=("n", 3, 128, 128)), {}, r"shape \(n, 3, 128, 128\); allowed"),
    "one colour": (pooling(given=("n", 1, 112, 112)), {}, "takes input of shape"),
    "three sides": (
        model(
            [helper.make_node("Flatten", ["x"], ["y"])],
            inputs=[helper.make_tensor_value_info("x", FLOAT, [3, 112, 112])],
            outputs=[helper.make_tensor_value_info("y", FLOAT, [3, 12_544])],
        ),
        {},
        r"takes input of shape \(3, 112, 112\)",
    ),
    "batch of two": (pooling(given=(2, 3, 112, 112)), {}, r"shape \(2, 3, 112, 112\).*open or 1"),
    "whole bytes": (
        pooling(),
        {"scale": None, "mean": None},
        r"takes tensor\(float\), and gets tensor\(uint8\) by its description",
    ),
    "half floats": (
        pooling(given_type=TensorProto.FLOAT16, made_type=TensorProto.FLOAT16),
        {},
        r"takes tensor\(float16\), and gets tensor\(float\)",
    ),
    "doubles": (
        pooling(
            helper.make_node("Cast", ["flat"], ["y"], to=TensorProto.DOUBLE),
            made_type=TensorProto.DOUBLE,
            output="y",
        ),
        {},
        "gives float64; allowed: float32",
    ),
    "a picture": (
        model(
            [
                helper.make_node(
                    "AveragePool", ["x"], ["y"], kernel_shape=[28] * 2, strides=[28] * 2
                )
            ],
            inputs=[helper.make_tensor_value_info("x", FLOAT, ["n", 3, 112, 112])],
            outputs=[helper.make_tensor_value_info("y", FLOAT, ["n", 3, 4, 4])],
        ),
        {},
        r"gives output of shape \(1, 3, 4, 4\) for 1 chips; allowed: \(n, d\) with d from 16 to",
    ),
    "few numbers": (
        after(
            "Slice",
            "flat",
            "from",
            "to",
            "axis",
            made=("n", 15),
            constants=dict(zip(("from", "to", "axis"), ([0], [15], [1]), strict=True)),
        ),
        {},
        r"gives output of shape \(1, 15\)",
    ),
    "many numbers": (
        after("Tile", "flat", "times", made=("n", 4128), constants={"times": [1, 86]}),
        {},
        r"gives output of shape \(1, 4128\)",
    ),
    "one for all": (
        after("ReduceMean", "flat", axes=[0], made=(1, 48)),
        {},
        r"gives output of shape \(1, 48\) for 2 chips",
    ),
    "NaN": (
        after("Div", "flat", "zero", constants={"zero": np.float32("nan")}),
        {},
        "tried with two pictures that are no faces: an embedding must be finite",
    ),
    "infinite": (
        after("Div", "flat", "zero", constants={"zero": np.float32(0)}),
        {},
        "an embedding must be finite",
    ),
    "zero": (
        after("Mul", "flat", "zero", constants={"zero": np.float32(0)}),
        {},
        "an embedding must be finite and not zero",
    ),
    "constant": (
        pooling(
            helper.make_node("Mul", ["flat", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "direction"], ["y"]),
            constants={"zero": np.float32(0), "direction": DIRECTION},
            output="y",
        ),
        {},
        "says the same of a grey picture and of noise",
    ),
    "the batch": (
        pooling(
            helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[0]),
            helper.make_node("Sub", ["flat", "mean"], ["apart"]),
            helper.make_node("Mul", ["apart", "much"], ["more"]),
            helper.make_node("Add", ["flat", "more"], ["y"]),
            constants={"much": np.float32(9)},
            output="y",
        ),
        {},
        "says something else of a picture alone and beside another",
    ),
    "another norm": (pooling(), {"normalise": False}, "an embedding has norm 879.9, not 1"),
    "its own arithmetic": (
        after("Reshape", "flat", "shape", made=("n", 48), constants={"shape": [1, 48]}),
        {},
        "can't be run by ONNX Runtime",
    ),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_a_network_that_does_not_fit_is_refused(kind: str, tmp_path: Path) -> None:
    content, description, told = UNFIT[kind]
    given = brought(tmp_path / "m.onnx", content, **description)
    with pytest.raises(ConfigurationError, match=rf"FACELOGIN_RECOGNISER: .*m\.onnx .*{told}"):
        recogniser(given).load()


@pytest.mark.parametrize("batch", ["n", 1])
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_mirrored_chips_are_embedded_in_any_batch(
    batch: str | int, layout: str, tmp_path: Path, seen: Observation, face: Face
) -> None:
    """The plain mean of a chip's 16 parts and of its mirror image's, which NumPy makes as well."""
    turned = helper.make_node("Transpose", ["chips"], ["x"], perm=[0, 3, 1, 2])
    content = pooling(given=(batch, 3, 112, 112), made=(batch, 48))
    if layout == "nhwc":
        content = model(
            [
                turned,
                helper.make_node(
                    "AveragePool", ["x"], ["small"], kernel_shape=[28] * 2, strides=[28] * 2
                ),
                helper.make_node("Flatten", ["small"], ["flat"]),
            ],
            inputs=[helper.make_tensor_value_info("chips", FLOAT, [batch, 112, 112, 3])],
            outputs=[helper.make_tensor_value_info("flat", FLOAT, [batch, 48])],
        )
    options = {"layout": layout, "colours": "bgr", "scale": 0.5, "mean": [10, 20, 30]}
    plain = recogniser(brought(tmp_path / "a.onnx", content, **options))
    mirrored = recogniser(brought(tmp_path / "b.onnx", content, mirror=True, **options))
    assert (plain.dimension, mirrored.dimension) == (48, 48)
    one, other = plain.embed(seen, face), mirrored.embed(seen, face)
    flipped = one.reshape(3, 4, 4)[:, :, ::-1].ravel()
    both = (one + flipped) / np.linalg.norm(one + flipped)
    assert distance(other, both.astype(np.float32)) < 1e-5
    assert distance(one, other) > 0.01


def test_an_output_of_norm_one_is_taken_as_it_is(
    tmp_path: Path, seen: Observation, face: Face
) -> None:
    content = after("LpNormalization", "flat", axis=1, p=2)
    kept = recogniser(brought(tmp_path / "a.onnx", content, normalise=False)).embed(seen, face)
    made = recogniser(brought(tmp_path / "b.onnx", pooling())).embed(seen, face)
    assert distance(kept, made) < 1e-5


def test_a_face_without_an_embedding_is_refused_and_logged(
    tmp_path: Path, seen: Observation, face: Face, caplog: pytest.LogCaptureFixture
) -> None:
    blind = recogniser(brought(tmp_path / "m.onnx", blind_to_skin()))
    blind.load()
    with pytest.raises(ImageUnreadable):
        blind.embed(seen, face)
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.getMessage() == "a network made no embedding of a face"
    assert vars(record)["engine"] == "custom-small"


def test_without_a_table_an_own_recogniser_says_how_to_make_one(tmp_path: Path) -> None:
    given = brought(tmp_path / "m.onnx", pooling())
    with pytest.raises(ConfigurationError, match=r"custom-small has no table.*evaluate calibrate"):
        calibration_of(CUSTOM, EngineFiles(custom=given))


def test_a_table_is_the_settings_or_the_descriptions(tmp_path: Path) -> None:
    given = brought(tmp_path / "m.onnx", pooling(), calibration="own.json")
    with pytest.raises(ConfigurationError, match=r"can't be read from .*own\.json"):
        calibration_of(CUSTOM, EngineFiles(custom=given))
    table = borrowed_table(given, tmp_path / "own.json")
    assert calibration_of(CUSTOM, EngineFiles(custom=given)).engine.id == "custom-small"
    elsewhere = table.rename(tmp_path / "elsewhere.json")
    files = EngineFiles(custom=given, calibration_file=elsewhere)
    assert calibration_of(CUSTOM, files).engine.id == "custom-small"


def test_a_table_of_another_version_is_refused(tmp_path: Path) -> None:
    given = brought(tmp_path / "m.onnx", pooling())
    table = borrowed_table(given, tmp_path / "own.json")
    changed = brought(tmp_path / "m.onnx", pooling(), mirror=True, calibration=table.name)
    with pytest.raises(ConfigurationError, match=r"are for engine custom-small 1\+.*, not for"):
        calibration_of(CUSTOM, EngineFiles(custom=changed))


def test_templates_find_an_own_recogniser_beside_another_engine(tmp_path: Path) -> None:
    files = EngineFiles(custom=brought(tmp_path / "m.onnx", pooling()))
    own, dlib = ref_of(CUSTOM, files), ref_of(DLIB, files)
    assert names_of([own, dlib], files) == {own: CUSTOM, dlib: DLIB}
    for engine, known in ((own, EngineFiles()), (EngineRef(own.id, "1+0"), files)):
        with pytest.raises(EngineUnavailable, match=r"custom-small 1\+.*FACELOGIN_RECOGNISER"):
            names_of([engine], known)
