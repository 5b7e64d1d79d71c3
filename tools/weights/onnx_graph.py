"""Builds one ONNX file node by node, the same bytes for the same calls.

Names are numbered in the order of the calls, nothing carries a time, and the producer, the opset
and the IR version are fixed; so two runs give equal files.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from tools.weights.blocks import Blocks

_OPSET, _IR_VERSION = 17, 8

Attribute: TypeAlias = int | float | str | Sequence[int]
Dimension: TypeAlias = int | str  # a string names a size that is known only when the model runs


class OnnxGraph:
    """A graph under construction; tensors are known by the names that `add` returns."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, shape: Sequence[Dimension], *, dtype: type[np.generic]) -> str:
        """Declare an input of the model; returns its name."""
        self._inputs.append(_declared(name, shape, dtype))
        return name

    def constant(self, values: NDArray[np.generic], label: str) -> str:
        """Store an array in the file; returns the name by which nodes refer to it."""
        name = f"{label}_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def blocks(self, blocks: Blocks) -> str:
        """Store blocks as they are, and add the nodes that multiply them out to float32.

        The difference is exact and the product is rounded once, so every processor gets the same
        weights. ONNX Runtime computes them when it loads the file and keeps nothing else.
        (DequantizeLinear it would leave for every run.)
        """
        values, zeros = (
            self.add("Cast", self.constant(part, label), to=1)
            for part, label in ((blocks.values, "values"), (blocks.zeros, "zeros"))
        )
        scales = self.constant(blocks.scales.astype(np.float32), "scales")
        floats = self.add("Mul", self.add("Sub", values, zeros), scales)
        shape = self.constant(np.array(blocks.shape, np.int64), "shape")
        return self.add("Reshape", floats, shape)

    def add(self, operation: str, *inputs: str, **attributes: Attribute) -> str:
        """Add a node with one output; returns that output's name."""
        name = f"{operation.lower()}_{len(self._nodes)}"
        node = helper.make_node(operation, inputs, [name], name=name)
        node.attribute.extend(
            helper.make_attribute(key, value) for key, value in sorted(attributes.items())
        )
        self._nodes.append(node)
        return name

    def convolve(
        self,
        source: str,
        weights: NDArray[np.floating] | Blocks,
        bias: NDArray[np.floating] | None = None,
        *,
        stride: tuple[int, int] = (1, 1),
        pads: tuple[int, int, int, int] = (0, 0, 0, 0),
        groups: int = 1,
    ) -> str:
        """Add a convolution. weights: (out, in / groups, rows, columns); float32 unless blocks.

        stride is (y, x); pads are (top, left, bottom, right), filled with zeros.
        """
        stored = (
            self.blocks(weights)
            if isinstance(weights, Blocks)
            else self.constant(weights.astype(np.float32), "weights")
        )
        inputs = [source, stored]
        if bias is not None:
            inputs.append(self.constant(bias.astype(np.float32), "bias"))
        return self.add(
            "Conv",
            *inputs,
            kernel_shape=list(weights.shape[2:]),
            strides=list(stride),
            pads=list(pads),
            group=groups,
        )

    def extend_channels(self, source: str, channels: int, wanted: int) -> str:
        """Add channels of zeros behind the `channels` of NCHW tensor `source`.

        A convolution with the identity does it: for a Pad, ONNX Runtime would leave its fast
        layout of channel blocks.
        """
        return self.convolve(source, np.eye(wanted, channels)[:, :, None, None])

    def output(
        self, source: str, name: str, shape: Sequence[Dimension], *, dtype: type[np.generic]
    ) -> None:
        """Declare tensor `source` as the model's output `name`."""
        for node in self._nodes:
            node.output[:] = [name if made == source else made for made in node.output]
            node.input[:] = [name if used == source else used for used in node.input]
        self._outputs.append(_declared(name, shape, dtype))

    def serialise(self) -> bytes:
        """Return the finished model, checked, as the bytes of an .onnx file."""
        graph = helper.make_graph(
            self._nodes, self._name, self._inputs, self._outputs, self._constants
        )
        model = helper.make_model(
            graph,
            producer_name="facelogin",
            producer_version="",
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_opsetid("", _OPSET)],
        )
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))


def _declared(
    name: str, shape: Sequence[Dimension], dtype: type[np.generic]
) -> onnx.ValueInfoProto:
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, list(shape))
