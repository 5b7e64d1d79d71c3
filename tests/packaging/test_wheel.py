"""The wheel holds everything that a machine without this checkout needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = folder.glob("facelogin-*-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    "name",
    [
        "facelogin/face/tables/resnet128-mirror.json",
        "facelogin/face/tables/face-recognition.json",
        "facelogin/face/weights/resnet.onnx",
        "facelogin/face/weights/sface.onnx",
        "facelogin/face/weights/blazeface.onnx",
        "facelogin/face/weights/facemesh.onnx",
        "facelogin/face/weights/yunet.onnx",
        "facelogin/face/weights/manifest.json",
        "facelogin/face/weights/NOTICE",
        "facelogin/notices/en.md",
        "facelogin/api/static/docs.html",
        "facelogin/webapp/index.html",
        "facelogin/py.typed",
    ],
)
def test_the_wheel_holds(wheel_names: set[str], name: str) -> None:
    assert name in wheel_names


def test_the_wheel_holds_no_tests_and_no_tools(wheel_names: set[str]) -> None:
    folders = {name.partition("/")[0] for name in wheel_names}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"facelogin"}
