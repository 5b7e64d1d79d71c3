"""Clocks are set wrong and put right again: what a moment is worth that has not come yet."""

from __future__ import annotations

from datetime import datetime, timedelta

CLOCKS_DIFFER = timedelta(minutes=1)
"""How far apart the clocks of two machines may be."""


def lies_ahead(moment: datetime, now: datetime) -> bool:
    """Return whether ``moment`` can't have been: the clock was ahead then, or has gone back."""
    return moment - now > CLOCKS_DIFFER
