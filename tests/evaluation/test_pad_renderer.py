"""Triangles land where a camera would see them."""

import numpy as np

from facelogin.evaluation.pad.geometry import FOCAL_PX, HEIGHT_PX, WIDTH_PX, Points
from facelogin.evaluation.pad.renderer import Surface, draw

BLACK = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
RED, GREEN = (200, 0, 0), (0, 200, 0)


def square(colour: tuple[int, int, int], *, opacity: int = 255) -> Surface:
    texture = np.zeros((10, 10, 4), np.uint8)
    texture[:, :] = (*colour, opacity)
    corners = np.array([(0, 0), (9, 0), (9, 9), (0, 9)], np.float64)
    return Surface(texture, corners, np.array([(0, 1, 2), (0, 2, 3)], np.int32))


def at(away_cm: float, *, half_cm: float = 5.0, right_cm: float = 0.0) -> Points:
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64) * half_cm
    return np.column_stack([corners + np.array((right_cm, 0)), np.full(4, away_cm)])


def test_a_square_covers_what_its_size_and_distance_say() -> None:
    frame = draw(BLACK, square(RED), at(50))
    rows, columns = np.nonzero(frame[:, :, 0] > 100)
    side = FOCAL_PX * 10 / 50
    assert abs(np.ptp(columns) - side) <= 2
    assert abs(np.ptp(rows) - side) <= 2
    assert abs(columns.mean() - (WIDTH_PX - 1) / 2) < 1
    assert tuple(frame[HEIGHT_PX // 2, WIDTH_PX // 2]) == RED


def test_what_is_nearer_hides_what_is_behind() -> None:
    both = Surface(
        np.concatenate([square(RED).texture, square(GREEN).texture]),
        np.concatenate([square(RED).where, square(GREEN).where + np.array((0, 10))]),
        np.concatenate([square(RED).triangles, square(GREEN).triangles + 4]),
    )
    red_before = draw(BLACK, both, np.concatenate([at(40), at(60)]))
    green_before = draw(BLACK, both, np.concatenate([at(60), at(40)]))
    assert tuple(red_before[240, 320]) == RED
    assert tuple(green_before[240, 320]) == GREEN


def test_the_back_of_a_surface_and_what_is_beyond_the_frame_are_not_drawn() -> None:
    mirrored = at(50) * (-1, 1, 1)
    assert not draw(BLACK, square(RED), mirrored).any()
    assert not draw(BLACK, square(RED), at(50, right_cm=100)).any()


def test_what_is_transparent_shows_what_is_behind() -> None:
    assert not draw(BLACK, square(RED, opacity=0), at(50)).any()


def test_shade_and_tint_are_light_on_the_surface() -> None:
    dim = draw(BLACK, square(RED), at(50), shade=np.full(4, 0.5))
    bright = draw(BLACK, square(RED), at(50), tint=(1.2, 1.0, 1.0))
    assert dim[240, 320, 0] == 100
    assert bright[240, 320, 0] == 240
