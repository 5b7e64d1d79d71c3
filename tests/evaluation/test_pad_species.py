"""Every species presents what its name says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from evaluation.reading import STRAIGHT, Asked, Reader, pictures
from facelogin.domain.challenge import orders
from facelogin.evaluation.pad.cast import Cast
from facelogin.evaluation.pad.genuine import rendered_person
from facelogin.evaluation.pad.motions import DIRECTIONS
from facelogin.evaluation.pad.performances import Actor, Flash, Performer
from facelogin.evaluation.pad.species import SPECIES
from facelogin.evaluation.pad.swaps import Repeater

ORDER = ("left", "up", "right")
RED_GREEN = Flash(((1, 0, 0), (0, 1, 0)) * 4)


def seeded(cast: Cast, seed: int) -> Cast:
    return replace(cast, rng=np.random.default_rng(seed))


def actor(species: str, cast: Cast) -> Actor:
    made = SPECIES[species].make(cast)
    assert isinstance(made, Actor)
    return made


@pytest.mark.parametrize("name", SPECIES)
def test_frames_are_what_the_api_takes(name: str, cast: Cast) -> None:
    performer = SPECIES[name].make(cast)
    for direction in (None, *ORDER):
        shots = performer.perform(Asked(direction))
        assert (4 if direction is None else 6) <= len(shots) <= 24
        assert all(40 <= later.t_ms - sooner.t_ms <= 2400 for sooner, later in pairwise(shots))
        assert shots[-1].t_ms <= 10_000
        for shot, picture in zip(shots, pictures(shots), strict=True):
            assert shot.jpeg.startswith(b"\xff\xd8\xff")
            assert len(shot.jpeg) <= 150_000
            assert picture.shape == (480, 640, 3)


@pytest.mark.parametrize("name", SPECIES)
def test_a_seed_repeats_a_presentation(name: str, cast: Cast) -> None:
    def frames(seed: int) -> list[object]:
        performer = SPECIES[name].make(seeded(cast, seed))
        return [performer.perform(Asked(direction)) for direction in (None, "right")]

    assert frames(4) == frames(4)
    assert frames(4) != frames(5)


def test_a_rendered_person_turns_as_asked(reader: Reader, cast: Cast) -> None:
    person = rendered_person(cast.portrait, cast.rng)
    for direction in DIRECTIONS:
        degrees = reader.turned(person.perform(Asked(direction)), direction)
        assert max(degrees) >= (18 if direction in {"left", "right"} else 12)
        assert abs(degrees[-1]) <= 8


@pytest.mark.parametrize("name", ["P1", "P2", "P3", "P4"])
def test_paper_is_tilted_the_way_that_is_asked_for(name: str, cast: Cast) -> None:
    moves = actor(name, cast).moves
    yaws = [moment.stance.yaw_deg for moment in moves(Asked("left"), None)]
    pitches = [moment.stance.pitch_deg for moment in moves(Asked("down"), None)]
    assert max(yaws) - yaws[0] > 15
    assert min(pitches) - pitches[0] < -10


def test_p3_is_flat_at_first_and_bent_in_the_turn(cast: Cast) -> None:
    moments = actor("P3", cast).moves(Asked("left"), None)
    assert moments[0].stance.bend == 0
    assert max(moment.stance.bend for moment in moments) > 0.9
    assert all(moment.stance.bend == 1 for moment in actor("P2", cast).moves(STRAIGHT, None))


def test_p4_blinks(cast: Cast) -> None:
    closed = [
        moment.stance.eyes_closed
        for seed in range(6)
        for moment in actor("P4", seeded(cast, seed)).moves(Asked("left"), None)
    ]
    assert 0.05 < np.mean(closed) < 0.5


def test_p5_shows_two_pictures_with_a_cut_or_a_fade(cast: Cast) -> None:
    largest = {}
    for seed in range(8):
        shots = SPECIES["P5"].make(seeded(cast, seed)).perform(Asked("left"))
        frames = [frame.astype(int) for frame in pictures(shots)]
        steps = [float(np.abs(later - sooner).mean()) for sooner, later in pairwise(frames)]
        largest[seed] = max(steps) / sorted(steps)[-3]
    assert max(largest.values()) > 1.5


def test_p6_goes_elsewhere_in_at_least_one_turn(reader: Reader, cast: Cast) -> None:
    for seed in range(4):
        performer = SPECIES["P6"].make(seeded(cast, seed))
        performer.perform(STRAIGHT)
        astray = []
        for direction in ORDER:
            degrees = reader.turned(performer.perform(Asked(direction)), direction)
            astray.append(max(degrees) < 12 or min(degrees) < -12)
        assert any(astray)


def test_p7_plays_one_of_the_orders_whatever_is_asked(cast: Cast) -> None:
    played = Counter(turns_of(actor("P7", seeded(cast, seed))) for seed in range(200))
    assert set(played) == {tuple(map(str, order)) for order in orders()}


def test_p7_plays_a_repeated_turn_from_the_same_place(cast: Cast) -> None:
    clip, same = (actor("P7", seeded(cast, 3)) for _ in range(2))
    once = turns_of(clip)
    repeated = [way_of(same, direction) for direction in ("left", "left", "up", "right")]
    assert repeated == [once[0], once[0], once[1], once[2]]


def turns_of(performer: Actor) -> tuple[str, ...]:
    return tuple(way_of(performer, direction) for direction in ORDER)


def way_of(performer: Actor, asked: str) -> str:
    """The direction in which that performer turns when asked for one."""
    moments = performer.moves(Asked(asked), None)
    start, peak = moments[0].stance, max(moments, key=lambda moment: moment.way).stance
    yaw, pitch = peak.yaw_deg - start.yaw_deg, peak.pitch_deg - start.pitch_deg
    if abs(yaw) > abs(pitch):
        return "left" if yaw > 0 else "right"
    return "up" if pitch > 0 else "down"


@pytest.mark.parametrize("name", ["P7b", "P8", "P13"])
def test_what_follows_every_step_turns_as_asked(name: str, cast: Cast) -> None:
    assert turns_of(actor(name, cast)) == ORDER


def test_a_flash_reaches_a_person_but_no_screen(cast: Cast) -> None:
    assert redness(rendered_person(cast.portrait, cast.rng)) > 0.01
    assert abs(redness(SPECIES["P7b"].make(cast))) < 0.01


def test_p8_carries_another_flash(cast: Cast) -> None:
    performer = actor("P8", cast)
    assert performer.own_flash is not None
    assert performer.own_flash.colours[:8] != RED_GREEN.colours
    assert performer.deaf_to_flash


def redness(performer: Performer) -> float:
    """How much redder the face is under the red slots than under the green ones."""
    shots = performer.perform(STRAIGHT, RED_GREEN)
    ratio: dict[int, list[float]] = {0: [], 1: []}
    for shot, frame in zip(shots, pictures(shots), strict=True):
        middle = frame[180:320, 270:370].astype(float).mean(axis=(0, 1))
        slot = int((shot.t_ms - 60) // 500)
        if slot < 8:
            ratio[slot % 2].append(float(np.log(middle[0] / middle[1])))
    return float(np.mean(ratio[0]) - np.mean(ratio[1]))


def test_p9_beats(cast: Cast) -> None:
    filmed = actor("P9", cast).filmed
    assert filmed is not None
    assert filmed.beat >= 0.1


def test_p10_repeats_frames_in_five_ways(cast: Cast) -> None:
    kinds: dict[str, Repeater] = {}
    for seed in range(40):
        performer = SPECIES["P10"].make(seeded(cast, seed))
        assert isinstance(performer, Repeater)
        kinds.setdefault(performer.kind, performer)
    shots = {kind: performer.perform(Asked("left")) for kind, performer in kinds.items()}
    different = {kind: len({shot.jpeg for shot in sent}) for kind, sent in shots.items()}
    assert different == {
        "one frame": 1, "encoded anew": 8, "noisier": 8, "each twice": 4, "there and back": 4,
    }  # fmt: skip
    for kind in ("encoded anew", "noisier"):
        first, *_, last = pictures(shots[kind])
        assert np.abs(first.astype(int) - last.astype(int)).mean() < 8


def test_p11_turns_another_face(reader: Reader, cast: Cast) -> None:
    limit = reader.engine.continuity.turned
    assert farthest(reader, SPECIES["P11"].make(cast)) > limit + 0.2
    assert farthest(reader, rendered_person(cast.portrait, cast.rng)) < limit - 0.2


def farthest(reader: Reader, performer: Performer) -> float:
    """The largest distance of an embedding on the way of a turn to one of looking straight."""
    straight = reader.embedding(performer.perform(STRAIGHT)[2])
    way = performer.perform(Asked("left"))[:5]
    return max(float(np.linalg.norm(reader.embedding(shot) - straight)) for shot in way)
