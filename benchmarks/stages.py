"""Milliseconds by stage, and a stopwatch that fills them in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

DECODE, FIND, EMBED, DECIDE = "decode", "find the face", "embed", "decide"
ALL = (DECODE, FIND, EMBED, DECIDE)

Stages = dict[str, float]
"""Milliseconds by stage."""


@contextmanager
def timed(stages: Stages, name: str) -> Iterator[None]:
    """Add the milliseconds of a block to ``stages`` under ``name``."""
    start = perf_counter()
    yield
    stages[name] = stages.get(name, 0.0) + (perf_counter() - start) * 1000
