"""Reads a TensorFlow.js graph model: its JSON topology and its binary weights.

The nodes are listed with every input before its user. Strings inside attributes are base64.
Weights lie in one binary file in the manifest's order, as float32, int32 or, where an entry has a
`quantization` of float16, as float16.
"""

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.weights.errors import GraphFormatError

_STORED_AS = {"float32": "<f4", "int32": "<i4", "float16": "<f2"}


@dataclass(frozen=True, slots=True)
class Node:
    """One operation; its inputs are the names of other nodes, constants among them."""

    name: str
    operation: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def text(self, key: str, default: str = "") -> str:
        """Decode a string attribute."""
        value = self.attributes.get(key)
        return default if value is None else _decoded(value["s"])

    def texts(self, key: str) -> tuple[str, ...]:
        """Decode a list of strings; it is empty where there is none."""
        value = self.attributes.get(key, {}).get("list", {})
        return tuple(_decoded(item) for item in value.get("s", ()))

    def spatial(self, key: str) -> tuple[int, int]:
        """Return the (y, x) part of a list with an entry for each NHWC dimension."""
        match [int(item) for item in self.attributes[key]["list"]["i"]]:
            case [1, y, x, 1]:
                return y, x
            case numbers:
                raise GraphFormatError(f"{self.name}: {key} is {numbers}, not [1, y, x, 1].")


@dataclass(frozen=True, slots=True)
class TfjsGraph:
    """A graph model: operations in an order of computation, and constants by name.

    Constants are float32 or int32, in TensorFlow's layouts (HWIO filters, NHWC images).
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, NDArray[Any]]

    def users(self, name: str) -> tuple[Node, ...]:
        """Return the operations that take `name` as an input."""
        return tuple(node for node in self.nodes if name in node.inputs)


def read_tfjs_graph(model_json: bytes, weights: bytes) -> TfjsGraph:
    """Read a model from the bytes of its .json and .bin files.

    Raises GraphFormatError when they are not one graph model with all its weights.
    """
    try:
        model = json.loads(model_json)
        listed = model["modelTopology"]["node"]
        entries = [entry for group in model["weightsManifest"] for entry in group["weights"]]
        nodes = [_node(item) for item in listed if item["op"] != "Const"]
        constants = _constants(entries, weights)
    except (KeyError, TypeError, ValueError) as error:
        raise GraphFormatError(f"this is not a TensorFlow.js graph model: {error!r}.") from error
    return TfjsGraph(nodes=_ordered(nodes, known=set(constants)), constants=constants)


def _node(item: Mapping[str, Any]) -> Node:
    inputs = tuple(name.partition(":")[0] for name in item.get("input", ()))
    return Node(item["name"], item["op"], inputs, item.get("attr") or {})


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise GraphFormatError(f"{text!r} is not base64 of ASCII.") from error


def _constants(entries: Sequence[Mapping[str, Any]], weights: bytes) -> dict[str, NDArray[Any]]:
    constants: dict[str, NDArray[Any]] = {}
    at = 0
    for entry in entries:
        stored = entry.get("quantization", {}).get("dtype", entry["dtype"])
        if stored not in _STORED_AS:
            raise GraphFormatError(f"weight {entry['name']} is stored as {stored}.")
        dtype = np.dtype(_STORED_AS[stored])
        end = at + math.prod(entry["shape"]) * dtype.itemsize
        values = np.frombuffer(weights[at:end], dtype=dtype).reshape(entry["shape"])
        constants[entry["name"]] = values.astype(entry["dtype"])
        at = end
    if at != len(weights):
        raise GraphFormatError(f"the weights take {at} bytes, but the file has {len(weights)}.")
    return constants


def _ordered(nodes: Sequence[Node], *, known: set[str]) -> tuple[Node, ...]:
    """Return the same nodes, each after its inputs, otherwise in the order of the file."""
    ordered: list[Node] = []
    computed = set(known)
    waiting = list(nodes)
    while waiting:
        ready = [node for node in waiting if computed.issuperset(node.inputs)]
        if not ready:
            raise GraphFormatError(f"{waiting[0].name} has an input that nothing computes.")
        ordered.extend(ready)
        computed.update(node.name for node in ready)
        waiting = [node for node in waiting if node.name not in computed]
    return tuple(ordered)
