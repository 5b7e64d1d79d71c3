"""Many wrong guesses at one account at the same moment, at two workers, on every store."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from contract.backends import Backend, SqliteBackend
from facelogin import Profile, Settings, bootstrap
from facelogin.domain.errors import NotRecognised, Refusal, TooManyAttempts
from facelogin.domain.matching import Glimpse
from facelogin.domain.measures import STAGE_SECONDS
from facelogin.domain.models import Embedding
from facelogin.domain.observation import Face, Observation
from facelogin.domain.policy import WorkPolicy
from facelogin.domain.ports import FaceEngine, Store
from facelogin.domain.requester import Device, Requester
from facelogin.services import audit_lane
from facelogin.services.enrol import Application
from facelogin.services.wiring import Services
from facelogin.stores.mongo import MongoStore
from facelogin.stores.sqlite import SqliteStore
from faces import image_bytes
from length import at_once

pytestmark = [pytest.mark.alone, pytest.mark.long]
GUESSES = at_once(1000, a_core=50)
GUESSES_ON_MONGODB = at_once(150, a_core=20)
"""The server for tests takes minutes for a thousand that race for one record."""
ALLOWED = 5
PATIENCE_S = 120
RIGHT, WRONG = "obama2.jpg", "biden.jpg"


class Crowd:
    """Holds guesses back until every one of them has come as far, or has ended before."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._changed = threading.Condition()
        self._here = 0

    def wait(self) -> None:
        with self._changed:
            self._one_more()
            self._changed.wait_for(lambda: self._here >= self._size)

    def leave(self) -> None:
        with self._changed:
            self._one_more()

    def _one_more(self) -> None:
        self._here += 1
        self._changed.notify_all()


class RememberingEngine:
    """The real engine, which looks at each picture once. While there is a crowd, it holds it."""

    def __init__(self, engine: FaceEngine) -> None:
        self.ref, self.calibration = engine.ref, engine.calibration
        self.dimension, self.others = engine.dimension, engine.others
        self.continuity, self.min_sharpness = engine.continuity, engine.min_sharpness
        self.load, self.follow, self.glow = engine.load, engine.follow, engine.glow
        self.check_frames = engine.check_frames
        self.observe: Callable[[bytes], Observation] = cache(engine.observe)
        self._embed = engine.embed
        self._seen: dict[int, Embedding] = {}
        self.crowd: Crowd | None = None

    def glimpse(self, observation: Observation, face: Face) -> None:
        """Nothing is decided at a glimpse: every guess compares whole embeddings."""

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        known = self._seen.get(id(observation))
        if known is None:
            known = self._seen[id(observation)] = self._embed(observation, face)
        if self.crowd is not None:
            self.crowd.wait()
        return known


class Matches:
    """Measures that count how often a template was opened and compared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count_of_matches = 0

    def count(self, *_: object) -> None:
        """Not asked for."""

    def change(self, *_: object) -> None:
        """Not asked for."""

    def tell(self, *_: object) -> None:
        """Not asked for."""

    def observe(self, what: object, _seconds: float, *labels: str) -> None:
        if what is STAGE_SECONDS and labels == ("match",):
            with self._lock:
                self.count_of_matches += 1


@pytest.fixture
def matches() -> Matches:
    return Matches()


@pytest.fixture
def engine() -> RememberingEngine:
    settings = Settings.load(Profile.DEVELOPMENT, _env_file=None)
    return RememberingEngine(bootstrap.build_engine(settings))


@pytest.fixture
def workers(
    backend: Backend,
    engine: RememberingEngine,
    matches: Matches,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[list[Services]]:
    """Two workers on one database, each with a place for every guess and time to come to it.

    Strangers of one network have half of the places.
    """
    settings = Settings.load(
        Profile.DEVELOPMENT,
        _env_file=None,
        data_dir=tmp_path,
        database_url=backend.url,
        account_first_wait_s=3600,  # so that it does not end among the guesses
    )
    monkeypatch.setattr(bootstrap, "open_store_of", lambda _: patient(backend))
    monkeypatch.setattr(audit_lane, "_WAIT_S", PATIENCE_S)
    all_at_once, rules_of = WorkPolicy(running=2 * GUESSES, waiting=0), bootstrap.rules_of
    monkeypatch.setattr(
        bootstrap, "rules_of", lambda *given: replace(rules_of(*given), work=all_at_once)
    )
    made = [bootstrap.build_services(settings, engine=engine, measures=matches) for _ in range(2)]
    yield made
    for services in made:
        services.close()


def patient(backend: Backend) -> Store:
    """A store on that database that has time for all threads, which no real worker has."""
    if isinstance(backend, SqliteBackend):
        return SqliteStore(backend.file, busy_timeout_s=PATIENCE_S)
    parameter = "&" if "?" in backend.url else "?"
    return MongoStore(f"{backend.url}{parameter}timeoutMS={PATIENCE_S * 1000}")


def guess(services: Services, requester: Requester, picture: str) -> str:
    """Try to sign in as barack; what came of it in a word."""
    try:
        services.login.login("barack", [image_bytes(picture)], requester)
    except Refusal as refusal:
        return refusal.code
    return "ok"


def test_of_many_wrong_guesses_at_once_five_reach_the_matcher(
    workers: list[Services],
    engine: RememberingEngine,
    matches: Matches,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kind = workers[0].store.describe().partition(",")[0]
    guesses = GUESSES if kind == "SQLite" else GUESSES_ON_MONGODB
    application = Application(username="barack", email="barack@example.com")
    user = workers[0].enrol.register(application, [image_bytes("obama.jpg")], stranger(0)).user
    known = Requester("203.0.113.1/32", Device("laptop", (user.user_id,)))
    seen = engine.observe(image_bytes(WRONG))
    engine.embed(seen, seen.faces[0])
    engine.crowd = crowd = Crowd(guesses)

    def outcome(number: int) -> str:
        try:
            return guess(workers[number % 2], stranger(number), WRONG)
        finally:
            crowd.leave()

    with ThreadPoolExecutor(guesses) as pool:
        outcomes = Counter(pool.map(outcome, range(guesses)))
    with capsys.disabled():
        print(f"\n{kind}, {guesses} guesses at once: {dict(outcomes)}")
    engine.crowd = None

    assert matches.count_of_matches == ALLOWED
    assert outcomes[NotRecognised.code] == ALLOWED, outcomes
    assert outcomes[TooManyAttempts.code] == guesses - ALLOWED
    assert guess(workers[0], stranger(1), RIGHT) == TooManyAttempts.code
    assert matches.count_of_matches == ALLOWED
    for services in workers:
        assert guess(services, known, RIGHT) == "ok"


def stranger(number: int) -> Requester:
    """Somebody on a network of their own, whose device no account knows."""
    return Requester(f"198.51.{number // 250}.{number % 250}/32")
