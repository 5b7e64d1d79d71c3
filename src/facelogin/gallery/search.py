"""The nearest of many embeddings, exactly: a blocked matrix product that keeps the best.

From some thousands on, most rows are ruled out by a bound that reads a quarter of them. Every row
``x`` is kept once more as its coordinates ``s`` in a few orthonormal directions and the length
``r`` of what these leave. For a probe ``q``, split alike, the Cauchy-Schwarz inequality says that
``q . x <= q_s . s + |q_r| r``: one short product. Only a row whose bound reaches the best found so
far is multiplied out. It rules out nobody wrongly, whatever the directions; good ones (the mean and
the principal axes of the faces) rule out nearly all.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from facelogin.domain.models import Embedding, FloatArray

Rows = NDArray[np.intp]

_BLOCK = 16_384
_STRIP, _TILE, _BESIDE = 512, 1024, 8192
"""Of pairs: a strip of rows and those beside it make a job, in tiles that a core's cache holds."""
_MOST_THREADS = 8
_MOSTLY = 4
"""From the fourth part of a block on it is quicker to multiply out all of it than to pick."""
_UNBOUNDED = 7
"""Where that was so, as many blocks after it are multiplied out at once."""
_SAMPLE = 20_000
_LOWEST = -1.0
_ROUNDING = 4e-6 / math.sqrt(128)


def rounding(dimension: int) -> float:
    """Return what is well above the error of a float32 product of unit vectors of that size."""
    return _ROUNDING * math.sqrt(dimension)


def search_in_one_thread() -> None:
    """Let this process multiply matrices in the calling thread only, from now on.

    OpenBLAS would take every core for a product of a millisecond and wait for the slowest: with
    the cores busy, as those of a server are, searches were found to take ten times as long.
    """
    threadpool_limits(limits=1, user_api="blas")


@dataclass(frozen=True, slots=True)
class Hits:
    """Rows and their scores (cosines), the best first."""

    rows: Rows
    scores: FloatArray


class _Best:
    """The ``most`` best of all scores that were offered, and the least that is still of use."""

    def __init__(self, most: int, floor: float) -> None:
        self._most = most
        self._rows: Rows = np.empty(0, np.intp)
        self._scores: FloatArray = np.empty(0, np.float32)
        self.floor = floor

    def offer(self, scores: FloatArray, place: Callable[[Rows], Rows]) -> None:
        """Take in those that are good enough; ``place`` says which row a score belongs to."""
        if self.floor < _LOWEST and scores.size > self._most:  # all are good enough: pick first
            good = np.argpartition(scores, -self._most)[-self._most :]
        else:
            good = (scores >= self.floor).nonzero()[0]
        if not good.size:
            return
        self._rows = np.concatenate([self._rows, place(good)])
        self._scores = np.concatenate([self._scores, scores[good]])
        if self._scores.size > self._most:
            kept = np.argpartition(self._scores, -self._most)[-self._most :]
            self._rows, self._scores = self._rows[kept], self._scores[kept]
        if self._scores.size == self._most:
            self.floor = max(self.floor, float(self._scores.min()))

    def hits(self) -> Hits:
        """Return what was kept; of equal scores the lower row first."""
        return _in_order(self._rows, self._scores, most=self._most)


class Directions:
    """A few orthonormal directions in which faces differ most, and how rows look along them."""

    def __init__(self, faces: FloatArray, columns: int) -> None:
        """``faces`` are rows, ``columns`` is how wide a shortened row is to be."""
        sample = faces[:: max(1, len(faces) // _SAMPLE)].astype(np.float64)
        mean = sample.mean(axis=0)
        spread = np.cov(sample.T, bias=True) if len(sample) > 1 else np.eye(faces.shape[1])
        _, axes = np.linalg.eigh(spread)
        ordered = np.column_stack([mean, axes[:, ::-1]])[:, : columns - 1]
        self._axes: FloatArray = np.linalg.qr(ordered)[0].astype(np.float32)
        self.columns = columns

    def shorten(self, faces: FloatArray) -> FloatArray:
        """Return rows of ``columns`` numbers: along each direction, and the length of the rest."""
        along = faces @ self._axes
        rest = faces - along @ self._axes.T
        return np.column_stack([along, np.linalg.norm(rest, axis=1)]).astype(np.float32)


def _in_order(rows: Rows, scores: FloatArray, *, most: int) -> Hits:
    if rows.size < 2:  # what nearly every search ends in
        return Hits(rows, scores)
    order = np.lexsort((rows, -scores))[:most]
    return Hits(rows[order], scores[order])


def every_row(faces: FloatArray, probe: Embedding, *, floor: float, most: int) -> Hits:
    """Return the ``most`` best rows with a score of ``floor`` at least; all are multiplied out."""
    if len(faces) <= _BLOCK and floor >= _LOWEST:  # few rows: keeping the best is what costs
        scores = faces @ probe
        good = (scores >= floor).nonzero()[0]
        return _in_order(good, scores[good], most=most)
    best = _Best(most, floor)
    for start in range(0, len(faces), _BLOCK):
        scores = faces[start : start + _BLOCK] @ probe
        best.offer(scores, lambda good, start=start: good + start)  # type: ignore[misc]
    return best.hits()


def bounded_rows(
    faces: FloatArray,
    shortened: FloatArray,
    probe: Embedding,
    directions: Directions,
    *,
    floor: float,
    most: int,
) -> Hits:
    """Return the same rows as ``every_row``; those are multiplied out whose bound is high enough.

    ``shortened`` are the faces as ``directions`` shortens them.
    """
    short_probe = directions.shorten(probe[None, :])[0]
    best, hopeless, slack = _Best(most, floor), 0, rounding(faces.shape[1])
    for start in range(0, len(faces), _BLOCK):
        block = faces[start : start + _BLOCK]
        if hopeless:
            hopeless -= 1
            best.offer(block @ probe, lambda good, start=start: good + start)  # type: ignore[misc]
            continue
        bounds = shortened[start : start + _BLOCK] @ short_probe
        hopeful = np.flatnonzero(bounds >= best.floor - slack)
        if hopeful.size * _MOSTLY > len(block):
            hopeless = _UNBOUNDED
            best.offer(block @ probe, lambda good, start=start: good + start)  # type: ignore[misc]
        elif hopeful.size:
            places = hopeful + start
            best.offer(block[hopeful] @ probe, lambda good, places=places: places[good])  # type: ignore[misc]
    return best.hits()


def near_pairs(
    faces: FloatArray, shortened: FloatArray | None, *, floor: float
) -> Iterator[tuple[int, int]]:
    """Yield every two rows, the lower first, with a score of ``floor`` at least.

    ``shortened`` are the faces as some ``Directions`` shorten them; None to multiply out all. It
    takes every core, and up to 70 MB for each if all rows are alike.
    """
    search = _PairSearch(faces, shortened, floor)
    threads = min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    waiting: deque[Future[tuple[Rows, Rows]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(faces), _STRIP):
            for beside in range(start, len(faces), _BESIDE):
                waiting.append(pool.submit(search.near, start, beside))
                if len(waiting) > threads:
                    yield from _as_pairs(waiting.popleft())
        while waiting:
            yield from _as_pairs(waiting.popleft())


def _as_pairs(found: Future[tuple[Rows, Rows]]) -> Iterator[tuple[int, int]]:
    rows, others = found.result()
    return zip(rows.tolist(), others.tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class _PairSearch:
    """Compares a strip of rows with rows beside it, by the bound first if there is one."""

    faces: FloatArray
    shortened: FloatArray | None
    floor: float

    def near(self, start: int, beside: int) -> tuple[Rows, Rows]:
        """Return near pairs: of a strip of rows, and of those from ``beside`` on."""
        strip = slice(start, min(start + _STRIP, len(self.faces)))
        end = min(beside + _BESIDE, len(self.faces))
        room = np.empty((strip.stop - strip.start) * _TILE, np.float32)
        parts = [
            self._in_tile(strip, slice(at, min(at + _TILE, end)), room)
            for at in range(beside, end, _TILE)
        ]
        rows, others = zip(*parts, strict=True)
        return np.concatenate(rows), np.concatenate(others)

    def _in_tile(self, strip: slice, tile: slice, room: FloatArray) -> tuple[Rows, Rows]:
        if self.shortened is None:
            return _places(_product(self.faces, strip, tile, room) >= self.floor, strip, tile)
        bounds = _product(self.shortened, strip, tile, room)
        hopeful = bounds >= self.floor - rounding(self.faces.shape[1])
        rows, others = _places(hopeful, strip, tile)
        if rows.size * _MOSTLY > bounds.size:
            return _places(_product(self.faces, strip, tile, room) >= self.floor, strip, tile)
        near = np.zeros(rows.size, bool)
        for at in range(0, rows.size, _BLOCK):
            some = slice(at, at + _BLOCK)
            scores = np.einsum("ij,ij->i", self.faces[rows[some]], self.faces[others[some]])
            near[some] = scores >= self.floor
        return rows[near], others[near]


def _product(rows: FloatArray, strip: slice, tile: slice, room: FloatArray) -> FloatArray:
    """Multiply rows with others into ``room``: the system takes its time to clear new memory."""
    one, other = rows[strip], rows[tile]
    out = room[: len(one) * len(other)].reshape(len(one), len(other))
    return np.matmul(one, other.T, out=out)


def _places(near: NDArray[np.bool_], strip: slice, tile: slice) -> tuple[Rows, Rows]:
    """Return which rows the true ones are of, each pair once and none with itself."""
    rows, others = np.divmod(np.flatnonzero(near), near.shape[1])
    rows, others = rows + strip.start, others + tile.start
    once = rows < others
    return rows[once], others[once]
