"""Which scripts a text is written in, and whether they are ones that people write together.

After UTS 39, Unicode Security Mechanisms, section 5: a text is of a single script, or highly
restrictive: Latin beside what Japanese, Chinese or Korean is written in.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from importlib.resources import files

_OF_EVERY_SCRIPT = frozenset({"Zyyy", "Zinh"})
_LATIN = "Latn"
_WRITING_SYSTEMS = {
    "Jpan": frozenset({"Hani", "Hira", "Kana"}),
    "Hanb": frozenset({"Hani", "Bopo"}),
    "Kore": frozenset({"Hani", "Hang"}),
}
"""The scripts that are written together in one text."""

Range = tuple[int, int, frozenset[str]]


def scripts_of(character: str) -> frozenset[str]:
    """Return the ISO 15924 codes of the scripts that a character is used in; none for unknown ones.

    ``Zyyy`` (common) and ``Zinh`` (inherited) are characters of every script.
    """
    ranges = _table()
    code_point = ord(character)
    place = bisect_right(ranges, code_point, key=lambda one: one[0]) - 1
    if place < 0:
        return frozenset()
    _, last, scripts = ranges[place]
    return scripts if code_point <= last else frozenset()


def go_together(text: str) -> bool:
    """Return whether all characters are of one script, or of Latin and one other writing system."""
    particular = [_augmented(one) for one in set(text) if not scripts_of(one) & _OF_EVERY_SCRIPT]
    if not particular or frozenset.intersection(*particular):
        return True
    others = [scripts for scripts in particular if _LATIN not in scripts]
    return bool(frozenset.intersection(*others) & _WRITING_SYSTEMS.keys())


def _augmented(character: str) -> frozenset[str]:
    """Return a character's scripts and the writing systems that these are parts of."""
    scripts = scripts_of(character)
    return scripts | {name for name, parts in _WRITING_SYSTEMS.items() if scripts & parts}


@cache
def _table() -> tuple[Range, ...]:
    """Return the runs of characters that have the same scripts, in order."""
    text = files(__package__).joinpath("scripts.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        (int(first, 16), int(last, 16), frozenset(scripts)) for first, last, *scripts in rows
    )
