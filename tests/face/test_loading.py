"""Networks load once per process, survive a fork, and refuse damaged files."""

import json
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import faces
from facelogin.domain.errors import ConfigurationError
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import DLIB_ROW, SFACE_ROW
from facelogin.face.model_files import MODEL_NAMES, ModelFiles, check_weights, open_model_files
from facelogin.face.networks import Network, OncePerProcess

LOADED_NAMES = (
    "sface.onnx",
    "blazeface.onnx",
    "facemesh.onnx",
    "yunet.onnx",
)  # by the default engine

FORKED = """
import os, sys
import numpy as np
from PIL import Image
from facelogin.face.engine import OnnxFaceEngine
import io
file = io.BytesIO()
rng = np.random.default_rng(0)
Image.fromarray(rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)).save(file, "PNG")
from skimage import data
Image.fromarray(data.astronaut()).save(portrait := io.BytesIO(), "PNG")
engine = OnnxFaceEngine()
def use():
    engine.observe(file.getvalue())
    seen = engine.observe(portrait.getvalue())
    return engine.embed(seen, seen.faces[0]).tobytes()
before = use()
child = os.fork()
if child == 0:
    os._exit(0 if use() == before else 1)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.fixture
def copied(model_files: ModelFiles, tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in (*MODEL_NAMES, "manifest.json"):
        shutil.copy(model_files.folder / name, folder)
    return folder


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_an_engine_used_before_a_fork_works_in_the_child(engine: OnnxFaceEngine) -> None:
    faces.astronaut_rgb()  # the script's portrait
    done = subprocess.run(
        [sys.executable, "-c", FORKED], timeout=60, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_bundled_weights_are_whole(model_files: ModelFiles) -> None:
    checks = check_weights(model_files.folder)
    assert [check.file for check in checks] == ["manifest.json", *MODEL_NAMES]
    assert all(check.ok for check in checks)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", LOADED_NAMES)
def test_a_flipped_bit_in_a_model_stops_the_start(copied: Path, name: str) -> None:
    flip_a_bit(copied / name)
    with pytest.raises(ConfigurationError, match=rf"{name} is damaged.*make weights"):
        OnnxFaceEngine(weights_folder=copied).load()


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_look_at_the_weights_names_the_model_with_a_flipped_bit(copied: Path, name: str) -> None:
    flip_a_bit(copied / name)
    assert [check.file for check in check_weights(copied) if not check.ok] == [name]


@pytest.mark.parametrize("name", LOADED_NAMES)
def test_a_missing_model_stops_the_start(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(ConfigurationError, match=rf"{name} can't be read.*make weights"):
        OnnxFaceEngine(weights_folder=copied).load()


def test_without_a_manifest_no_engine_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"manifest.*make weights"):
        OnnxFaceEngine(weights_folder=tmp_path)
    (check,) = check_weights(tmp_path)
    assert check.file == "manifest.json"
    assert not check.ok


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "versions": {}, "files": [{}]}',
        '{"format": 2, "versions": [], "files": []}',
        '{"format": 2, "files": []}',
        "\x00",
    ],
)
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ConfigurationError, match="is damaged"):
        OnnxFaceEngine(weights_folder=tmp_path)


def test_a_folder_of_the_first_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": 1, "version": "1-0", "files": []}')
    with pytest.raises(ConfigurationError, match=r"is of format 1, not 2.*make weights"):
        OnnxFaceEngine(weights_folder=tmp_path)
    (check,) = check_weights(tmp_path)
    assert check.file == "manifest.json"
    assert not check.ok


def test_a_recogniser_without_a_version_has_no_name(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    del manifest["versions"]["sface.onnx"]
    (copied / "manifest.json").write_text(json.dumps(manifest))
    files = open_model_files(copied)
    assert DLIB_ROW.ref_in(files).id == "resnet128-mirror"
    with pytest.raises(ConfigurationError, match=r"no version of sface\.onnx.*make weights"):
        SFACE_ROW.ref_in(files)


def test_a_model_that_the_manifest_does_not_list_is_not_used(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["files"] = [entry for entry in manifest["files"] if entry["file"] != "sface.onnx"]
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ConfigurationError, match=r"sface\.onnx"):
        OnnxFaceEngine(weights_folder=copied).load()


def test_sixteen_threads_make_a_value_once() -> None:
    made: list[object] = []
    gate = threading.Barrier(16)

    def make() -> object:
        made.append(object())
        return made[-1]

    once = OncePerProcess(make)

    def get(_: int) -> object:
        gate.wait()
        return once.get()

    with ThreadPoolExecutor(16) as pool:
        values = set(pool.map(get, range(16)))
    assert len(values) == len(made) == 1


def test_a_value_that_could_not_be_made_is_tried_again() -> None:
    answers = [ConfigurationError("not yet"), None]

    def make() -> str:
        if (error := answers.pop(0)) is not None:
            raise error
        return "made"

    once = OncePerProcess(make)
    with pytest.raises(ConfigurationError):
        once.get()
    assert once.get() == "made"


def test_outputs_of_a_network_are_not_overwritten_by_the_next_call(resnet: Network) -> None:
    first = resnet.run(np.zeros((1, 150, 150, 3), np.uint8))["embeddings"]
    kept = first.copy()
    resnet.run(np.full((1, 150, 150, 3), 255, np.uint8))
    assert np.array_equal(first, kept)
