"""Who is enrolled, by engine and numbers of images: what the odds of a search depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from facelogin.domain.identification import Census
from facelogin.domain.models import EngineRef
from facelogin.domain.ports import UserStore

_PAGE = 1000


def census_of(users: UserStore, engines: Sequence[EngineRef]) -> Census:
    """Count everybody under the first of these engines that made a template of theirs.

    Opens none. Raises StoreUnavailable.
    """
    counted: dict[EngineRef, Counter[int]] = {}
    after: str | None = None
    while page := users.templates(after=after, limit=_PAGE):
        for user in page:
            template = user.template_by(engines)
            if template is not None:
                counted.setdefault(template.engine, Counter())[template.image_count] += 1
        after = page[-1].user_id
    return counted
