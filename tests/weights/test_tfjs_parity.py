"""The converted BlazeFace and FaceMesh against the originals, run by TensorFlow.js.

Differences are measured against each output's own range, because the raw values reach hundreds.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import faces
from tools.weights.sources import (
    BLAZEFACE_BIN,
    BLAZEFACE_JSON,
    FACEMESH_BIN,
    FACEMESH_JSON,
    SourceFile,
)
from tools.weights.tfjs_graph import read_tfjs_graph
from weights.tfjs_oracle import TfjsOracle

TOLERANCE = 1e-3  # of the output's range

Image = NDArray[np.float32]  # (1, height, width, 3), red first, 0..255
Outputs = list[NDArray[np.float32]]
Heads = Callable[[Image], Outputs]


def noise(height: int, width: int, *, seed: int) -> Image:
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (1, height, width, 3)).astype(np.float32)


def letterboxed(rgb: NDArray[np.uint8], height: int, width: int) -> Image:
    """The whole picture, as large as fits, centred on black."""
    scale = min(height / rgb.shape[0], width / rgb.shape[1])
    inner_width, inner_height = round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)
    small = cv2.resize(rgb, (inner_width, inner_height), interpolation=cv2.INTER_AREA)
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    canvas = np.zeros((1, height, width, 3), np.float32)
    canvas[0, top : top + inner_height, left : left + inner_width] = small
    return canvas


def face_crop(rgb: NDArray[np.uint8], *, centre: tuple[int, int], side: int) -> Image:
    """A square about centre (x, y), scaled to the 192 pixels of the mesh model."""
    left, top = centre[0] - side // 2, centre[1] - side // 2
    crop = rgb[top : top + side, left : left + side]
    return cv2.resize(crop, (192, 192), interpolation=cv2.INTER_AREA)[None].astype(np.float32)


def blazeface_images(height: int, width: int) -> dict[str, Image]:
    return {
        "noise": noise(height, width, seed=1),
        "astronaut": letterboxed(faces.astronaut_rgb(), height, width),
        "obama": letterboxed(faces.image_rgb("obama.jpg"), height, width),
        "biden": letterboxed(faces.image_rgb("biden.jpg"), height, width),
        "white": np.full((1, height, width, 3), 255, np.float32),
    }


def facemesh_images() -> dict[str, Image]:
    return {
        "noise": noise(192, 192, seed=2),
        "astronaut": face_crop(faces.astronaut_rgb(), centre=(225, 125), side=180),
        "astronaut off centre": face_crop(faces.astronaut_rgb(), centre=(250, 150), side=220),
        "obama": letterboxed(faces.image_rgb("obama.jpg"), 192, 192),
        "black": np.zeros((1, 192, 192, 3), np.float32),
    }


def assert_alike(ours: NDArray[np.float32], original: NDArray[np.float32], what: str) -> None:
    assert ours.shape == original.shape, what
    span = float(original.max() - original.min())
    worst = float(np.abs(ours - original).max())
    assert worst <= TOLERANCE * span, f"{what}: differs by {worst / span:.1e} of its range"


@pytest.fixture(scope="module")
def blazeface(run_model: Any) -> Heads:
    """Our logits and boxes, cut at the end of the finer anchors: the original's four outputs."""

    def run(image: Image) -> Outputs:
        made = run_model("blazeface.onnx", image)
        fine = image.shape[1] * image.shape[2] // 16**2 * 2
        logits, boxes = made["logits"][..., None], made["boxes"]
        return [logits[:, :fine], logits[:, fine:], boxes[:, :fine], boxes[:, fine:]]

    return run


def test_blazeface_agrees_with_the_original_at_its_own_size(
    sources: Mapping[SourceFile, Path], tfjs_oracle: TfjsOracle, blazeface: Heads
) -> None:
    images = blazeface_images(256, 256)
    originals = tfjs_oracle.run(
        sources[BLAZEFACE_JSON],
        sources[BLAZEFACE_BIN],
        [image / np.float32(127.5) - 1 for image in images.values()],
        ["Identity", "Identity_1", "Identity_2", "Identity_3"],
    )
    for (name, image), original in zip(images.items(), originals, strict=True):
        for number, (our_head, head) in enumerate(zip(blazeface(image), original, strict=True)):
            assert_alike(our_head, head, f"{name}, output {number}")


@pytest.mark.parametrize(("height", "width"), [(160, 128), (128, 160), (96, 224), (32, 32)])
def test_blazeface_agrees_with_the_originals_layers_at_other_sizes(
    height: int,
    width: int,
    sources: Mapping[SourceFile, Path],
    tfjs_oracle: TfjsOracle,
    blazeface: Heads,
) -> None:
    """The original reshapes to 256x256's anchors only, so its last convolutions are compared."""
    images = blazeface_images(height, width)
    originals = tfjs_oracle.run(
        sources[BLAZEFACE_JSON],
        sources[BLAZEFACE_BIN],
        [image / np.float32(127.5) - 1 for image in images.values()],
        last_convolutions(sources),
    )
    for (name, image), planes in zip(images.items(), originals, strict=True):
        ours = blazeface(image)
        for number, (our_head, plane) in enumerate(zip(ours, planes, strict=True)):
            values = our_head.shape[2]  # 1 for a logit, 16 for a box
            assert_alike(our_head, plane.reshape(1, -1, values), f"{name}, output {number}")


def last_convolutions(sources: Mapping[SourceFile, Path]) -> list[str]:
    """The nodes whose NHWC results the original reshapes into its four outputs, in order."""
    graph = read_tfjs_graph(
        sources[BLAZEFACE_JSON].read_bytes(), sources[BLAZEFACE_BIN].read_bytes()
    )
    inputs = {node.name: node.inputs for node in graph.nodes}
    outputs = ("Identity", "Identity_1", "Identity_2", "Identity_3")
    return [inputs[inputs[output][0]][0] for output in outputs]


def test_facemesh_agrees_with_the_original(
    sources: Mapping[SourceFile, Path], tfjs_oracle: TfjsOracle, run_model: Any
) -> None:
    images = facemesh_images()
    originals = tfjs_oracle.run(
        sources[FACEMESH_JSON],
        sources[FACEMESH_BIN],
        [image / np.float32(255) for image in images.values()],
        ["Identity_1", "Identity_2"],
    )
    for (name, image), (presence, mesh) in zip(images.items(), originals, strict=True):
        ours = run_model("facemesh.onnx", image)
        assert abs(float(ours["presence"][0, 0] - presence[0, 0])) <= TOLERANCE, name
        assert_alike(ours["mesh"], mesh.reshape(1, 468, 3), name)


def test_the_presence_flag_is_a_probability_that_tells_a_face_from_noise(run_model: Any) -> None:
    images = facemesh_images()
    presence = {
        name: float(run_model("facemesh.onnx", images[name])["presence"][0, 0])
        for name in ("astronaut", "noise", "black")
    }
    assert presence["astronaut"] > 0.9
    assert 0 <= presence["noise"] < 0.1
    assert 0 <= presence["black"] < 0.1


@pytest.mark.parametrize(("height", "width"), [(160, 128), (256, 256), (32, 64)])
def test_blazeface_gives_the_anchors_of_both_strides(
    height: int, width: int, run_model: Any
) -> None:
    made = run_model("blazeface.onnx", noise(height, width, seed=3))
    anchors = height * width // 16**2 * 2 + height * width // 32**2 * 6
    assert made["logits"].shape == (1, anchors)
    assert made["boxes"].shape == (1, anchors, 16)


def test_blazeface_finds_the_astronauts_face_where_it_is(blazeface: Heads) -> None:
    image = letterboxed(faces.astronaut_rgb(), 256, 256)
    fine_logits, _, fine_boxes, _ = blazeface(image)
    best = int(fine_logits.argmax())
    place = best // 2
    anchor = np.array([(place % 16 + 0.5) * 16, (place // 16 + 0.5) * 16])
    centre = anchor + fine_boxes[0, best, :2]
    assert fine_logits.max() > 0
    assert np.linalg.norm(centre - np.array([112, 60])) < 12  # half of (224, 120) in 512x512
