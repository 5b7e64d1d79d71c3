"""How a login's time grows with the number of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import pictures
from benchmarks.login import progress
from benchmarks.ours import Ours
from benchmarks.peer import Peer, encode

SIZES = (10, 1_000, 100_000)
_TURNS = 6


@dataclass(frozen=True, slots=True)
class Result:
    """Medians in milliseconds by number of accounts: the student system's, and ours."""

    peer_ms: Mapping[int, float]
    ours_ms: Mapping[int, float]


def run() -> Result:
    """Measure whole logins in turns at every size."""
    peer: dict[int, float] = {}
    ours: dict[int, float] = {}
    for number, users in enumerate(SIZES):
        peer[users], ours[users] = _measure(users)
        progress("accounts", number + 1, len(SIZES))
    return Result(peer, ours)


def _measure(users: int) -> tuple[float, float]:
    enrolled, genuine = pictures.enrolled(), pictures.genuine()
    nobody = np.random.default_rng(0).normal(size=(users - 1, 128))
    theirs = Peer([*nobody, encode(enrolled)])  # the last of them, as in half of all cases or so
    with TemporaryDirectory() as folder:
        ours = Ours(Path(folder), enrolled=enrolled, users=users)
        runs: tuple[list[float], list[float]] = ([], [])
        for turn in range(-1, _TURNS):
            for login, took in zip((theirs.login, ours.login), runs, strict=True):
                accepted, stages = login(genuine)
                if not accepted:
                    raise AssertionError(f"wrongly refused among {users} accounts")
                if turn >= 0:
                    took.append(sum(stages.values()))
        ours.close()
    return median(runs[0]), median(runs[1])


def report(result: Result, plot: Sequence[str] = ()) -> str:
    """Return the result as Markdown."""
    lines = [
        f"| {users:,} | {result.peer_ms[users]:.0f} | {result.ours_ms[users]:.2f} "
        f"| {result.peer_ms[users] / result.ours_ms[users]:.1f} |"
        for users in SIZES
    ]
    return f"""## How it grows

A whole login of the system that many start from (decode, locate, encode, then `compare_faces` with
one stored encoding after the other in a Python loop, without reading them from a database; the
person is the last) against ours, which reads one account by its name from an SQLite file with that
many. Medians of {_TURNS} turns.

| accounts | loop over all, ms | facelogin, ms | ratio |
|---:|---:|---:|---:|
{chr(10).join(lines)}

{chr(10).join(plot)}
"""
