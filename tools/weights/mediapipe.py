"""MediaPipe's BlazeFace and FaceMesh, as @vladmandic/human carries them, as ONNX models."""

import numpy as np

from tools.weights.errors import GraphFormatError
from tools.weights.onnx_graph import OnnxGraph
from tools.weights.tfjs_graph import TfjsGraph, read_tfjs_graph
from tools.weights.tfjs_onnx import Plane, convert

INPUT = "image"
MESH_SIDE, MESH_POINTS = 192, 468
BOX_VALUES = 16
_STRIDE_MULTIPLE = 32
_BLAZEFACE_HEADS = {"Identity": 2, "Identity_1": 6, "Identity_2": 32, "Identity_3": 96}


def blazeface_onnx(model_json: bytes, weights: bytes) -> bytes:
    """Convert blazeface.json and blazeface.bin.

    The model: `image` float32 (1, height, width, 3), red first, 0..255, both sizes any multiples
    of 32; to `logits` float32 (1, anchors) and `boxes` float32 (1, anchors, 16). The anchors are
    those of stride 16, two at each place, then those of stride 32, six at each place; places run
    along rows. Boxes hold, in pixels of the input and relative to the anchor's centre, the box's
    centre (x, y); its size (width, height); six points (x, y). Raises GraphFormatError.
    """
    source = read_tfjs_graph(model_json, weights)
    onnx = OnnxGraph("blazeface")
    image = onnx.input(INPUT, (1, "height", "width", 3), dtype=np.float32)
    # x / 127.5 - 1 = (x - 127.5) / 127.5. The shift must come before the convolution pads with
    # zeros; the factor goes into its weights.
    shifted = onnx.add("Sub", image, onnx.constant(np.array([127.5], np.float32), "middle"))
    planes = onnx.add("Transpose", shifted, perm=[0, 3, 1, 2])
    made = convert(
        source,
        into=onnx,
        source=Plane(planes, channels=3, stored=3, multiple=_STRIDE_MULTIPLE),
        input_scale=1 / 127.5,
    )
    heads = {name: made[_result_of(source, name)] for name in _BLAZEFACE_HEADS}
    if {name: head.channels for name, head in heads.items()} != _BLAZEFACE_HEADS:
        raise GraphFormatError("the detector's outputs are not the four that were expected.")
    logits = [_rows(onnx, heads[name].name, [1, -1]) for name in ("Identity", "Identity_1")]
    boxes = [
        _rows(onnx, heads[name].name, [1, -1, BOX_VALUES]) for name in ("Identity_2", "Identity_3")
    ]
    onnx.output(onnx.add("Concat", *logits, axis=1), "logits", (1, "anchors"), dtype=np.float32)
    onnx.output(
        onnx.add("Concat", *boxes, axis=1), "boxes", (1, "anchors", BOX_VALUES), dtype=np.float32
    )
    return onnx.serialise()


def facemesh_onnx(model_json: bytes, weights: bytes) -> bytes:
    """Convert facemesh.json and facemesh.bin.

    The model: `image` float32 (1, 192, 192, 3), red first, 0..255; to `presence` float32 (1, 1),
    already between 0 and 1, and `mesh` float32 (1, 468, 3), x and y in pixels of the input (y
    down), z on the same scale. The contours are left out. Raises GraphFormatError.
    """
    whole = read_tfjs_graph(model_json, weights)
    presence_node, mesh_node = _result_of(whole, "Identity_1"), _result_of(whole, "Identity_2")
    source = _needed_for(whole, (presence_node, mesh_node))
    onnx = OnnxGraph("facemesh")
    image = onnx.input(INPUT, (1, MESH_SIDE, MESH_SIDE, 3), dtype=np.float32)
    planes = onnx.add("Transpose", image, perm=[0, 3, 1, 2])
    made = convert(
        source,
        into=onnx,
        source=Plane(planes, channels=3, stored=3, multiple=MESH_SIDE),
        input_scale=1 / 255,
    )
    if (made[presence_node].channels, made[mesh_node].channels) != (1, MESH_POINTS * 3):
        raise GraphFormatError("the mesh's outputs are not the ones that were expected.")
    presence = _rows(onnx, made[presence_node].name, [1, 1])
    onnx.output(presence, "presence", (1, 1), dtype=np.float32)
    mesh = _rows(onnx, made[mesh_node].name, [1, MESH_POINTS, 3])
    onnx.output(mesh, "mesh", (1, MESH_POINTS, 3), dtype=np.float32)
    return onnx.serialise()


def _result_of(graph: TfjsGraph, output: str) -> str:
    """Name the last node before `output` that isn't a reshape or an identity."""
    by_name = {node.name: node for node in graph.nodes}
    node = by_name.get(output)
    while node is not None and node.operation in ("Identity", "Reshape"):
        node = by_name.get(node.inputs[0])
    if node is None:
        raise GraphFormatError(f"the graph has no output {output}.")
    return node.name


def _needed_for(graph: TfjsGraph, results: tuple[str, ...]) -> TfjsGraph:
    """Return the part of the graph that computes `results`, with the reshapes after them."""
    needed = set(results)
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.inputs)
    kept = [
        node
        for node in graph.nodes
        if node.name in needed or (node.operation == "Reshape" and node.inputs[0] in needed)
    ]
    return TfjsGraph(nodes=tuple(kept), constants=graph.constants)


def _rows(onnx: OnnxGraph, plane: str, shape: list[int]) -> str:
    """Reshape an NCHW plane as TensorFlow would: channels last, then `shape`."""
    last = onnx.add("Transpose", plane, perm=[0, 2, 3, 1])
    return onnx.add("Reshape", last, onnx.constant(np.array(shape, np.int64), "shape"))
