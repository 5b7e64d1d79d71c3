"""Reads OpenCV Zoo's SFace, a chain of convolutions whose weights are blocks of int8.

The file lists its weights among the graph's inputs, which runtimes take for values to be fed; here
they are read as the constants that they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from tools.weights.blocks import Blocks
from tools.weights.errors import GraphFormatError

Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Normalisation:
    """A batch normalisation as what it computes: factor x + shift, for each channel."""

    factor: Numbers
    shift: Numbers


@dataclass(frozen=True, slots=True)
class Stage:
    """A convolution without bias, the normalisation after it, and the slopes of its PReLU."""

    filters: Blocks
    stride: tuple[int, int]
    pads: tuple[int, int, int, int]
    groups: int
    normalisation: Normalisation
    slopes: Numbers


@dataclass(frozen=True, slots=True)
class SfaceNetwork:
    """(x - middle) * scale, the stages, `before`, flattened; weights x + bias; `after`."""

    middle: float
    scale: float
    stages: tuple[Stage, ...]
    before: Normalisation
    weights: Blocks
    bias: Numbers
    after: Normalisation


def read_sface(content: bytes) -> SfaceNetwork:
    """Read the bytes of face_recognition_sface_2021dec_int8bq.onnx.

    Raises GraphFormatError for anything that is not this chain of operations.
    """
    try:
        graph = onnx.load_model_from_string(content).graph
        return _Reader(graph).network()
    except (DecodeError, KeyError, IndexError, ValueError) as error:
        raise GraphFormatError(f"this is not the SFace network: {error!r}.") from error


class _Reader:
    """Follows the chain from the image to the embedding."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._constants: dict[str, NDArray[Any]] = {
            item.name: numpy_helper.to_array(item) for item in graph.initializer
        }
        self._makers: dict[str, onnx.NodeProto] = {node.output[0]: node for node in graph.node}
        self._users: dict[str, onnx.NodeProto] = {
            name: node for node in graph.node for name in node.input if name not in self._constants
        }
        self._image, self._result = graph.input[0].name, graph.output[0].name
        self._at = self._image

    def network(self) -> SfaceNetwork:
        middle = self._scalar(self._next("Sub").input[1])
        scale = self._scalar(self._next("Mul").input[1])
        stages = tuple(self._stages())
        before = self._normalisation()
        self._next("Dropout")
        self._next("Flatten")
        product = self._next("Gemm")
        after = self._normalisation()
        attributes = _attributes(product)
        if self._at != self._result or attributes != {
            "alpha": 1.0,
            "beta": 1.0,
            "transA": 0,
            "transB": 1,
        }:
            raise GraphFormatError("the network doesn't end with the product that was expected.")
        weights, bias = self._blocks(product.input[1]), self._vector(product.input[2])
        return SfaceNetwork(middle, scale, stages, before, weights, bias, after)

    def _stages(self) -> Iterator[Stage]:
        while self._users[self._at].op_type == "Conv":
            node = self._next("Conv")
            attributes = _attributes(node)
            if attributes["dilations"] != [1, 1] or len(node.input) != 2:
                raise GraphFormatError(f"{node.output[0]}: not a plain convolution without bias.")
            yield Stage(
                filters=self._blocks(node.input[1]),
                stride=tuple(attributes["strides"]),
                pads=tuple(attributes["pads"]),
                groups=attributes["group"],
                normalisation=self._normalisation(),
                slopes=self._constant(self._next("PRelu").input[1]).ravel(),
            )

    def _next(self, operation: str) -> onnx.NodeProto:
        """Step over the one operation that takes the current tensor; it must be this one."""
        node = self._users[self._at]
        if node.op_type != operation or node.input[0] != self._at:
            raise GraphFormatError(f"{self._at} goes into {node.op_type} instead of {operation}.")
        self._at = node.output[0]
        return node

    def _normalisation(self) -> Normalisation:
        node = self._next("BatchNormalization")
        gamma, beta, mean, variance = (self._constant(name) for name in node.input[1:])
        factor = gamma / np.sqrt(variance + _attributes(node)["epsilon"])
        return Normalisation(factor, beta - mean * factor)

    def _blocks(self, name: str) -> Blocks:
        """Read weights that are dequantised along each row, and perhaps reshaped then."""
        node, shape = self._makers[name], None
        if node.op_type == "Reshape":
            shape = tuple(int(size) for size in self._constants[node.input[1]])
            node = self._makers[node.input[0]]
        values, scales, zeros = self._quantised(node)
        rows, blocks = scales.shape
        size = _attributes(node)["block_size"]
        if blocks * size != values.shape[1] or _attributes(node)["axis"] != 1:
            raise GraphFormatError(f"{name}: its rows are not whole blocks.")
        return Blocks(
            values=values.reshape(rows, blocks, size),
            zeros=zeros[:, :, None],
            scales=scales[:, :, None],
            shape=shape or values.shape,
        )

    def _vector(self, name: str) -> Numbers:
        """Dequantise a vector, a block of which has one scale."""
        node = self._makers[name]
        values, scales, zeros = self._quantised(node)
        size = _attributes(node)["block_size"]
        block = np.arange(len(values)) // size
        dequantised: Numbers = (values.astype(np.float64) - zeros[block]) * scales[block]
        return dequantised

    def _quantised(
        self, node: onnx.NodeProto
    ) -> tuple[NDArray[np.int8], Numbers, NDArray[np.int8]]:
        if node.op_type != "DequantizeLinear":
            raise GraphFormatError(f"{node.output[0]} is made by {node.op_type}.")
        values, zeros = (self._constants[node.input[at]] for at in (0, 2))
        if values.dtype != np.int8 or zeros.dtype != np.int8:
            raise GraphFormatError(f"{node.input[0]} is stored as {values.dtype}, not as int8.")
        return values, self._constant(node.input[1]), zeros

    def _constant(self, name: str) -> Numbers:
        return self._constants[name].astype(np.float64)

    def _scalar(self, name: str) -> float:
        return float(self._constants[name].item())


def _attributes(node: onnx.NodeProto) -> Mapping[str, Any]:
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}
