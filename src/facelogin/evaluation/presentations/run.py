"""Presents everything that a plan holds, one after another, each kept on disk as soon as it ended.

A run that was interrupted goes on where it stopped: what is in the file is not presented again.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from facelogin.domain.errors import ConfigurationError
from facelogin.domain.ports import FaceEngine
from facelogin.evaluation.presentations.people import Half, Person, enrolled, portraits_in
from facelogin.evaluation.presentations.plan import STALE, Kind, casting, kinds
from facelogin.evaluation.presentations.presenting import present
from facelogin.evaluation.presentations.stale import WAYS, present_stale
from facelogin.evaluation.presentations.trial_app import TrialApp, open_trial_apps
from facelogin.evaluation.presentations.watching import WatchedEngine

_SAY_EVERY_S = 10.0
Say = Callable[[str], None]
Row = Mapping[str, Any]
"""One presentation, as it is kept."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to be presented."""

    portraits: Path
    names: Sequence[str]
    presentations: int = 20
    people: int = 100
    half: Half = Half.REPORTING
    seed: int = 1

    def as_kept(self) -> dict[str, object]:
        """Return what a run's rows depend on, so that it can be told whether they belong to it."""
        return {"seed": self.seed, "people": self.people, "half": self.half.value}


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

    @property
    def done(self) -> set[tuple[str, int]]:
        """The kind and number of every presentation that is kept."""
        return {(row["kind"], row["number"]) for row in self.rows}


@dataclass(frozen=True, slots=True)
class Stage:
    """An application without a flash, one with it, and the people who have accounts there."""

    plain: TrialApp
    flashing: TrialApp
    people: Sequence[Person]
    engine: WatchedEngine


@contextmanager
def stage(order: Order, engine: FaceEngine, say: Say) -> Iterator[Stage]:
    """Lend a stage: its store is gone afterwards."""
    watched = WatchedEngine(engine)
    with tempfile.TemporaryDirectory() as folder:
        plain, flashing = open_trial_apps(Path(folder), watched)
        try:
            portraits = portraits_in(order.portraits, order.half, engine)
            people = enrolled(plain, portraits, most=order.people, seed=order.seed)
            say(f"{len(people)} people enrolled from {order.portraits}")
            yield Stage(plain, flashing, people, watched)
        finally:
            plain.services.close()


def run(order: Order, on: Stage, kept: Kept, say: Say) -> None:
    """Present what is not kept yet."""
    todo: list[tuple[Kind | None, int]] = []
    kept_already = kept.done
    known = {kind.name: kind for kind in kinds(order.names)}
    for name in order.names:
        kind = known.get(name)
        count = order.presentations if kind else len(WAYS)
        todo += [(kind, number) for number in range(count) if (name, number) not in kept_already]
    began = said = monotonic()
    for done, (kind, number) in enumerate(todo, start=1):
        kept.add(_presented(order, on, kind, number))
        now = monotonic()
        if now - said >= _SAY_EVERY_S or done == len(todo):
            said, rate = now, done / (now - began)
            left = (len(todo) - done) / rate / 60
            name = STALE if kind is None else kind.name
            say(f"{done}/{len(todo)} ({name}), {rate:.2f} a second, {left:.0f} min left")


def _presented(order: Order, on: Stage, kind: Kind | None, number: int) -> Row:
    on.engine.taken()
    if kind is None:
        way, presented = present_stale(on.plain, on.people, number, order.seed)
        return {"kind": STALE, "number": number, "way": way, **asdict(presented)}
    app = on.flashing if kind.flash else on.plain
    who = casting(kind, number, on.people, order.seed)
    app.seed(who.order_rng)
    presented = present(app, who.victim.username, kind.make(who.cast))
    return {
        "kind": kind.name,
        "number": number,
        "identity": who.victim.identity,
        **asdict(presented),
        "read": on.engine.taken(),
    }
