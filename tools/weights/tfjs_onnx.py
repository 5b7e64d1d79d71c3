"""Converts the operations of a TensorFlow.js graph to ONNX nodes.

TensorFlow computes in NHWC, ONNX in NCHW: filters are transposed here, images by the caller at
the input, and results on their way out. Channel counts are rounded up to multiples of 16, because
ONNX Runtime's fastest convolutions work on blocks of channels; the added channels have zero
weights, so they stay zero and change nothing. Where a graph reshapes a result, the channels are
the true ones again.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.weights.errors import GraphFormatError
from tools.weights.onnx_graph import OnnxGraph
from tools.weights.tfjs_graph import Node, TfjsGraph

_BLOCK = 16
_HALVING = 2


@dataclass(frozen=True, slots=True)
class Plane:
    """An NCHW tensor: its ONNX name, its true channels, and those that it really has.

    Its rows and its columns are multiples of `multiple`, whatever the size of the image.
    """

    name: str
    channels: int
    stored: int
    multiple: int


def convert(
    graph: TfjsGraph, *, into: OnnxGraph, source: Plane, input_scale: float
) -> dict[str, Plane]:
    """Add nodes for all of `graph` up to its reshapes; returns the planes by TFJS node name.

    source is the placeholder's NCHW replacement, and its values times `input_scale` are what the
    graph was trained on: the factor goes into the first convolution. Reshape and Identity nodes
    are left out. Raises GraphFormatError for an operation that isn't known.
    """
    converter = _Converter(graph, into, source, input_scale)
    for node in graph.nodes:
        if node.operation not in ("Reshape", "Identity"):
            converter.planes[node.name] = converter.convert(node)
    return converter.planes


class _Converter:
    def __init__(
        self, graph: TfjsGraph, onnx: OnnxGraph, source: Plane, input_scale: float
    ) -> None:
        self.planes: dict[str, Plane] = {}
        self._graph = graph
        self._onnx = onnx
        self._source = source
        self._input_scale = input_scale

    def convert(self, node: Node) -> Plane:  # noqa: PLR0911 - one return for each operation
        """Add the nodes for one operation whose inputs have been converted."""
        match node.operation:
            case "Placeholder":
                return self._source
            case "_FusedConv2D":
                return self._fused_convolution(node)
            case "DepthwiseConv2dNative":
                return self._depthwise(node)
            case "MaxPool":
                return self._max_pool(node)
            case "Pad":
                return self._padded_channels(node)
            case "AddV2":
                return self._addition(node)
            case "Relu" | "Sigmoid":
                plane = self.planes[node.inputs[0]]
                return replace(plane, name=self._onnx.add(node.operation, plane.name))
            case "Prelu":
                return self._prelu(self.planes[node.inputs[0]], self._constant(node, 1))
            case _:
                raise GraphFormatError(f"{node.name}: the operation {node.operation} is unknown.")

    def _fused_convolution(self, node: Node) -> Plane:
        plane = self.planes[node.inputs[0]]
        filters = self._constant(node, 1).transpose(3, 2, 0, 1).astype(np.float64)
        if plane is self._source:
            filters *= self._input_scale
        outputs = filters.shape[0]
        stored = outputs if self._leads_out(node) else _rounded_up(outputs)
        weights = np.zeros((stored, plane.stored, *filters.shape[2:]))
        weights[:outputs, : plane.channels] = filters
        bias = _extended(self._constant(node, 2), stored)
        stride, pads, multiple = self._window(node, plane, filters.shape[2:])
        name = self._onnx.convolve(plane.name, weights, bias, stride=stride, pads=pads)
        made = Plane(name, outputs, stored, multiple)
        match node.texts("fused_ops"):
            case ("BiasAdd",):
                return made
            case ("BiasAdd", "Relu"):
                return replace(made, name=self._onnx.add("Relu", name))
            case ("BiasAdd", "Prelu"):
                return self._prelu(made, self._constant(node, 3))
            case other:
                raise GraphFormatError(f"{node.name}: the fused operations {other} are unknown.")

    def _depthwise(self, node: Node) -> Plane:
        plane = self.planes[node.inputs[0]]
        filters = self._constant(node, 1)
        rows, columns, channels, multiplier = filters.shape
        if channels != plane.channels or multiplier != 1:
            raise GraphFormatError(f"{node.name}: not one filter for each of its channels.")
        weights = np.zeros((plane.stored, 1, rows, columns))
        weights[:channels, 0] = filters[:, :, :, 0].transpose(2, 0, 1)
        stride, pads, multiple = self._window(node, plane, (rows, columns))
        name = self._onnx.convolve(
            plane.name, weights, stride=stride, pads=pads, groups=plane.stored
        )
        return replace(plane, name=name, multiple=multiple)

    def _max_pool(self, node: Node) -> Plane:
        plane = self.planes[node.inputs[0]]
        window = node.spatial("ksize")
        stride, pads, multiple = self._window(node, plane, window)
        name = self._onnx.add(
            "MaxPool",
            plane.name,
            kernel_shape=list(window),
            strides=list(stride),
            pads=list(pads),
        )
        return replace(plane, name=name, multiple=multiple)

    def _padded_channels(self, node: Node) -> Plane:
        plane = self.planes[node.inputs[0]]
        paddings = self._constant(node, 1)
        added = int(paddings[3, 1])
        if paddings.sum() != added:
            raise GraphFormatError(f"{node.name}: pads more than the end of the channels.")
        channels = plane.channels + added
        stored = _rounded_up(channels)
        name = plane.name
        if stored != plane.stored:
            name = self._onnx.extend_channels(name, plane.stored, stored)
        return replace(plane, name=name, channels=channels, stored=stored)

    def _addition(self, node: Node) -> Plane:
        one, other = (self.planes[name] for name in node.inputs)
        if (one.channels, one.stored) != (other.channels, other.stored):
            raise GraphFormatError(f"{node.name}: adds planes with different channels.")
        return replace(one, name=self._onnx.add("Add", one.name, other.name))

    def _prelu(self, plane: Plane, slopes: NDArray[Any]) -> Plane:
        """Give x where x is positive, else slope x, as slope x + (1 - slope) max(x, 0).

        Both factors are convolutions of one weight for each channel, which keep ONNX Runtime's
        layout of channel blocks; PRelu, or a Mul by a constant, would leave it. Where no slope is
        above 1 the maximum is taken of the product, since ONNX Runtime does it in one pass with
        the convolution before it.
        """
        slope = _extended(slopes.ravel(), plane.stored).reshape(-1, 1, 1, 1)
        sloped = self._onnx.convolve(plane.name, slope, groups=plane.stored)
        if slope.max() <= 1:
            product = self._onnx.convolve(plane.name, 1 - slope, groups=plane.stored)
            positive = self._onnx.add("Relu", product)
        else:
            rectified = self._onnx.add("Relu", plane.name)
            positive = self._onnx.convolve(rectified, 1 - slope, groups=plane.stored)
        return replace(plane, name=self._onnx.add("Add", sloped, positive))

    def _window(
        self, node: Node, plane: Plane, window: tuple[int, ...]
    ) -> tuple[tuple[int, int], tuple[int, int, int, int], int]:
        """Return the stride, the pads, and what the result's sizes are a multiple of.

        TensorFlow's SAME padding depends on the image's size. For a size that the stride divides
        it is max(window - stride, 0) in all, the odd pixel at the bottom and the right. A stride
        of 2 gets one row and column more there, which no window reaches: ONNX Runtime sees that
        the size is halved where the padding is window - 1, and then keeps its layout of blocks.
        """
        stride = node.spatial("strides")
        if stride[0] != stride[1]:
            raise GraphFormatError(f"{node.name}: the strides are {stride}, not equal.")
        halves = window[0] == window[1] and stride[0] == _HALVING
        if node.text("padding") == "VALID" and not (halves and window[0] == _HALVING):
            unchanged = set(window) == {1} and stride[0] == 1
            return stride, (0, 0, 0, 0), plane.multiple if unchanged else 1
        if plane.multiple % stride[0] != 0:
            raise GraphFormatError(f"{node.name}: its padding depends on the image's size.")
        top, left = (max(side - stride[0], 0) // 2 for side in window)
        bottom, right = (
            (side - 1 if halves else max(side - stride[0], 0)) - before
            for side, before in zip(window, (top, left), strict=True)
        )
        return stride, (top, left, bottom, right), plane.multiple // stride[0]

    def _leads_out(self, node: Node) -> bool:
        """Whether the result is reshaped next, so that its channels must be the true ones."""
        users = self._graph.users(node.name)
        return any(
            user.operation == "Reshape" or (user.operation == "Sigmoid" and self._leads_out(user))
            for user in users
        )

    def _constant(self, node: Node, position: int) -> NDArray[Any]:
        try:
            return self._graph.constants[node.inputs[position]]
        except (IndexError, KeyError) as error:
            raise GraphFormatError(f"{node.name}: input {position} is not a constant.") from error


def _rounded_up(channels: int) -> int:
    return -(-channels // _BLOCK) * _BLOCK


def _extended(values: NDArray[Any], length: int) -> NDArray[np.float64]:
    extended = np.zeros(length)
    extended[: values.size] = values
    return extended
