"""The reference engine is face_recognition behind the same port."""

import importlib
from importlib import metadata

import numpy as np
import pytest

import faces
from face.pictures import encoded, scaled
from facelogin.domain.errors import ConfigurationError, FaceTooSmall, ImageUnreadable, TooDark
from facelogin.domain.matching import distance
from facelogin.domain.policy import CapturePolicy
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.reference import ReferenceFaceEngine

pytestmark = pytest.mark.filterwarnings("ignore:pkg_resources is deprecated")


@pytest.fixture(scope="module")
def reference() -> ReferenceFaceEngine:
    try:
        made = ReferenceFaceEngine()
        made.load()
    except ConfigurationError as error:
        faces.missing(str(error))
    return made


def test_it_finds_the_portrait_where_the_default_engine_does(
    reference: ReferenceFaceEngine, engine: OnnxFaceEngine
) -> None:
    (face,) = engine.observe(faces.image_bytes("obama.jpg")).faces
    seen = reference.observe(faces.image_bytes("obama.jpg"))
    (found,) = seen.faces
    assert found.mesh is None
    assert found.pose is None
    assert found.landmarks.shape == (5, 2)
    gaps = np.linalg.norm(found.landmarks - face.landmarks, axis=1)
    assert gaps.max() < 0.05 * face.box.width
    subject = CapturePolicy().subject(seen, min_sharpness=reference.min_sharpness)
    assert subject == found


def test_loading_it_lets_no_truncated_picture_in(reference: ReferenceFaceEngine) -> None:
    whole = encoded(faces.image_rgb("obama.jpg"), kind="PNG")
    with pytest.raises(ImageUnreadable):
        reference.observe(whole[: len(whole) // 2])


def test_its_embedding_is_the_librarys_own_normalised(
    reference: ReferenceFaceEngine,
) -> None:
    library = importlib.import_module("face_recognition")
    seen = reference.observe(faces.image_bytes("biden.jpg"))
    (expected,) = library.face_encodings(seen.pixels)
    ours = reference.embed(seen, seen.faces[0])
    assert distance(ours, expected / np.linalg.norm(expected)) < 1e-6


def test_it_tells_one_person_from_another(reference: ReferenceFaceEngine) -> None:
    embeddings = []
    for name in ("obama.jpg", "obama2.jpg", "biden.jpg"):
        seen = reference.observe(faces.image_bytes(name))
        embeddings.append(reference.embed(seen, seen.faces[0]))
    limit = reference.calibration.threshold(target_fmr=1e-4, enrolled=1, probe=1)
    assert distance(embeddings[0], embeddings[1]) < limit < distance(embeddings[0], embeddings[2])


def test_its_embeddings_are_never_compared_with_the_default_engines(
    reference: ReferenceFaceEngine, engine: OnnxFaceEngine
) -> None:
    assert reference.ref != engine.ref


def test_it_refuses_what_the_default_engine_refuses(reference: ReferenceFaceEngine) -> None:
    with pytest.raises(ImageUnreadable):
        reference.observe(b"no image")
    small = reference.observe(encoded(scaled(faces.image_rgb("obama.jpg"), 0.22)))
    with pytest.raises(FaceTooSmall):
        CapturePolicy().subject(small, min_sharpness=0)
    dark = reference.observe(encoded((faces.image_rgb("obama.jpg") * 0.08).astype(np.uint8)))
    with pytest.raises(TooDark):
        CapturePolicy().subject(dark, min_sharpness=0)


def test_without_the_library_both_install_lines_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(ConfigurationError) as raised:
        ReferenceFaceEngine()
    assert "pip install 'facelogin[reference]'" in str(raised.value)
    assert "pip install --no-deps face_recognition" in str(raised.value)


@pytest.mark.parametrize("failure", [ImportError("No module named 'pkg_resources'"), SystemExit()])
def test_a_library_that_gives_up_does_not_end_the_process(
    reference: ReferenceFaceEngine, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def give_up(name: str) -> None:
        raise failure

    assert reference.ref.id == "face-recognition"
    another = ReferenceFaceEngine()
    monkeypatch.setattr(importlib, "import_module", give_up)
    with pytest.raises(ConfigurationError, match="no-deps face_recognition"):
        another.load()
