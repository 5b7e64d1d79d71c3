"""An image that came inside JSON, as base64 text, becomes bytes."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}", re.ASCII)
_SCHEME = "data:"
_EXAMPLE = "Write it like data:image/jpeg;base64,/9j/4AAQ..."


def decode_image(text: str) -> bytes:
    """Return the bytes that ``text`` encodes: RFC 4648 base64, standard alphabet, padded.

    A ``data:`` URL (RFC 2397) is taken whatever type it names, for an image's type is told by its
    content. Line breaks are ignored, since MIME encoders (RFC 2045) write them, and blanks around
    the whole. Everything else is refused: the URL-safe alphabet, and spaces within, which is what
    a ``+`` turns into on a wrong way through a form, and which would leave a damaged image.

    Raises ValueError with a sentence for the person.
    """
    encoded = _data_of_url(text.strip()).replace("\r", "").replace("\n", "")
    if not encoded:
        raise ValueError("This image is empty.")
    if len(encoded) % 4 or not _BASE64.fullmatch(encoded):
        raise ValueError(
            "This is not base64. Use the standard alphabet (with + and /) and padding."
        )
    return base64.b64decode(encoded)


def _data_of_url(text: str) -> str:
    """Return the base64 of a ``data:`` URL, and any other text as it is.

    As browsers do it: parameters before ``base64`` are skipped, blanks around them do not matter,
    and the data may be percent-encoded.
    """
    if text[: len(_SCHEME)].lower() != _SCHEME:
        return text
    head, comma, data = text[len(_SCHEME) :].partition(",")
    if not comma:
        raise ValueError(f"This data URL is not base64: its comma is missing. {_EXAMPLE}")
    if head.rpartition(";")[2].strip().lower() != "base64":
        raise ValueError(f"This data URL is not base64, or does not say so. {_EXAMPLE}")
    return unquote(data).strip()
