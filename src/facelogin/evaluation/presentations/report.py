"""A run's figures: as JSON, as Markdown, and as plots where matplotlib is installed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facelogin.evaluation.pad.species import SPECIES
from facelogin.evaluation.presentations.bounds import Rate
from facelogin.evaluation.presentations.plan import GENUINE, GENUINE_FLASH, STALE
from facelogin.evaluation.presentations.run import Order, Row

_WHAT = """Synthetic attack suite, ISO 30107-3-style figures: no claim of conformance. Every
presentation goes through the whole application, message by message; it counts as passed where
/login granted a session. Rendered people are no human beings: what keeps them out is no rate for
anybody. Bounds are at 95 %: Wilson's interval, and the rule of three where nothing was counted."""


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
    titles = {name: species.title for name, species in SPECIES.items()}
    titles[STALE] = "stale, used or somebody else's challenge"
    figures = []
    for name in sorted(titles, key=_natural):
        own = [row for row in rows if row["kind"] == name]
        if own:
            passed = Rate(sum(row["outcome"] == "granted" for row in own), len(own))
            figures.append(SpeciesFigures(name, titles[name], passed, _reasons(own)))
    return figures


def people_figures(rows: Sequence[Row]) -> list[PeopleFigures]:
    """Return the figures of rendered people, without and with a flash, as far as presented."""
    figures = []
    for name in (GENUINE, GENUINE_FLASH):
        own = [row for row in rows if row["kind"] == name]
        if own:
            firsts = [turn for row in own for turn in _first_tries(row["turns"])]
            refused = sum(turn["answer"] not in {"continue", "passed"} for turn in firsts)
            kept_out = sum(row["outcome"] != "granted" for row in own)
            sessions = Rate(kept_out, len(own))
            turns = Rate(refused, len(firsts))
            figures.append(PeopleFigures(name, turns, sessions, _reasons(own)))
    return figures


def write_report(out: Path, order: Order, rows: Sequence[Row]) -> str:
    """Write report.json, report.md and the plots into ``out``; return the Markdown."""
    attacks, people = species_figures(rows), people_figures(rows)
    text = markdown(order, attacks, people)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.md").write_text(text, "utf-8")
    (out / "report.json").write_text(json.dumps(_as_json(order, attacks, people), indent=2) + "\n")
    return text


def markdown(
    order: Order, attacks: Sequence[SpeciesFigures], people: Sequence[PeopleFigures]
) -> str:
    """Return the figures as Markdown."""
    lines = [
        "# Presentations to the live capture",
        "",
        _WHAT,
        "",
        f"Identities: the {order.half.value} half, {order.people} at most. Seed {order.seed}.",
        "",
        "| species | | passed | of | APCER | 95 % bounds | what kept the others out |",
        "|---|---|---:|---:|---:|---|---|",
        *(
            f"| {one.name} | {one.title} | {one.passed.count} | {one.passed.of} "
            f"| {_percent(one.passed.value)} | {_bounds(one.passed)} | {_listed(one.reasons)} |"
            for one in attacks
        ),
        "",
        "| rendered people | kept out | of | BPCER | 95 % bounds | by what |",
        "|---|---:|---:|---:|---|---|",
        *(line for one in people for line in _people_lines(one)),
    ]
    return "\n".join(lines) + "\n"


def _people_lines(one: PeopleFigures) -> list[str]:
    return [
        f"| {one.name}: {what} | {rate.count} | {rate.of} | {_percent(rate.value)} "
        f"| {_bounds(rate)} | {reasons} |"
        for what, rate, reasons in (
            ("per turn, first try", one.turns, ""),
            ("per session, one repeat", one.sessions, _listed(one.reasons)),
        )
    ]


def _first_tries(turns: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the turns without those that were done once more."""
    return [
        turn
        for number, turn in enumerate(turns)
        if number == 0 or turns[number - 1]["answer"] != "repeat"
    ]


def _reasons(rows: Sequence[Row]) -> Mapping[str, int]:
    refused = [row for row in rows if row["outcome"] != "granted"]
    return dict(Counter(str(row["reason"] or row["code"]) for row in refused).most_common())


def _listed(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in reasons.items())


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _bounds(rate: Rate) -> str:
    return f"{100 * rate.low:.1f} to {100 * rate.high:.1f} %"


def _natural(name: str) -> tuple[int, str]:
    digits = "".join(letter for letter in name if letter.isdigit())
    return int(digits), name


def _as_json(
    order: Order, attacks: Sequence[SpeciesFigures], people: Sequence[PeopleFigures]
) -> Mapping[str, Any]:
    return {
        "what": _WHAT.replace("\n", " "),
        "options": order.as_kept(),
        "species": {
            one.name: {"title": one.title, "apcer": _rate(one.passed), "reasons": one.reasons}
            for one in attacks
        },
        "rendered_people": {
            one.name: {
                "bpcer_per_turn": _rate(one.turns),
                "bpcer_per_session": _rate(one.sessions),
                "reasons": one.reasons,
            }
            for one in people
        },
    }


def _rate(rate: Rate) -> Mapping[str, float]:
    return {
        "count": rate.count,
        "of": rate.of,
        "rate": rate.value,
        "low": rate.low,
        "high": rate.high,
    }
