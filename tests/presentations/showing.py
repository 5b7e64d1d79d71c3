"""Presents a kind some times and says how it ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from facelogin.evaluation.presentations.plan import kinds
from facelogin.evaluation.presentations.stage import Stage
from presentations.conftest import SEED

EACH = 20


@dataclass(frozen=True)
class Shown:
    """How many got in, and by which rule the others were kept out."""

    granted: int
    reasons: Counter[str]


def shown(on: Stage, name: str, *, count: int = EACH) -> Shown:
    (kind,) = kinds([name])
    rows = [on.show(kind, number, SEED) for number in range(count)]
    refused = [row for row in rows if row["outcome"] != "granted"]
    return Shown(
        granted=count - len(refused),
        reasons=Counter(str(row["reason"] or row["code"]) for row in refused),
    )
