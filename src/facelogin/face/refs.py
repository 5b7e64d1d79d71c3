"""The names of the engines: what goes with every embedding, and finds the table that judges it.

Apart from the engines, so that thresholds can be checked without loading a network's runtime.
"""

from __future__ import annotations

from importlib import metadata

from facelogin.domain.errors import ConfigurationError
from facelogin.domain.models import EngineRef
from facelogin.face.model_files import ModelFiles

SFACE_ENGINE = "sface"
SFACE_PIPELINE = 1
"""Raised when a change to the pipeline moves embeddings by more than rounding; templates carry it,
together with the version of the weights."""

MIRROR_ENGINE = "resnet128-mirror"
MIRROR_PIPELINE = 1

REFERENCE_ENGINE = "face-recognition"
REFERENCE_PIPELINE = 1

INSTALL_REFERENCE = (
    "The reference engine needs the face_recognition library. Install it with "
    "`pip install 'facelogin[reference]'` and then `pip install --no-deps face_recognition`."
)


def sface_ref(files: ModelFiles) -> EngineRef:
    """Return the name of SFace's engine with the versions of its pipeline and these weights.

    Raises ConfigurationError where the manifest has no version of its weights.
    """
    return EngineRef(SFACE_ENGINE, f"{SFACE_PIPELINE}+{files.version_of('sface.onnx')}")


def mirror_ref(files: ModelFiles) -> EngineRef:
    """Return the name of dlib's engine with the versions of its pipeline and these weights.

    Raises ConfigurationError where the manifest has no version of its weights.
    """
    return EngineRef(MIRROR_ENGINE, f"{MIRROR_PIPELINE}+{files.version_of('resnet.onnx')}")


def reference_ref() -> EngineRef:
    """Return the reference engine's name with the versions of its adapter and of the library.

    Raises ConfigurationError, with the lines that install it, where the library is missing.
    """
    try:
        version = metadata.version("face_recognition")
    except metadata.PackageNotFoundError as error:
        raise ConfigurationError(INSTALL_REFERENCE) from error
    return EngineRef(REFERENCE_ENGINE, f"{REFERENCE_PIPELINE}+{version}")
