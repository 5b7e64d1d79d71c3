"""The published model files and the models converted from them, each made once a run."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

import faces
from tools.build_weights import CACHE
from tools.weights.errors import SourceUnavailable
from tools.weights.models import MODELS
from tools.weights.sources import ALL_SOURCES, SourceFile, locate
from weights.tfjs_oracle import TfjsOracle

RunModel = Callable[[str, NDArray[np.generic]], dict[str, NDArray[np.float32]]]


@pytest.fixture(scope="session")
def sources() -> Mapping[SourceFile, Path]:
    """Where each published file lies; fetched if it is nowhere yet."""
    try:
        return {source: locate(source, CACHE) for source in ALL_SOURCES}
    except SourceUnavailable as error:
        faces.missing(f"the published models ({error})")


@pytest.fixture(scope="session")
def run_model(sources: Mapping[SourceFile, Path]) -> RunModel:
    """Converts a model and runs it: (file name, input tensor) to outputs by name."""

    @functools.cache
    def session(file: str) -> onnxruntime.InferenceSession:
        model = next(model for model in MODELS if model.file == file)
        content = model.convert(*(sources[source].read_bytes() for source in model.sources))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def run(file: str, tensor: NDArray[np.generic]) -> dict[str, NDArray[np.float32]]:
        loaded = session(file)
        names = [output.name for output in loaded.get_outputs()]
        values = loaded.run(names, {loaded.get_inputs()[0].name: tensor})
        return dict(zip(names, values, strict=True))

    return run


@pytest.fixture(scope="session")
def tfjs_oracle() -> TfjsOracle:
    """The original graph models, run by TensorFlow.js in Node."""
    return TfjsOracle(cache=faces.PROJECT / ".cache" / "tfjs")
