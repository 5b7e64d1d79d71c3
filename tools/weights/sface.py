"""OpenCV Zoo's SFace as ONNX: 112x112 face chips to 128 numbers each.

The batch normalisations after convolutions and after the last product are folded into them: into
the scales of the int8 blocks where the weights are stored as such, so the values stay the published
ones and the file a quarter of what it would be as float32. ONNX Runtime multiplies them out when it
loads the file. The one before the product stays, as a depthwise convolution. The image's middle is
subtracted before the first convolution, which pads with zeros; the scale goes into that
convolution's weights.
"""

import numpy as np

from tools.weights.blocks import Blocks
from tools.weights.errors import GraphFormatError
from tools.weights.onnx_graph import OnnxGraph
from tools.weights.sface_reader import Numbers, SfaceNetwork, Stage, read_sface

INPUT, OUTPUT = "chips", "embeddings"
CHIP_SIDE, EMBEDDING_SIZE = 112, 128
# Up to so many weights an output, convolving twice costs less than going over the output twice.
_FEW_WEIGHTS = 32


def sface_onnx(content: bytes) -> bytes:
    """Convert the bytes of face_recognition_sface_2021dec_int8bq.onnx.

    The model: `chips` uint8 (n, 112, 112, 3), red first, to `embeddings` float32 (n, 128), not
    normalised. Raises GraphFormatError for any other file.
    """
    network = read_sface(content)
    if network.weights.shape[0] != EMBEDDING_SIZE:
        raise GraphFormatError(f"the network gives {network.weights.shape[0]} numbers.")
    graph = OnnxGraph("sface")
    chips = graph.input(INPUT, ("n", CHIP_SIDE, CHIP_SIDE, 3), dtype=np.uint8)
    planes = graph.add("Transpose", chips, perm=[0, 3, 1, 2])
    numbers = graph.add("Cast", planes, to=1)
    middle = graph.constant(np.array([network.middle], np.float32), "middle")
    shifted = graph.add("Sub", numbers, middle)
    embeddings = _product(graph, _convolutions(graph, shifted, network), network)
    graph.output(embeddings, OUTPUT, ("n", EMBEDDING_SIZE), dtype=np.float32)
    return graph.serialise()


def _convolutions(graph: OnnxGraph, source: str, network: SfaceNetwork) -> str:
    """Add the stages and the normalisation behind them; returns a plane of all its channels."""
    name, factors = source, np.full(3, network.scale)
    for stage in network.stages:
        name = _stage(graph, name, stage, factors=factors)
        factors = _signs(stage.slopes)
    before = network.before
    weights = _each(before.factor * factors)
    return graph.convolve(name, weights, before.shift, groups=len(before.shift))


def _product(graph: OnnxGraph, source: str, network: SfaceNetwork) -> str:
    weights = graph.blocks(network.weights.times(network.after.factor))
    bias = network.bias * network.after.factor + network.after.shift
    return graph.add(
        "Gemm",
        graph.add("Flatten", source, axis=1),
        weights,
        graph.constant(bias.astype(np.float32), "bias"),
        transB=1,
    )


def _stage(graph: OnnxGraph, source: str, stage: Stage, *, factors: Numbers) -> str:
    """Add a convolution of `source`, whose channels are to be multiplied by `factors`.

    Its PReLU is slope x + max((1 - slope) x, 0), as convolutions, which keep ONNX Runtime's layout
    of channel blocks. A channel whose slope is above 1 leaves with its sign changed (`_signs`),
    because a maximum can't give it. Where a convolution has few weights, each of the two terms is
    a convolution of the source with the slope inside.
    """
    filters = _with_factors(stage, factors)
    bias = stage.normalisation.shift
    slopes = _signs(stage.slopes) * stage.slopes
    rises = np.abs(1 - stage.slopes)
    channels = len(bias)

    def convolved(weights: Numbers | Blocks, bias: Numbers) -> str:
        return graph.convolve(
            source, weights, bias, stride=stage.stride, pads=stage.pads, groups=stage.groups
        )

    if isinstance(filters, Blocks):
        made = convolved(filters, bias)
        sloped = graph.convolve(made, _each(slopes), groups=channels)
        risen = graph.convolve(made, _each(rises), groups=channels)
    else:
        sloped = convolved(filters * _each(slopes), bias * slopes)
        risen = convolved(filters * _each(rises), bias * rises)
    return graph.add("Add", sloped, graph.add("Relu", risen))


def _with_factors(stage: Stage, factors: Numbers) -> Numbers | Blocks:
    """Fold the factors of the input's channels and the normalisation into the filters."""
    filters = stage.filters.times(stage.normalisation.factor)
    few = np.prod(filters.shape[1:]) <= _FEW_WEIGHTS
    if not few and np.all(factors == 1):
        return filters
    shape = (-1, 1, 1, 1) if stage.groups > 1 else (1, -1, 1, 1)
    return filters.floats() * factors.reshape(shape)


def _signs(slopes: Numbers) -> Numbers:
    return np.where(slopes > 1, -1.0, 1.0)


def _each(factors: Numbers) -> Numbers:
    """One factor for each channel, as the filters of a depthwise convolution."""
    return factors.reshape(-1, 1, 1, 1)
