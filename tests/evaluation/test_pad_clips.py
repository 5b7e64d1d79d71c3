"""Clips are played by the parts in which their person turns."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import faces
from evaluation.reading import STRAIGHT, Asked, Reader
from facelogin.domain.errors import ConfigurationError
from facelogin.evaluation.pad.clips import Clip, read_clip, replay
from facelogin.evaluation.pad.heads import Head
from facelogin.evaluation.pad.portraits import Portrait
from facelogin.evaluation.pad.stance import Stance
from facelogin.face.engine import OnnxFaceEngine


@pytest.fixture(scope="module")
def clip(
    portrait: Portrait, engine: OnnxFaceEngine, tmp_path_factory: pytest.TempPathFactory
) -> Clip:
    """A film of a head that looks straight, turns to its left and comes back."""
    path = tmp_path_factory.mktemp("clip") / "left.mp4"
    head = Head(portrait)
    yaws = [0.0] * 24 + [28 * np.sin(np.pi * part) for part in np.linspace(0, 1, 24)] + [0.0] * 4
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20, (640, 480))
    for yaw in yaws:
        film.write(np.ascontiguousarray(head.picture(Stance(yaw_deg=float(yaw)))[:, :, ::-1]))
    film.release()
    return read_clip(path, engine)


def test_a_clip_is_played_where_its_person_turns_as_asked(clip: Clip, reader: Reader) -> None:
    performer = replay(clip)
    assert performer is not None
    assert performer.directions == ("left",)
    degrees = reader.turned(performer.perform(Asked("left")), "left")
    assert 6 <= len(degrees) <= 10
    assert max(degrees) > 18
    assert abs(degrees[-1]) <= 8


def test_a_turn_that_a_clip_lacks_is_answered_straight(clip: Clip, reader: Reader) -> None:
    performer = replay(clip)
    assert performer is not None
    straight = performer.perform(STRAIGHT)
    assert performer.perform(Asked("up")) == straight
    assert max(map(abs, reader.turned(straight, "left"))) < 6


def test_a_clip_without_anybody_is_no_performer(clip: Clip) -> None:
    assert replay(Clip(clip.frames, clip.gap_ms, [None] * len(clip.frames))) is None


def test_a_file_that_is_no_film_is_refused(tmp_path: Path, engine: OnnxFaceEngine) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"not a film")
    with pytest.raises(ConfigurationError, match=r"clip\.mp4"):
        read_clip(path, engine)


def test_a_real_person_turns_in_a_real_clip(engine: OnnxFaceEngine) -> None:
    performer = replay(read_clip(faces.shared_data() / "clips" / "driving_d3.mp4", engine))
    assert performer is not None
    assert "left" in performer.directions
