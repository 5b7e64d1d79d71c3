"""What a username and an email may look like, and when two of them are the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import count

from facelogin.domain.errors import InvalidRequest

USERNAME_LENGTH = range(3, 33)
_SIGNS = "._-"
_USERNAME_RULE = "Use 3 to 32 letters, digits, dots, underscores or hyphens."


def parse_username(raw: str) -> str:
    """Return the username as it is stored and shown: normalised to NFKC, no blanks around it.

    Raises InvalidRequest, naming the field, for anything but 3-32 letters, digits and ``._-``. A
    letter may carry combining marks, which many scripts can't be written without.
    """
    username = unicodedata.normalize("NFKC", raw).strip(" ")  # every kind of blank is one by now
    before = ("", *username)
    if len(username) not in USERNAME_LENGTH or not all(map(_allowed, username, before)):
        raise InvalidRequest(fields={"username": _USERNAME_RULE})
    return username


def fold(name: str) -> str:
    """Return the key of a username or email: NFKC, without blanks around it, case-folded."""
    folded = unicodedata.normalize("NFKC", name).strip(" ").casefold()
    return unicodedata.normalize("NFKC", folded)


def propose_username(raw: str, *, free: Callable[[str], bool]) -> str:
    """Return a username like ``raw`` that may be taken: ``ana.maria`` for ``Ana Maria``.

    What a username may not hold becomes a dot, and a number follows if the name is not ``free``.
    ``raw`` may be anything, so it may also be ``user`` and a number.
    """
    base = _joined(unicodedata.normalize("NFKC", raw[: 2 * USERNAME_LENGTH.stop]).lower())
    for number in count(1):
        ending = "" if number == 1 else f".{number}"
        candidate = base[: USERNAME_LENGTH.stop - 1 - len(ending)].rstrip(_SIGNS) + ending
        try:
            username = parse_username(candidate)
        except InvalidRequest:
            continue  # too short so far
        if free(username):
            return username
    raise AssertionError("counting ends nowhere")


def _joined(text: str) -> str:
    """Return what a username may hold of ``text``, a dot for each run of anything else."""
    before = ("", *text)
    kept = (one if _allowed(one, last) else " " for one, last in zip(text, before, strict=False))
    return ".".join("".join(kept).split()).strip(_SIGNS) or "user"


def _allowed(character: str, before: str) -> bool:
    """Return whether a username may hold ``character`` directly after ``before`` (or first)."""
    category = unicodedata.category(character)
    if category[0] == "M":
        return before != "" and unicodedata.category(before)[0] in "LM"
    return character in _SIGNS or category[0] == "L" or category == "Nd"
