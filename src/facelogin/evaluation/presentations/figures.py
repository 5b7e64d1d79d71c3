"""What the rows of a run add up to: APCER of each species, BPCER of rendered people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from facelogin.evaluation.pad.species import SPECIES
from facelogin.evaluation.presentations.bounds import Rate
from facelogin.evaluation.presentations.plan import GENUINE, GENUINE_FLASH, STALE
from facelogin.evaluation.presentations.presenting import GRANTED
from facelogin.evaluation.presentations.run import OVER_SOCKET, Row

TITLES = {name: species.title for name, species in SPECIES.items()} | {
    STALE: "stale, used or somebody else's challenge"
}


@dataclass(frozen=True, slots=True)
class SpeciesFigures:
    """How often one species got in (APCER), and what kept out the others, by the audit's reason."""

    name: str
    title: str
    passed: Rate
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PeopleFigures:
    """How often rendered people were kept out: of turns at the first try, and of sessions.

    A session may hold one repeated turn.
    """

    name: str
    turns: Rate
    sessions: Rate
    reasons: Mapping[str, int]


def species_figures(rows: Sequence[Row]) -> list[SpeciesFigures]:
    """Return the figures of every species in these rows, in the order of their names."""
    figures = []
    for name in sorted(TITLES, key=_natural):
        own = [row for row in rows if row["kind"] == name]
        if own:
            passed = Rate(_granted(own), len(own))
            figures.append(SpeciesFigures(name, TITLES[name], passed, _reasons(own)))
    return figures


def people_figures(rows: Sequence[Row]) -> list[PeopleFigures]:
    """Return the figures of rendered people, without and with a flash, as far as presented."""
    figures = []
    for name in (GENUINE, GENUINE_FLASH):
        own = [row for row in rows if row["kind"] == name]
        if own:
            firsts = [turn for row in own for turn in _first_tries(row["turns"])]
            refused = sum(turn["answer"] not in {"continue", "passed"} for turn in firsts)
            figures.append(
                PeopleFigures(
                    name,
                    turns=Rate(refused, len(firsts)),
                    sessions=Rate(len(own) - _granted(own), len(own)),
                    reasons=_reasons(own),
                )
            )
    return figures


def socket_figures(rows: Sequence[Row]) -> dict[str, Rate]:
    """Return how often each kind got a session over a socket in real time."""
    granted: dict[str, list[bool]] = {}
    for row in rows:
        if row["kind"].startswith(OVER_SOCKET):
            name = row["kind"].removeprefix(OVER_SOCKET).strip()
            granted.setdefault(name, []).append(row["outcome"] == GRANTED)
    return {name: Rate(sum(each), len(each)) for name, each in granted.items()}


def _granted(rows: Sequence[Row]) -> int:
    return sum(row["outcome"] == GRANTED for row in rows)


def _first_tries(turns: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the turns without those that were done once more."""
    return [
        turn
        for number, turn in enumerate(turns)
        if number == 0 or turns[number - 1]["answer"] != "repeat"
    ]


def _reasons(rows: Sequence[Row]) -> Mapping[str, int]:
    refused = [row for row in rows if row["outcome"] != GRANTED]
    return dict(Counter(str(row["reason"] or row["code"]) for row in refused).most_common())


def _natural(name: str) -> tuple[int, str]:
    digits = "".join(letter for letter in name if letter.isdigit())
    return int(digits), name
