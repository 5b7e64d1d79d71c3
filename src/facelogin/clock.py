"""The system's clocks behind the domain's ports."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class SystemClock:
    """Tells the machine's time, UTC."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)


class ThreadCpu:
    """Tells how long a thread has computed, and what another process has computed for it."""

    def __init__(self) -> None:
        self._elsewhere = threading.local()

    def spent_s(self) -> float:
        """Return the seconds that the calling thread has used up, those of others for it too."""
        return time.thread_time() + self._of_others_s()

    def add(self, seconds: float) -> None:
        """Note that another process has computed for the calling thread."""
        self._elsewhere.seconds = self._of_others_s() + seconds

    def _of_others_s(self) -> float:
        return float(getattr(self._elsewhere, "seconds", 0.0))
