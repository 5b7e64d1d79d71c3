"""A rendered head is read as turned the way it was told to, and has depth; a print has none."""

from typing import Literal

import numpy as np
import pytest

from evaluation.reading import Reader
from facelogin.domain.models import Rgb
from facelogin.evaluation.pad.eyelids import EYES
from facelogin.evaluation.pad.heads import Head, triangulate
from facelogin.evaluation.pad.motions import SIGNS
from facelogin.evaluation.pad.portraits import Portrait
from facelogin.evaluation.pad.prints import Print, Room, Sheet, drawn_room
from facelogin.evaluation.pad.stance import Stance, Subject

DEGREES = {"left": 24.0, "right": 24.0, "up": 16.0, "down": 16.0}
NOSE, EYE_CORNERS = 1, (33, 263)


def turning(subject: Subject, direction: str, *, share: float = 1.0) -> list[Rgb]:
    """The subject straight, on its way and turned."""
    yaw, pitch = (sign * DEGREES[direction] * share for sign in SIGNS[direction])
    ways = (0, 0.25, 0.5, 0.75, 1)
    return [
        subject.picture(Stance(yaw_deg=yaw * way, pitch_deg=pitch * way, bend=1.0)) for way in ways
    ]


@pytest.fixture(params=["portrait", "other"])
def head(request: pytest.FixtureRequest) -> Head:
    return Head(request.getfixturevalue(request.param))


@pytest.mark.parametrize("direction", SIGNS)
def test_a_turned_head_reads_as_turned(reader: Reader, head: Head, direction: str) -> None:
    straight, *_, turned = turning(head, direction)
    before, after = reader.pose(straight), reader.pose(turned)
    change = (after.yaw_deg - before.yaw_deg, after.pitch_deg - before.pitch_deg)
    wanted = tuple(sign * DEGREES[direction] for sign in SIGNS[direction])
    assert change == pytest.approx(wanted, abs=9.0)


@pytest.mark.parametrize(("direction", "axis", "sign"), [
    ("left", 0, 1), ("right", 0, -1), ("up", 1, -1), ("down", 1, 1),
])  # fmt: skip
def test_the_nose_moves_the_way_the_head_turns(
    reader: Reader, head: Head, direction: str, axis: int, sign: int
) -> None:
    straight, *_, turned = (reader.mesh(frame) for frame in turning(head, direction))
    moved = [mesh[NOSE] - mesh[list(EYE_CORNERS)].mean(axis=0) for mesh in (straight, turned)]
    assert np.sign(moved[1][axis] - moved[0][axis]) == sign


@pytest.mark.parametrize("direction", SIGNS)
def test_the_nose_of_a_head_leaves_the_plane_of_its_face(
    reader: Reader, head: Head, direction: str
) -> None:
    assert 0.08 < towards(reader, head, direction) < 0.25


@pytest.mark.parametrize("direction", SIGNS)
def test_the_nose_of_a_flat_print_stays_in_the_plane(
    reader: Reader, portrait: Portrait, direction: str
) -> None:
    paper = Print(portrait, drawn_room(np.random.default_rng(0)))
    assert abs(towards(reader, paper, direction, share=1.5)) < 0.04


@pytest.mark.parametrize("axis", ["vertical", "horizontal"])
def test_a_bent_sheet_keeps_its_lengths_and_its_sides_go_back(
    axis: Literal["vertical", "horizontal"],
) -> None:
    along = 0 if axis == "vertical" else 1
    flat = np.zeros((41, 3))
    flat[:, along] = np.linspace(-10, 10, 41)
    bent = Sheet(axis=axis, radius_cm=8.0).bent(flat, 1.0)
    assert np.linalg.norm(np.diff(bent, axis=0), axis=1).sum() == pytest.approx(20, rel=1e-3)
    assert min(bent[0, 2], bent[-1, 2]) > bent[20, 2] + 1.5
    assert (Sheet(axis=axis, radius_cm=8.0).bent(flat, 0.0) == flat).all()
    assert (Sheet(axis=axis).bent(flat, 1.0) == flat).all()


def towards(reader: Reader, subject: Subject, direction: str, *, share: float = 1.0) -> float:
    """The nose's shift in the direction of the turn."""
    shift = reader.nose_shift(turning(subject, direction, share=share))
    right, up = SIGNS[direction]
    return right * shift.right - up * shift.down


def test_the_surroundings_of_a_head_stay(head: Head) -> None:
    straight, *_, turned = turning(head, "left")
    assert (straight[:, :60] == turned[:, :60]).all()
    assert (straight[:, -60:] == turned[:, -60:]).all()


def test_closed_eyes_are_narrower(reader: Reader, head: Head) -> None:
    frames = (head.picture(Stance(eyes_closed=closed)) for closed in (False, True))
    opened, closed = (opening(reader.mesh(frame)) for frame in frames)
    assert closed < 0.75 * opened


def opening(mesh: np.ndarray) -> float:
    """The height of the eyes over their width."""
    upper, lower = ([eye[side][4] for eye in EYES] for side in (0, 1))
    corners = [(eye[0][0], eye[0][-1]) for eye in EYES]
    height = np.linalg.norm(mesh[upper, :2] - mesh[lower, :2], axis=1).mean()
    width = np.mean([np.linalg.norm(mesh[a, :2] - mesh[b, :2]) for a, b in corners])
    return float(height / width)


def test_a_screens_light_is_seen_on_the_face_more_than_behind_it(head: Head) -> None:
    dark, red = head.picture(Stance()), head.picture(Stance(), (1.0, 0.0, 0.0))
    gain = red.astype(float).mean(axis=2) / np.maximum(dark.astype(float).mean(axis=2), 1)
    assert gain[240:260, 310:330].mean() > gain[:100, :100].mean() + 0.01
    assert (red[:, :, 2].astype(int) <= dark[:, :, 2].astype(int) + 1).all()


def test_holes_show_the_eyes_of_who_wears_the_mask(portrait: Portrait) -> None:
    green = np.zeros((480, 640, 3), np.uint8)
    green[:] = (0, 255, 0)
    mask = Print(portrait, Room(green), worn=True, holes=True)
    whole = Print(portrait, Room(green), worn=True)
    through = (mask.picture(Stance()) == (0, 255, 0)).all(axis=2)
    outside = (whole.picture(Stance()) == (0, 255, 0)).all(axis=2)
    assert 500 < int((through & ~outside).sum()) < 20_000


def test_triangles_cover_the_hull_of_points_once() -> None:
    points = np.random.default_rng(0).uniform(0, 10, (40, 2))
    corners = np.concatenate([points, [(0, 0), (10, 0), (10, 10), (0, 10)]])
    triangles = np.asarray(corners)[triangulate(corners)]
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    areas = (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2
    assert (areas > 0).all()
    assert 97 < areas.sum() < 100.001
