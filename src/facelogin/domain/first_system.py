"""Accounts of the system that facelogin started from: what its documents say, and what is wrong.

That system kept ``face_recognition.face_encodings(image)[0]`` as it came: 128 numbers (float64,
little-endian) in base64. Normalised, they are what the reference engine makes of the same picture.
Nothing in a document can be relied on: anybody may have written it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from facelogin.domain.errors import InvalidRequest
from facelogin.domain.matching import normalise
from facelogin.domain.models import Embedding
from facelogin.domain.names import parse_username

FIELDS = ("email", "username", "face_encoding")
"""What is read of each document."""

_NUMBERS = np.dtype("<f8")
_ENCODING_BYTES = 128 * _NUMBERS.itemsize
_MOST_ENCODED = 2 * _ENCODING_BYTES
"""How much base64 is decoded at all; the encoding itself takes four thirds of its bytes."""
_MOST_NAME = 320

ParseEmail = Callable[[str], str]
"""Returns an address in its normal form. Raises InvalidRequest."""


class Problem(StrEnum):
    """Why an account was not imported."""

    EMAIL_INVALID = "email_invalid"
    EMAIL_TWICE = "email_twice"
    EMAIL_TAKEN = "email_taken"
    USERNAME_MISSING = "username_missing"
    USERNAME_INVALID = "username_invalid"
    USERNAME_TWICE = "username_twice"
    USERNAME_TAKEN = "username_taken"
    ENCODING_MISSING = "encoding_missing"
    ENCODING_NOT_BASE64 = "encoding_not_base64"
    ENCODING_LENGTH = "encoding_length"
    ENCODING_NUMBERS = "encoding_numbers"


class EncodingRefused(ValueError):
    """An encoding is none, for this reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class OldAccount:
    """One document as far as it can be used.

    ``written`` is the username as it stands there, ``username`` the same by facelogin's rules, None
    if it breaks them. ``email`` and ``embedding`` are None only with a problem.
    """

    written: str
    written_email: str
    username: str | None
    email: str | None
    embedding: Embedding | None = field(repr=False)
    problems: tuple[Problem, ...]

    @classmethod
    def read(cls, document: Mapping[str, object], parse_email: ParseEmail) -> OldAccount:
        """Return what a document says. Raises nothing, whatever it holds."""
        problems: list[Problem] = []
        username, email = document.get("username"), _email(document.get("email"), parse_email)
        written = _text(username)
        if not written:
            problems.append(Problem.USERNAME_MISSING)
        if email is None:
            problems.append(Problem.EMAIL_INVALID)
        embedding = None
        try:
            embedding = read_encoding(document.get("face_encoding"))
        except EncodingRefused as refusal:
            problems.append(refusal.problem)
        return cls(
            written=written,
            written_email=_text(document.get("email")),
            username=valid_username(username),
            email=email,
            embedding=embedding,
            problems=tuple(problems),
        )


def read_encoding(raw: object) -> Embedding:
    """Return the embedding, shape (128,), L2 norm 1, that an encoding in base64 stands for.

    Raises EncodingRefused for anything else.
    """
    if not isinstance(raw, str | bytes) or not raw:
        raise EncodingRefused(Problem.ENCODING_MISSING)
    if len(raw) > _MOST_ENCODED:
        raise EncodingRefused(Problem.ENCODING_LENGTH)
    try:
        data = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EncodingRefused(Problem.ENCODING_NOT_BASE64) from error
    if len(data) != _ENCODING_BYTES:
        raise EncodingRefused(Problem.ENCODING_LENGTH)
    numbers = np.frombuffer(data, _NUMBERS)
    if not np.isfinite(numbers).all():
        raise EncodingRefused(Problem.ENCODING_NUMBERS)
    try:
        with np.errstate(over="ignore"):
            embedding = normalise(numbers)
    except ValueError as error:
        raise EncodingRefused(Problem.ENCODING_NUMBERS) from error
    if not np.isclose(np.linalg.norm(embedding), 1.0, atol=1e-5):
        raise EncodingRefused(Problem.ENCODING_NUMBERS)
    return embedding


def valid_username(raw: object) -> str | None:
    """Return the username that ``raw`` is under facelogin's rules, None if it breaks them."""
    if not isinstance(raw, str) or len(raw) > _MOST_NAME:
        return None
    try:
        return parse_username(raw)
    except InvalidRequest:
        return None


def _text(raw: object) -> str:
    return raw[:_MOST_NAME].strip() if isinstance(raw, str) else ""


def _email(raw: object, parse_email: ParseEmail) -> str | None:
    if not isinstance(raw, str) or len(raw) > _MOST_NAME:
        return None
    try:
        return parse_email(raw)
    except InvalidRequest:
        return None
