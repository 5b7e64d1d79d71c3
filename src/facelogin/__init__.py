"""Sign in with your face, self-hosted.

from facelogin import Profile, Settings, create_app

app = create_app(Settings.load(Profile.DEVELOPMENT))
"""

from __future__ import annotations

import os
import sys
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from facelogin.bootstrap import create_app
    from facelogin.settings import Profile, Settings

if "onnxruntime" in sys.modules and not os.environ.get("ORT_DISABLE_TELEMETRY"):
    warnings.warn(
        "onnxruntime was imported before facelogin, so its telemetry is on: import facelogin "
        "first, or set ORT_DISABLE_TELEMETRY=1.",
        RuntimeWarning,
        stacklevel=2,
    )
# ONNX Runtime reads this once, when it is imported. Without it, it looks up its vendor's host again
# and again and writes a device id below HOME, whatever disable_telemetry_events() is told. Whatever
# runs networks imports this package first, and child processes inherit it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = ["Profile", "Settings", "__version__", "create_app"]

__version__ = version("facelogin")

_HOMES = {
    "create_app": "facelogin.bootstrap",
    "Profile": "facelogin.settings",
    "Settings": "facelogin.settings",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562: whatever the name stands for
    """Import what is asked for when it is asked for: importing facelogin costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
