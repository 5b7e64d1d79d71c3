"""A server with models that watch captures: it runs and stops with good ones, not with others."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import faces
from facelogin.face.model_files import bundled_folder
from server_process import ServerProcess

_LIMIT_S = 120
_BOOT_ERROR = 3


def setting(path: Path, scale: float) -> str:
    return f"{path}@{scale}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_a_server_runs_with_the_published_models_and_stops_when_it_is_told(tmp_path: Path) -> None:
    folder = faces.shared_data() / "models"
    both = ",".join(
        (
            setting(folder / "minifasnet_v2_2.7_80x80.onnx", 2.7),
            setting(folder / "minifasnet_v1se_4.0_80x80.onnx", 4.0),
        )
    )
    with ServerProcess(tmp_path / "data", environment={"FACELOGIN_PAD_MODELS": both}) as server:
        assert len(server.workers) == 1
    assert not any("SIGABRT" in line for line in server.lines), server.lines


def test_a_server_with_a_model_of_another_layout_ends_and_says_why(tmp_path: Path) -> None:
    wrong = setting(bundled_folder() / "facemesh.onnx", 2.7)
    ended = subprocess.run(
        [sys.executable, "-m", "facelogin", "run", "--port", "0"],
        cwd=tmp_path,
        env=os.environ | {"FACELOGIN_PAD_MODELS": wrong},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    assert ended.returncode == _BOOT_ERROR
    assert "allowed: one float32 input of shape (n, 3, 80, 80)" in ended.stderr
