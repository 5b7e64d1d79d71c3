"""Whether this process can serve: the store takes writes, the key ring is the store's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from facelogin.domain.errors import StoreUnavailable, WrongKeyRing
from facelogin.domain.ports import FaceEngine, Store
from facelogin.services.key_binding import KeyBinding

WRITE_EVERY_S = 5.0
"""How long a write that was kept speaks for the next: a probe may come as often as it likes."""


class Readiness:
    """Answers probes. Every probe reads the store; one now and then writes to it as well.

    A write that failed is tried again by the next probe, so the first one after a repair is told
    that all is well. Only one probe writes at a time; others are told what is known.
    """

    def __init__(
        self,
        *,
        store: Store,
        engine: FaceEngine,
        binding: KeyBinding | None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._engine = engine
        self._binding = binding
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._written_at_s: float | None = None
        self._fault: StoreUnavailable | None = None

    def check(self) -> None:
        """Return if requests can be served. Raises StoreUnavailable, ConfigurationError."""
        self._store.ping()
        nothing_known = self._written_at_s is None and self._fault is None
        if self._lock.acquire(blocking=nothing_known):
            try:
                self._write_if_due()
            finally:
                self._lock.release()
        elif (fault := self._fault) is not None:
            raise StoreUnavailable from fault.__cause__
        self._engine.load()

    def _write_if_due(self) -> None:
        now_s = self._monotonic()
        if self._written_at_s is not None and now_s - self._written_at_s < WRITE_EVERY_S:
            return
        try:
            self._store.check_write()
            self._check_keys()
        except StoreUnavailable as error:
            self._written_at_s, self._fault = None, error
            raise
        self._written_at_s, self._fault = self._monotonic(), None

    def _check_keys(self) -> None:
        if self._binding is None:
            return
        try:
            self._binding.check()
        except WrongKeyRing as error:
            raise StoreUnavailable from error
