"""One live login against one photo login of face_recognition, in turns: CPU time of one thread.

A live login is a challenge, its four steps and /login, message by message through the whole
application: what the server works while somebody is signed in. The frames are rendered beforehand.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_pool, "1")

import numpy as np

from benchmarks import pictures
from benchmarks.peer import Peer, encode
from facelogin.evaluation.capture_client import CaptureClient, ShownStep
from facelogin.evaluation.pad.genuine import rendered_person
from facelogin.evaluation.pad.motions import DIRECTIONS
from facelogin.evaluation.pad.performances import Actor, Shot
from facelogin.evaluation.pad.portraits import read_portrait
from facelogin.evaluation.presentations.browsers import Browser
from facelogin.evaluation.presentations.trial_app import TrialApp, open_trial_apps
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import DLIB_ROW
from facelogin.face.model_files import open_model_files
from facelogin.face.recogniser import recogniser_in
from faces import image_rgb

_SEED = 3
_WARM_UP = 2
_ENROL_FRAMES = 3
_Reply = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Result:
    """Medians, milliseconds of CPU time."""

    turns: int
    frames: int
    live_ms: float
    dlib_ms: float
    peer_ms: float

    @property
    def ratio(self) -> float:
        """How many photo logins of the peer one live login costs."""
        return self.live_ms / self.peer_ms


class _Film:
    """Somebody who turns in every direction, rendered once; no frame is sent twice alike."""

    def __init__(self, actor: Actor) -> None:
        asked = [None, *DIRECTIONS]
        self._shots = {one: actor.perform(ShownStep(0, one, 0)) for one in asked}
        self._number = itertools.count()
        self.sent = 0

    def __call__(self, step: ShownStep) -> Sequence[Shot]:
        """Return the frames of a step; bytes after a JPEG's end make it another file."""
        shots = self._shots[step.direction]
        self.sent += len(shots)
        return [replace(one, jpeg=one.jpeg + b"%d" % next(self._number)) for one in shots]


@dataclass(slots=True)
class _Metered:
    """A browser whose requests' CPU time is added up."""

    browser: Browser
    cpu_s: float = 0.0

    def post_json(self, path: str, body: Mapping[str, object]) -> _Reply:
        return self._timed(lambda: self.browser.post_json(path, body))

    def post_parts(self, path: str, meta: str, parts: Mapping[str, bytes]) -> _Reply:
        return self._timed(lambda: self.browser.post_parts(path, meta, parts))

    def _timed(self, send: Callable[[], _Reply]) -> _Reply:
        start = process_time()
        answer = send()
        self.cpu_s += process_time() - start
        return answer


def run(*, turns: int) -> Result:
    """Measure both in turns; each live login must sign in, or there is nothing to measure."""
    engine = OnnxFaceEngine()
    dlib = OnnxFaceEngine(recogniser=recogniser_in(open_model_files(), DLIB_ROW))
    engine.load()
    dlib.load()
    portrait = read_portrait(engine, image_rgb("obama.jpg"))
    if portrait is None:
        raise RuntimeError("the portrait can't be rendered")
    film = _Film(rendered_person(portrait, np.random.default_rng(_SEED)))
    genuine = pictures.genuine()
    peer = Peer([encode(pictures.enrolled())])
    live_s, dlib_s, peer_s, frames = [], [], [], []
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        app, before = _enrolled(Path(folder), engine, film), _enrolled(Path(other), dlib, film)
        for turn in range(-_WARM_UP, turns):
            film.sent = 0
            live = _login(app, film)
            sent = film.sent
            with_dlib, photo = _login(before, film), _cpu(lambda: peer.login(genuine))
            if turn >= 0:
                live_s.append(live)
                dlib_s.append(with_dlib)
                peer_s.append(photo)
                frames.append(sent)
        app.services.close()
        before.services.close()
    live_ms, dlib_ms, peer_ms = (1000 * median(each) for each in (live_s, dlib_s, peer_s))
    return Result(turns, round(median(frames)), live_ms, dlib_ms, peer_ms)


def _enrolled(folder: Path, engine: OnnxFaceEngine, film: _Film) -> TrialApp:
    """Return an application of this engine that knows the person of the film."""
    app, _ = open_trial_apps(folder, engine)
    app.enrol("person", [shot.jpeg for shot in film(ShownStep(0, None, 0))[:_ENROL_FRAMES]])
    app.seed(np.random.default_rng(_SEED))
    return app


def _login(app: TrialApp, film: _Film) -> float:
    browser = _Metered(app.browser())
    capture = CaptureClient(browser, app.clock.wait)
    captured = capture.capture(film, purpose="login", username="person")
    body: dict[str, object] = {"username": "person", "challenge_id": captured.challenge_id}
    status, answer = browser.post_json("/login", body)
    if status != 200:
        raise AssertionError(f"the live login was refused: {captured}, {answer}")
    return browser.cpu_s


def _cpu(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def report(result: Result) -> str:
    """Return the result as Markdown."""
    return f"""## One live login

CPU time of one thread, medians of {result.turns} turns, one live login and one photo login of
face_recognition (its defaults, one user) after the other. A live login is everything the server
does from the challenge to the session: {result.frames} frames of 640x480 decoded, one face followed
through them, depth by optical flow, six faces embedded, state sealed and kept in SQLite. It is
spread over the four seconds in which somebody looks and turns.

| | face_recognition, one photo | facelogin, live | ratio | aim | with dlib's network |
|---|---:|---:|---:|---|---:|
| CPU time, ms | {result.peer_ms:.0f} | {result.live_ms:.0f} | {result.ratio:.2f} | <= 1.2 | \
{result.dlib_ms:.0f} |
| a frame, ms | | {result.live_ms / result.frames:.1f} | | | |
"""


def main() -> None:
    """Measure and print this part alone."""
    print(report(run(turns=20)))


if __name__ == "__main__":
    main()
