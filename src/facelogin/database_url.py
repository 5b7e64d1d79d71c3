"""A database address without its secrets, for messages and logs."""

from __future__ import annotations

import re

_OPTIONS = re.compile(r"\?\w+=")


def masked(url: str) -> str:
    """Return ``url`` with credentials replaced by ``***`` and without its options.

    Works on addresses that no parser accepts: whatever stands between ``://`` and the last ``@``
    counts as credentials, since a password with an unescaped ``/`` or ``@`` is a common mistake.
    """
    if url.startswith("sqlite:") and not _OPTIONS.search(url):
        return url  # a path, in which any sign may be
    scheme, separator, rest = url.partition("://")
    if not separator:
        credentials, at, place = url.rpartition("@")
        return f"***@{place}" if at else url
    credentials, at, place = rest.rpartition("@")
    place = place.partition("?")[0]
    return f"{scheme}://***@{place}" if credentials or at else f"{scheme}://{place}"
