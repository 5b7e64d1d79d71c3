"""Pictures that were damaged on purpose: the same ones for the same seed.

Each starts from a valid JPEG, PNG or WebP and is changed in one way. What comes out may still be a
picture; whoever looks at it must only never fall over.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, PngImagePlugin

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SIDE = 96
_LYING_LENGTHS = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_HUGE_SIDES = (1, 0x3FFF, 0x4000, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)

Mutation = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True)
class _Layout:
    """How a kind of picture is made of parts: where the first begins, where each has its length."""

    first: int
    length_at: int
    length: struct.Struct
    beside: int
    even: bool = False


_JPEG = _Layout(first=2, length_at=2, length=struct.Struct(">H"), beside=2)
_PNG = _Layout(first=8, length_at=0, length=struct.Struct(">I"), beside=12)
_WEBP = _Layout(first=12, length_at=4, length=struct.Struct("<I"), beside=8, even=True)


def mutated_pictures(*, seed: int, count: int) -> Iterator[bytes]:
    """Yield ``count`` damaged pictures, every kind of damage in turn on every kind of picture."""
    rng = random.Random(seed)  # noqa: S311 - it must be the same again
    originals = _originals()
    for number in range(count):
        mutate = MUTATIONS[number % len(MUTATIONS)]
        yield mutate(rng, rng.choice(originals))


def png_chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, its checksum right."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


@cache
def _originals() -> tuple[bytes, ...]:
    slope = np.arange(_SIDE, dtype=np.uint8)
    noise = np.random.default_rng(7).integers(0, 255, (_SIDE, _SIDE), np.uint8)
    colour = Image.fromarray(np.dstack([slope[None].repeat(_SIDE, 0), noise, noise.T]))
    clear = colour.convert("RGBA")
    clear.putalpha(Image.fromarray(noise))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a picture"
    text = PngImagePlugin.PngInfo()
    text.add_itxt("comment", "a picture", zip=True)
    return (
        _saved(colour, "JPEG", exif=exif, icc_profile=bytes(600), comment=b"a picture"),
        _saved(colour, "JPEG", progressive=True, subsampling=0),
        _saved(colour.convert("L"), "JPEG", restart_marker_blocks=3),
        _saved(colour.convert("CMYK"), "JPEG"),
        _saved(clear, "PNG", exif=exif, pnginfo=text, icc_profile=bytes(600)),
        _saved(colour.quantize(16), "PNG", transparency=3),
        _saved(colour.convert("I;16"), "PNG"),
        _saved(colour, "WEBP", exif=exif.tobytes(), icc_profile=bytes(600), xmp=b"<x/>"),
        _saved(clear, "WEBP", lossless=True),
        _saved(clear, "WEBP", quality=40),
    )


def _layout(data: bytes) -> _Layout:
    return {b"\x89P": _PNG, b"RI": _WEBP}.get(data[:2], _JPEG)


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _flip_bits(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 4, 32))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _flip_bits_of_the_header(rng: random.Random, data: bytes) -> bytes:
    head = min(len(data), 160)
    return _flip_bits(rng, data[:head]) + data[head:]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def _drop_a_part(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, 200) :]


def _repeat_a_part(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    end = start + rng.randrange(1, 400)
    return data[:end] + data[start:end] * rng.choice((1, 5, 200)) + data[end:]


def _overwrite(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    length = rng.randrange(1, 64)
    filler = rng.choice((bytes(length), b"\xff" * length, rng.randbytes(length)))
    return data[:start] + filler + data[start + length :]


def _lie_about_a_length(rng: random.Random, data: bytes) -> bytes:
    """Change the length of one part: a JPEG's segment, a PNG's or a WebP's chunk."""
    layout, changed = _layout(data), bytearray(data)
    begin, end = rng.choice(_parts(data))
    lie = rng.choice((*_LYING_LENGTHS, end - begin + 1, end - begin - 1, end - begin - 9))
    layout.length.pack_into(changed, begin + layout.length_at, lie % 256**layout.length.size)
    return bytes(changed)


def _swap_parts(rng: random.Random, data: bytes) -> bytes:
    parts = _parts(data)
    head, pieces = data[: parts[0][0]], [data[begin:end] for begin, end in parts]
    tail = data[parts[-1][1] :]
    first, second = rng.randrange(len(pieces)), rng.randrange(len(pieces))
    pieces[first], pieces[second] = pieces[second], pieces[first]
    return head + b"".join(pieces) + tail


def _double_a_part(rng: random.Random, data: bytes) -> bytes:
    begin, end = rng.choice(_parts(data))
    return data[:end] + data[begin:end] * rng.choice((1, 40)) + data[end:]


def _claim_a_size(rng: random.Random, data: bytes) -> bytes:
    """Write other dimensions into the header, checksums made right."""
    height, width = rng.choice(_HUGE_SIDES), rng.choice(_HUGE_SIDES)
    changed = bytearray(data)
    if data.startswith(PNG_SIGNATURE):
        changed[16:24] = struct.pack(">II", width, height)
        changed[29:33] = struct.pack(">I", zlib.crc32(changed[12:29]))
    elif data.startswith(b"RIFF"):
        changed[24:30] = (width % 2**24).to_bytes(3, "little") + (height % 2**24).to_bytes(
            3, "little"
        )
    else:
        frame = next(begin for begin, _ in _parts(data) if data[begin + 1] in {0xC0, 0xC2})
        changed[frame + 5 : frame + 9] = struct.pack(">HH", height % 2**16, width % 2**16)
    return bytes(changed)


def _nest_metadata(rng: random.Random, data: bytes) -> bytes:
    """Put in metadata that refers to itself: EXIF whose directories follow one another for ever."""
    byte_order, number = rng.choice(((b"II*\0", "<"), (b"MM\0*", ">")))
    entries = rng.choice((1, 300))
    pointer = struct.pack(number + "HHII", rng.choice((0x8769, 0x8825, 0xA005, 0x0112)), 4, 1, 8)
    tiff = byte_order + struct.pack(number + "I", 8) + struct.pack(number + "H", entries)
    tiff += pointer * entries + struct.pack(number + "I", 8)
    if data.startswith(PNG_SIGNATURE):
        return data[:33] + png_chunk(b"eXIf", tiff) + data[33:]
    if data.startswith(b"RIFF"):
        chunk = b"EXIF" + struct.pack("<I", len(tiff)) + tiff
        return data[:4] + struct.pack("<I", len(data) + len(chunk) - 8) + data[8:] + chunk
    body = b"Exif\0\0" + tiff
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def _unfold(rng: random.Random, data: bytes) -> bytes:
    """Put in a part that is small as it comes and large when it is unfolded."""
    if not data.startswith(PNG_SIGNATURE):
        return _repeat_a_part(rng, data)
    zeros = zlib.compress(bytes(20_000_000), 9)
    name, head = rng.choice(((b"zTXt", b"k\0\0"), (b"iCCP", b"k\0\0"), (b"iTXt", b"k\0\1\0\0\0")))
    return data[:33] + png_chunk(name, head + zeros) + data[33:]


def _two_in_one(rng: random.Random, data: bytes) -> bytes:
    """Be two things at once: a picture before, behind or within another, a page or an archive."""
    other = rng.choice((*_originals(), b"<html><script>alert(1)</script>", b"PK\3\4" + bytes(40)))
    if rng.random() < 0.5:
        return data + other
    return data[: rng.choice((2, 8, 12))] + other + data


def _another_name(rng: random.Random, data: bytes) -> bytes:
    """Begin like one kind of picture and go on like another."""
    heads = (
        b"\xff\xd8\xff\xe0",
        PNG_SIGNATURE,
        b"RIFF\xff\xff\0\0WEBP",
        b"GIF89a",
        b"BM",
        b"II*\0",
    )
    head = rng.choice(heads)
    return head + data[rng.choice((0, len(head))) :]


def _parts(data: bytes) -> list[tuple[int, int]]:
    """The parts of a valid picture after its signature, each as (begin, end)."""
    layout, parts = _layout(data), []
    begin = layout.first
    while begin + layout.length_at + layout.length.size <= len(data):
        (length,) = layout.length.unpack_from(data, begin + layout.length_at)
        end = begin + layout.beside + length + (length % 2 if layout.even else 0)
        parts.append((begin, min(end, len(data))))
        if data.startswith(b"\xff\xda", begin):
            break  # what follows a JPEG's scan header is pixels
        begin = end
    return parts


MUTATIONS: tuple[Mutation, ...] = (
    _flip_bits,
    _flip_bits_of_the_header,
    _cut,
    _drop_a_part,
    _repeat_a_part,
    _overwrite,
    _lie_about_a_length,
    _swap_parts,
    _double_a_part,
    _claim_a_size,
    _nest_metadata,
    _unfold,
    _two_in_one,
    _another_name,
)
