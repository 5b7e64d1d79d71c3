"""The enrolled faces of one engine as the rows of one matrix, and whose they are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from facelogin.domain import matching
from facelogin.domain.identification import Candidate, Enrolled
from facelogin.domain.models import Embedding, EngineRef, FloatArray, Template
from facelogin.gallery.private_memory import PrivateFloats
from facelogin.gallery.search import Directions, bounded_rows, every_row, near_pairs, rounding

_SHORT = 32
_SHORT_OF_PAIRS = 48
"""Of real embeddings of 128 numbers, the bound of 32 leaves 7 pairs in 1,000, of 48 not one."""
_BOUNDED_FROM = 4_000
_AT_ONCE = 20_000
_ROOM = 1.125
_LEAST_ROWS = 1024
_TOO_MANY = 2
"""So many times the rows that are needed are given back: people move to another engine's faces."""
_NAMES_BYTES = 400
"""What the ids of one row take in lists and a dictionary, and the reading of them, about."""


def bytes_needed(people: int, dimension: int) -> int:
    """Return how much memory so many faces take, with the room that is left for more."""
    return _rows_for(people) * (dimension + _SHORT) * 4 + people * _NAMES_BYTES


@dataclass(frozen=True, slots=True)
class _Block:
    """The matrices: faces, one a row, and the same shortened, for the bound."""

    faces: PrivateFloats
    short: PrivateFloats

    @property
    def rows(self) -> int:
        return len(self.faces.array)

    def forget(self) -> None:
        self.faces.forget()
        self.short.forget()


class Faces:
    """One row for each person, dense: the last row takes the place of one that goes.

    Not safe to share among threads by itself. Raises MemoryError where the system gives no more.
    """

    def __init__(self, engine: EngineRef, dimension: int, *, people: int = 0) -> None:
        """Make room for so many people, and some more."""
        self._engine = engine
        self._dimension = dimension
        self._block = _block(_rows_for(people), dimension)
        self._user_ids: list[str] = []
        self._template_ids: list[str] = []
        self._image_counts: list[int] = []
        self._row_of: dict[str, int] = {}
        self._census: Counter[int] = Counter()
        self._directions: Directions | None = None

    def __len__(self) -> int:
        return len(self._user_ids)

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._row_of

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._user_ids))

    @property
    def locked(self) -> bool:
        """Whether no page of it can get on a swap device."""
        return self._block.faces.locked and self._block.short.locked

    def enrolled(self) -> Enrolled:
        """Return how many people there are, by the number of images that each enrolled with."""
        return dict(self._census)

    def put(self, user_id: str, template: Template) -> None:
        """Take in this user's face, made by this engine, in the place of an earlier one."""
        row = self._row_of.get(user_id)
        if row is None:
            row = len(self)
            self._make_room(row + 1)
            self._user_ids.append(user_id)
            self._template_ids.append(template.template_id)
            self._image_counts.append(template.image_count)
            self._row_of[user_id] = row
        else:
            self._uncount(row)
        self._census[template.image_count] += 1
        self._template_ids[row] = template.template_id
        self._image_counts[row] = template.image_count
        self._block.faces.array[row] = template.embedding
        if self._directions is not None:
            self._block.short.array[row] = self._directions.shorten(self._faces[row : row + 1])[0]

    def remove(self, user_id: str) -> None:
        """Overwrite this user's face, if it is here."""
        row = self._row_of.pop(user_id, None)
        if row is None:
            return
        last = len(self) - 1
        self._uncount(row)
        for matrix in (self._block.faces.array, self._block.short.array):
            matrix[row] = matrix[last]
            matrix[last] = 0.0
        self._user_ids[row] = self._user_ids[last]
        self._template_ids[row] = self._template_ids[last]
        self._image_counts[row] = self._image_counts[last]
        del self._user_ids[last], self._template_ids[last], self._image_counts[last]
        if row != last:
            self._row_of[self._user_ids[row]] = row
        if self._block.rows > _TOO_MANY * _rows_for(last):
            self._move(_rows_for(last))

    def prepare(self) -> None:
        """Get ready for quick searches, once many faces were taken in."""
        if self._directions is not None or len(self) < _BOUNDED_FROM:
            return
        directions = Directions(self._faces, _SHORT)
        for some in self._parts():
            self._block.short.array[some] = directions.shorten(self._faces[some])
        self._directions = directions

    def nearest(self, probe: Embedding, *, within: float, most: int) -> tuple[Candidate, ...]:
        """Return the nearest people, ``most`` at most, none farther than ``within``.

        The scores of the search choose; the distances are those of a comparison with a name.
        """
        floor, faces = self._floor(within), self._faces
        if self._directions is None:
            hits = every_row(faces, probe, floor=floor, most=most)
        else:
            short = self._block.short.array[: len(self)]
            hits = bounded_rows(faces, short, probe, self._directions, floor=floor, most=most)
        found = [self._candidate(int(row), probe) for row in hits.rows]
        return tuple(one for one in found if one.distance <= within)

    def pairs(self, *, within: float) -> Iterator[tuple[Candidate, Candidate]]:
        """Yield every two people no farther apart than that; the second has their distance."""
        floor, faces = self._floor(within), self._faces
        with self._shortened_for_pairs() as short:
            for row, other in near_pairs(faces, short, floor=floor):
                one = self._candidate(row, faces[row])
                second = self._candidate(other, faces[row])
                if second.distance <= within:
                    yield one, second

    @contextmanager
    def _shortened_for_pairs(self) -> Iterator[FloatArray | None]:
        """Lend the rows shortened less than for one search: every bound is used so much oftener."""
        if len(self) < _BOUNDED_FROM:
            yield None
            return
        columns = min(_SHORT_OF_PAIRS, self._dimension)
        directions, short = Directions(self._faces, columns), PrivateFloats(len(self), columns)
        try:
            for some in self._parts():
                short.array[some] = directions.shorten(self._faces[some])
            yield short.array
        finally:
            short.forget()

    def _parts(self) -> Iterator[slice]:
        return (
            slice(start, min(start + _AT_ONCE, len(self)))
            for start in range(0, len(self), _AT_ONCE)
        )

    def forget(self) -> None:
        """Overwrite every face."""
        self._block.forget()

    def _floor(self, within: float) -> float:
        """Return the least score of a face that may be no farther than that."""
        return 1 - within * within / 2 - rounding(self._dimension)

    def _uncount(self, row: int) -> None:
        """Take the person of that row out of the census."""
        images = self._image_counts[row]
        self._census[images] -= 1
        if not self._census[images]:
            del self._census[images]

    def _candidate(self, row: int, probe: Embedding) -> Candidate:
        return Candidate(
            user_id=self._user_ids[row],
            template_id=self._template_ids[row],
            engine=self._engine,
            image_count=self._image_counts[row],
            distance=matching.distance(self._faces[row], probe),
        )

    @property
    def _faces(self) -> FloatArray:
        return self._block.faces.array[: len(self)]

    def _make_room(self, people: int) -> None:
        if people > self._block.rows:
            self._move(_rows_for(people))

    def _move(self, rows: int) -> None:
        """Move to memory of so many rows, and overwrite what is left behind."""
        old, new = self._block, _block(rows, self._dimension)
        kept = min(old.rows, rows)
        new.faces.array[:kept] = old.faces.array[:kept]
        new.short.array[:kept] = old.short.array[:kept]
        self._block = new
        old.forget()


def _rows_for(people: int) -> int:
    return max(math.ceil(people * _ROOM), _LEAST_ROWS)


def _block(rows: int, dimension: int) -> _Block:
    return _Block(PrivateFloats(rows, dimension), PrivateFloats(rows, _SHORT))
