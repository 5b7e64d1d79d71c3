"""OpenCV Zoo's YuNet as ONNX: where faces are in a picture, and five points of each.

The published file stores its weights as blocks of int8, some of which ONNX Runtime refuses to
multiply out, and fixes the size of the picture. Here they are multiplied out once, the picture may
have any size, and the heads of the three strides are joined.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from tools.weights.errors import GraphFormatError
from tools.weights.onnx_graph import OnnxGraph

INPUT = "image"
STRIDES = (8, 16, 32)
FEATURES = 64
"""Channels of what the heads see."""
HEADS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
"""The outputs of each stride, and how many numbers each place has."""
_KEPT = {"Conv", "Relu", "MaxPool", "Add", "Resize", "Transpose", "Sigmoid", "Reshape"}


def yunet_onnx(published: bytes) -> bytes:
    """Convert face_detection_yunet_2023mar_int8bq.onnx.

    The model: `image` float32 (1, height, width, 3), red first, 0..255, both sizes multiples of 32;
    to `scores` float32 (1, places), the geometric mean of "a face" and "an object" as the authors
    use it, `boxes` float32 (1, places, 4) and `points` float32 (1, places, 10). The places are
    those of stride 8, then 16, then 32, each along rows. With the place's corner
    c = stride (column, row): the box's centre is c + stride (first two), its size stride exp(last
    two), a point c + stride (x, y); eye on the image's left, eye on its right, nose, corners of the
    mouth. `fine` float32 (1, 64, height / 8, width / 8) and `coarse` (1, 64, height / 16, width /
    16) are what the heads of these strides are computed from.
    Raises GraphFormatError.
    """
    try:
        source = onnx.load_model_from_string(published).graph
        graph = OnnxGraph("yunet")
        made = _convert(source, graph)
    except (DecodeError, KeyError, IndexError, StopIteration, ValueError) as error:
        raise GraphFormatError(f"this is not the YuNet network: {error!r}.") from error
    joined = {
        head: graph.add("Concat", *(made[f"{head}_{stride}"] for stride in STRIDES), axis=1)
        for head in HEADS
    }
    product = graph.add("Mul", joined["cls"], joined["obj"])
    scores = graph.add(
        "Reshape", graph.add("Sqrt", product), graph.constant(np.array([1, -1], np.int64), "shape")
    )
    graph.output(scores, "scores", (1, "places"), dtype=np.float32)
    graph.output(joined["bbox"], "boxes", (1, "places", HEADS["bbox"]), dtype=np.float32)
    graph.output(joined["kps"], "points", (1, "places", HEADS["kps"]), dtype=np.float32)
    for name, stride in (("fine", 8), ("coarse", 16)):
        graph.output(
            made[_seen_by_head(source, STRIDES.index(stride))],
            name,
            (1, FEATURES, f"height/{stride}", f"width/{stride}"),
            dtype=np.float32,
        )
    return graph.serialise()


def _seen_by_head(source: onnx.GraphProto, level: int) -> str:
    """Name the tensor of the published file that the heads of one stride take."""
    wanted = f"bbox_head.multi_level_cls.{level}.conv1."
    return str(
        next(
            n.input[0] for n in source.node if n.op_type == "Conv" and n.input[1].startswith(wanted)
        )
    )


def _convert(source: onnx.GraphProto, graph: OnnxGraph) -> Mapping[str, str]:
    """Add the network's nodes; returns the new names of its tensors."""
    constants = {item.name: numpy_helper.to_array(item) for item in source.initializer}
    image = graph.input(INPUT, (1, "height", "width", 3), dtype=np.float32)
    blue_first = graph.add(
        "Gather", image, graph.constant(np.array([2, 1, 0], np.int64), "order"), axis=3
    )
    names = {source.input[0].name: graph.add("Transpose", blue_first, perm=[0, 3, 1, 2])}
    for node in source.node:
        if node.op_type == "DequantizeLinear":
            constants[node.output[0]] = _dequantised(node, constants)
        elif node.op_type == "Reshape" and node.input[0] in constants:
            shape = constants[node.input[1]]
            constants[node.output[0]] = constants[node.input[0]].reshape(shape)
        elif node.op_type in _KEPT:
            inputs = [_name(name, names, constants, graph) for name in node.input]
            names[node.output[0]] = graph.add(node.op_type, *inputs, **_attributes(node))
        else:
            raise GraphFormatError(f"{node.output[0]} is made by {node.op_type}.")
    return names


def _name(
    name: str, names: dict[str, str], constants: Mapping[str, NDArray[Any]], graph: OnnxGraph
) -> str:
    if name not in names:
        names[name] = graph.constant(constants[name], "constant")
    return names[name]


def _dequantised(node: onnx.NodeProto, constants: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Multiply out (values - zeros) * scales, each scale of one block along the axis."""
    values, scales, zeros = (constants[name] for name in node.input)
    attributes = _attributes(node)
    axis, size = attributes["axis"], attributes["block_size"]
    block = np.arange(values.shape[axis]) // size
    zero, scale = (np.take(part, block, axis=axis).astype(np.float64) for part in (zeros, scales))
    whole: NDArray[np.float32] = ((values - zero) * scale).astype(np.float32)
    return whole


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    found = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    return {
        key: value.decode() if isinstance(value, bytes) else value for key, value in found.items()
    }
