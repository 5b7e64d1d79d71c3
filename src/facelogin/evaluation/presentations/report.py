"""A run's figures: as JSON, as Markdown, and as a plot where matplotlib is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from facelogin.evaluation.presentations.bounds import Rate
from facelogin.evaluation.presentations.figures import (
    PeopleFigures,
    SpeciesFigures,
    people_figures,
    socket_figures,
    species_figures,
)
from facelogin.evaluation.presentations.plots import write_plot
from facelogin.evaluation.presentations.run import FILM, Order, Row

_WHAT = """Synthetic attack suite, ISO 30107-3-style figures: no claim of conformance. Every
presentation goes through the whole application, message by message; it counts as passed where
/login granted a session. Rendered people are no human beings: what keeps them out is no rate for
anybody. Bounds are at 95 %: Wilson's interval, and the rule of three where nothing was counted."""


def write_report(out: Path, order: Order, rows: Sequence[Row]) -> str:
    """Write report.json, report.md and apcer.svg into ``out``; return the Markdown.

    Without matplotlib there is no plot, and the Markdown says how to have one.
    """
    attacks, people = species_figures(rows), people_figures(rows)
    out.mkdir(parents=True, exist_ok=True)
    plotted = write_plot(out / "apcer.svg", attacks, people)
    text = "\n".join([*_head(order), *_attacks(attacks), *_people(people)])
    text += "\n".join(["", *_sockets(socket_figures(rows)), *_films(rows), "", plotted, ""])
    (out / "report.md").write_text(text, "utf-8")
    figures = json.dumps(_as_json(order, attacks, people, rows), indent=2)
    (out / "report.json").write_text(figures + "\n", "utf-8")
    return text


def _head(order: Order) -> list[str]:
    skipped = f", the first {order.skip} left out" if order.skip else ""
    who = f"Identities: the {order.half.value} half, {order.people} at most{skipped}."
    who += f" Seed {order.seed}."
    title = "# Presentations to the live capture"
    return [title, "", _WHAT, "", f"{datetime.now(UTC):%Y-%m-%d}. {who}", ""]


def _attacks(attacks: Sequence[SpeciesFigures]) -> list[str]:
    return [
        "| species | | passed | of | APCER | 95 % bounds | what kept the others out |",
        "|---|---|---:|---:|---:|---|---|",
        *(
            f"| {one.name} | {one.title} | {one.passed.count} | {one.passed.of} "
            f"| {_percent(one.passed.value)} | {_bounds(one.passed)} | {_listed(one.reasons)} |"
            for one in attacks
        ),
        "",
    ]


def _people(people: Sequence[PeopleFigures]) -> list[str]:
    lines = [
        f"| {one.name}: {what} | {rate.count} | {rate.of} | {_percent(rate.value)} "
        f"| {_bounds(rate)} | {reasons} |"
        for one in people
        for what, rate, reasons in (
            ("per turn, first try", one.turns, ""),
            ("per session, one repeat", one.sessions, _listed(one.reasons)),
        )
    ]
    return [
        "| rendered people | kept out | of | BPCER | 95 % bounds | by what |",
        "|---|---:|---:|---:|---|---|",
        *lines,
        "",
    ]


def _sockets(sockets: Mapping[str, Rate]) -> list[str]:
    if not sockets:
        return []
    each = (f"{name} {rate.count} of {rate.of}" for name, rate in sockets.items())
    return [f"In real time, over a socket, these were granted a session: {', '.join(each)}.", ""]


def _films(rows: Sequence[Row]) -> list[str]:
    films = [row for row in rows if row["kind"] == FILM]
    if not films:
        return []
    return [
        "| film | turns in it | asked for, and the answer | end |",
        "|---|---|---|---|",
        *(
            f"| {row['film']} | {', '.join(row['holds']) or 'none'} "
            f"| {', '.join(_turn(turn) for turn in row['turns']) or '-'} | {_end(row)} |"
            for row in films
        ),
        "",
    ]


def _turn(turn: Mapping[str, Any]) -> str:
    accepted = {"continue": "accepted", "passed": "accepted"}
    answer = accepted.get(turn["answer"], turn["answer"])
    return f"{turn['direction']}: {answer}" + (f" ({turn['code']})" if turn["code"] else "")


def _end(row: Row) -> str:
    why = row.get("reason") or row.get("code")
    return f"{row['outcome']} ({why})" if why else str(row["outcome"])


def _listed(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in reasons.items())


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _bounds(rate: Rate) -> str:
    return f"{100 * rate.low:.1f} to {100 * rate.high:.1f} %"


def _as_json(
    order: Order,
    attacks: Sequence[SpeciesFigures],
    people: Sequence[PeopleFigures],
    rows: Sequence[Row],
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
        "granted_over_socket": {name: _rate(rate) for name, rate in socket_figures(rows).items()},
        "films": [row for row in rows if row["kind"] == FILM],
    }


def _rate(rate: Rate) -> Mapping[str, float]:
    return {
        "count": rate.count,
        "of": rate.of,
        "rate": rate.value,
        "low": rate.low,
        "high": rate.high,
    }
