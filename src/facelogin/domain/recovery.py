"""Recovery codes: how they are written for people, and how what people type is read.

A code is 80 random bits in Crockford's base 32 (https://www.crockford.com/base32.html): digits and
letters without I, L, O and U, in four groups of four, like ``7M2K-QX9D-0V4T-HB6E``. Reading is
kinder than writing: case, spaces and hyphens don't matter, O is 0, and I and L are 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from facelogin.domain.errors import InvalidRequest
from facelogin.domain.models import RecoveryCodes

CODE_BYTES = 10
CODES_IN_A_SET = 10

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS = 5
_LETTERS = CODE_BYTES * 8 // _BITS
_GROUP = 4
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015]+")
"""What people and word processors put between groups: space, hyphens, dashes."""
_MISREAD = str.maketrans("OIL", "011")
_NOT_A_CODE = "A recovery code has 16 letters and digits, like 7M2K-QX9D-0V4T-HB6E."


@dataclass(frozen=True, slots=True)
class NewCodes:
    """A set of codes at the one moment when they are known, and what is kept of them."""

    codes: tuple[str, ...] = field(repr=False)
    kept: RecoveryCodes


def write_code(code: bytes) -> str:
    """Return a code of ``CODE_BYTES`` bytes as it is shown."""
    number = int.from_bytes(code, "big")
    places = range(_LETTERS - 1, -1, -1)
    letters = "".join(_ALPHABET[number >> place * _BITS & 0b11111] for place in places)
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LETTERS, _GROUP))


def read_code(text: str) -> bytes:
    """Return the ``CODE_BYTES`` bytes of a code as somebody has typed it.

    Raises InvalidRequest, naming ``recovery_code``, for what is no code whoever's it might be.
    """
    typed = _BETWEEN.sub("", text)
    letters = typed.upper().translate(_MISREAD)
    if len(typed) != _LETTERS or not typed.isascii() or not set(letters) <= set(_ALPHABET):
        raise InvalidRequest(fields={"recovery_code": _NOT_A_CODE})
    number = 0
    for letter in letters:
        number = number << _BITS | _ALPHABET.index(letter)
    return number.to_bytes(CODE_BYTES, "big")
