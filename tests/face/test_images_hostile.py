"""Broken and hostile files get one of four answers, soon and in little memory."""

import contextlib
import re
import resource
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import faces
from face.pictures import encoded, saved
from facelogin.domain.errors import (
    ImageAnimated,
    ImageTooLarge,
    ImageTypeUnsupported,
    ImageUnreadable,
)
from facelogin.face.images import MAX_PASSES, decode

ANSWERS = (ImageUnreadable, ImageTypeUnsupported, ImageAnimated, ImageTooLarge)


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + png_chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    data = bytearray(saved(Image.new("RGB", (8, 8)), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_claiming(width: int, height: int) -> bytes:
    body = b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = b"WEBPVP8X" + struct.pack("<I", 10) + body
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


@pytest.mark.parametrize(
    "bomb",
    [
        png_of(50_000, 50_000, png_chunk(b"IDAT", zlib.compress(b"\0" * 1000))),
        png_of(2**31 - 1, 2**31 - 1),
        jpeg_claiming(65_535, 65_535),
        webp_claiming(16_383, 16_383),
        webp_claiming(2**24, 2**24),
    ],
    ids=["png", "largest png", "jpeg", "webp", "largest webp"],
)
def test_a_bomb_is_refused_by_its_header(bomb: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(ImageTooLarge):
        decode(bomb)
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_picture_is_refused(kind: str, share: float) -> None:
    data = encoded(faces.astronaut_rgb(), kind)
    with pytest.raises(ImageUnreadable):
        decode(data[: int(share * len(data))])


JPEGS: list[dict[str, object]] = [
    {"quality": 75},
    {"quality": 100, "subsampling": 0},
    {"progressive": True},
    {"restart_marker_blocks": 7},
]


@pytest.mark.parametrize("options", JPEGS)
def test_a_jpeg_that_lacks_only_its_end_is_read(options: dict[str, object]) -> None:
    data = encoded(faces.astronaut_rgb(), "JPEG", **options)
    for rest in (data[:-2], data[:-1]):
        assert np.array_equal(decode(rest), decode(data))


@pytest.mark.parametrize("options", JPEGS)
def test_a_jpeg_that_lacks_part_of_its_picture_is_refused(options: dict[str, object]) -> None:
    """Of the last bytes some are padding. Whatever is accepted is the whole picture."""
    data = encoded(faces.astronaut_rgb()[:128, :128], "JPEG", **options)
    whole = decode(data)
    for lost in (*range(3, 40), 100, 1000, len(data) // 2):
        with contextlib.suppress(ImageUnreadable):
            assert np.array_equal(decode(data[:-lost]), whole), lost
            assert lost < 8, lost


def test_a_progressive_jpeg_that_lacks_a_pass_is_refused() -> None:
    data = encoded(faces.astronaut_rgb(), "JPEG", progressive=True)
    scans = [match.start() for match in re.finditer(rb"\xff\xda", data)]
    assert len(scans) > 5
    for start in scans:
        with pytest.raises(ImageUnreadable):
            decode(data[:start])


def test_reported_pictures_are_read() -> None:
    folder = faces.shared_data() / "reported"
    for name, shape in (("trunc_eoi.jpg", (1000, 800, 3)), ("jpeg_prog444.jpg", (4000, 3980, 3))):
        assert decode((folder / name).read_bytes()).shape == shape


def test_a_jpeg_of_endless_passes_is_refused() -> None:
    data = saved(Image.new("RGB", (64, 64)), "JPEG", progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(ImageUnreadable):
        decode(data[:-2] + last_scan * MAX_PASSES + data[-2:])


def test_compressed_text_that_unfolds_to_gigabytes_is_refused() -> None:
    text = png_chunk(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 50_000_000))
    pixels = png_chunk(b"IDAT", zlib.compress(b"\0" * 4))
    with pytest.raises(ImageUnreadable):
        decode(png_of(1, 1, text, pixels))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"hello, world",
        bytes(1000),
        np.random.default_rng(3).bytes(5000),
        b"\xff\xd8\xff\xe0" + np.random.default_rng(4).bytes(5000),
        png_of(0, 10),
        jpeg_claiming(0, 8),
    ],
)
def test_what_is_no_image_is_unreadable(data: bytes) -> None:
    with pytest.raises(ImageUnreadable):
        decode(data)


def test_pictures_with_flipped_bits_get_an_answer() -> None:
    rng = np.random.default_rng(11)
    originals = [encoded(faces.astronaut_rgb()[:96, :96], k) for k in ("JPEG", "PNG", "WEBP")]
    for round_ in range(900):
        data = bytearray(originals[round_ % 3])
        for position in rng.integers(0, len(data), size=4):
            data[position] ^= 1 << int(rng.integers(8))
        with contextlib.suppress(*ANSWERS):
            assert decode(bytes(data)).dtype == np.uint8


def test_every_file_of_the_bad_input_collection_gets_an_answer_in_time() -> None:
    folder = faces.shared_data() / "badinput"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 200
    for path in files:
        started = time.monotonic()
        with contextlib.suppress(*ANSWERS):
            assert decode(path.read_bytes()).ndim == 3, path
        assert time.monotonic() - started < 2, path


def test_one_face_saved_in_valid_ways_is_accepted_in_all_of_them() -> None:
    folder = faces.shared_data() / "badinput" / "generated"
    for path in sorted(folder.iterdir()):
        if path.suffix in {".jpg", ".png", ".webp"}:
            assert decode(path.read_bytes()).shape == (500, 500, 3), path


LARGE = """
import resource, sys
from facelogin.face.images import decode
data = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert decode(data).size <= 3 * 16_000_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(not hasattr(resource, "RUSAGE_SELF"), reason="needs POSIX")
@pytest.mark.parametrize(
    ("kind", "mode", "size", "options"),
    [
        ("JPEG", "RGB", (8000, 6240), {"progressive": True, "subsampling": 2}),
        ("JPEG", "CMYK", (4000, 4000), {"progressive": True, "subsampling": 0}),
        ("PNG", "RGBA", (4000, 4000), {}),
        ("WEBP", "RGBA", (4000, 4000), {"quality": 30, "method": 0}),
    ],
)
def test_the_largest_image_costs_less_than_200_mb(
    tmp_path: Path, kind: str, mode: str, size: tuple[int, int], options: dict[str, object]
) -> None:
    path = tmp_path / "large"
    path.write_bytes(saved(Image.new(mode, size, "teal"), kind, **options))
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) / 1024 < 200
