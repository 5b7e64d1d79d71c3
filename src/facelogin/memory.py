"""How much of what a server has freed stays with its processes."""

from __future__ import annotations

import ctypes

ARENAS = 2
_M_ARENA_MAX = -8  # mallopt(3)


def limit_arenas(arenas: int = ARENAS) -> bool:
    """Have all threads of this process share so many of glibc's heaps; return whether that is done.

    By default glibc makes up to eight for each processor, one for each thread that comes first, and
    each keeps what its thread needed at its peak. Call it before there are threads. The variable
    MALLOC_ARENA_MAX does the same for a process that is yet to start. Another C library has none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(mallopt is not None and mallopt(_M_ARENA_MAX, arenas))
