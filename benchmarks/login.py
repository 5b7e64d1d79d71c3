"""JPEG -> decision, ours against face_recognition's defaults, in turns, in one run, on one thread.

Medians of every stage and their ratios, and what a process of its own costs on either side.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_pool, "1")

import numpy as np

from benchmarks import footprint, pictures
from benchmarks.footprint import Footprint
from benchmarks.ours import Ours
from benchmarks.peer import Peer, encode
from benchmarks.stages import ALL, Stages

_FOOTPRINT_TURNS = 5


@dataclass(frozen=True, slots=True)
class Result:
    """Medians of both sides."""

    turns: int
    users: int
    peer_ms: Stages
    ours_ms: Stages
    peer_total_ms: float
    ours_total_ms: float
    peer_footprint: Footprint
    ours_footprint: Footprint

    @property
    def ratio(self) -> float:
        """How many times faster ours decides."""
        return self.peer_total_ms / self.ours_total_ms


def run(*, turns: int, users: int) -> Result:
    """Measure both sides in turns and check that both decide rightly."""
    enrolled, genuine = pictures.enrolled(), pictures.genuine()
    strangers = pictures.strangers()
    nobody = np.random.default_rng(0).normal(size=(users - 1, 128))  # far from every face
    peer = Peer([*nobody, encode(enrolled)])
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(Path(folder), enrolled=enrolled, users=users)
        peer_runs: list[Stages] = []
        ours_runs: list[Stages] = []
        for turn in range(-3, turns):
            probe = genuine if turn % 2 else strangers[turn // 2 % len(strangers)]
            for side, runs in ((peer, peer_runs), (ours, ours_runs)):
                accepted, stages = side.login(probe)
                if accepted != (probe is genuine):
                    raise AssertionError(f"{type(side).__name__} decided wrongly")
                if turn >= 0:
                    runs.append(stages)
            _progress(turn + 1, turns)
        ours.close()
    footprints = _footprints(genuine)
    return Result(
        turns=turns,
        users=users,
        peer_ms=_medians(peer_runs),
        ours_ms=_medians(ours_runs),
        peer_total_ms=median(sum(stages.values()) for stages in peer_runs),
        ours_total_ms=median(sum(stages.values()) for stages in ours_runs),
        peer_footprint=footprints["peer"],
        ours_footprint=footprints["ours"],
    )


def _footprints(jpeg: bytes) -> dict[str, Footprint]:
    with tempfile.NamedTemporaryFile(suffix=".jpg") as image:
        image.write(jpeg)
        image.flush()
        runs: dict[str, list[Footprint]] = {"peer": [], "ours": []}
        for _ in range(_FOOTPRINT_TURNS):
            for side, measured in runs.items():
                measured.append(footprint.measure(side, Path(image.name)))
    return {
        side: Footprint(
            median(one.ready_s for one in measured),
            median(one.first_s for one in measured),
            median(one.rss_mb for one in measured),
        )
        for side, measured in runs.items()
    }


def _medians(runs: Sequence[Stages]) -> Stages:
    return {name: median(stages[name] for stages in runs) for name in ALL}


def _progress(done: int, of: int) -> None:
    if done > 0 and sys.stderr.isatty():
        print(f"\r{done}/{of} turns", end="" if done < of else "\n", file=sys.stderr)


def report(result: Result) -> str:
    """Return the result as Markdown."""
    rows = [
        f"| {name} | {result.peer_ms[name]:.1f} | {result.ours_ms[name]:.2f} "
        f"| {result.peer_ms[name] / result.ours_ms[name]:.1f} |"
        for name in ALL
    ]
    times = (result.peer_total_ms, result.ours_total_ms)
    sides = (result.peer_footprint, result.ours_footprint)
    return f"""## One login: JPEG -> decision

640x480 JPEG, one face, one thread, {result.users} users in the store; medians of {result.turns}
turns, peer and ours one after the other in each. The peer is face_recognition with its defaults:
decode, locate (HOG), encode, and compare with every stored encoding in a Python loop. Ours is the
whole service: decode, BlazeFace, FaceMesh, quality, chip and mirrored chip, ResNet, a read of the
user from SQLite, the template unsealed, and the threshold. Both decide every turn rightly, or the
run fails.

| stage | face_recognition, ms | facelogin, ms | ratio |
|---|---:|---:|---:|
{chr(10).join(rows)}
| **JPEG -> decision** | **{times[0]:.1f}** | **{times[1]:.2f}** | **{result.ratio:.1f}** |

"Find the face" is ours minus a decode timed beside it, and holds the quality checks as well.

## A process of its own

Medians of {_FOOTPRINT_TURNS} fresh processes each, in turns. Ours loads settings, key ring, SQLite
and all three networks.

| | face_recognition | facelogin | ratio |
|---|---:|---:|---:|
{_row("start until ready, s", [side.ready_s for side in sides], 2)}
{_row("start until the first decision, s", [side.first_s for side in sides], 2)}
{_row("resident memory after it, MB", [side.rss_mb for side in sides], 0)}
"""


def _row(name: str, values: Sequence[float], digits: int) -> str:
    peer, ours = values
    return f"| {name} | {peer:.{digits}f} | {ours:.{digits}f} | {peer / ours:.1f} |"
