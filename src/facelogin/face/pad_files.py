"""Whether the operator's model files are there and unharmed.

Imports no runtime: its threads would not survive the fork into workers.
"""

from __future__ import annotations

import hashlib

from facelogin.domain.pad import PadModel
from facelogin.face.model_files import FileCheck

SETTING = "FACELOGIN_PAD_MODELS"


def check_pad_model(model: PadModel) -> FileCheck:
    """Compare a file with its checksum, and say what is wrong with it; never raises."""
    name = str(model.path)
    try:
        with model.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return FileCheck(name, f"{SETTING}: {name} can't be read; allowed: a readable file.")
    if found == model.sha256:
        return FileCheck(name, None)
    return FileCheck(name, f"{SETTING}: {name} has the sha256 {found}, not the one that is set.")
