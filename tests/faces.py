"""Real face images for tests, and the folders that only some machines have.

The images come from three places: the face_recognition 1.3.0 source package (public-domain
portraits of two US presidents, fetched by name once and checked by sha256), scikit-image's
`astronaut` (carried inside that package) and, where it is present, the folder `../shared/data`
beside the project. A part that is missing skips the test, or fails it where the environment says
FACELOGIN_TEST_STRICT=1.
"""

import functools
import os
import tarfile
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.weights.atomic import write_atomically
from tools.weights.errors import SourceUnavailable
from tools.weights.packages import Package, fetch

Rgb = NDArray[np.uint8]  # (height, width, 3), red first

PROJECT = Path(__file__).resolve().parents[1]
CACHE = PROJECT / ".cache" / "test-images"

_SDIST = Package(
    client="pip",
    name="face_recognition",
    version="1.3.0",
    archive="face_recognition-1.3.0.tar.gz",
    sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
)
_FOLDER = "face_recognition-1.3.0/tests/test_images/"

IMAGE_NAMES = (
    "32bit.png",
    "biden.jpg",
    "obama.jpg",
    "obama2.jpg",
    "obama3.jpg",
    "obama_partial_face.jpg",
    "obama_partial_face2.jpg",
)


def image_path(name: str) -> Path:
    """The path of one of IMAGE_NAMES, fetched and unpacked on first use.

    Raises KeyError for a name that isn't listed.
    """
    if name not in IMAGE_NAMES:
        raise KeyError(f"{name} is not one of {', '.join(IMAGE_NAMES)}")
    path = CACHE / name
    if not path.is_file():
        _unpack_all()
    return path


def image_bytes(name: str) -> bytes:
    """The encoded bytes (JPEG, or PNG for 32bit.png) of one of IMAGE_NAMES."""
    return image_path(name).read_bytes()


def image_rgb(name: str) -> Rgb:
    """One of IMAGE_NAMES decoded to (height, width, 3) uint8, red first."""
    import cv2

    bgr = cv2.imdecode(np.frombuffer(image_bytes(name), np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None, f"{name} could not be decoded"
    return np.ascontiguousarray(bgr[:, :, ::-1]).astype(np.uint8, copy=False)


def astronaut_rgb() -> Rgb:
    """scikit-image's 512x512 portrait of Eileen Collins (NASA, public domain), uint8, red first."""
    try:
        from skimage import data
    except ImportError:
        missing("scikit-image (pip install scikit-image)")
    return np.ascontiguousarray(data.astronaut(), dtype=np.uint8)  # type: ignore[no-untyped-call]


def shared_data() -> Path:
    """The folder `../shared/data` beside the project; skips the test where it is absent."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        missing("../shared/data (the shared test data beside the project)")
    return folder


def lfw_dev() -> Path:
    """The folder `verify/lfw_dev` of the shared data; skips the test where it is absent."""
    folder = shared_data() / "verify" / "lfw_dev"
    if not folder.is_dir():
        missing("../shared/data/verify/lfw_dev")
    return folder


def missing(what: str) -> NoReturn:
    """End this test because `what` is not here: a skip, or a failure under strict testing."""
    if os.environ.get("FACELOGIN_TEST_STRICT") == "1":
        pytest.fail(f"needs {what}, and FACELOGIN_TEST_STRICT=1 forbids skipping", pytrace=False)
    pytest.skip(f"needs {what}")


@functools.cache
def _unpack_all() -> None:
    try:
        archive = fetch(_SDIST, CACHE)
    except SourceUnavailable as error:
        missing(f"the {_SDIST.pinned} source package ({error})")
    with tarfile.open(archive) as tar:
        for name in IMAGE_NAMES:
            member = tar.extractfile(_FOLDER + name)
            assert member is not None, f"{name} is not in {archive.name}"
            write_atomically(CACHE / name, member.read())
