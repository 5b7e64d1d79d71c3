"""An image that came inside JSON, as base64 text, becomes bytes."""

from __future__ import annotations

import base64
import re

_DATA_PREFIX = re.compile(r"data:[^,;]*(?:;[^,;]*)*;base64,", re.ASCII | re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}", re.ASCII)


def decode_image(text: str) -> bytes:
    """Return the bytes that ``text`` encodes: RFC 4648 base64, standard alphabet, padded.

    A ``data:...;base64,`` prefix is dropped whatever type it names, for an image's type is told by
    its content. Line breaks are ignored, since MIME encoders (RFC 2045) write them. Everything else
    is refused: the URL-safe alphabet, and spaces, which is what a ``+`` turns into on a wrong way
    through a form, and which would leave a damaged image.

    Raises ValueError with a sentence for the person.
    """
    prefix = _DATA_PREFIX.match(text)
    encoded = text[prefix.end() :] if prefix else text
    for line_break in ("\r", "\n"):
        encoded = encoded.replace(line_break, "")
    if not encoded:
        raise ValueError("This image is empty.")
    if len(encoded) % 4 or not _BASE64.fullmatch(encoded):
        raise ValueError(
            "This is not base64. Use the standard alphabet (with + and /) and padding."
        )
    return base64.b64decode(encoded)
