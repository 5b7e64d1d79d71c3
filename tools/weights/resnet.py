"""dlib's face recognition network as ONNX: 150x150 face chips to 128 numbers each.

The affine layers are folded into the convolutions before them, and the input's (x - mean) / 256
into the first one, which has no padding that this could disturb. Where a branch and the pooled
skip around it differ in size, dlib adds them as if the smaller were extended by zeros at the
bottom, at the right and behind the last channel; the graph extends them so.
"""

from dataclasses import dataclass, replace

import numpy as np

from tools.weights.dat_layers import (
    AddPrevious,
    Affine,
    Convolution,
    FullyConnected,
    ImageInput,
    Layer,
    Mark,
    Pooling,
    Relu,
    read_metric_network,
)
from tools.weights.errors import DatFormatError
from tools.weights.onnx_graph import OnnxGraph

INPUT, OUTPUT = "chips", "embeddings"
CHIP_SIDE, EMBEDDING_SIZE = 150, 128
_INPUT_SCALE = 256.0


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    channels: int
    rows: int
    columns: int


def resnet_onnx(dat: bytes) -> bytes:
    """Convert the bytes of dlib_face_recognition_resnet_model_v1.dat.

    The model: `chips` uint8 (n, 150, 150, 3), red first, to `embeddings` float32 (n, 128), not
    normalised (their length is 1.2 to 1.7). Raises DatFormatError for any other file.
    """
    network = read_metric_network(dat)
    if (network.image.rows, network.image.columns) != (CHIP_SIDE, CHIP_SIDE):
        raise DatFormatError(f"the network takes {network.image.rows} rows instead of {CHIP_SIDE}.")
    graph = OnnxGraph("resnet")
    chips = graph.input(INPUT, ("n", CHIP_SIDE, CHIP_SIDE, 3), dtype=np.uint8)
    planes = graph.add("Transpose", chips, perm=[0, 3, 1, 2])
    numbers = graph.add("Cast", planes, to=1)
    layers = _without_affine(_with_input_folded(network.layers, network.image))
    embedding = _Emitter(graph, _Tensor(numbers, 3, CHIP_SIDE, CHIP_SIDE)).emit(layers)
    graph.output(embedding.name, OUTPUT, ("n", EMBEDDING_SIZE), dtype=np.float32)
    return graph.serialise()


def _with_input_folded(layers: tuple[Layer, ...], image: ImageInput) -> list[Layer]:
    first = layers[0]
    if not isinstance(first, Convolution) or first.padding != (0, 0):
        raise DatFormatError("the network doesn't begin with a convolution without padding.")
    filters = first.filters.astype(np.float64) / _INPUT_SCALE
    means = np.asarray(image.means, dtype=np.float64)
    bias = first.bias - np.einsum("oiyx,i->o", filters, means)
    return [replace(first, filters=filters, bias=bias), *layers[1:]]


def _without_affine(layers: list[Layer]) -> list[Layer]:
    """Merge each affine layer into the convolution before it, in double precision."""
    merged: list[Layer] = []
    for layer in layers:
        if not isinstance(layer, Affine):
            merged.append(layer)
            continue
        convolution = merged.pop() if merged else None
        if not isinstance(convolution, Convolution):
            raise DatFormatError("an affine layer doesn't follow a convolution.")
        gamma = layer.gamma.astype(np.float64)
        filters = convolution.filters * gamma[:, None, None, None]
        bias = convolution.bias * gamma + layer.beta
        merged.append(replace(convolution, filters=filters, bias=bias))
    return merged


class _Emitter:
    """Walks the layers and adds the nodes that compute them."""

    def __init__(self, graph: OnnxGraph, source: _Tensor) -> None:
        self._graph = graph
        self._current = source
        self._tags: list[_Tensor] = []
        self._branch: _Tensor | None = None  # set between a skip and its addition

    def emit(self, layers: list[Layer]) -> _Tensor:
        """Add every layer in turn; returns the last one's output."""
        previous: Layer | None = None
        for layer in layers:
            match layer:
                case Mark() if isinstance(previous, Mark):
                    self._branch = self._tags.pop()
                    self._current = self._tags[-1]
                case Mark():
                    self._tags.append(self._current)
                case Convolution():
                    self._current = self._convolution(layer)
                case Pooling():
                    self._current = self._pooling(layer)
                case Relu():
                    name = self._graph.add("Relu", self._current.name)
                    self._current = replace(self._current, name=name)
                case AddPrevious():
                    self._current = self._addition()
                case FullyConnected():
                    self._current = self._fully_connected(layer)
                case Affine():
                    raise DatFormatError("an affine layer was left over.")
            previous = layer
        return self._current

    def _convolution(self, layer: Convolution) -> _Tensor:
        rows, columns = layer.filters.shape[2:]
        name = self._graph.convolve(
            self._current.name,
            layer.filters,
            layer.bias,
            stride=layer.stride,
            pads=layer.padding * 2,
        )
        reduced = self._reduced((rows, columns), layer.stride, layer.padding)
        return _Tensor(name, layer.filters.shape[0], *reduced)

    def _pooling(self, layer: Pooling) -> _Tensor:
        if layer.window is None:
            name = self._graph.add("GlobalAveragePool", self._current.name)
            return _Tensor(name, self._current.channels, 1, 1)
        name = self._graph.add(
            "MaxPool" if layer.kind == "max" else "AveragePool",
            self._current.name,
            kernel_shape=list(layer.window),
            strides=list(layer.stride),
            pads=list(layer.padding * 2),
        )
        reduced = self._reduced(layer.window, layer.stride, layer.padding)
        return _Tensor(name, self._current.channels, *reduced)

    def _reduced(
        self, window: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
    ) -> tuple[int, int]:
        """Return the rows and columns that a window leaves of the current tensor."""
        rows = (self._current.rows + 2 * padding[0] - window[0]) // stride[0] + 1
        columns = (self._current.columns + 2 * padding[1] - window[1]) // stride[1] + 1
        return rows, columns

    def _addition(self) -> _Tensor:
        if not self._tags:
            raise DatFormatError("an addition has no earlier layer to add.")
        tagged = self._tags.pop()
        other = tagged if self._branch is None else self._branch
        self._branch = None
        shape = (
            max(self._current.channels, other.channels),
            max(self._current.rows, other.rows),
            max(self._current.columns, other.columns),
        )
        name = self._graph.add(
            "Add", self._extended(self._current, shape), self._extended(other, shape)
        )
        return _Tensor(name, *shape)

    def _extended(self, tensor: _Tensor, shape: tuple[int, int, int]) -> str:
        """Add zeros at the end of each dimension that is shorter than in `shape`."""
        channels, rows, columns = shape
        name = tensor.name
        if channels != tensor.channels:
            name = self._graph.extend_channels(name, tensor.channels, channels)
        if (rows, columns) != (tensor.rows, tensor.columns):
            same = np.ones((channels, 1, 1, 1))  # as in extend_channels, rather than a Pad
            pads = (0, 0, rows - tensor.rows, columns - tensor.columns)
            name = self._graph.convolve(name, same, pads=pads, groups=channels)
        return name

    def _fully_connected(self, layer: FullyConnected) -> _Tensor:
        flat = self._graph.add("Flatten", self._current.name, axis=1)
        name = self._graph.add("MatMul", flat, self._graph.constant(layer.weights, "weights"))
        return _Tensor(name, layer.weights.shape[1], 1, 1)
