"""The real way to do something a little later."""

from __future__ import annotations

import threading
from collections.abc import Callable


class ThreadLater:
    """A ``Later`` on threads that never keep the process alive."""

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call once, ``delay_s`` seconds from now, in a thread of its own."""
        timer = threading.Timer(delay_s, call)
        timer.daemon = True
        timer.start()
