"""Pictures that registration must refuse, each made from a real face or from its header alone."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageEnhance, ImageFilter

from faces import image_bytes

SIZE = (640, 800)


def face() -> Image.Image:
    """A portrait, 640 pixels wide."""
    picture = Image.open(io.BytesIO(image_bytes("obama.jpg"))).convert("RGB")
    return picture.resize(SIZE)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def truncated_jpeg() -> bytes:
    whole = encoded(face())
    return whole[: len(whole) // 2]


def png_bomb() -> bytes:
    """50,000 x 50,000 pixels by its header."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0"))


def animated(kind: str) -> bytes:
    frames = [face().resize((160, 200)), face().resize((160, 200)).rotate(90)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def nobody() -> bytes:
    return encoded(Image.new("RGB", SIZE, (120, 130, 140)))


def two_people() -> bytes:
    other = Image.open(io.BytesIO(image_bytes("biden.jpg"))).convert("RGB").resize(SIZE)
    both = Image.new("RGB", (2 * SIZE[0], SIZE[1]))
    both.paste(face(), (0, 0))
    both.paste(other, (SIZE[0], 0))
    return encoded(both)


def tiny_face() -> bytes:
    room = Image.new("RGB", (1280, 960), (200, 200, 200))
    room.paste(face().resize((200, 250)), (540, 300))
    return encoded(room, quality=95)


def dark_face() -> bytes:
    return encoded(ImageEnhance.Brightness(face()).enhance(0.12))


def blurred_face() -> bytes:
    return encoded(face().filter(ImageFilter.GaussianBlur(9)))


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
