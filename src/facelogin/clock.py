"""The system's clock behind the domain's port."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """Tells the machine's time, UTC."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)
