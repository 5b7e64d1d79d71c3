"""What a username and an email may look like, and when two of them are the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import count

from facelogin.domain.errors import InvalidRequest
from facelogin.domain.lookalikes import (
    NO_LETTER,
    is_invisible,
    misleading,
    says_nothing,
)

USERNAME_LENGTH = range(3, 33)
_SIGNS = "._-"
_USERNAME_RULE = "Use 3 to 32 letters, digits, dots, underscores or hyphens."


def parse_username(raw: str) -> str:
    """Return a new username as it is stored and shown: in NFKC, without blanks around it.

    Raises InvalidRequest, naming the field, for anything but 3-32 letters, digits and ``._-``, and
    for what looks like another name (``lookalikes``). A letter may carry combining marks, which
    many scripts can't be written without. Names that were taken before a rule are never parsed
    again: whoever has one signs in with it.
    """
    username = unicodedata.normalize("NFKC", raw).strip(" ")  # every kind of blank is one by now
    wrong = _what_is_wrong(username)
    if wrong is not None:
        raise InvalidRequest(fields={"username": wrong})
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
    """Return what a username may hold of ``text``, a dot for each run of anything else.

    Marks and invisible characters that it may not hold leave no gap, because nobody sees them.
    """
    kept = ""
    for one in text:
        if not kept and says_nothing(one):
            continue  # whatever a name begins with, a shorter one begins with too
        # With a digit like the one that may be put after it.
        if _allowed(one, kept[-1:]) and misleading(f"{kept}{one}1") is None:
            kept += one
        elif not is_invisible(one) and unicodedata.category(one)[0] != "M":
            kept += " "
    return ".".join(kept.split()).rstrip(_SIGNS) or "user"


def _what_is_wrong(username: str) -> str | None:
    """Return a sentence about the first rule that a new username breaks, None if it keeps all."""
    if any(map(is_invisible, username)):
        return misleading(username)  # else it would be told that it has too many letters
    before = ("", *username)
    if len(username) not in USERNAME_LENGTH or not all(map(_allowed, username, before)):
        return _USERNAME_RULE
    return NO_LETTER if says_nothing(username) else misleading(username)


def _allowed(character: str, before: str) -> bool:
    """Return whether a username may hold ``character`` directly after ``before`` (or first)."""
    category = unicodedata.category(character)
    if category[0] == "M":
        return before != "" and unicodedata.category(before)[0] in "LM"
    return character in _SIGNS or category[0] == "L" or category == "Nd"
