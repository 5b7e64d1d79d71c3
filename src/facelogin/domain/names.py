"""What a username and an email may look like, and when two of them are the same."""

from __future__ import annotations

import unicodedata

from facelogin.domain.errors import InvalidRequest

USERNAME_LENGTH = range(3, 33)
_USERNAME_RULE = "Use 3 to 32 letters, digits, dots, underscores or hyphens."


def parse_username(raw: str) -> str:
    """Return the username as it is stored and shown: normalised to NFKC.

    Raises InvalidRequest, naming the field, for anything but 3-32 letters, digits and ``._-``. A
    letter may carry combining marks, which many scripts can't be written without.
    """
    username = unicodedata.normalize("NFKC", raw)
    before = ("", *username)
    if len(username) not in USERNAME_LENGTH or not all(map(_allowed, username, before)):
        raise InvalidRequest(fields={"username": _USERNAME_RULE})
    return username


def fold(name: str) -> str:
    """Return the key under which a username or email is unique: NFKC, case-folded."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded)


def _allowed(character: str, before: str) -> bool:
    """Return whether a username may hold ``character`` directly after ``before`` (or first)."""
    category = unicodedata.category(character)
    if category[0] == "M":
        return before != "" and unicodedata.category(before)[0] in "LM"
    return character in "._-" or category[0] == "L" or category == "Nd"
