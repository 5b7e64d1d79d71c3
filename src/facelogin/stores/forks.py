"""What must happen to connections and locks when the process forks (a preforking server does)."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class ForkAware(Protocol):
    """Holds something that two processes must not share."""

    def before_fork(self) -> None:
        """Let go of what a child must not inherit. Runs in the thread that forks."""
        ...

    def after_fork_in_parent(self) -> None:
        """Go on as before."""
        ...

    def after_fork_in_child(self) -> None:
        """Start afresh. Runs before any other thread exists in the child."""
        ...


def watch_forks(owner: ForkAware) -> None:
    """Tell ``owner`` about every fork of this process from now on, for as long as it lives."""
    reference = weakref.ref(owner)

    def before() -> None:
        if (alive := reference()) is not None:
            alive.before_fork()

    def in_parent() -> None:
        if (alive := reference()) is not None:
            alive.after_fork_in_parent()

    def in_child() -> None:
        if (alive := reference()) is not None:
            alive.after_fork_in_child()

    os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)
