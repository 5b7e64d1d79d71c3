"""An operator's own recogniser as files: a row of the table of engines, and whether it is unharmed.

Imports no runtime: its threads would not survive the fork into workers.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BufferedReader
from pathlib import Path

from facelogin.domain.custom_model import CustomModel
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.models import EngineRef
from facelogin.face.custom_description import Description, read_description
from facelogin.face.engines import CUSTOM, EngineRow
from facelogin.face.model_files import FileCheck
from facelogin.face.onnx_outline import Buffer, outline_problem

SETTING = "FACELOGIN_RECOGNISER"
MAX_BYTES = 600_000_000
"""The largest recognisers in use have some 260 MB of weights."""
_PIPELINE = 1
"""Raised when a change to either alignment moves embeddings by more than rounding."""
_VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Custom:
    """An operator's own recogniser as one of the engines; its network is not loaded."""

    model: CustomModel
    row: EngineRow
    ref: EngineRef
    calibration_file: Path | None


def open_custom(model: CustomModel) -> Custom:
    """Read the description of a model. Raises ConfigurationError; the ONNX file is not read."""
    description = read_description(model.description)
    row = EngineRow(
        name=CUSTOM,
        id=f"{CUSTOM}-{description.name}",
        pipeline=_PIPELINE,
        dimension=None,
        alignment=description.alignment,
        mirror=description.mirror,
        input=description.input,
        unit_norm=not description.normalise,
        min_sharpness=description.min_sharpness,
    )
    ref = row.ref(_version(model, description))
    return Custom(model, row, ref, description.calibration)


def read_checked(model: CustomModel) -> bytes:
    """Return the bytes of the ONNX file; what was checked is what is returned.

    Raises ConfigurationError for a file of the wrong kind, size or checksum, for one that is not
    ONNX, and for one that keeps weights in other files.
    """
    with _opened(model) as file:
        content = file.read(MAX_BYTES + 1)
    _refuse_altered(model, hashlib.sha256(content).hexdigest())
    _refuse_outline(model, content)
    return content


def check_custom(model: CustomModel) -> list[FileCheck]:
    """Look at the ONNX file and its description and say what is wrong with each; never raises."""
    return [
        FileCheck(str(model.path), _problem_of(check_model, model)),
        FileCheck(str(model.description), _problem_of(open_custom, model)),
    ]


def check_model(model: CustomModel) -> None:
    """Check what ``read_checked`` checks, and raise what it raises, in little memory."""
    with _opened(model) as file:
        _refuse_altered(model, hashlib.file_digest(file, "sha256").hexdigest())
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            _refuse_outline(model, mapped)


def wrong(model: CustomModel, how: str) -> ConfigurationError:
    """Return the error for a model that can't be used."""
    return ConfigurationError(f"{SETTING}: {model.path} {how}.")


def _problem_of(check: Callable[[CustomModel], object], model: CustomModel) -> str | None:
    try:
        check(model)
    except ConfigurationError as error:
        return str(error)
    return None


@contextmanager
def _opened(model: CustomModel) -> Iterator[BufferedReader]:
    """Lend the file, after a look at its kind and size."""
    try:
        if not stat.S_ISREG(model.path.stat().st_mode):  # opening a pipe would wait for a writer
            raise wrong(model, "is not a file")
        with model.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise wrong(model, "is empty")
            if size > MAX_BYTES:
                raise wrong(model, f"has {size:,} bytes; allowed: up to {MAX_BYTES:,}")
            yield file
    except OSError as error:
        raise wrong(model, f"can't be read ({error.strerror})") from error


def _refuse_altered(model: CustomModel, found: str) -> None:
    if found != model.sha256:
        raise wrong(model, f"has the sha256 {found}, not the one that is set")


def _refuse_outline(model: CustomModel, content: Buffer) -> None:
    problem = outline_problem(content)
    if problem is not None:
        raise wrong(model, problem)


def _version(model: CustomModel, description: Description) -> str:
    """Return what names the embeddings: the network, and all that is done to its input.

    Left out is what changes no embedding: name, normalise, calibration and min_sharpness.
    """
    parts = {
        "onnx": model.sha256,
        "alignment": description.alignment.value,
        "mirror": description.mirror,
        "input": asdict(description.input),
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    return digest.hexdigest()[:_VERSION_DIGITS]
