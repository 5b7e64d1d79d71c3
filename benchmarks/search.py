"""Searching a face among many: the first system's loop, its library, NumPy, faiss, and ours.

``python -m benchmarks.search``: one process, one thread, the same queries for everybody in turn.
Templates are synthetic: around a mean, in directions of the widths that real embeddings of the
shipped engine have. A scale figure of the search, not a promise about identities: how many people
may be told apart follows from ``facelogin identify odds``.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_pool] = "1"

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from benchmarks.machine import describe_machine
from benchmarks.synthetic import faces_like_real_ones, probes_of
from facelogin.domain.models import FloatArray
from facelogin.gallery.faces import bytes_needed
from facelogin.gallery.search import Directions, bounded_rows, every_row

SIZES = (1_000, 100_000, 1_000_000)
WITHIN = 0.35
"""As far as the product looks: the threshold of a comparison with a name, and the margin."""
LOADED = 100_000
"""How many sealed templates are read into a gallery."""
_NOBODY = -1.0
_AS_LISTS = 100_000
"""A million lists of numbers need 4 GB: beyond this the same ones are gone through again."""
_MOST = 8
_SHORT = 32
_BOUNDED_FROM = 4_000
_SLOW = {"first system's loop", "face_recognition.compare_faces"}
_SEED = 20_260_301

Search = Callable[[FloatArray], object]


@dataclass(frozen=True, slots=True)
class Timed:
    """How long one search took, in milliseconds: the median of ``turns``."""

    name: str
    people: int
    milliseconds: float
    turns: int


def run(sizes: Sequence[int] = SIZES, *, turns: int = 60, slow_turns: int = 5) -> list[Timed]:
    """Measure everybody at every size, one after the other with each query."""
    results: list[Timed] = []
    with threadpool_limits(limits=1):
        for people in sizes:
            faces = faces_like_real_ones(people, seed=_SEED)
            probes = probes_of(faces, turns, seed=_SEED + 1)
            results += _measured(_searches(faces), probes, people, slow_turns)
    return results


def _searches(faces: FloatArray) -> dict[str, Search]:
    import face_recognition
    import faiss

    stored = [row.tolist() for row in faces[:_AS_LISTS]]
    library = list(faces)
    flat = faiss.IndexFlatIP(faces.shape[1])
    flat.add(faces)
    faiss.omp_set_num_threads(1)
    directions = Directions(faces, _SHORT)
    shortened = directions.shorten(faces)
    floor = 1 - WITHIN**2 / 2

    def loop(probe: FloatArray) -> object:
        """Decode one stored encoding after the other; nobody matches, so that all are."""
        for _ in range(0, len(faces), _AS_LISTS):
            for row in stored:
                if np.linalg.norm(np.array(row) - probe) <= _NOBODY:
                    return row
        return None

    def ours(probe: FloatArray) -> object:
        if len(faces) < _BOUNDED_FROM:
            return every_row(faces, probe, floor=floor, most=_MOST)
        return bounded_rows(faces, shortened, probe, directions, floor=floor, most=_MOST)

    def ours_anywhere(probe: FloatArray) -> object:
        if len(faces) < _BOUNDED_FROM:
            return every_row(faces, probe, floor=-2.0, most=_MOST)
        return bounded_rows(faces, shortened, probe, directions, floor=-2.0, most=_MOST)

    return {
        "first system's loop": loop,
        "face_recognition.compare_faces": lambda p: face_recognition.compare_faces(library, p),
        "NumPy dot + argmax": lambda p: int(np.argmax(faces @ p)),
        "faiss Flat, 8 nearest": lambda p: flat.search(p[None], _MOST),
        "ours, 8 nearest": ours_anywhere,
        "ours, as the product asks": ours,
    }


def _measured(
    searches: dict[str, Search], probes: FloatArray, people: int, slow_turns: int
) -> list[Timed]:
    seconds: dict[str, list[float]] = {name: [] for name in searches}
    for turn, probe in enumerate(probes):
        for name, search in searches.items():
            if name in _SLOW and turn >= slow_turns:
                continue
            begun = time.perf_counter()
            search(probe)
            seconds[name].append(time.perf_counter() - begun)
    return [
        Timed(name, people, median(taken) * 1000, len(taken)) for name, taken in seconds.items()
    ]


def loading_report(people: int) -> str:
    """Return how long it takes to read so many sealed templates until they can be searched."""
    from benchmarks.sealed_store import measure_loading

    with TemporaryDirectory() as folder:
        took = measure_loading(Path(folder), people)
    return (
        f"Reading {people:,} sealed templates from SQLite into a gallery: {took.seconds:.1f} s "
        f"({took.cpu_seconds:.1f} s of one core), of which opening the seals takes "
        f"{took.unsealing_seconds:.1f} s."
    )


def report(results: Sequence[Timed]) -> str:
    """Return the results as a section of docs/benchmarks.md."""
    sizes = sorted({one.people for one in results})
    by = {(one.name, one.people): one.milliseconds for one in results}
    names = list(dict.fromkeys(one.name for one in results))
    turns = {one.turns for one in results}
    lines = [
        "## Finding one face among many",
        "",
        (
            "Milliseconds for one search, 128 numbers a face, one process, one thread "
            f"({_blas()}), everybody in turn with the same queries, medians of {max(turns)} (the "
            f"first two: {min(turns)}); synthetic templates with the spread of real ones."
        ),
        "",
        "| | " + " | ".join(f"{size:,}" for size in sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
        *(
            f"| {name} | " + " | ".join(f"{by[name, size]:.3g}" for size in sizes) + " |"
            for name in names
        ),
        "",
    ]
    loop, flat, ours = names[0], "faiss Flat, 8 nearest", "ours, as the product asks"
    lines += [
        f"At {size:,}: {by[loop, size] / by[ours, size]:,.0f} times as fast as the loop, "
        f"{by[flat, size] / by[ours, size]:.1f} times as fast as faiss Flat."
        for size in sizes
    ]
    lines += ["", f"Memory: {bytes_needed(1_000_000, 128) / 1e6:.0f} MB for a million people."]
    return "\n".join(lines) + "\n"


def _blas() -> str:
    return ", ".join(
        f"{one['internal_api']} {one.get('architecture', '')} x {one['num_threads']}"
        for one in threadpool_info()
        if one["user_api"] == "blas"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--slow-turns", type=int, default=5)
    parser.add_argument("--load", type=int, default=LOADED)
    given = parser.parse_args()
    results = run(given.sizes, turns=given.turns, slow_turns=given.slow_turns)
    print(describe_machine())
    print(report(results), flush=True)
    if given.load:
        print(loading_report(given.load))


if __name__ == "__main__":
    main()
