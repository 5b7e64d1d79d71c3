"""What makes one name look like another that it is not (UTS 39, sections 5.2 to 5.4).

Names that are written in one script throughout may still resemble names in another one: people
write them, so they are taken.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby, pairwise

from facelogin.domain.scripts import go_together, scripts_of

INVISIBLE = "This contains a character that can't be seen. Please type it again by hand."
SEVERAL_ALPHABETS = "This mixes letters of different alphabets. Please use letters of one only."
SIGN = "This contains a letter that looks like a sign. Please write it without that letter."
SEVERAL_NUMBERINGS = "This mixes digits of different kinds. Please use digits of one kind only."
MARKS = "This has accents that can't be told apart on the screen. Please write it without them."
NO_LETTER = "Use at least one letter or digit."

_IGNORABLE = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5)),
    *((0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8)),
    *((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
"""Default_Ignorable_Code_Point: what is to be drawn as nothing. Unicode has added none in years."""

APOSTROPHES = frozenset("\u02bb\u02bc\u02ec")
"""The letters drawn like signs that are written in names: the okina and its relatives."""

_SCRIPTS_WITH_CASE = frozenset({"Latn", "Zyyy", "Zinh"})
"""In these, letters that are neither capital nor small are drawn like signs: U+01C0, U+02CD, ..."""

_MOST_MARKS = 4
_DOT_ABOVE = "\u0307"
_DOTTED = frozenset("ijıȷ")


def is_invisible(character: str) -> bool:
    """Return whether a character is drawn as nothing."""
    code_point = ord(character)
    return any(first <= code_point <= last for first, last in _IGNORABLE)


def misleading(text: str) -> str | None:
    """Return a sentence about what makes ``text`` (in NFKC) look like another, None if nothing."""
    if any(map(is_invisible, text)):
        return INVISIBLE
    if any(map(_imitates_a_sign, text)):
        return SIGN
    if not go_together(text):
        return SEVERAL_ALPHABETS
    if len({ord(one) - unicodedata.decimal(one) for one in text if _is_digit(one)}) > 1:
        return SEVERAL_NUMBERINGS
    if _has_unclear_marks(unicodedata.normalize("NFD", text)):
        return MARKS
    return None


def says_nothing(text: str) -> bool:
    """Return whether there is neither a letter nor a digit in ``text``: signs and marks alone."""
    return not any(unicodedata.category(one)[0] in "LN" and one not in APOSTROPHES for one in text)


def _is_digit(character: str) -> bool:
    return unicodedata.category(character) == "Nd"


def _imitates_a_sign(character: str) -> bool:
    """Return whether a letter is drawn like a sign."""
    if unicodedata.category(character) not in {"Lm", "Lo"} or character in APOSTROPHES:
        return False
    return bool(scripts_of(character) & _SCRIPTS_WITH_CASE)


def _has_unclear_marks(decomposed: str) -> bool:
    """Return whether marks stand so that nobody sees how many, or whether there are any."""
    before = ""
    for nonspacing, run in groupby(decomposed, lambda one: unicodedata.category(one) == "Mn"):
        marks = list(run)
        if nonspacing:
            repeated = any(one == other for one, other in pairwise(marks))
            hidden = before in _DOTTED and _DOT_ABOVE in marks
            if repeated or hidden or len(marks) > _MOST_MARKS:
                return True
        before = marks[-1]
    return False
