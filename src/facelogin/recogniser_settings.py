"""The setting that names an operator's own recogniser: ``PATH#sha256=HEX``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

from facelogin.domain.custom_model import CustomModel

_FORM = re.compile(r"(?P<path>((?!#sha256=).)+\.onnx)#sha256=(?P<sha256>[0-9a-f]{64})")
_RULE = "an ONNX file and its checksum, like /srv/faces/model.onnx#sha256=<64 hex digits>"


def _model(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _FORM.fullmatch(value)
    if found is None:
        raise ValueError(_RULE)
    return CustomModel(Path(found["path"]), found["sha256"])


RecogniserFile = Annotated[CustomModel | None, NoDecode, BeforeValidator(_model)]
