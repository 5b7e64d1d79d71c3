"""The layers of a dlib network file, from its input to its output.

dlib writes the outermost layer first and nests the rest in it, but each layer's own values follow
its subnetwork: read in file order they run from input to output. A file doesn't say which tag an
`add_prev` refers to, so tags and skips come out as plain marks.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tools.weights.dat_reader import DatReader
from tools.weights.errors import DatFormatError

Array: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ImageInput:
    """Scaled to `rows` x `columns`; means in the order red, green, blue, in 0..255."""

    means: tuple[float, float, float]
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Convolution:
    """filters: (out, in, rows, columns); bias: (out,); pairs are (y, x). float32 as read."""

    filters: NDArray[np.floating]
    bias: NDArray[np.floating]
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Affine:
    """y = gamma x + beta for each channel; both float32 (channels,)."""

    gamma: Array
    beta: Array


@dataclass(frozen=True, slots=True)
class Pooling:
    """kind is "max" or "average"; window None means the whole image; pairs are (y, x)."""

    kind: str
    window: tuple[int, int] | None
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True, slots=True)
class FullyConnected:
    """y = x W without bias; weights: float32 (inputs, outputs)."""

    weights: Array


@dataclass(frozen=True, slots=True)
class Relu:
    """y = max(x, 0)."""


@dataclass(frozen=True, slots=True)
class AddPrevious:
    """Adds the output of an earlier, tagged layer; the smaller one is extended by zeros."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A tag or a skip: it computes nothing."""


Layer: TypeAlias = Convolution | Affine | Pooling | FullyConnected | Relu | AddPrevious | Mark


@dataclass(frozen=True, slots=True)
class Network:
    """A whole network: its input and its layers in the order in which they are computed."""

    image: ImageInput
    layers: tuple[Layer, ...]


_MARK, _ADD_LAYER, _INNERMOST_LAYER = 1, 2, 3


def read_metric_network(content: bytes) -> Network:
    """Read a network that was trained with dlib's `loss_metric`.

    Raises DatFormatError when the bytes are anything else, too short or too long.
    """
    reader = DatReader(content)
    reader.expect(1, what="the loss layer's version")
    reader.expect_name("loss_metric_2")
    reader.real(), reader.real()  # margin and distance threshold: of use in training only
    network = _read_network(reader)
    if not reader.exhausted:
        raise DatFormatError(f"the network ends at byte {reader.at}, but the file goes on.")
    return network


def _read_network(reader: DatReader) -> Network:
    nesting: list[int] = []
    while (version := reader.integer()) != _INNERMOST_LAYER:
        if version not in (_MARK, _ADD_LAYER):
            raise DatFormatError(f"no layer has version {version} (before byte {reader.at}).")
        nesting.append(version)
    image = _read_image_input(reader)
    layers: list[Layer] = [_read_computation(reader)]
    reader.integer()  # the sample expansion factor, of use in training only
    layers.extend(
        _read_computation(reader) if version == _ADD_LAYER else Mark()
        for version in reversed(nesting)
    )
    return Network(image=image, layers=tuple(layers))


def _read_image_input(reader: DatReader) -> ImageInput:
    reader.expect_name("input_rgb_image_sized")
    means = (reader.real(), reader.real(), reader.real())
    return ImageInput(means=means, rows=reader.count(), columns=reader.count())


def _read_computation(reader: DatReader) -> Layer:
    """Read one layer's own values, then the three switches and three tensors kept for training."""
    name = reader.string()
    layer: Layer
    match name:
        case "con_4":
            layer = _read_convolution(reader)
        case "affine_":
            layer = _read_affine(reader)
        case "fc_2":
            layer = _read_fully_connected(reader)
        case "max_pool_2":
            layer = _read_pooling(reader, kind="max")
        case "avg_pool_2":
            layer = _read_pooling(reader, kind="average")
        case "relu_":
            layer = Relu()
        case "add_prev_":
            layer = AddPrevious()
        case _:
            raise DatFormatError(f"the layer {name!r} (before byte {reader.at}) is unknown.")
    for _ in range(3):
        reader.boolean()
    for _ in range(3):
        reader.tensor()
    return layer


def _read_convolution(reader: DatReader) -> Convolution:
    params = reader.tensor().ravel()
    outputs, rows, columns = reader.count(), reader.count(), reader.count()
    stride = (reader.count(), reader.count())
    padding = (reader.count(), reader.count())
    shape, bias_shape = reader.alias(), reader.alias()
    for _ in range(4):
        reader.real()  # learning rates and weight decays
    split = int(np.prod(shape))
    fits = (shape[0], shape[2], shape[3]) == (outputs, rows, columns)
    if not fits or params.size != split + int(np.prod(bias_shape)):
        raise DatFormatError(f"the convolution before byte {reader.at} contradicts itself.")
    return Convolution(params[:split].reshape(shape), params[split:], stride, padding)


def _read_affine(reader: DatReader) -> Affine:
    params = reader.tensor().ravel()
    gamma_shape, beta_shape = reader.alias(), reader.alias()
    reader.integer()  # the mode: for each channel, as the shapes say too
    split = gamma_shape[1]
    if gamma_shape != beta_shape or params.size != 2 * split:
        raise DatFormatError(f"the affine layer before byte {reader.at} is not for each channel.")
    return Affine(params[:split], params[split:])


def _read_fully_connected(reader: DatReader) -> FullyConnected:
    outputs, inputs = reader.count(), reader.count()
    params = reader.tensor()
    reader.alias(), reader.alias()
    bias_mode = reader.integer()
    for _ in range(4):
        reader.real()
    if bias_mode != 1 or params.size != inputs * outputs:
        raise DatFormatError(f"the last layer before byte {reader.at} has a bias or a wrong size.")
    return FullyConnected(params.reshape(inputs, outputs))


def _read_pooling(reader: DatReader, *, kind: str) -> Pooling:
    rows, columns = reader.count(), reader.count()
    stride = (reader.count(), reader.count())
    padding = (reader.count(), reader.count())
    window = None if rows == columns == 0 else (rows, columns)
    return Pooling(kind, window, stride, padding)
