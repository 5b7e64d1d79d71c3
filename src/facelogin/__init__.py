"""Sign in with your face, self-hosted.

from facelogin import Profile, Settings, create_app

app = create_app(Settings.load(Profile.DEVELOPMENT))
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from facelogin.bootstrap import create_app
    from facelogin.settings import Profile, Settings

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
