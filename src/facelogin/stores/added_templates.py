"""Which of the templates beside a user's main one count.

The version before this one knows one template for each user and keeps no more: where an operator
went back to it for a while and somebody enrolled anew there, it replaced the main template and left
the others, which show the face of before. They are told by their age.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from facelogin.domain.models import EngineRef, SealedTemplate, User


class Made(Protocol):
    """Who made a template, and when."""

    @property
    def template_id(self) -> str:
        """The template's id."""
        ...

    @property
    def engine(self) -> EngineRef:
        """The engine that made it."""
        ...

    @property
    def created_at(self) -> datetime:
        """The moment at which it was made, as a store gives it back."""
        ...


@dataclass(frozen=True, slots=True)
class MadeBy:
    """As much of a template as says whether it counts."""

    template_id: str
    engine: EngineRef
    created_at: datetime


AnyMade = TypeVar("AnyMade", bound=Made)


def still_added(main: Made, further: Iterable[AnyMade]) -> tuple[AnyMade, ...]:
    """Return those of ``further`` that stand beside ``main``, the oldest first.

    They are of another engine than ``main`` and not older than it.
    """
    beside = [
        one for one in further if one.engine != main.engine and one.created_at >= main.created_at
    ]
    return tuple(sorted(beside, key=lambda one: (one.created_at, one.template_id)))


def may_add(user: User, *, beside: str, template: SealedTemplate) -> bool:
    """Return whether ``template`` may stand beside the main one, which is to be ``beside``."""
    others = {one.engine for one in user.added}
    return (
        user.template.template_id == beside
        and template.engine not in others
        and still_added(user.template, [template]) == (template,)
    )


def ids_without(user: User, template_id: str) -> list[str]:
    """Return the ids of the templates that are left without this one; none if it is not there."""
    every = [one.template_id for one in user.templates]
    return [one for one in every if one != template_id] if template_id in every else []
