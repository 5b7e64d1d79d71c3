"""An evaluation as JSON for programs. Its shape is stable; what could not be told is null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from facelogin.evaluation.group_rates import Group
from facelogin.evaluation.intervals import MIN_HITS
from facelogin.evaluation.rates import AtFmr, AtThreshold, TooFew
from facelogin.evaluation.verification import ByEngine, Evaluation, Fused

Json = dict[str, Any]
_DIGITS = 6


def as_json(evaluation: Evaluation) -> Json:
    """Return the report: images, people, failures, pairs, rates, averages, groups."""
    embedded, comparison = evaluation.embedded, evaluation.comparison
    return {
        "images": len(embedded.images),
        "people": evaluation.people,
        "failures_to_detect": len(embedded.undetected),
        "genuine_pairs": len(comparison.genuine),
        "impostor_pairs": comparison.impostors.total,
        "tar_at_fmr": _rates(evaluation.tar_at_fmr),
        "fused": {name: _fused(one) for name, one in evaluation.fused.items()},
        "groups": {
            column: {name: _group(group) for name, group in groups.items()}
            for column, groups in evaluation.columns.items()
        },
    }


def several_as_json(several: Sequence[ByEngine]) -> Json:
    """Return the report on several engines: one such report under each engine's name."""
    return {
        "engines": {
            one.name: {"id": one.engine.id, "version": one.engine.version} | as_json(one.evaluation)
            for one in several
        }
    }


def rate_name(fmr: float) -> str:
    """Return how a false-match rate is called in reports: 1e-4 for 0.0001."""
    mantissa, _, exponent = f"{fmr:e}".partition("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def why_not(rate: TooFew) -> str:
    """Return why there is no figure, in a few words."""
    return f"{rate.pairs_of_people} pairs of people lie so close, fewer than {MIN_HITS}"


def _rates(rates: Sequence[AtFmr | TooFew]) -> Json:
    return {rate_name(rate.fmr): _rate(rate) for rate in rates}


def _rate(rate: AtFmr | TooFew) -> Json:
    if isinstance(rate, TooFew):
        return {"tar": None, "threshold": None, "ci": None, "too_few": why_not(rate)}
    return {
        "tar": round(rate.tar, _DIGITS),
        "threshold": round(rate.threshold, _DIGITS),
        "ci": [round(end, _DIGITS) for end in rate.ci],
    }


def _fused(fused: Fused) -> Json:
    return {
        "people": fused.people,
        "splits": fused.splits,
        "genuine_pairs": fused.genuine_pairs,
        "impostor_pairs": fused.impostor_pairs,
        "tar_at_fmr": _rates(fused.tar_at_fmr),
        "shipped": _threshold(fused.shipped),
    } | ({"too_few": f"{fused.people} people have images enough"} if fused.too_few_people else {})


def _group(group: Group) -> Json:
    return {
        "images": group.images,
        "people": group.people,
        "genuine_pairs": group.genuine_pairs,
        "impostor_pairs": group.impostor_pairs,
        "at_global": {rate_name(fmr): _threshold(at) for fmr, at in group.at_global.items()},
        "shipped": _threshold(group.shipped),
    }


def _threshold(at: AtThreshold | None) -> Json | None:
    if at is None:
        return None
    few = f"{at.false_matches} false matches, fewer than {MIN_HITS}: see the interval"
    return {
        "threshold": round(at.threshold, _DIGITS),
        "fmr": at.fmr,
        "fmr_ci": list(at.fmr_ci),
        "false_matches": at.false_matches,
        "fnmr": None if at.fnmr is None else round(at.fnmr, _DIGITS),
        "fnmr_ci": None if at.fnmr_ci is None else [round(end, _DIGITS) for end in at.fnmr_ci],
    } | ({"too_few": few} if at.false_matches < MIN_HITS else {})
