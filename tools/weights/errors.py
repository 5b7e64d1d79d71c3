"""Everything that can go wrong while the weights are built.

    WeightsError
    ├── SourceUnavailable   a package could not be fetched, or the fetching program is missing
    ├── SourceCorrupt       a file does not have the sha256 that it must have
    ├── DatFormatError      the .dat file is not what dlib writes, or it ends too early
    └── GraphFormatError    a TensorFlow.js or ONNX graph holds something that isn't known here

Each message is one sentence that says what is wrong and, where somebody can, what to do.
"""


class WeightsError(Exception):
    """The root of the tree."""


class SourceUnavailable(WeightsError):
    """A source package could not be fetched."""


class SourceCorrupt(WeightsError):
    """A source file differs from the one that this tool was written for."""


class DatFormatError(WeightsError):
    """A dlib file is truncated or not of the expected kind."""


class GraphFormatError(WeightsError):
    """A TensorFlow.js or ONNX graph is malformed or holds something unknown."""
