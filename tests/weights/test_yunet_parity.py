"""The converted YuNet against the published file in OpenCV's own detector."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest

import faces
from facelogin.face.model_files import bundled_folder
from facelogin.face.networks import Network
from facelogin.face.yunet import YuNet
from tools.weights.errors import GraphFormatError
from tools.weights.sources import RESNET_DAT, YUNET_ONNX, SourceFile
from tools.weights.yunet import yunet_onnx

SIDE = 320


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg"])
def test_it_finds_what_opencv_finds(name: str, sources: Mapping[SourceFile, Path]) -> None:
    square = cv2.resize(faces.image_rgb(name), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    published = cv2.FaceDetectorYN.create(str(sources[YUNET_ONNX]), "", (SIDE, SIDE), 0.5)
    (expected,) = published.detect(np.ascontiguousarray(square[:, :, ::-1]))[1]
    seen = YuNet(Network(bundled_folder() / "yunet.onnx")).candidates(np.asarray(square, np.uint8))
    best = int(seen.scores.argmax())
    assert seen.scores[best] == pytest.approx(expected[14], abs=1e-4)
    assert np.abs(seen.points[best].ravel() - expected[4:14]).max() < 0.05


def test_a_view_of_any_size_is_taken() -> None:
    seen = YuNet(Network(bundled_folder() / "yunet.onnx")).candidates(
        np.zeros((64, 96, 3), np.uint8)
    )
    assert seen.points.shape == (8 * 12 + 4 * 6 + 2 * 3, 5, 2)
    assert seen.scores.max() < 0.5


def test_another_file_is_refused(sources: Mapping[SourceFile, Path]) -> None:
    for wrong in (b"", sources[RESNET_DAT].read_bytes()[:1000]):
        with pytest.raises(GraphFormatError):
            yunet_onnx(wrong)
