"""``facelogin evaluate latency``: real logins in processes of their own, and their figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import faces
from facelogin.cli import main
from facelogin.face.model_files import check_weights


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not all(check.ok for check in check_weights()):
        faces.missing("the face engine's weights")
    monkeypatch.chdir(tmp_path)


def test_it_tells_every_stage_the_rate_and_the_memory(tmp_path: Path) -> None:
    image = str(faces.image_path("obama.jpg"))
    words = ("evaluate", "latency", image, "--workers", "2", "--count", "20", "--json")
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    (run,) = json.loads(done.stdout)["runs"]
    assert (run["workers"], run["logins"]) == (2, 40)
    assert run["per_s"] > 0
    assert 50 < run["peak_mb"] < 1000
    assert {"decode", "detect", "embed", "match", "store", "whole login"} == set(run["stages"])
    for at in run["stages"].values():
        assert 0 < at["p50_ms"] <= at["p95_ms"] <= at["p99_ms"]
    whole, embed = run["stages"]["whole login"], run["stages"]["embed"]
    assert whole["p50_ms"] > embed["p50_ms"]
    assert list(tmp_path.iterdir()) == []


def test_a_picture_without_a_face_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    done = CliRunner().invoke(
        main, ("evaluate", "latency", "notes.jpg", "--workers", "1"), catch_exceptions=False
    )
    assert done.exit_code == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "notes.jpg: That image can't be read. Please take it again."
    )
