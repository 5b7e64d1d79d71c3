"""Which text a store can hold, and the key under which it files a username or an email."""

from __future__ import annotations

from facelogin.domain.names import fold


def storable(text: str) -> bool:
    """Return whether every store can hold ``text``: no NUL, no half of a surrogate pair.

    A JSON body can carry either. Databases differ in how they choke on them; no name and no id
    contains them, so a search for such text finds nobody.
    """
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def lookup_key(name: str) -> str | None:
    """Return the folded ``name``, or None for text that no store can hold."""
    return fold(name) if storable(name) else None
