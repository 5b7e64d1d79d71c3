"""Tells the metrics how many templates of each engine there are, once a minute."""

from __future__ import annotations

import logging

from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.measures import TEMPLATES
from facelogin.domain.models import EngineRef
from facelogin.domain.ports import Later, Measures, UserStore

_EVERY_S = 60.0

_log = logging.getLogger(__name__)


class TemplateFigures:
    """Counts templates in the store, now and every minute from then on."""

    def __init__(self, *, users: UserStore, measures: Measures, later: Later) -> None:
        self._users = users
        self._measures = measures
        self._later = later
        self._told: set[EngineRef] = set()

    def start(self) -> None:
        """Tell now, and go on doing so. A store that is away is asked again in a minute."""
        try:
            counts = dict(self._users.count_engines())
        except StoreUnavailable as error:
            _log.info("templates not counted, the store is away: %s", error)
        else:
            for engine in self._told - set(counts):
                self._measures.tell(TEMPLATES, 0, engine.id, engine.version)
            for engine, count in counts.items():
                self._measures.tell(TEMPLATES, count, engine.id, engine.version)
            self._told |= set(counts)
        self._later.after(_EVERY_S, self.start)
