"""BlazeFace and the mesh find faces of all sizes and rolls, and only faces."""

import numpy as np
import pytest

from face.pictures import Rgb, encoded, framed, scaled, turned
from facelogin.domain.observation import Face
from facelogin.face.detector import COARSE_PX, FINE_PX, BlazeFace
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.mesh import FaceMesh
from facelogin.face.model_files import ModelFiles
from facelogin.face.networks import Network
from facelogin.face.region import cut_region, region_of


@pytest.fixture(scope="module")
def detector(model_files: ModelFiles) -> BlazeFace:
    return BlazeFace(Network(model_files.checked("blazeface.onnx")))


@pytest.fixture(scope="module")
def mesher(model_files: ModelFiles) -> FaceMesh:
    return FaceMesh(Network(model_files.checked("facemesh.onnx")))


def error_in_widths(found: Face, expected: np.ndarray) -> float:
    gaps = np.linalg.norm(found.landmarks - expected, axis=1)
    return float(gaps.max() / found.box.width)


@pytest.mark.parametrize("size", [(480, 640), (640, 480), (500, 500), (250, 900), (1000, 333)])
def test_a_face_is_found_where_it_is_in_any_shape_of_image(
    engine: OnnxFaceEngine, portrait: Rgb, face: Face, size: tuple[int, int]
) -> None:
    head = portrait[40:210, 130:320]
    height, width = size
    left, top = width - 190 - 10, height - 170 - 5
    (found,) = engine.observe(
        encoded(framed(head, height=height, width=width, left=left, top=top))
    ).faces
    expected = face.landmarks - (130, 40) + (left, top)
    assert error_in_widths(found, expected) < 0.06


def test_a_face_too_small_for_the_coarse_look_is_found_by_the_fine_one(
    engine: OnnxFaceEngine, detector: BlazeFace, mesher: FaceMesh, portrait: Rgb, face: Face
) -> None:
    head = scaled(portrait[20:240, 110:340], 0.35)
    pixels = framed(head, height=480, width=640, left=420, top=300)
    coarse = detector.detect(pixels, long_side_px=COARSE_PX)
    assert not any(mesher.confirm(pixels, one) for one in coarse)
    fine = detector.detect(pixels, long_side_px=FINE_PX)
    assert any(mesher.confirm(pixels, one) for one in fine)
    (found,) = engine.observe(encoded(pixels)).faces
    assert 28 < found.box.width < 38
    expected = (face.landmarks - (110, 20) + 0.5) * 0.35 - 0.5 + (420, 300)
    assert error_in_widths(found, expected) < 0.15


@pytest.mark.parametrize("factor", [2.0, 4.0, 6.5])
def test_a_region_finer_than_the_mesh_needs_is_halved_without_moving(
    detector: BlazeFace, mesher: FaceMesh, portrait: Rgb, factor: float
) -> None:
    (plain,) = detector.detect(portrait, long_side_px=COARSE_PX)
    large = scaled(portrait, factor)
    (detection,) = detector.detect(large, long_side_px=COARSE_PX)
    assert region_of(detection).side / 192 > 1.3
    expected = (mesher.fit(portrait, region_of(plain)).points + 0.5) * factor - 0.5
    gaps = np.linalg.norm(
        (mesher.fit(large, region_of(detection)).points - expected)[:, :2], axis=1
    )
    assert gaps.mean() < 0.01 * detection.box.width
    smooth, rough = cut_region(large, region_of(detection)), cut_region(portrait, region_of(plain))
    assert np.abs(smooth.astype(int) - rough).mean() < 6


@pytest.mark.parametrize("degrees", [-90, -60, -30, 30, 60, 90])
def test_a_rolled_head_is_found_and_its_roll_measured(
    engine: OnnxFaceEngine, portrait: Rgb, face: Face, degrees: float
) -> None:
    centre = (float(face.landmarks[4, 0]), float(face.landmarks[4, 1]))
    (found,) = engine.observe(encoded(turned(portrait, degrees, centre))).faces
    assert found.pose is not None
    assert face.pose is not None
    assert found.pose.roll_deg == pytest.approx(face.pose.roll_deg - degrees, abs=6)


def test_a_painted_out_face_is_no_face(engine: OnnxFaceEngine, portrait: Rgb) -> None:
    empty = portrait.copy()
    empty[40:200, 150:310] = 128
    assert engine.observe(encoded(empty)).faces == ()


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_blank_image_has_no_face(engine: OnnxFaceEngine, value: int) -> None:
    assert engine.observe(encoded(np.full((480, 640, 3), value, np.uint8))).faces == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (700, 2), (3000, 1)])
def test_an_absurdly_shaped_image_has_no_face(
    engine: OnnxFaceEngine, size: tuple[int, int]
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert engine.observe(encoded(noise)).faces == ()


def test_faces_come_widest_first_and_far_smaller_ones_are_left_out(
    engine: OnnxFaceEngine, portrait: Rgb
) -> None:
    head = portrait[20:240, 110:340]
    pixels = framed(scaled(head, 0.75), height=480, width=800, left=20, top=20)
    for factor, left in ((1.2, 300), (0.25, 650)):
        small = scaled(head, factor)
        pixels[20 : 20 + small.shape[0], left : left + small.shape[1]] = small
    widths = [found.box.width for found in engine.observe(encoded(pixels)).faces]
    assert len(widths) == 2
    assert widths[0] > 1.4 * widths[1]
