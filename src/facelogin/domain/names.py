"""What a username and an email may look like, and when two of them are the same."""

from __future__ import annotations

import unicodedata

from facelogin.domain.errors import InvalidRequest

USERNAME_LENGTH = range(3, 33)
EMAIL_MAX_LENGTH = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
_USERNAME_RULE = "Use 3 to 32 letters, digits, dots, underscores or hyphens."


def parse_username(raw: str) -> str:
    """Return the username as it is stored and shown: normalised to NFKC.

    Raises InvalidRequest, naming the field, for anything but 3-32 letters, digits and ``._-``.
    """
    username = unicodedata.normalize("NFKC", raw)
    if len(username) not in USERNAME_LENGTH or not all(map(_allowed, username)):
        raise InvalidRequest(fields={"username": _USERNAME_RULE})
    return username


def fold(name: str) -> str:
    """Return the key under which a username or email is unique: NFKC, case-folded."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded)


def _allowed(character: str) -> bool:
    category = unicodedata.category(character)
    return character in "._-" or category[0] in "LM" or category == "Nd"
