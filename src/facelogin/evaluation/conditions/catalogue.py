"""Every condition that ``facelogin evaluate conditions`` measures: extend this tuple."""

from __future__ import annotations

from facelogin.domain.errors import EvaluationRefused
from facelogin.evaluation.conditions import covered, photo
from facelogin.evaluation.conditions.condition import Condition

CONDITIONS: tuple[Condition, ...] = (*photo.CONDITIONS, *covered.CONDITIONS)


def chosen(names: str | None) -> tuple[Condition, ...]:
    """Return the conditions of these names, separated by commas; None: all.

    Raises EvaluationRefused for a name that none has.
    """
    if names is None:
        return CONDITIONS
    known = {condition.name: condition for condition in CONDITIONS}
    wanted = [name.strip() for name in names.split(",")]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise EvaluationRefused(
            f"There is no condition {', '.join(unknown)}. There are: {', '.join(known)}."
        )
    return tuple(known[name] for name in wanted)
