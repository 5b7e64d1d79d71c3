"""Which browser a person is told of: its family and its system, as its User-Agent says.

A table of fixed names rather than a library of a thousand patterns: those are matched by
backtracking against text that anybody may send, and tell more than is needed (RFC 9110, 10.1.5,
asks to take no more from it). What comes out is one of these names, so no hostile text is ever
kept or shown. A User-Agent proves nothing: it helps people to recognise what they did themselves.
"""

from __future__ import annotations

_LONGEST = 512
"""Characters that are looked at. What browsers send is below 300."""

_FAMILIES = (
    # Those that name another one as well stand before it.
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/", "Edge/")),
    ("Opera", ("OPR/", "OPT/", "OPiOS/", "Opera")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Vivaldi", ("Vivaldi/",)),
    ("Yandex Browser", ("YaBrowser/",)),
    ("DuckDuckGo", ("DuckDuckGo/", "Ddg/")),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Chrome", ("Chrome/", "CriOS/", "Chromium/", "HeadlessChrome/")),
    ("Safari", ("Safari/",)),
    ("curl", ("curl/",)),
    ("Wget", ("Wget/",)),
    ("Python", ("python-requests/", "python-httpx/", "Python-urllib/", "aiohttp/")),
)
_SYSTEMS = (
    # iPhones say that they are like a Mac, Android and ChromeOS that they are Linux or X11.
    ("iPhone", ("iPhone", "iPod")),
    ("iPad", ("iPad",)),
    ("Windows", ("Windows",)),
    ("Android", ("Android",)),
    ("ChromeOS", ("CrOS",)),
    ("macOS", ("Macintosh", "Mac OS X")),
    ("Linux", ("Linux", "X11")),
)


def browser_of(user_agent: str | None) -> str | None:
    """Return "Firefox on Windows", or what of it is known; None if nothing is.

    A tablet that asks for desktop pages is told as the desktop that it says it is.
    """
    said = (user_agent or "")[:_LONGEST]
    known = [name for name in (_first(said, _FAMILIES), _first(said, _SYSTEMS)) if name]
    return " on ".join(known) or None


def _first(said: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> str | None:
    return next((name for name, marks in table if any(mark in said for mark in marks)), None)
