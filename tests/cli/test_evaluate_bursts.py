"""``facelogin evaluate bursts``: its table, for each engine, and its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evaluation.painted_faces import ALIKE, PaintedEngine, paint
from facelogin import bootstrap
from facelogin.cli import main
from facelogin.evaluation import bursts
from facelogin.evaluation.conditions.condition import Condition

NO = 1


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    people = paint(tmp_path / "people", {f"p{number:03d}": 2 for number in range(12)})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bootstrap, "build_engine", lambda *_, **__: PaintedEngine())
    words = ("evaluate", "bursts", str(people), "--out", "out", *arguments)
    return CliRunner().invoke(main, words, catch_exceptions=False)


def test_a_table_of_templates_and_probes_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(tmp_path, monkeypatch, "--name", "paint", "--engine", "sface", "--engine", "dlib")
    assert done.exit_code == 0
    text = (tmp_path / "out" / "bursts.md").read_text()
    assert text.count("painted 1 on paint, target 1e-04:") == 2
    assert text.count("| 3 frames | 3 frames |") == 2
    assert text.strip() in done.output


def test_bursts_that_let_strangers_in_end_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = tuple(Condition(one.name, ALIKE.render) for one in bursts.FRAMES)
    monkeypatch.setattr(bursts, "FRAMES", alike)
    done = run(tmp_path, monkeypatch)
    assert done.exit_code == NO
    assert "1 frame + 1 frame: FMR 1.0e+00" in done.stderr
