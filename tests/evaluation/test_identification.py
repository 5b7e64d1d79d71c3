"""Open-set identification: counted right on faces whose answer is known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from facelogin.domain.calibration import Calibration, Point
from facelogin.domain.errors import EvaluationRefused
from facelogin.domain.identification import IdentificationPolicy
from facelogin.domain.models import EngineRef
from facelogin.evaluation.datasets import Image
from facelogin.evaluation.embedding import Embedded
from facelogin.evaluation.identification import Searches, evaluate
from facelogin.evaluation.identification_report import as_html, as_json, curve, draw

POINTS = (Point(1e-2, 0.5), Point(1e-4, 0.4), Point(1e-5, 0.3))
CALIBRATION = Calibration(
    engine=EngineRef("e", "1"),
    cells={
        (a, b): POINTS if b == 1 else (Point(1e-2, 0.5), Point(1e-4, 0.4))
        for a in range(1, 4)
        for b in range(1, a + 1)
    },
    one_person=0.6,
    data_set="made up",
    fitted_on=date(2026, 1, 1),
)
POLICY = IdentificationPolicy()


def crowd(people: int, images: int, *, noise: float, seed: int = 1) -> Embedded:
    """So many people about 1.4 apart, each with pictures that are ``noise`` from their centre."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(people, 1, 128)) / np.sqrt(128)
    faces = centres + noise * random.normal(size=(people, images, 128)) / np.sqrt(128)
    faces = faces.reshape(-1, 128)
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    names = [
        Image(Path(f"p{who:03}/{n}.jpg"), f"p{who:03}", f"p{who:03}/{n}.jpg")
        for who in range(people)
        for n in range(images)
    ]
    return Embedded(images=tuple(names), embeddings=faces.astype(np.float32))


def searched(embedded: Embedded, *, people: int, draws: int = 20) -> Searches:
    found = evaluate(embedded, calibration=CALIBRATION, policy=POLICY, sizes=(people,), draws=draws)
    return next(one for one in found if (one.people, one.enrolled, one.shown) == (people, 1, 1))


def test_people_far_apart_are_all_found_and_no_stranger_is_anybody() -> None:
    one = searched(crowd(60, 5, noise=0.1), people=20)
    assert one.at_target is not None
    assert (one.at_target.fnir.hits, one.at_target.fpir.hits) == (0, 0)
    assert one.at_target.fnir.searches == 20 * 20
    assert one.at_target.fpir.searches == 20 * (60 - 20)
    assert one.at_target.fpir.ci[1] == pytest.approx(3 / 60)  # the rule of three, of people


def test_a_person_under_two_names_is_a_stranger_who_is_taken_for_somebody() -> None:
    embedded = crowd(60, 2, noise=0.1)
    faces = embedded.embeddings.copy()
    faces[2:4] = faces[0:2]  # the second person is the first one again
    one = searched(replace(embedded, embeddings=faces), people=20, draws=200)
    assert one.at_target is not None
    # Of 200 draws the two are apart, one in and one out, in 2 x 1/3 x 40/59 of them.
    assert one.at_target.fpir.hits == pytest.approx(200 * 2 / 3 * 40 / 59, rel=0.25)
    assert one.at_target.doubtful > 0  # both in: who it is can't be told


def test_pictures_that_vary_too_much_are_not_found() -> None:
    one = searched(crowd(60, 2, noise=1.5), people=20)
    assert one.at_target is not None
    assert one.at_target.fnir.rate > 0.9


def test_where_thresholds_end_there_is_no_figure() -> None:
    found = evaluate(
        crowd(300, 5, noise=0.1), calibration=CALIBRATION, policy=POLICY, sizes=(10, 100), draws=10
    )
    figures = {(one.people, one.enrolled, one.shown): one.at_target is not None for one in found}
    assert figures[10, 1, 1]
    assert figures[100, 3, 1]
    assert not figures[150, 1, 1]  # half of the people: 1.5 times what 1e-5 allows
    assert not figures[100, 2, 2]


def test_the_same_seed_gives_the_same_figures() -> None:
    embedded = crowd(60, 2, noise=0.5)
    assert searched(embedded, people=20).at_target == searched(embedded, people=20).at_target


def test_too_few_people_make_no_figure() -> None:
    with pytest.raises(EvaluationRefused, match="20 have to be enrolled"):
        evaluate(crowd(30, 2, noise=0.1), calibration=CALIBRATION, policy=POLICY)


def test_a_curve_falls_as_more_strangers_are_let_in() -> None:
    fpir, fnir = curve(searched(crowd(60, 2, noise=0.6), people=20))
    assert np.all(np.diff(fpir) >= 0)
    assert np.all(np.diff(fnir) <= 0)
    assert fpir[-1] > 0.9


def test_the_report_is_json_a_page_and_plots(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the plots of an evaluation are an extra")
    found = evaluate(
        crowd(60, 5, noise=0.1), calibration=CALIBRATION, policy=POLICY, sizes=(10,), draws=10
    )
    plots = draw(found, tmp_path)
    assert plots == tuple(f"identification_{n}.png" for n in ("1_1", "3_1", "2_2"))
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in plots)
    page = as_html(found, POLICY, title="<b>", day=date(2026, 1, 1), plots=plots)
    assert "<h1>&lt;b&gt;</h1>" in page
    assert page.count("<tr>") == 1 + len(found)
    report = json.loads(json.dumps(as_json(found, POLICY)))
    assert report["target_fpir"] == 1e-3
    assert report["searches"][0]["at_target"]["fpir"]["hits"] == 0
