"""Small networks that an operator might bring, good ones and others, written as ONNX."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from facelogin.domain.custom_model import CustomModel
from facelogin.face.calibration import bundled_table
from facelogin.face.custom_files import open_custom

DESCRIPTION: Mapping[str, Any] = {
    "name": "small",
    "size": 112,
    "colours": "rgb",
    "scale": 1.0,
    "mean": 0,
    "layout": "nchw",
    "alignment": "arcface112",
    "normalise": True,
    "mirror": False,
}
OF_A_SKIN = 10.0
"""Red is brighter than blue by so much in every face, and in no grey and no noise."""

Shape = Sequence[str | int | None]


def describe(path: Path, **changes: Any) -> None:
    """Write the TOML file beside a model; a key that is None is left out."""
    given = {key: one for key, one in {**DESCRIPTION, **changes}.items() if one is not None}
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in given.items()]
    path.with_suffix(".toml").write_text("".join(lines))


def pinned(path: Path) -> CustomModel:
    return CustomModel(path, hashlib.sha256(path.read_bytes()).hexdigest())


def brought(path: Path, content: bytes, **description: Any) -> CustomModel:
    """Write a model and its description, as an operator would bring them."""
    path.write_bytes(content)
    describe(path, **description)
    return pinned(path)


def pooling(
    *nodes: NodeProto,
    given: Shape = ("n", 3, 112, 112),
    made: Shape = ("n", 48),
    given_type: int = TensorProto.FLOAT,
    made_type: int = TensorProto.FLOAT,
    constants: Mapping[str, Any] | None = None,
    output: str = "flat",
) -> bytes:
    """A network that shrinks a chip ("x") to 4 by 4 pixels ("flat"), and what ``nodes`` add."""
    every = [
        helper.make_node("AveragePool", ["x"], ["small"], kernel_shape=[28] * 2, strides=[28] * 2),
        helper.make_node("Flatten", ["small"], ["flat"]),
        *nodes,
    ]
    return model(
        every,
        inputs=[helper.make_tensor_value_info("x", given_type, given)],
        outputs=[helper.make_tensor_value_info(output, made_type, made)],
        constants=constants,
    )


def model(
    nodes: Sequence[NodeProto],
    *,
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Mapping[str, Any] | None = None,
    domains: Sequence[str] = ("",),
) -> bytes:
    tensors = [
        one if isinstance(one, TensorProto) else numpy_helper.from_array(np.asarray(one), name)
        for name, one in (constants or {}).items()
    ]
    graph = helper.make_graph(nodes, "small", inputs, outputs, tensors)
    opsets = [helper.make_opsetid(domain, 17 if not domain else 1) for domain in domains]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return bytes(made.SerializeToString())


def blind_to_skin() -> bytes:
    """A network that is well with grey and noise, and gives no number for any face."""
    redder = np.array([-1, 0, 1], np.float32).reshape(1, 3, 1, 1)  # blue less red
    return pooling(
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("Conv", ["mean", "redder"], ["less"], kernel_shape=[1, 1]),
        helper.make_node("Add", ["less", "margin"], ["above"]),
        helper.make_node("Sqrt", ["above"], ["root"]),
        helper.make_node("Flatten", ["root"], ["one"]),
        helper.make_node("Add", ["flat", "one"], ["y"]),
        constants={"redder": redder, "margin": np.float32(OF_A_SKIN)},
        output="y",
    )


def external(location: str) -> TensorProto:
    """Weights of 48 numbers that lie in another file."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[48])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "192")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def borrowed_table(brought: CustomModel, path: Path) -> Path:
    """Write dlib's thresholds under the name of a brought model: a table, though not a true one."""
    document = json.loads(bundled_table("resnet128-mirror").read_text())
    ref = open_custom(brought).ref
    document["engine"] = {"id": ref.id, "version": ref.version}
    path.write_text(json.dumps(document))
    return path
