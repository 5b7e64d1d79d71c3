"""Embedding a data set tells how far it is, survives an interrupt, and goes on from there."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import faces
from facelogin.face.model_files import check_weights

COUNT = 300


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Two people, 150 pictures each that differ in what follows the picture."""
    if not all(check.ok for check in check_weights()):
        faces.missing("the face engine's weights")
    for name, pixels in (
        ("eileen", faces.astronaut_rgb()),
        ("barack", faces.image_rgb("obama.jpg")),
    ):
        folder = tmp_path / "people" / name
        folder.mkdir(parents=True)
        portrait = Image.fromarray(pixels)
        portrait.thumbnail((512, 512))
        portrait.save(jpeg := io.BytesIO(), "JPEG")
        for number in range(COUNT // 2):
            (folder / f"{number:03d}.jpg").write_bytes(jpeg.getvalue() + str(number).encode())
    return tmp_path / "people"


def command(people: Path, out: Path) -> list[str]:
    words = ["evaluate", "verify", str(people), "--out", str(out), "--splits", "20"]
    return [sys.executable, "-m", "facelogin", *words]


def test_an_interrupt_loses_nothing(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(people, out),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stderr is not None
    told = process.stderr.readline()  # the first line comes after two seconds
    assert f"of {COUNT} images" in told
    assert "a second" in told
    assert "s left" in told
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert f"of {COUNT} images. The same command goes on from there." in said
    assert "Traceback" not in said

    with sqlite3.connect(out / "embeddings.sqlite") as cache:
        (kept,) = cache.execute("SELECT count(*) FROM embeddings").fetchone()
        assert 0 < kept < COUNT
        assert str(kept) in said
        mark = np.eye(128, dtype="<f4")[0].tobytes()
        cache.execute("UPDATE embeddings SET embedding = ?", (mark,))
    cache.close()

    again = subprocess.run(
        command(people, out), capture_output=True, text=True, check=False, timeout=600, cwd=tmp_path
    )
    assert again.returncode == 0, again.stderr
    assert f"{COUNT} images of 2 people" in again.stdout
    cache = sqlite3.connect(out / "embeddings.sqlite")
    query = "SELECT count(*), sum(embedding = ?) FROM embeddings"
    assert cache.execute(query, (mark,)).fetchone() == (COUNT, kept)
    cache.close()
