"""Where the time of one login goes, and how far each part is from what this machine can do.

The limit of a network is its multiplications, done at the speed of a large single-precision matrix
product on one thread of this machine; that of decoding is the codec's own time. The rest is
measured and has no limit but zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import cv2
import numpy as np
import onnx
from onnx import numpy_helper, shape_inference

from benchmarks import pictures
from benchmarks.ours import Ours
from benchmarks.stages import DECIDE
from facelogin.face.arcface_chip import cut_arcface_chip
from facelogin.face.chip import cut_chip
from facelogin.face.detector import COARSE_PX, BlazeFace
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.images import decode
from facelogin.face.mesh import FaceMesh, five_points
from facelogin.face.model_files import open_model_files
from facelogin.face.networks import Network
from facelogin.face.quality import sharpness
from facelogin.face.region import cut_region, region_of

_TURNS = 60
_GEMM = 1024
BLAZE_PX = (128, 160)
"""Height and width of BlazeFace's input for a picture of 640x480."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: what it took, the least it could take here (None: nobody knows), and why."""

    name: str
    took_ms: float
    limit_ms: float | None = None
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The parts of one login whose face plainly matches, and the speed that the limits assume."""

    parts: Sequence[Part]
    gflops: float

    @property
    def total_ms(self) -> float:
        """All parts together."""
        return sum(part.took_ms for part in self.parts)


class _CountedNetwork(Network):
    """A network whose time is kept."""

    took_s = 0.0

    def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        start = perf_counter()
        try:
            return super().run(batch)
        finally:
            self.took_s += perf_counter() - start


def run() -> Result:
    """Time every part of the same login in turns."""
    jpeg = pictures.genuine()
    files = open_model_files(None)
    names = ("blazeface", "facemesh", "sface")
    nets = {name: _CountedNetwork(files.checked(f"{name}.onnx")) for name in names}
    blaze, mesh = BlazeFace(nets["blazeface"]), FaceMesh(nets["facemesh"])
    pixels = decode(jpeg)
    encoded = np.frombuffer(jpeg, np.uint8)
    (detection, *_) = blaze.detect(pixels, long_side_px=COARSE_PX)
    fitted = mesh.fit(pixels, region_of(detection))
    landmarks = five_points(fitted.points)
    chip = cut_chip(pixels, landmarks)
    aligned = cut_arcface_chip(pixels, fitted.points)
    engine = OnnxFaceEngine()
    engine.load()
    steps: dict[str, Callable[[], object]] = {
        "codec": lambda: cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB),
        "decode": lambda: decode(jpeg),
        "detect": lambda: blaze.detect(pixels, long_side_px=COARSE_PX),
        "mesh": lambda: mesh.fit(pixels, region_of(detection)),
        "region": lambda: cut_region(pixels, region_of(detection)),
        "chip": lambda: cut_chip(pixels, landmarks),
        "focus": lambda: sharpness(chip),
        "arcface": lambda: cut_arcface_chip(pixels, fitted.points),
        "embed": lambda: nets["sface"].run(aligned[None]),
        "observe": lambda: engine.observe(jpeg),
    }
    with TemporaryDirectory() as folder:
        ours = Ours(Path(folder), enrolled=pictures.enrolled(), users=100)
        steps["login"] = lambda: ours.login(jpeg)
        took: dict[str, list[float]] = {name: [] for name in (*steps, *nets, DECIDE)}
        for turn in range(-3, _TURNS):
            for name, step in steps.items():
                for net in nets.values():
                    net.took_s = 0.0
                step()
                start = perf_counter()
                given = step()
                if turn < 0:
                    continue
                took[name].append((perf_counter() - start) * 1000)
                for net_name, net in nets.items():
                    if net.took_s:
                        took[net_name].append(net.took_s / 2 * 1000)
                if name == "login":
                    took[DECIDE].append(given[1][DECIDE])  # type: ignore[index]
        ours.close()
    ms = {name: median(each) for name, each in took.items()}
    gflops = _gemm_gflops()
    return Result(list(_parts(ms, gflops, files.folder)), gflops)


def _parts(ms: dict[str, float], gflops: float, folder: Path) -> Sequence[Part]:
    def network(name: str, words: str, shape: tuple[int, ...]) -> Part:
        operations = 2 * _multiplications(folder / f"{name}.onnx", shape)
        return Part(words, ms[name], operations / gflops / 1e6, f"{operations / 1e9:.2f} GFLOP")

    described = ms["decode"] + ms["detect"] + ms["mesh"] + ms["chip"] + ms["focus"]
    return [
        Part("decode (header, checks, codec)", ms["decode"], ms["codec"], "the codec alone"),
        network("blazeface", "BlazeFace", (1, *BLAZE_PX, 3)),
        Part("around it: scaling, boxes", ms["detect"] - ms["blazeface"]),
        network("facemesh", "FaceMesh", (1, 192, 192, 3)),
        Part("around it: the turned crop, points", ms["mesh"] - ms["facemesh"]),
        Part("chip", ms["chip"]),
        Part("focus", ms["focus"]),
        Part("pose, light, border, all the rest of looking", max(ms["observe"] - described, 0.0)),
        network("sface", "SFace", (1, 112, 112, 3)),
        Part("its chip", ms["arcface"]),
        Part("decide: read the account, unseal, compare", ms[DECIDE]),
    ]


def _gemm_gflops() -> float:
    """Return the speed of a large matrix product, one thread, in 10^9 operations a second."""
    random = np.random.default_rng(0)
    one, other = (random.random((_GEMM, _GEMM), np.float32) for _ in range(2))
    took = []
    for _ in range(8):
        start = perf_counter()
        one @ other
        took.append(perf_counter() - start)
    return 2 * _GEMM**3 / min(took) / 1e9


def _multiplications(path: Path, shape: tuple[int, ...]) -> int:
    """Count the multiplications of a network's convolutions and products for an input."""
    model = onnx.load(str(path))
    for dimension, size in zip(model.graph.input[0].type.tensor_type.shape.dim, shape, strict=True):
        dimension.dim_value = size
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    known = shape_inference.infer_shapes(model).graph
    shapes = {
        value.name: [one.dim_value for one in value.type.tensor_type.shape.dim]
        for value in (*known.value_info, *known.output)
    }
    constants = {one.name: numpy_helper.to_array(one) for one in known.initializer}
    weights = {name: value.shape for name, value in constants.items()}
    for node in known.node:  # weights that are kept in blocks are put into their shape by the graph
        if node.op_type == "Reshape" and node.input[1] in constants:
            weights[node.output[0]] = tuple(constants[node.input[1]])
    total = 0
    for node in known.node:
        if node.op_type == "Conv":
            total += int(np.prod(shapes[node.output[0]]) * np.prod(weights[node.input[1]][1:]))
        elif node.op_type in {"MatMul", "Gemm"}:
            total += int(np.prod(weights[node.input[1]]))
    return total


def report(result: Result, plot: Sequence[str] = ()) -> str:
    """Return the result as Markdown."""
    lines = [
        f"| {part.name} | {part.took_ms:.2f} | {part.took_ms / result.total_ms:.0%} | "
        + (
            " | |"
            if part.limit_ms is None
            else f"{part.limit_ms:.2f} ({part.limit}) | {part.took_ms / part.limit_ms:.1f} |"
        )
        for part in result.parts
    ]
    return f"""## Where the rest goes

One login whose face plainly matches, part by part, medians of {_TURNS} turns. The limit of a
network is its arithmetic at the speed of a large matrix product on one thread here
({result.gflops:.0f} GFLOP/s, single precision). BlazeFace and FaceMesh are mostly depthwise
convolutions, which move data rather than multiply: no CPU runs these near that limit.

| part | ms | share | limit, ms | times the limit |
|---|---:|---:|---:|---:|
{chr(10).join(lines)}
| **all** | **{result.total_ms:.2f}** | | | |

{chr(10).join(plot)}
"""
