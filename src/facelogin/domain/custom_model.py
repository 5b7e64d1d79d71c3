"""An operator's own recogniser: which file, and the checksum that it must have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CustomModel:
    """An ONNX file that the operator supplies; the TOML file beside it describes it."""

    path: Path
    sha256: str

    @property
    def description(self) -> Path:
        """The TOML file: ``model.toml`` beside ``model.onnx``."""
        return self.path.with_suffix(".toml")

    def __str__(self) -> str:
        """Return the model as the setting writes it."""
        return f"{self.path}#sha256={self.sha256}"
