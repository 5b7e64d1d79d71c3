"""``facelogin evaluate conditions``: its files, its table in a page, and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evaluation.painted_faces import ALIKE, BLACK, HARMLESS, PaintedEngine, paint
from facelogin import bootstrap
from facelogin.cli import main
from facelogin.evaluation.conditions import catalogue
from facelogin.evaluation.conditions.condition import Condition

Evaluate = Callable[..., Result]
NO = 1


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return paint(tmp_path / "people", {f"p{number:03d}": 2 for number in range(30)})


@pytest.fixture
def engine() -> PaintedEngine:
    return PaintedEngine()


@pytest.fixture
def evaluate(
    engine: PaintedEngine, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Evaluate:
    """The command with the engine that reads colours, under the conditions that are named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACELOGIN_TARGET_FMR", "1e-4")
    monkeypatch.setattr(bootstrap, "build_engine", lambda *_, **__: engine)

    def run(*arguments: str, conditions: tuple[Condition, ...]) -> Result:
        monkeypatch.setattr(catalogue, "CONDITIONS", conditions)
        words = ("evaluate", "conditions", str(people), "--out", "out", *arguments)
        return CliRunner().invoke(main, words, catch_exceptions=False)

    return run


def test_harmless_conditions_pass_with_a_report(evaluate: Evaluate, tmp_path: Path) -> None:
    done = evaluate("--name", "paint", conditions=(HARMLESS, BLACK))
    assert done.exit_code == 0
    (report,) = json.loads((tmp_path / "out" / "conditions.json").read_text())
    assert [one["name"] for one in report["conditions"]] == ["as it is", "harmless", "black"]
    assert report["conditions"][2]["refused"] == {"face_not_found": 60}
    assert (report["data_set"], report["threshold"]) == ("paint", 0.6)
    assert "| black | 0.0% | face_not_found 100.0% |" in done.output


def test_a_condition_that_exceeds_ends_with_one(evaluate: Evaluate, tmp_path: Path) -> None:
    done = evaluate(conditions=(HARMLESS, ALIKE))
    assert done.exit_code == NO
    assert "painted, everybody alike: FMR" in done.stderr
    assert "harmless" not in done.stderr.partition("let strangers in")[2]
    (report,) = json.loads((tmp_path / "out" / "conditions.json").read_text())
    assert [one["exceeds"] for one in report["conditions"]] == [False, False, True]


def test_only_named_conditions_of_a_sample_run(evaluate: Evaluate, tmp_path: Path) -> None:
    done = evaluate("--only", "harmless", "--sample", "10", conditions=(HARMLESS, ALIKE))
    assert done.exit_code == 0
    (report,) = json.loads((tmp_path / "out" / "conditions.json").read_text())
    assert [(one["name"], one["images"]) for one in report["conditions"]] == [
        ("as it is", 10),
        ("harmless", 10),
    ]


def test_a_second_run_looks_at_nothing_again(evaluate: Evaluate, engine: PaintedEngine) -> None:
    evaluate(conditions=(HARMLESS,))
    looks = engine.looks
    evaluate(conditions=(HARMLESS,))
    assert (looks, engine.looks) == (60 * 3, 60 * 3)


def test_the_table_goes_into_a_page(evaluate: Evaluate, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- conditions -->\nearlier figures\n<!-- end of conditions -->\nb\n")
    done = evaluate("--into", str(page), conditions=(BLACK,))
    assert done.exit_code == 0
    text = page.read_text()
    assert "earlier figures" not in text
    assert "| black | 0.0% |" in text
    assert text.endswith("<!-- end of conditions -->\nb\n")


def test_a_page_without_markers_is_told(evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("nothing\n")
    done = evaluate("--into", "page.md", conditions=(BLACK,))
    assert done.exit_code == NO
    assert "page.md has no place" in done.stderr
