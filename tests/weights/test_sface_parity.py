"""The converted SFace against the original graph, its weights made constants, in ONNX Runtime."""

import platform
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

import faces
from face.pictures import encoded
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.model_files import check_weights
from tools.weights.errors import GraphFormatError
from tools.weights.sface import sface_onnx
from tools.weights.sources import RESNET_DAT, SFACE_ONNX, SourceFile

TOLERANCE = 1e-4

# Where ArcFace's alignment puts the middles of both eyes, the nose and the corners of the mouth.
TEMPLATE = np.array(
    [
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ]
)

Embed = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
Cut = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


@pytest.fixture(scope="module")
def published(sources: Mapping[SourceFile, Path]) -> bytes:
    return sources[SFACE_ONNX].read_bytes()


def loaded(content: bytes, *, optimised: Path | None = None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    if optimised is not None:
        options.optimized_model_filepath = str(optimised)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def original(published: bytes) -> Embed:
    """The published graph's embedding of one chip, the graph unchanged behind its inputs."""
    model = onnx.load_model_from_string(published)
    image = model.graph.input[0]
    del model.graph.input[:]
    model.graph.input.append(image)  # its weights are constants then
    model.ir_version = 10  # of the file that a graph with blocks of int8 needs
    session = loaded(model.SerializeToString())

    def embed(chip: NDArray[np.uint8]) -> NDArray[np.float32]:
        image = chip.transpose(2, 0, 1)[None].astype(np.float32)
        made: NDArray[np.float32] = session.run(["fc1"], {"data": image})[0][0]
        return made

    return embed


@pytest.fixture(scope="module")
def embed(run_model: Any) -> Embed:
    """The converted network's embeddings of a batch of chips."""
    return lambda chips: run_model("sface.onnx", chips)["embeddings"]


@pytest.fixture(scope="module")
def face_chip() -> Cut:
    """Cuts the largest face of a photograph, 112x112, by its mesh."""
    bad = [check.problem for check in check_weights() if not check.ok]
    if bad:
        faces.missing(f"the face engine's weights ({bad[0]})")
    engine = OnnxFaceEngine()

    def cut(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        seen = engine.observe(encoded(rgb))
        mesh = seen.faces[0].mesh
        assert mesh is not None
        eyes = [mesh[[33, 133]].mean(axis=0), mesh[[263, 362]].mean(axis=0)]
        points = np.array([*eyes, *mesh[[1, 61, 291]]], np.float64)[:, :2]
        return np.asarray(cv2.warpAffine(rgb, similarity(points), (112, 112)), np.uint8)

    return cut


def similarity(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least-squares similarity from points of an image to the template's, 2x3."""
    source, target = points @ (1, 1j), TEMPLATE @ (1, 1j)
    offset = source - source.mean()
    turn = np.vdot(offset, target) / np.vdot(offset, offset)
    shift = target.mean() - turn * source.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def noise_chips(count: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed=112)
    return rng.integers(0, 256, (count, 112, 112, 3), dtype=np.uint8)


@pytest.mark.parametrize("photograph", ["astronaut", "obama.jpg", "obama2.jpg", "biden.jpg"])
def test_a_real_face_has_the_embedding_that_the_original_gives_it(
    photograph: str, face_chip: Cut, original: Embed, embed: Embed
) -> None:
    astronaut = photograph == "astronaut"
    chip = face_chip(faces.astronaut_rgb() if astronaut else faces.image_rgb(photograph))
    assert np.linalg.norm(embed(chip[None])[0] - original(chip)) <= TOLERANCE


@pytest.mark.parametrize("number", range(3))
def test_noise_has_the_embedding_that_the_original_gives_it(
    number: int, original: Embed, embed: Embed
) -> None:
    chip = noise_chips(3)[number]
    assert np.linalg.norm(embed(chip[None])[0] - original(chip)) <= TOLERANCE


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 0, 255)])
def test_a_plain_chip_has_the_embedding_that_the_original_gives_it(
    colour: tuple[int, int, int], original: Embed, embed: Embed
) -> None:
    chip = np.full((112, 112, 3), colour, np.uint8)
    assert np.linalg.norm(embed(chip[None])[0] - original(chip)) <= TOLERANCE


def test_a_batch_of_two_gives_what_two_single_chips_give(embed: Embed) -> None:
    chips = noise_chips(2)
    singles = np.concatenate([embed(chips[:1]), embed(chips[1:])])
    np.testing.assert_allclose(embed(chips), singles, atol=1e-5)


def test_two_photographs_of_one_man_are_nearer_than_those_of_two(
    face_chip: Cut, embed: Embed
) -> None:
    names = ("obama.jpg", "obama2.jpg", "biden.jpg")
    raw = embed(np.stack([face_chip(faces.image_rgb(name)) for name in names]))
    one, same, other = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    assert np.linalg.norm(one - same) < 1.0
    assert np.linalg.norm(one - other) > 1.2


def test_the_file_carries_int8_and_not_the_same_weights_as_float32(published: bytes) -> None:
    assert len(sface_onnx(published)) < 1.03 * len(published)


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"),
    reason="ONNX Runtime's layout of channel blocks is looked for on x86",
)
def test_the_runtime_keeps_its_layout_of_channel_blocks_and_nothing_of_the_int8(
    published: bytes, tmp_path: Path
) -> None:
    loaded(sface_onnx(published), optimised=tmp_path / "optimised.onnx")
    nodes = onnx.load(tmp_path / "optimised.onnx").graph.node
    count = Counter(node.op_type for node in nodes)
    convolutions = count.pop("Conv")
    assert {node.domain for node in nodes if node.op_type == "Conv"} == {"com.microsoft.nchwc"}
    assert convolutions == 27 + 27 + 12 + 1  # the slopes, the rises, what they start from, the end
    assert count == {
        "Transpose": 1,
        "Cast": 1,
        "Sub": 1,
        "ReorderOutput": 1,
        "Flatten": 1,
        "Gemm": 1,
    }


@pytest.mark.parametrize("content", [b"", b"\x00", b"no model"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(GraphFormatError):
        sface_onnx(content)


def test_another_networks_file_is_refused(sources: Mapping[SourceFile, Path]) -> None:
    with pytest.raises(GraphFormatError):
        sface_onnx(sources[RESNET_DAT].read_bytes())


def test_a_file_that_is_cut_short_is_refused(published: bytes) -> None:
    with pytest.raises(GraphFormatError):
        sface_onnx(published[: len(published) // 2])


def renamed(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Dropout").op_type = "Relu"


def transposed(model: onnx.ModelProto) -> None:
    product = next(node for node in model.graph.node if node.op_type == "Gemm")
    next(item for item in product.attribute if item.name == "transB").i = 0


def dilated(model: onnx.ModelProto) -> None:
    convolution = next(node for node in model.graph.node if node.op_type == "Conv")
    next(item for item in convolution.attribute if item.name == "dilations").ints[:] = [2, 2]


def quantised_along_columns(model: onnx.ModelProto) -> None:
    made = next(node for node in model.graph.node if node.input[0] == "pre_fc1_weight_quantized")
    next(item for item in made.attribute if item.name == "axis").i = 0


def without_a_weight(model: onnx.ModelProto) -> None:
    del model.graph.initializer[-1]


@pytest.mark.parametrize(
    "change", [renamed, transposed, dilated, quantised_along_columns, without_a_weight]
)
def test_a_graph_that_differs_is_refused(
    change: Callable[[onnx.ModelProto], None], published: bytes
) -> None:
    model = onnx.load_model_from_string(published)
    change(model)
    with pytest.raises(GraphFormatError):
        sface_onnx(model.SerializeToString())
