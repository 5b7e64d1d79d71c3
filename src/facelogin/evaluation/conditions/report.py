"""The rates of every condition as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from facelogin.domain.errors import ErrorRateExceeded, EvaluationRefused
from facelogin.domain.models import EngineRef
from facelogin.evaluation.conditions.rates import (
    MOST_TIMES_TARGET,
    ConditionRates,
    FalseMatches,
)
from facelogin.evaluation.intervals import MIN_HITS, Interval

BEGIN, END = "<!-- conditions -->", "<!-- end of conditions -->"
_MOST_CODES = 3


@dataclass(frozen=True, slots=True)
class Run:
    """What was measured: by which engine, on which pictures, at which threshold and target."""

    engine: EngineRef
    data_set: str
    day: date
    target_fmr: float
    threshold: float
    rates: tuple[ConditionRates, ...]

    @property
    def most_fmr(self) -> float:
        """The false-match rate that no condition may exceed."""
        return MOST_TIMES_TARGET * self.target_fmr

    @property
    def exceeding(self) -> tuple[ConditionRates, ...]:
        """The conditions under which strangers match more often than that beyond doubt."""
        return tuple(one for one in self.rates if one.exceeds(self.most_fmr))


def refuse_exceeding(runs: Sequence[Run]) -> None:
    """Raise ErrorRateExceeded, naming them, if there are conditions that let strangers in."""
    told = [
        f"{run.engine.id}, {one.name}: FMR {_rate(one.against_clean)} against pictures as they "
        f"are, {_rate(one.among_themselves)} among themselves; at most {run.most_fmr:.0e}"
        for run in runs
        for one in run.exceeding
    ]
    if told:
        raise ErrorRateExceeded(
            "Pictures pass the gates and let strangers in more than "
            f"{MOST_TIMES_TARGET:g} times as often as the target allows:\n" + "\n".join(told)
        )


def as_markdown(runs: Sequence[Run]) -> str:
    """Return a table for each engine, with what it was measured on."""
    return "\n\n".join(_table(run) for run in runs)


def as_json(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return all figures of all runs."""
    return [
        {
            "engine": {"id": run.engine.id, "version": run.engine.version},
            "data_set": run.data_set,
            "measured_on": run.day.isoformat(),
            "target_fmr": run.target_fmr,
            "threshold": run.threshold,
            "conditions": [
                {
                    "name": one.name,
                    "images": one.images,
                    "passed": one.passed,
                    "refused": dict(one.refused),
                    "against_clean": _false_matches(one.against_clean),
                    "among_themselves": _false_matches(one.among_themselves),
                    "genuine_pairs": one.genuine,
                    "fnmr": one.fnmr,
                    "fnmr_ci": one.fnmr_ci,
                    "exceeds": one.exceeds(run.most_fmr),
                }
                for one in run.rates
            ],
        }
        for run in runs
    ]


def put_between_markers(page: str, table: str, *, name: str) -> str:
    """Return a Markdown page whose part between both markers is ``table``.

    Raises EvaluationRefused, with the page's ``name``, if the markers are not there once each.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise EvaluationRefused(f"{name} has no place for the table between {BEGIN} and {END}.")
    return f"{before}{begin}\n{table}\n{end}{after}"


def _table(run: Run) -> str:
    clean = run.rates[0]
    told = (
        f"Measured on {run.day.isoformat()} on {run.data_set} ({clean.images:,} pictures, "
        f"{clean.passed:,} of which pass as they are) with {run.engine.id} {run.engine.version}, "
        f"one image against one, at the threshold in use ({run.threshold:.4f}, target "
        f"{run.target_fmr:.0e}). In brackets: 95 %, people drawn anew. Bold: beyond doubt above "
        f"{run.most_fmr:.0e}."
    )
    lines = [
        told,
        "",
        "| condition | pass | refused as | FMR against clean | FMR among themselves | FNMR |",
        "|---|---:|---|---|---|---|",
        *(_row(one, run.most_fmr) for one in run.rates),
    ]
    return "\n".join(lines)


def _row(one: ConditionRates, most_fmr: float) -> str:
    mark = "**" if one.exceeds(most_fmr) else ""
    cells = (
        f"{mark}{one.name}{mark}",
        f"{one.passed / one.images:.1%}" if one.images else "",
        _codes(one),
        _rate(one.against_clean),
        _rate(one.among_themselves),
        "" if one.fnmr is None else f"{one.fnmr:.3f}{_interval(one.fnmr_ci, '.3f')}",
    )
    return f"| {' | '.join(cells)} |"


def _codes(one: ConditionRates) -> str:
    named = list(one.refused.items())
    told = [f"{code} {count / one.images:.1%}" for code, count in named[:_MOST_CODES]]
    others = sum(count for _, count in named[_MOST_CODES:])
    return ", ".join([*told, *([f"others {others / one.images:.1%}"] if others else [])])


def _rate(found: FalseMatches | None) -> str:
    if found is None:
        return ""
    if not found.hits:
        return f"0 of {found.pairs:,}"
    if found.people < MIN_HITS:
        return f"{found.fmr:.1e} ({found.hits} of {found.pairs:,})"
    return f"{found.fmr:.1e}{_interval(found.ci, '.1e')}"


def _interval(ci: Interval | None, form: str) -> str:
    return "" if ci is None else f" [{ci[0]:{form}}, {ci[1]:{form}}]"


def _false_matches(found: FalseMatches | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "fmr": found.fmr,
        "ci": found.ci,
        "hits": found.hits,
        "pairs": found.pairs,
        "pairs_of_people": found.people,
    }
