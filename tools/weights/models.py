"""The models that are built: from which files, by which conversion, and what they mean."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.weights.mediapipe import blazeface_onnx, facemesh_onnx
from tools.weights.resnet import resnet_onnx
from tools.weights.sface import sface_onnx
from tools.weights.sources import (
    BLAZEFACE_BIN,
    BLAZEFACE_JSON,
    FACEMESH_BIN,
    FACEMESH_JSON,
    RESNET_DAT,
    SFACE_ONNX,
    YUNET_ONNX,
    SourceFile,
)
from tools.weights.yunet import yunet_onnx

# Part of the weights' versions, which templates carry. Raise it when a conversion changes what a
# model computes by more than rounding.
CONVERSION = 1

RECOGNISERS = ("resnet.onnx", "sface.onnx")
"""Models that turn a chip into an embedding; each takes its chips from all the others
but the judges."""
JUDGES = ("yunet.onnx",)
"""Models that only refuse: no embedding depends on them, so no template's version does."""


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output of a model; a size in words is known only when the model runs."""

    name: str
    shape: tuple[int | str, ...]
    dtype: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Model:
    """One file to build. `convert` takes the sources' bytes in their order.

    `remark` is what an operator should know of the model besides its licence.
    """

    file: str
    sources: tuple[SourceFile, ...]
    convert: Callable[..., bytes]
    licence: str
    credit: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    remark: str = ""


MODELS = (
    Model(
        file="resnet.onnx",
        sources=(RESNET_DAT,),
        convert=resnet_onnx,
        licence="CC0-1.0",
        credit="Face recognition network by Davis King (dlib), dedicated to the public domain.",
        inputs=(
            Port(
                "chips",
                ("n", 150, 150, 3),
                "uint8",
                "aligned face chips: n, row, column, colour (red, green, blue)",
            ),
        ),
        outputs=(
            Port("embeddings", ("n", 128), "float32", "one embedding a chip, not normalised"),
        ),
    ),
    Model(
        file="sface.onnx",
        sources=(SFACE_ONNX,),
        convert=sface_onnx,
        licence="Apache-2.0",
        credit="SFace face recognition network by OpenCV Zoo, quantised in blocks of int8.",
        remark="Its authors trained on public research sets (CASIA-WebFace, VGGFace2, MS1MV2 are "
        "named in its paper's repository), as dlib's did on VGG and FaceScrub; an operator who "
        "wants none of that brings their own.",
        inputs=(
            Port(
                "chips",
                ("n", 112, 112, 3),
                "uint8",
                "aligned face chips: n, row, column, colour (red, green, blue)",
            ),
        ),
        outputs=(
            Port("embeddings", ("n", 128), "float32", "one embedding a chip, not normalised"),
        ),
    ),
    Model(
        file="blazeface.onnx",
        sources=(BLAZEFACE_JSON, BLAZEFACE_BIN),
        convert=blazeface_onnx,
        licence="Apache-2.0 AND MIT",
        credit="BlazeFace by the MediaPipe authors (Google), packaged by Vladimir Mandic (MIT).",
        inputs=(
            Port(
                "image",
                (1, "height", "width", 3),
                "float32",
                "row, column, colour (red, green, blue), 0..255; sizes are multiples of 32",
            ),
        ),
        outputs=(
            Port(
                "logits",
                (1, "anchors"),
                "float32",
                "score before the sigmoid; anchors of stride 16, two a place, then of stride 32, "
                "six a place; places along rows, centre (i + .5) stride",
            ),
            Port(
                "boxes",
                (1, "anchors", 16),
                "float32",
                "pixels: centre x, y relative to the anchor; width, height; six points x, y "
                "relative to the anchor: eye on the image's left, eye on its right, nose, mouth, "
                "ear on the image's left, ear on its right",
            ),
        ),
    ),
    Model(
        file="facemesh.onnx",
        sources=(FACEMESH_JSON, FACEMESH_BIN),
        convert=facemesh_onnx,
        licence="Apache-2.0 AND MIT",
        credit="Face Mesh by the MediaPipe authors (Google), packaged by Vladimir Mandic (MIT).",
        inputs=(
            Port(
                "image",
                (1, 192, 192, 3),
                "float32",
                "face crop: row, column, colour (red, green, blue), 0..255",
            ),
        ),
        outputs=(
            Port("presence", (1, 1), "float32", "probability of a face; the sigmoid is applied"),
            Port("mesh", (1, 468, 3), "float32", "points x, y, z in pixels of the crop, y down"),
        ),
    ),
    Model(
        file="yunet.onnx",
        sources=(YUNET_ONNX,),
        convert=yunet_onnx,
        licence="MIT AND Apache-2.0",
        credit="YuNet face detector, Copyright (c) 2020 Shiqi Yu (MIT), packaged by OpenCV Zoo.",
        inputs=(
            Port(
                "image",
                (1, "height", "width", 3),
                "float32",
                "row, column, colour (red, green, blue), 0..255; sizes are multiples of 32",
            ),
        ),
        outputs=(
            Port(
                "scores",
                (1, "places"),
                "float32",
                "0..1; places of stride 8, then 16, then 32, along rows",
            ),
            Port(
                "boxes",
                (1, "places", 4),
                "float32",
                "in strides: centre x, y from the place's corner; logarithms of width and height",
            ),
            Port(
                "points",
                (1, "places", 10),
                "float32",
                "in strides, from the place's corner, x, y: eye on the image's left, eye on its "
                "right, nose, corners of the mouth on the image's left and right",
            ),
            Port("fine", (1, 64, "height/8", "width/8"), "float32", "what stride 8 is judged by"),
            Port(
                "coarse", (1, 64, "height/16", "width/16"), "float32", "what stride 16 is judged by"
            ),
        ),
    ),
)
