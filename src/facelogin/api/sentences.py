"""Pydantic's findings about a request, in words that a person can act on."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from facelogin.api.schemas import SENTENCE

_WORDS = {
    "missing": "This is missing.",
    "string_type": "Send this as text.",
    "string_unicode": "This contains a character that can't be used.",
    "string_too_long": "Use at most {max_length} characters.",
    "bytes_type": "Send this as base64 text, or as a file in multipart/form-data.",
    "list_type": "Send a list.",
    "too_short": "Send at least {min_length}.",
    "too_long": "Send at most {max_length}.",
}
_OTHERWISE = "This is not as it should be."


def field_sentences(error: ValidationError) -> dict[str, str]:
    """Return one sentence per field, the first of each."""
    sentences: dict[str, str] = {}
    for finding in error.errors(include_url=False, include_input=False):
        field, position = _field(finding)
        sentences.setdefault(field, position + _sentence(finding))
    return sentences


def _sentence(finding: ErrorDetails) -> str:
    if finding["type"] == SENTENCE:
        return finding["msg"]
    return _WORDS.get(finding["type"], _OTHERWISE).format_map(finding.get("ctx", {}))


def _field(finding: ErrorDetails) -> tuple[str, str]:
    """Return the field, and which of several it is about; of images the field itself tells that.

    Fields count from 0, like programs, and sentences from 1, like people.
    """
    field = str(finding["loc"][0]) if finding["loc"] else "body"
    index = next((part for part in finding["loc"][1:] if isinstance(part, int)), None)
    if index is None:
        return field, ""
    return (f"images[{index}]", "") if field == "images" else (field, f"Number {index + 1}: ")
