"""The mark on templates of the reference engine: its version is the installed library's.

Apart from the engine, so that thresholds can be checked without importing the library.
"""

from __future__ import annotations

from importlib import metadata

from facelogin.domain.errors import ConfigurationError
from facelogin.domain.models import EngineRef
from facelogin.face.engines import REFERENCE_ROW

INSTALL_REFERENCE = (
    "The reference engine needs the face_recognition library. Install it with "
    "`pip install 'facelogin[reference]'` and then `pip install --no-deps face_recognition`."
)


def reference_ref() -> EngineRef:
    """Return the reference engine's name with the versions of its adapter and of the library.

    Raises ConfigurationError, with the lines that install it, if the library is missing.
    """
    try:
        version = metadata.version("face_recognition")
    except metadata.PackageNotFoundError as error:
        raise ConfigurationError(INSTALL_REFERENCE) from error
    return REFERENCE_ROW.ref(version)
