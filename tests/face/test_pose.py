"""Angles have the signs that the domain gives them."""

import numpy as np
import pytest

import faces
from face.pictures import Rgb, encoded
from facelogin.domain.observation import Face, Pose
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.pose import head_pose


def pose_of(engine: OnnxFaceEngine, pixels: Rgb) -> Pose:
    pose = engine.observe(encoded(np.ascontiguousarray(pixels))).faces[0].pose
    assert pose is not None
    return pose


def rotated(mesh: np.ndarray, axis: str, degrees: float) -> np.ndarray:
    """The mesh turned about its centre; x to the right, y down, z away from the camera."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = {
        "towards larger x": [[c, 0, -s], [0, 1, 0], [s, 0, c]],
        "up": [[1, 0, 0], [0, c, s], [0, -s, c]],
        "clockwise": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }[axis]
    centre = mesh.mean(axis=0)
    return np.asarray((mesh - centre) @ np.array(turn).T + centre, np.float32)


@pytest.fixture(scope="module")
def upright(face: Face) -> np.ndarray:
    """The portrait's mesh with its roll taken off."""
    assert face.mesh is not None
    return rotated(face.mesh, "clockwise", -measured(face.mesh).roll_deg)


def measured(mesh: np.ndarray) -> Pose:
    pose = head_pose(mesh)
    assert pose is not None
    return pose


@pytest.mark.parametrize("degrees", [-40, -15, 15, 40])
def test_yaw_grows_as_the_nose_moves_to_larger_x(upright: np.ndarray, degrees: float) -> None:
    turned = rotated(upright, "towards larger x", degrees)
    assert np.sign(turned[1, 0] - upright[1, 0]) == np.sign(degrees)
    change = measured(turned).yaw_deg - measured(upright).yaw_deg
    assert change == pytest.approx(degrees, abs=1.5)


@pytest.mark.parametrize("degrees", [-40, -15, 15, 40])
def test_pitch_grows_as_the_nose_moves_up(upright: np.ndarray, degrees: float) -> None:
    raised = rotated(upright, "up", degrees)
    assert np.sign(raised[1, 1] - upright[1, 1]) == -np.sign(degrees)
    change = measured(raised).pitch_deg - measured(upright).pitch_deg
    assert change == pytest.approx(degrees, abs=1.5)


@pytest.mark.parametrize("degrees", [-80, -15, 15, 80])
def test_roll_is_clockwise_and_leaves_yaw_alone(upright: np.ndarray, degrees: float) -> None:
    rolled = measured(rotated(upright, "clockwise", degrees))
    assert rolled.roll_deg == pytest.approx(degrees, abs=1.5)
    assert rolled.yaw_deg == pytest.approx(measured(upright).yaw_deg, abs=1.5)


@pytest.mark.parametrize("name", ["biden.jpg", "obama2.jpg", "obama3.jpg"])
def test_a_mirrored_image_negates_yaw_and_roll(engine: OnnxFaceEngine, name: str) -> None:
    pixels = faces.image_rgb(name)
    plain, mirrored = pose_of(engine, pixels), pose_of(engine, pixels[:, ::-1])
    assert abs(plain.yaw_deg) > 8
    assert mirrored.yaw_deg == pytest.approx(-plain.yaw_deg, abs=3)
    assert mirrored.roll_deg == pytest.approx(-plain.roll_deg, abs=3)
    assert mirrored.pitch_deg == pytest.approx(plain.pitch_deg, abs=5)


def test_an_official_portrait_looks_into_the_camera(engine: OnnxFaceEngine) -> None:
    pose = pose_of(engine, faces.image_rgb("obama.jpg"))
    assert abs(pose.yaw_deg) < 5
    assert abs(pose.pitch_deg) < 5
    assert abs(pose.roll_deg) < 5


@pytest.mark.parametrize(
    ("name", "angle", "sign"),
    [
        ("left_face.jpeg", "yaw_deg", -1),
        ("right_face.png", "yaw_deg", 1),
        ("lower_face.jpeg", "pitch_deg", -1),
        ("rise_face.jpeg", "pitch_deg", 1),
        ("left_wryneck.png", "roll_deg", -1),
        ("right_wryneck.png", "roll_deg", 1),
    ],
)
def test_photographed_heads_turn_the_way_they_turn(
    engine: OnnxFaceEngine, name: str, angle: str, sign: int
) -> None:
    folder = faces.shared_data() / "verify" / "quality" / "inspireface" / "pose"
    pose = engine.observe((folder / name).read_bytes()).faces[0].pose
    assert sign * getattr(pose, angle) > 20


def test_points_on_a_line_have_no_pose() -> None:
    assert head_pose(np.zeros((468, 3), np.float32)) is None
