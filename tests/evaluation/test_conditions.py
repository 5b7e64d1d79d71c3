"""Pictures under conditions: rendered, read as at a sign-in, counted, and a guard on the rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import faces
from evaluation.drawn_faces import as_engine
from evaluation.painted_faces import ALIKE, BLACK, HARMLESS, PaintedEngine, paint
from facelogin.domain.errors import ErrorRateExceeded, EvaluationRefused
from facelogin.domain.models import EngineRef, FloatArray, Rgb
from facelogin.evaluation.conditions import photo
from facelogin.evaluation.conditions.catalogue import CONDITIONS, chosen
from facelogin.evaluation.conditions.condition import Condition
from facelogin.evaluation.conditions.rates import ConditionRates, measure
from facelogin.evaluation.conditions.report import (
    BEGIN,
    END,
    Run,
    as_markdown,
    put_between_markers,
    refuse_exceeding,
)
from facelogin.evaluation.conditions.taking import ConditionTaker, Taken, sampled
from facelogin.evaluation.datasets import Image, read_data_set
from facelogin.evaluation.embedding_cache import EmbeddingCache
from facelogin.evaluation.pad.webcam import encoded
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.quality import extent, mean_luma

THRESHOLD, TARGET = 0.98, 1e-4


@pytest.fixture(scope="module")
def seen(engine: OnnxFaceEngine) -> tuple[Rgb, FloatArray]:
    """A photo and the mesh of its face, wider than any that "small" makes."""
    pixels = faces.astronaut_rgb()[:300, 80:380].repeat(2, axis=0).repeat(2, axis=1)
    observation = engine.observe(encoded(pixels, 95))
    mesh = observation.faces[0].mesh
    assert mesh is not None
    return observation.pixels, mesh


def images_in(folder: Path, people: int, pictures: int) -> tuple[Image, ...]:
    painted = paint(folder, {f"p{number:03d}": pictures for number in range(people)})
    return read_data_set(painted).images


def taken(
    images: Sequence[Image], conditions: Sequence[Condition], cache: Path, engine: PaintedEngine
) -> list[Taken]:
    with EmbeddingCache(cache, "painted") as kept:
        return list(ConditionTaker(as_engine(engine), conditions, kept).take_all(images))


def rates_of(folder: Path, *conditions: Condition) -> tuple[ConditionRates, ...]:
    images = images_in(folder / "people", people=30, pictures=2)
    found = taken(images, conditions, folder / "cache", PaintedEngine())
    return measure(found, conditions, threshold=THRESHOLD)


def run_of(*rates: ConditionRates) -> Run:
    return Run(EngineRef("painted", "1"), "paint", date(2026, 1, 1), TARGET, THRESHOLD, rates)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: one.name)
def test_a_condition_renders_the_same_each_time(
    condition: Condition, seen: tuple[Rgb, FloatArray]
) -> None:
    before = seen[0].copy()
    first, again = (condition.render(*seen, np.random.default_rng(3)) for _ in range(2))
    assert first.shape == before.shape
    assert first.dtype == np.uint8
    assert (first != before).any()
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(seen[0], before)


def test_clear_glasses_differ_from_person_to_person(seen: tuple[Rgb, FloatArray]) -> None:
    (glasses,) = chosen("clear glasses")
    drawn = [glasses.render(*seen, np.random.default_rng(seed)) != seen[0] for seed in range(12)]
    covers = [one.any(axis=2) for one in drawn]
    areas = sorted(int(cover.sum()) for cover in covers)
    shared = [(one & other).sum() / (one | other).sum() for one, other in combinations(covers, 2)]
    assert areas[-1] > 2 * areas[0] > 0
    assert np.median(shared) < 0.4


def test_conditions_have_names_of_their_own() -> None:
    assert len({condition.name for condition in CONDITIONS}) == len(CONDITIONS)
    assert not [condition.name for condition in CONDITIONS if "," in condition.name]
    assert [one.name for one in chosen("jpeg 10, dark 2 stops")] == ["jpeg 10", "dark 2 stops"]
    with pytest.raises(EvaluationRefused, match="no condition fog"):
        chosen("jpeg 10,fog")


def test_two_stops_less_are_a_quarter_of_the_light(seen: tuple[Rgb, FloatArray]) -> None:
    pixels, mesh = seen
    dark = photo.exposed(pixels, mesh, np.random.default_rng(0), stops=-2)
    box = extent(mesh)
    assert mean_luma(dark, box) / mean_luma(pixels, box) == pytest.approx(
        0.25 ** (1 / 2.2), abs=0.03
    )


def test_a_face_upside_down_stays_in_its_place(
    engine: OnnxFaceEngine, seen: tuple[Rgb, FloatArray]
) -> None:
    pixels, mesh = seen
    twice = pixels
    for _ in range(2):
        twice = photo.rolled(twice, mesh, np.random.default_rng(0), degrees=180)
    box = extent(mesh)
    inside = np.s_[int(box.y) : int(box.y + box.height), int(box.x) : int(box.x + box.width)]
    gap = np.abs(twice[inside].astype(float) - pixels[inside].astype(float))
    assert gap.mean() < 2


def test_a_smear_keeps_the_light(seen: tuple[Rgb, FloatArray]) -> None:
    smeared = photo.smeared(*seen, np.random.default_rng(0), widths=0.2)
    assert smeared.mean() == pytest.approx(seen[0].mean(), abs=1.5)


def test_what_was_taken_before_is_not_looked_at_again(tmp_path: Path) -> None:
    images, engine = images_in(tmp_path / "people", people=3, pictures=2), PaintedEngine()
    first = taken(images, (HARMLESS, BLACK), tmp_path / "cache", engine)
    looks = engine.looks
    again = taken(images, (HARMLESS, BLACK), tmp_path / "cache", engine)
    assert (looks, engine.looks) == (6 * 4, 6 * 4)  # as it is, to render, and both conditions
    assert [one.under[1] for one in again] == ["face_not_found"] * 6
    np.testing.assert_array_equal(first[0].under[0], again[0].under[0])


def test_refusals_are_counted_by_code(tmp_path: Path) -> None:
    _, harmless, black = rates_of(tmp_path, HARMLESS, BLACK)
    assert (harmless.images, harmless.passed, harmless.refused) == (60, 60, {})
    assert (black.passed, black.refused) == (0, {"face_not_found": 60})
    assert black.against_clean is None
    assert not black.exceeds(TARGET)


def test_genuine_pairs_are_of_different_pictures(tmp_path: Path) -> None:
    clean, harmless = rates_of(tmp_path, HARMLESS)
    assert (clean.genuine, harmless.genuine) == (60, 60)
    assert clean.fnmr == harmless.fnmr
    assert clean.fnmr is not None
    assert clean.fnmr < 0.1


def test_each_pair_of_strangers_counts_once(tmp_path: Path) -> None:
    _, alike = rates_of(tmp_path, ALIKE)
    assert alike.against_clean is not None
    assert alike.among_themselves is not None
    assert alike.against_clean.pairs == 60 * 58
    assert alike.among_themselves.pairs == alike.among_themselves.hits == 60 * 58 // 2
    assert alike.among_themselves.people == 30 * 29 // 2


def test_a_condition_that_lets_strangers_in_fails(tmp_path: Path) -> None:
    rates = rates_of(tmp_path, HARMLESS, ALIKE)
    with pytest.raises(ErrorRateExceeded, match=r"everybody alike: FMR .* at most 2e-04"):
        refuse_exceeding([run_of(*rates)])
    refuse_exceeding([run_of(*rates[:-1])])
    rows = [row for row in as_markdown([run_of(*rates)]).splitlines() if "**" in row]
    assert [row.split(" | ")[0] for row in rows] == ["| **everybody alike**"]


def test_a_few_people_alike_are_no_fault_of_a_condition(tmp_path: Path) -> None:
    images = images_in(tmp_path / "people", people=4, pictures=2)
    found = taken(images, (ALIKE,), tmp_path / "cache", PaintedEngine())
    _, alike = measure(found, (ALIKE,), threshold=THRESHOLD)
    assert alike.among_themselves is not None
    assert alike.among_themselves.fmr == 1.0
    assert not alike.exceeds(TARGET)  # six pairs of people are no figure


def test_a_sample_is_of_whole_people(tmp_path: Path) -> None:
    images = images_in(tmp_path / "people", people=10, pictures=2)
    some = sampled(images, 8)
    assert len({image.person for image in some}) == 4
    assert {one.name for one in sampled(images[::-1], 8)} == {one.name for one in some}
    assert sampled(images, None) == images


def test_pictures_of_one_person_are_refused(tmp_path: Path) -> None:
    images = images_in(tmp_path / "people", people=2, pictures=2)[:2]
    found = taken(images, (), tmp_path / "cache", PaintedEngine())
    with pytest.raises(EvaluationRefused, match="2 pictures 2 pass"):
        measure(found, (), threshold=THRESHOLD)


def test_the_table_replaces_what_is_between_the_markers() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    new = put_between_markers(page, "new", name="page.md")
    assert new == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    for bad in ("nothing", f"{END}{BEGIN}", page + page):
        with pytest.raises(EvaluationRefused, match=r"page\.md"):
            put_between_markers(bad, "new", name="page.md")


def test_real_photos_pass_a_slight_roll_but_not_the_dark(
    engine: OnnxFaceEngine, tmp_path: Path
) -> None:
    """The whole way on a few photos and conditions: what `make evaluate` runs on all."""
    images = sampled(read_data_set(faces.lfw_dev() / "images").images, 24)
    conditions = chosen("rolled 15 degrees, dark 4 stops, soft 4%, jpeg 10")
    with EmbeddingCache(tmp_path / "cache", "real") as cache:
        found = list(ConditionTaker(engine, conditions, cache).take_all(images))
    threshold = engine.calibration.threshold(target_fmr=TARGET, enrolled=1, probe=1)
    clean, rolled, dark, soft, jpeg = measure(found, conditions, threshold=threshold)
    assert clean.passed >= 10
    assert rolled.passed >= 0.8 * rolled.images
    assert dark.passed < rolled.passed
    assert soft.refused["too_blurred"] >= 0.8 * soft.images
    assert jpeg.images == clean.passed
