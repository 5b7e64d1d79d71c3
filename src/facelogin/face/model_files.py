"""The folder of network files: where it is, what should be in it, and whether it is unharmed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from facelogin.domain.errors import ConfigurationError

MANIFEST = "manifest.json"
MODEL_NAMES = ("resnet.onnx", "sface.onnx", "blazeface.onnx", "facemesh.onnx", "yunet.onnx")

_FORMAT = 2
_REMEDY = "Run `make weights` in a checkout, or install the facelogin wheel again."


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What a look at one file found; ``problem`` is a sentence, None where all is well."""

    file: str
    problem: str | None

    @property
    def ok(self) -> bool:
        """Whether the file is there and is what the manifest says."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The manifest of a folder. ``versions`` name what each recogniser's file computes."""

    folder: Path
    versions: Mapping[str, str]
    sha256: Mapping[str, str]

    def version_of(self, recogniser: str) -> str:
        """Return the version that goes with the embeddings of a recogniser's file.

        Raises ConfigurationError where the manifest has none.
        """
        version = self.versions.get(recogniser)
        if version is None:
            path = self.folder / MANIFEST
            raise ConfigurationError(
                f"The model manifest {path} has no version of {recogniser}. {_REMEDY}"
            )
        return version

    def checked(self, name: str) -> Path:
        """Return the path of a model file after comparing its SHA-256 with the manifest's.

        Raises ConfigurationError where the file is missing, unreadable, altered or unlisted.
        """
        path = self.folder / name
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ConfigurationError(f"The model file {path} can't be read. {_REMEDY}") from error
        if found != self.sha256.get(name):
            raise ConfigurationError(f"The model file {path} is damaged or altered. {_REMEDY}")
        return path


def bundled_folder() -> Path:
    """Return the folder of model files inside the installed package."""
    return Path(str(resources.files("facelogin.face") / "weights"))


def open_model_files(folder: Path | None = None) -> ModelFiles:
    """Read the manifest of ``folder`` (default: the one in the package).

    Raises ConfigurationError where it is missing, isn't a manifest, or is of another format.
    """
    path = (folder or bundled_folder()) / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
        sums = {str(entry["file"]): str(entry["sha256"]) for entry in manifest["files"]}
        if manifest["format"] != _FORMAT:
            raise ConfigurationError(
                f"The model manifest {path} is of format {manifest['format']}, not {_FORMAT}; "
                f"it belongs to another version of facelogin. {_REMEDY}"
            )
        versions = {str(file): str(version) for file, version in manifest["versions"].items()}
    except OSError as error:
        raise ConfigurationError(f"The model manifest {path} can't be read. {_REMEDY}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"The model manifest {path} is damaged. {_REMEDY}") from error
    return ModelFiles(folder=path.parent, versions=versions, sha256=sums)


def check_weights(folder: Path | None = None) -> list[FileCheck]:
    """Look at the manifest and every model file, and say what is wrong with each; never raises."""
    try:
        files = open_model_files(folder)
    except ConfigurationError as error:
        return [FileCheck(MANIFEST, str(error))]
    return [FileCheck(MANIFEST, None), *(_check(files, name) for name in MODEL_NAMES)]


def _check(files: ModelFiles, name: str) -> FileCheck:
    try:
        files.checked(name)
    except ConfigurationError as error:
        return FileCheck(name, str(error))
    return FileCheck(name, None)
