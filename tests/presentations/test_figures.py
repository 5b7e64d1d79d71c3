"""Rates, their bounds, and what a report says of the rows of a run."""

from __future__ import annotations

import builtins
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import faces
from facelogin.domain.errors import ConfigurationError
from facelogin.evaluation.presentations.bounds import Rate
from facelogin.evaluation.presentations.figures import people_figures, species_figures
from facelogin.evaluation.presentations.people import Half, photos_of
from facelogin.evaluation.presentations.plan import BY_PRIORITY, kinds
from facelogin.evaluation.presentations.report import write_report
from facelogin.evaluation.presentations.run import Kept, Order
from facelogin.face.engine import OnnxFaceEngine

ORDER = Order(Path("portraits"), ("P1",))


def row(kind: str, number: int, outcome: str = "failed", *turns: str) -> dict[str, Any]:
    asked = [{"direction": "left", "answer": answer, "code": None} for answer in turns]
    reason = None if outcome == "granted" else "turn"
    return {
        "kind": kind,
        "number": number,
        "outcome": outcome,
        "code": None,
        "reason": reason,
        "turns": asked,
    }


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 300, 0.0, 0.01),
        (0, 2, 0.0, 1.0),
        (0, 0, 0.0, 1.0),
        (15, 300, 0.0306, 0.0808),
        (300, 300, 0.9874, 1.0),
    ],
)
def test_bounds_are_wilsons_or_the_rule_of_threes(
    count: int, of: int, low: float, high: float
) -> None:
    rate = Rate(count, of)
    assert rate.low == pytest.approx(low, abs=1e-4)
    assert rate.high == pytest.approx(high, abs=1e-4)


@pytest.mark.parametrize("of", [1, 7, 30, 171, 300])
def test_a_rate_lies_within_its_bounds(of: int) -> None:
    for count in range(of + 1):
        rate = Rate(count, of)
        assert 0.0 <= rate.low <= rate.value <= rate.high <= 1.0


def test_only_a_session_counts_as_an_attack_that_got_in() -> None:
    rows = [row("P1", 0), row("P1", 1, "passed"), row("P1", 2, "granted"), row("P10", 0)]
    one, ten = species_figures(rows)
    assert (one.name, one.passed, one.reasons) == ("P1", Rate(1, 3), {"turn": 2})
    assert (ten.name, ten.passed) == ("P10", Rate(0, 1))


def test_a_turn_counts_once_and_a_session_may_hold_a_repeat() -> None:
    rows = [
        row("genuine", 0, "granted", "continue", "repeat", "continue", "passed"),
        row("genuine", 1, "failed", "repeat", "failed"),
    ]
    (people,) = people_figures(rows)
    assert (people.turns, people.sessions) == (Rate(2, 4), Rate(1, 2))


def test_a_report_is_written_as_words_numbers_and_a_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    text = write_report(tmp_path, ORDER, [row("P1", 0), row("genuine", 0, "granted", "passed")])
    assert "| P1 | flat print, tilted and moved | 0 | 1 | 0.0 % | 0.0 to 100.0 % | turn 1 |" in text
    assert "no claim of conformance" in text
    assert json.loads((tmp_path / "report.json").read_text())["species"]["P1"]["apcer"]["of"] == 1
    assert "<svg" in (tmp_path / "apcer.svg").read_text("utf-8")


def test_without_matplotlib_a_report_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> ModuleType:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    text = write_report(tmp_path, ORDER, [row("P1", 0)])
    assert "pip install 'facelogin[evaluate]'" in text
    assert not (tmp_path / "apcer.svg").exists()


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "run" / "rows.jsonl"
    kept = Kept.open(path, ORDER.as_kept())
    kept.add(row("P1", 0))
    kept.add(row("P1", 2))
    again = Kept.open(path, ORDER.as_kept())
    assert again.rows == kept.rows
    assert (again.missing("P1", 4), again.missing("P2", 2)) == ([1, 3], [0, 1])


@pytest.mark.parametrize("other", [{"seed": 2}, {"skip": 1}, {"people": 2}, {"half": Half.ALL}])
def test_a_run_with_other_options_is_not_mixed_in(tmp_path: Path, other: dict[str, Any]) -> None:
    path = tmp_path / "rows.jsonl"
    Kept.open(path, ORDER.as_kept())
    with pytest.raises(ConfigurationError, match="other options"):
        Kept.open(path, replace(ORDER, **other).as_kept())


def test_people_whom_earlier_runs_looked_at_can_be_left_out(
    tmp_path: Path, engine: OnnxFaceEngine
) -> None:
    for name in ("biden.jpg", "obama.jpg"):
        (tmp_path / name).write_bytes(faces.image_bytes(name))
    everybody = Order(tmp_path, ("P1",), half=Half.ALL)
    assert [identity for identity, _ in everybody.cast(engine)] == ["biden", "obama"]
    assert [identity for identity, _ in replace(everybody, skip=1).cast(engine)] == ["obama"]


def test_a_report_says_how_many_people_were_left_out(tmp_path: Path) -> None:
    assert ", the first 60 left out." in write_report(tmp_path, replace(ORDER, skip=60), [])
    assert "left out" not in write_report(tmp_path, ORDER, [])


def test_each_identity_is_in_one_half() -> None:
    names = [f"name{number}" for number in range(200)]
    tuning = {name for name in names if Half.TUNING.holds(name)}
    assert tuning.isdisjoint(name for name in names if Half.REPORTING.holds(name))
    assert 60 < len(tuning) < 140
    assert all(Half.ALL.holds(name) for name in names)


def test_people_are_folders_or_files_without_their_number(tmp_path: Path) -> None:
    (tmp_path / "Ana").mkdir()
    for name in ("Ana/1.jpg", "Ana/2.jpg", "Eve_0001.jpg", "Eve_0002.png", "notes.txt"):
        (tmp_path / name).touch()
    found = photos_of(tmp_path, Half.ALL)
    assert {who: len(paths) for who, paths in found.items()} == {"Ana": 2, "Eve": 2}


def test_an_empty_folder_makes_no_people(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no JPEG or PNG"):
        photos_of(tmp_path, Half.ALL)


def test_every_species_can_be_named_and_no_other() -> None:
    assert {kind.name for kind in kinds(BY_PRIORITY)} == set(BY_PRIORITY) - {"P12"}
    with pytest.raises(ConfigurationError, match="P99"):
        kinds(["P99"])
