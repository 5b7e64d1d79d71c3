"""A server with an operator's own recogniser: it runs with a good one, and ends with another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from onnx import helper

from custom_models import borrowed_table, brought, pooling
from facelogin.domain.custom_model import CustomModel
from server_process import ServerProcess

_LIMIT_S = 60
_BOOT_ERROR, _CONFIGURATION = 3, 3


def settings(given: CustomModel, folder: Path) -> dict[str, str]:
    return {
        "FACELOGIN_ENGINE": "custom",
        "FACELOGIN_RECOGNISER": str(given),
        "FACELOGIN_CALIBRATION_FILE": str(borrowed_table(given, folder / "table.json")),
    }


def ended(environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "facelogin", "run", "--port", "0"],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )


def test_a_server_runs_with_an_own_recogniser_and_stops(tmp_path: Path) -> None:
    given = brought(tmp_path / "net.onnx", pooling())
    environment = settings(given, tmp_path)
    with ServerProcess(tmp_path / "data", environment=environment) as server:
        assert len(server.workers) == 1
    assert not any("SIGABRT" in line for line in server.lines), server.lines


def test_a_worker_that_can_not_use_the_network_ends_the_server(tmp_path: Path) -> None:
    """Only the runtime, which is loaded in the worker, finds out what a network computes."""
    zero = {"zero": np.float32(0)}
    content = pooling(helper.make_node("Mul", ["flat", "zero"], ["y"]), constants=zero, output="y")
    given = brought(tmp_path / "net.onnx", content)
    done = ended(settings(given, tmp_path), tmp_path)
    assert done.returncode == _BOOT_ERROR
    assert "net.onnx was tried with two pictures that are no faces" in done.stderr


def test_a_damaged_network_is_found_before_a_worker_starts(tmp_path: Path) -> None:
    given = brought(tmp_path / "net.onnx", pooling())
    environment = settings(given, tmp_path)
    given.path.write_bytes(pooling()[:-1])
    done = ended(environment, tmp_path)
    assert done.returncode == _CONFIGURATION
    assert "net.onnx has the sha256" in done.stderr
    assert "orker" not in done.stderr
