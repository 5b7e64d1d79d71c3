"""Reads the TOML file that describes an operator's own recogniser, strictly."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeGuard

from facelogin.domain.errors import ConfigurationError
from facelogin.face.engines import MIN_SHARPNESS, Alignment, NetworkInput

_KEYS = (
    *("name", "size", "colours", "scale", "mean", "layout", "alignment"),
    *("normalise", "mirror", "calibration", "min_sharpness"),
)
_NAME = re.compile(r"[a-z0-9-]{1,32}")
_MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Description:
    """What the operator says of a network.

    ``normalise`` False: its outputs have norm 1 already. ``calibration``: its table, if it is
    named here.
    """

    name: str
    alignment: Alignment
    input: NetworkInput
    normalise: bool
    mirror: bool
    calibration: Path | None
    min_sharpness: float


def read_description(path: Path) -> Description:
    """Read and check a TOML file. Raises ConfigurationError, naming file, key and what is allowed.

    A relative ``calibration`` is looked for beside the file.
    """
    table = _Table(path, _read(path))
    table.refuse_unknown()
    alignment = Alignment(table.one_of("alignment", *(one.value for one in Alignment)))
    table.size_of(alignment)
    scale, mean = table.scale_and_mean()
    return Description(
        name=table.name(),
        alignment=alignment,
        input=NetworkInput(
            colours=table.one_of("colours", "rgb", "bgr"),
            layout=table.one_of("layout", "nchw", "nhwc"),
            scale=scale,
            mean=mean,
        ),
        normalise=table.yes_or_no("normalise"),
        mirror=table.yes_or_no("mirror"),
        calibration=table.calibration(),
        min_sharpness=table.min_sharpness(),
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            f"The description {path} of your recogniser can't be read ({error.strerror}). Beside "
            "the ONNX file there must be a TOML file of the same name (docs/recogniser.md)."
        ) from error
    if len(content) > _MAX_BYTES:
        raise ConfigurationError(f"{path} is larger than {_MAX_BYTES} bytes.")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not TOML: {error}.") from error


@dataclass(frozen=True, slots=True)
class _Table:
    """The keys of a file, each checked as it is asked for."""

    path: Path
    values: Mapping[str, Any]

    def refuse_unknown(self) -> None:
        for key in self.values:
            if key not in _KEYS:
                near = get_close_matches(key, _KEYS, n=1, cutoff=0.0)
                raise ConfigurationError(
                    f"{self.path}: {key} is not a key of this file. Is {near[0]} meant?"
                )

    def one_of(self, key: str, *allowed: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or value not in allowed:
            raise self.wrong(key, " or ".join(f'"{one}"' for one in allowed))
        return value

    def yes_or_no(self, key: str) -> bool:
        value = self.values.get(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def name(self) -> str:
        value = self.values.get("name")
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise self.wrong("name", "1 to 32 small letters, digits and hyphens")
        return value

    def size_of(self, alignment: Alignment) -> None:
        value = self.values.get("size")
        if isinstance(value, bool) or value != alignment.chip_px:
            raise self.wrong(
                "size", f"{alignment.chip_px}, the side of {alignment.value}'s chip in pixels"
            )

    def scale_and_mean(self) -> tuple[float | None, tuple[float, float, float] | None]:
        if "scale" not in self.values and "mean" not in self.values:
            return None, None
        scale, mean = self.values.get("scale"), self.values.get("mean")
        if not _is_number(scale) or scale <= 0:
            raise self.wrong("scale", "a number above 0 (or leave out scale and mean: whole bytes)")
        means = [mean] * 3 if _is_number(mean) else mean
        if not isinstance(means, list) or len(means) != 3 or not all(map(_is_number, means)):
            raise self.wrong("mean", "a number or a list of 3, one for each colour in their order")
        return float(scale), (float(means[0]), float(means[1]), float(means[2]))

    def calibration(self) -> Path | None:
        if "calibration" not in self.values:
            return None
        value = self.values["calibration"]
        if not isinstance(value, str) or not value:
            raise self.wrong("calibration", "the name of a table that `calibrate` wrote")
        return self.path.parent / value

    def min_sharpness(self) -> float:
        value = self.values.get("min_sharpness", MIN_SHARPNESS)
        if not _is_number(value) or value < 0:
            raise self.wrong("min_sharpness", f"a number from 0 on (usual: {MIN_SHARPNESS})")
        return float(value)

    def wrong(self, key: str, allowed: str) -> ConfigurationError:
        given = f"is {self.values[key]!r}" if key in self.values else "is missing"
        return ConfigurationError(f"{self.path}: {key} {given}; allowed: {allowed}.")


def _is_number(value: Any) -> TypeGuard[int | float]:  # noqa: ANN401 - whatever a TOML file holds
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
