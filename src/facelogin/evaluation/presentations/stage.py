"""Where presentations take place: two applications, and people who have accounts there."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from facelogin.domain.ports import FaceEngine
from facelogin.evaluation.pad.portraits import Portrait
from facelogin.evaluation.presentations.browsers import Browser, SocketBrowser
from facelogin.evaluation.presentations.people import Person, enrolled
from facelogin.evaluation.presentations.plan import Kind, casting
from facelogin.evaluation.presentations.presenting import present
from facelogin.evaluation.presentations.trial_app import RealTime, TrialApp, open_trial_apps
from facelogin.evaluation.presentations.watching import WatchedEngine

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Stage:
    """An application without a flash, one with it, and the people; ``origin`` where it serves."""

    plain: TrialApp
    flashing: TrialApp
    people: Sequence[Person]
    engine: WatchedEngine
    origins: tuple[str, str] | None = None

    def show(self, kind: Kind, number: int, seed: int) -> dict[str, Any]:
        """Present one of a kind; return what came of it, and what was read in its frames."""
        app = self.flashing if kind.flash else self.plain
        who = casting(kind, number, self.people, seed)
        app.seed(who.order_rng)
        self.engine.taken()
        presented = present(
            self._browser(app),
            app.clock.wait,
            who.victim.username,
            kind.make(who.cast),
            app.last_reason,
        )
        read = self.engine.taken()
        return {"identity": who.victim.identity, **asdict(presented), "read": read}

    def _browser(self, app: TrialApp) -> Browser:
        if self.origins is None:
            return app.browser()
        return SocketBrowser(self.origins[app is self.flashing])


@contextmanager
def stage(
    engine: FaceEngine, portraits: Iterator[tuple[str, Portrait]], *, people: int, seed: int
) -> Iterator[Stage]:
    """Lend a stage in this process, on time that is moved by hand.

    Raises ConfigurationError where fewer than two people can be enrolled.
    """
    watched = WatchedEngine(engine)
    with tempfile.TemporaryDirectory() as folder:
        plain, flashing = open_trial_apps(Path(folder), watched)
        try:
            there = enrolled(plain, portraits, most=people, seed=seed)
            yield Stage(plain, flashing, there, watched)
        finally:
            plain.services.close()


@contextmanager
def served_stage(
    engine: FaceEngine, portraits: Iterator[tuple[str, Portrait]], *, people: int, seed: int
) -> Iterator[Stage]:
    """Lend a stage behind sockets on loopback, in real time."""
    watched = WatchedEngine(engine)
    with tempfile.TemporaryDirectory() as folder:
        plain, flashing = open_trial_apps(Path(folder), watched, clock=RealTime())
        with _served(plain) as origin, _served(flashing) as flashing_origin:
            try:
                there = enrolled(plain, portraits, most=people, seed=seed)
                yield Stage(plain, flashing, there, watched, (origin, flashing_origin))
            finally:
                plain.services.close()


class _QuietHandler(WSGIRequestHandler):
    """Writes no line for a request: the progress is what people read."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def _served(app: TrialApp) -> Iterator[str]:
    server = make_server(_LOOPBACK, 0, app.app, threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{_LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
