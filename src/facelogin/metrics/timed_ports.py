"""The store and the face engine with a stopwatch in front. What stands behind knows nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, cast

from facelogin.domain.measures import STAGE_SECONDS, timed
from facelogin.domain.ports import FaceEngine, Measures, Store

_ENGINE_STAGES = {"observe": "detect", "follow": "follow", "glimpse": "embed", "embed": "embed"}
_STORE_STAGE = "store"


def timed_engine(engine: FaceEngine, measures: Measures) -> FaceEngine:
    """Return ``engine``, looking (decoding included) and embedding timed."""
    return cast("FaceEngine", _Timed(engine, measures, _ENGINE_STAGES))


def timed_store(store: Store, measures: Measures) -> Store:
    """Return ``store``, every call on one of its parts (users, sessions, ...) timed."""
    return cast("Store", _TimedParts(store, measures))


class _Timed:
    """Passes everything on, and times the methods that are named; all of them for None."""

    def __init__(self, inner: object, measures: Measures, stages: Mapping[str, str] | None) -> None:
        self._inner = inner
        self._measures = measures
        self._stages = stages

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever stands behind
        found = getattr(self._inner, name)
        stage = _STORE_STAGE if self._stages is None else self._stages.get(name)
        if stage is None or not callable(found):
            return found

        @wraps(found)
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            with timed(self._measures, STAGE_SECONDS, stage):
                return found(*arguments, **named)

        return call if name != "glimpse" else self._timed_if_any(found, stage)

    def _timed_if_any(self, found: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """Time what may be nothing at all: then no stage was gone through."""

        @wraps(found)
        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            started_s = time.perf_counter()
            given = found(*arguments, **named)
            if given is not None:
                took_s = time.perf_counter() - started_s
                self._measures.observe(STAGE_SECONDS, took_s, stage)
            return given

        return call


class _TimedParts:
    """Passes everything on; what is no method is a part of the store, and timed."""

    def __init__(self, store: Store, measures: Measures) -> None:
        self._store = store
        self._measures = measures
        self._parts: dict[str, _Timed] = {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever stands behind
        if name in self._parts:
            return self._parts[name]
        found = getattr(self._store, name)
        if callable(found):
            return found
        return self._parts.setdefault(name, _Timed(found, self._measures, None))
