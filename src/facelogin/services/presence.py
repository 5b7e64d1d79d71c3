"""A process that serves says so in the store now and then, and which keys it knows."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from datetime import timedelta

from facelogin.domain.errors import FaceloginError
from facelogin.domain.models import WorkerReport
from facelogin.domain.ports import Clock, KeyStates, WorkerStore

LIVE_FOR = timedelta(seconds=15)
"""A worker that has said nothing for longer counts as dead."""

_LOOK_EVERY_S = 1.0
_SAY_EVERY_S = 3.0
_FORGET_AFTER = timedelta(hours=1)
_LEAVE_WITHIN_S = 5.0

_log = logging.getLogger(__name__)


class Presence:
    """Reports one worker: when its keys change, within a second, and else every three seconds.

    ``start`` begins a thread of its own; call it after the last fork. A store that is away costs a
    line in the log and nothing else: reports go on when it is back.
    """

    def __init__(
        self,
        *,
        workers: WorkerStore,
        keys: KeyStates,
        clock: Clock,
        address: str | None = None,
    ) -> None:
        self._workers = workers
        self._keys = keys
        self._clock = clock
        self._address = address
        self._worker_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._said: Mapping[str, str] | None = None
        self._said_at_s = 0.0
        self._away = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    @property
    def worker_id(self) -> str:
        """The machine, the process, and a number that no other process had."""
        return self._worker_id

    def start(self) -> None:
        """Report from now on, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Report no more and erase the last report, if the store answers soon."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_LEAVE_WITHIN_S)

    def report(self) -> None:
        """Report now. Raises StoreUnavailable."""
        states = self._keys.states()
        now = self._clock.now()
        self._workers.report(WorkerReport(self._worker_id, states, now, self._address))
        if self._said is None:
            self._workers.sweep(seen_before=now - _FORGET_AFTER)
        self._said, self._said_at_s = states, time.monotonic()

    def address(self) -> str | None:
        """Return where people reach a server that lives, None if none says so.

        Raises StoreUnavailable.
        """
        since = self._clock.now() - LIVE_FOR
        live = [one for one in self._workers.every() if one.address and one.seen_at >= since]
        return max(live, key=lambda one: one.seen_at).address if live else None

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._report_if_due()
            self._stopping.wait(_LOOK_EVERY_S)
        try:
            self._workers.leave(self._worker_id)
        except FaceloginError:
            _log.info("the store is away, so the last report of this worker stays for a while")

    def _report_if_due(self) -> None:
        due = time.monotonic() - self._said_at_s >= _SAY_EVERY_S
        if not due and self._keys.states() == self._said:
            return
        try:
            self.report()
        except FaceloginError as error:
            if not self._away:
                _log.warning("this worker can't report itself: %s", error)
            self._away = True
        else:
            self._away = False
