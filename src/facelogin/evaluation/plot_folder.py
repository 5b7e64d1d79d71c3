"""Where matplotlib keeps its list of fonts: in a temporary folder, never below HOME."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_VARIABLE = "MPLCONFIGDIR"


def use_temporary_folder() -> None:
    """Give matplotlib, not imported yet, a folder until this process ends; one that is set stays.

    A measurement leaves nothing outside of the folder that it was given.
    """
    if not os.environ.get(_VARIABLE):
        folder = tempfile.mkdtemp(prefix="facelogin-plots-")
        os.environ[_VARIABLE] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
