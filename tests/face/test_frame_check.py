"""What a frame of a live capture may be, judged before anything is decoded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import ExifTags, Image

from facelogin.domain.errors import FrameRefused, ImageRefused, ImageTooLarge, ImageUnreadable
from facelogin.domain.models import Rgb
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.frame_check import MAX_PASSES, MAX_SEGMENTS, check_frames
from frame_pictures import PLAIN, PROGRESSIVE, as_kind, jpeg, with_passes, with_segments, with_size


@pytest.mark.parametrize(
    "frames",
    [
        [PLAIN] * 24,
        [PLAIN, PROGRESSIVE],
        [jpeg(480, 640, quality=95, subsampling=0)],
        [jpeg(1280, 1024)],
        [jpeg(96, 96)],
        [jpeg(320, 240, restart_marker_blocks=1)],
        [],
    ],
)
def test_what_a_page_may_send_is_let_in(frames: Sequence[bytes]) -> None:
    check_frames(frames)


@pytest.mark.parametrize(
    ("image", "kind", "detail"),
    [
        (with_size(PLAIN, 4096, 4096), ImageTooLarge, None),
        (with_size(PLAIN, 65_535, 65_535), ImageTooLarge, None),
        (with_size(PLAIN, 1281, 1024), ImageTooLarge, None),
        (with_size(PLAIN, 1, 1), FrameRefused, "too_small"),
        (with_size(PLAIN, 95, 480), FrameRefused, "too_small"),
        (with_size(PLAIN, 640, 0), FrameRefused, "too_small"),
        (with_size(PLAIN, 2049, 96), FrameRefused, "too_long"),
        (with_passes(PROGRESSIVE, MAX_PASSES), FrameRefused, "too_complex"),
        (with_segments(PLAIN, MAX_SEGMENTS), FrameRefused, "too_complex"),
        (with_segments(b"\xff\xd8", 37_000), FrameRefused, "too_complex"),
        (as_kind(PLAIN, 0xC3), FrameRefused, "not_ordinary"),
        (as_kind(PLAIN, 0xC9), FrameRefused, "not_ordinary"),
        (as_kind(PLAIN, 0xC1, bits=12), FrameRefused, "not_ordinary"),
        (b"\xff\xd8\xff", ImageUnreadable, None),
        (b"\xff\xd8\xff" + b"no picture", ImageUnreadable, None),
        (PLAIN[: PLAIN.find(b"\xff\xda")], ImageUnreadable, None),
        (b"", ImageUnreadable, None),
    ],
)
def test_anything_else_is_refused_undecoded(
    image: bytes, kind: type[ImageRefused], detail: str | None
) -> None:
    with pytest.raises(kind) as refusal:
        check_frames([image])
    assert refusal.value.detail == detail
    assert refusal.value.message


def test_frames_of_a_step_have_one_size() -> None:
    with pytest.raises(FrameRefused) as refusal:
        check_frames([PLAIN, PLAIN, jpeg(480, 640)])
    assert refusal.value.detail == "sizes_differ"


class Untrue:
    """Decodes to what no header has said."""

    def __init__(self, sizes: Sequence[tuple[int, int]]) -> None:
        self._sizes = list(sizes)

    def load(self) -> None:
        """Nothing to do."""

    def decode(self, data: bytes) -> Rgb:
        width, height = self._sizes.pop(0)
        return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("sizes", "kind"),
    [
        ([(1, 1)], FrameRefused),
        ([(640, 480), (480, 640)], FrameRefused),
        ([(640, 480), (640, 481)], FrameRefused),
        ([(4000, 4000)], ImageTooLarge),
    ],
)
def test_what_was_decoded_is_judged_again(
    sizes: Sequence[tuple[int, int]], kind: type[ImageRefused]
) -> None:
    engine = OnnxFaceEngine(decoder=Untrue(sizes))
    with pytest.raises(kind):
        engine.follow([PLAIN] * len(sizes))


def test_a_frame_that_is_turned_by_exif_is_of_another_size() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = jpeg(640, 480, exif=exif)
    check_frames([PLAIN, turned])
    with pytest.raises(FrameRefused):
        OnnxFaceEngine().follow([PLAIN, turned])


def test_between_two_frames_others_may_go_first() -> None:
    paused: list[str] = []
    OnnxFaceEngine().follow([jpeg(96, 96)] * 4, pause=lambda: paused.append("here"))
    assert len(paused) == 3
