"""P12: a capture that is stale, used, unfinished or somebody else's signs nobody in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from facelogin.evaluation.pad.portraits import Portrait
from facelogin.evaluation.presentations.plan import kinds
from facelogin.evaluation.presentations.stage import Stage, served_stage
from facelogin.evaluation.presentations.stale import WAYS, present_stale
from facelogin.face.engine import OnnxFaceEngine
from presentations.conftest import SEED

EACH_ONCE = tuple(dict.fromkeys(WAYS))
CODES = {
    "expired": "challenge_expired",
    "used before": "challenge_spent",
    "another user's": "challenge_unknown",
    "another browser's, without a cookie": "challenge_unknown",
    "another browser's, with its own cookie": "challenge_unknown",
    "made for a registration": "challenge_unknown",
    "superseded": "challenge_superseded",
    "unfinished": "liveness_failed",
    "failed": "liveness_failed",
    "the same frames again": "liveness_failed",
}


@pytest.mark.parametrize("number", range(len(EACH_ONCE)))
def test_it_signs_nobody_in(on: Stage, number: int) -> None:
    way, presented = present_stale(on.plain, on.people, number, SEED)
    assert (presented.outcome, presented.code) == ("refused", CODES[way])


@pytest.fixture(scope="module")
def served(engine: OnnxFaceEngine, portraits: list[tuple[str, Portrait]]) -> Iterator[Stage]:
    with served_stage(engine, iter(portraits), people=2, seed=SEED) as made:
        yield made


def test_in_real_time_over_a_socket_a_person_signs_in_and_a_print_does_not(
    served: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "werkzeug")
    person, paper = kinds(["genuine", "P1"])
    assert served.show(person, 1, SEED)["outcome"] == "granted"
    assert served.show(paper, 1, SEED)["outcome"] == "failed"
    assert [record for record in caplog.records if record.name == "werkzeug"] == []
