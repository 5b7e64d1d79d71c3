"""The options of a live capture: models that watch it, and colours on the screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import BaseSettings, NoDecode

from facelogin.domain.pad import PadAction, PadModel

_MODEL = re.compile(r"(?P<path>.+)@(?P<scale>\d+(\.\d+)?)#sha256=(?P<sha256>[0-9a-f]{64})")
_MODEL_RULE = (
    "none, or model files separated by commas, each with the side of its crop in face boxes (1 to "
    "8) and its checksum, like /srv/pad/minifasnet_v2.onnx@2.7#sha256=<64 hex digits>"
)
_SCALES = (1.0, 8.0)


def _models(value: object) -> object:
    if value == "none":
        return ()
    if not isinstance(value, str):
        return value
    return tuple(_model(part.strip()) for part in value.split(",") if part.strip())


def _model(text: str) -> PadModel:
    found = _MODEL.fullmatch(text)
    if found is None or not _SCALES[0] <= float(found["scale"]) <= _SCALES[1]:
        raise ValueError(_MODEL_RULE)
    return PadModel(Path(found["path"]), float(found["scale"]), found["sha256"])


class LiveSettings(BaseSettings):
    """What a live capture asks for beside the movements: nothing, unless it is set."""

    pad_models: Annotated[tuple[PadModel, ...], NoDecode, BeforeValidator(_models)] = ()
    pad_action: PadAction = PadAction.LOG
    flash: bool = False
