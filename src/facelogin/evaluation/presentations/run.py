"""Presents everything that an order asks for, each kept on disk as soon as it has ended.

A run that was interrupted goes on where it stopped: what is in the file is not presented again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from facelogin.domain.errors import ConfigurationError
from facelogin.domain.ports import FaceEngine
from facelogin.evaluation.pad.portraits import Observer, Portrait
from facelogin.evaluation.presentations.filmed import play_films
from facelogin.evaluation.presentations.people import Half, portraits_in
from facelogin.evaluation.presentations.plan import STALE, Kind, kinds
from facelogin.evaluation.presentations.stage import Stage, served_stage, stage
from facelogin.evaluation.presentations.stale import WAYS, present_stale

FILM, OVER_SOCKET = "film", "socket"
_SAY_EVERY_S = 10.0
_SOCKET_PEOPLE = 10
Say = Callable[[str], None]
Row = Mapping[str, Any]
"""One presentation, as it is kept."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to be presented."""

    portraits: Path
    names: Sequence[str]
    clips: Path | None = None
    presentations: int = 20
    over_socket: int = 0
    skip: int = 0
    people: int = 100
    half: Half = Half.REPORTING
    seed: int = 1

    def as_kept(self) -> dict[str, object]:
        """Return what a run's rows depend on, so that it can be told whether they belong to it."""
        kept = {"seed": self.seed, "skip": self.skip, "people": self.people}
        return {**kept, "half": self.half.value}

    def cast(self, observer: Observer) -> Iterator[tuple[str, Portrait]]:
        """Yield the portraits of those who may take part; none of the first ``skip``."""
        return islice(portraits_in(self.portraits, self.half, observer), self.skip, None)


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of a run, in a file of JSON lines."""

    path: Path
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path, head: Mapping[str, object]) -> Kept:
        """Read what an earlier run left. Raises ConfigurationError for a run of another kind."""
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        if not lines:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(head) + "\n", "utf-8")
            return cls(path)
        if json.loads(lines[0]) != head:
            raise ConfigurationError(
                f"{path} is of a run with other options ({lines[0]}); name another folder"
            )
        return cls(path, [json.loads(line) for line in lines[1:]])

    def add(self, row: Row) -> None:
        """Keep one more."""
        self.rows.append(row)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def missing(self, kind: str, count: int) -> list[int]:
        """Return the numbers below ``count`` of a kind's presentations that are not kept yet."""
        done = {row["number"] for row in self.rows if row["kind"] == kind}
        return [number for number in range(count) if number not in done]


def measure(order: Order, engine: FaceEngine, path: Path, say: Say) -> Kept:
    """Present what is not kept in ``path`` yet; return all that is.

    Raises ConfigurationError for options, pictures or films that can't be used.
    """
    kept, known = Kept.open(path, order.as_kept()), {kind.name: kind for kind in kinds(order.names)}
    here = [
        (known.get(name), number)
        for name in order.names
        for number in kept.missing(name, order.presentations if name in known else len(WAYS))
    ]
    films = order.clips is not None and not any(row["kind"] == FILM for row in kept.rows)
    if here or films:
        with stage(engine, order.cast(engine), people=order.people, seed=order.seed) as on:
            say(f"{len(on.people)} people enrolled from {order.portraits}")
            _present_all(here, lambda kind, number: _row(order, on, kind, number), kept, say)
            if films and order.clips is not None:
                for number, row in enumerate(play_films(order.clips, on)):
                    kept.add({"kind": FILM, "number": number, **row})
    _present_over_socket(order, list(known.values()), engine, kept, say)
    return kept


def _present_over_socket(
    order: Order, wanted: Sequence[Kind], engine: FaceEngine, kept: Kept, say: Say
) -> None:
    todo = [
        (kind, number)
        for kind in wanted
        for number in kept.missing(f"{OVER_SOCKET} {kind.name}", order.over_socket)
    ]
    if not todo:
        return
    people = min(order.people, _SOCKET_PEOPLE)
    with served_stage(engine, order.cast(engine), people=people, seed=order.seed) as on:

        def row(kind: Kind | None, number: int) -> Row:
            assert kind is not None  # noqa: S101 - P12 is not among them
            shown = on.show(kind, number, order.seed)
            return {"kind": f"{OVER_SOCKET} {kind.name}", "number": number, **shown}

        _present_all(todo, row, kept, say)


def _present_all(
    todo: Sequence[tuple[Kind | None, int]],
    row: Callable[[Kind | None, int], Row],
    kept: Kept,
    say: Say,
) -> None:
    began = said = monotonic()
    for done, (kind, number) in enumerate(todo, start=1):
        kept.add(row(kind, number))
        now = monotonic()
        if now - said >= _SAY_EVERY_S or done == len(todo):
            said, rate = now, done / (now - began)
            left = (len(todo) - done) / rate / 60
            name = STALE if kind is None else kind.name
            say(f"{done}/{len(todo)} ({name}), {rate:.2f} a second, {left:.0f} min left")


def _row(order: Order, on: Stage, kind: Kind | None, number: int) -> Row:
    if kind is None:
        way, presented = present_stale(on.plain, on.people, number, order.seed)
        return {"kind": STALE, "number": number, "way": way, **asdict(presented)}
    return {"kind": kind.name, "number": number, **on.show(kind, number, order.seed)}
