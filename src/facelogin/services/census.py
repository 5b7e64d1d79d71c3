"""Who is enrolled, by numbers of images: what the odds of a search depend on."""

from __future__ import annotations

from collections import Counter

from facelogin.domain.identification import Census
from facelogin.domain.models import EngineRef
from facelogin.domain.ports import UserStore

_PAGE = 1000


def census_of(users: UserStore, engine: EngineRef) -> Census:
    """Count everybody with a template of that engine. Opens none. Raises StoreUnavailable."""
    counted: Counter[int] = Counter()
    after: str | None = None
    while page := users.page(after=after, limit=_PAGE):
        counted.update(u.template.image_count for u in page if u.template.engine == engine)
        after = page[-1].user_id
    return counted
