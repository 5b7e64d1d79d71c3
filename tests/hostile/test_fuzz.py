"""No request, however wrong, is answered by a fault of the server, at any address, on any store.

Right requests are made wrong; each one follows from a seed and its number alone, which a failure
names. ``FACELOGIN_TEST_FUZZ=SEED:FIRST:COUNT`` runs others, the same ones again, or more of them.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from facelogin import Profile, Settings, bootstrap
from facelogin.domain.ports import FaceEngine
from hostile.mutated import mutated
from hostile.recorded import RECORDED, World, rest, routes, world
from hostile.wsgi import Answer, Sent, send

SEED, FIRST, COUNT = os.environ.get("FACELOGIN_TEST_FUZZ", "20261201:0:60").split(":")
TOLD = {"message", "code", "detail", "request_id", "fields", "retry_after_s"}
pytestmark = pytest.mark.timeout(0)  # as long as it takes beside a busy processor
WITH_A_BODY = ("POST", "PATCH", "PUT")


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    engine = bootstrap.build_engine(Settings.load(Profile.DEVELOPMENT, _env_file=None))
    engine.load()
    return engine


@pytest.fixture(scope="module", params=["sqlite", "mongodb"])
def shown(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, engine: FaceEngine
) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    url = f"sqlite:///{folder / 'faces.db'}"
    if request.param == "mongodb":
        url = f"{request.getfixturevalue('mongo_server').uri}fuzz"
    with world(folder, engine, url) as made:
        yield made


@dataclass
class Tally:
    """What was asked, and what came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0

    def note(self, answer: Answer, took_s: float) -> None:
        self.statuses[answer.status] += 1
        self.slowest_s = max(self.slowest_s, took_s)
        if answer.status >= 400 and answer.body.startswith(b"{"):
            told = json.loads(answer.body)
            assert set(told) <= TOLD
            assert told["message"]
            self.codes[told["code"]] += 1

    def __str__(self) -> str:
        figures = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return f"{self.statuses.total()} requests, slowest {self.slowest_s:.1f} s; {figures}"


def wrong(shown: World, number: int) -> tuple[str, Sent]:
    """Return the request of that number, and where the right one that it was made from goes to.

    Addresses that take a body come up four times as often as others.
    """
    rng = random.Random(f"{SEED}:{number}")  # noqa: S311 - it must be the same again
    known = routes(shown.app)
    labels = [*known, *3 * [label for label in known if label.startswith(WITH_A_BODY)]]
    label = labels[number % len(labels)]
    return label, mutated(rng, rng.choice(known[label])(shown))


def test_every_route_of_the_document_has_a_right_request(shown: World) -> None:
    """One that a fuzzer would otherwise have to guess: it takes a body, or names somebody's own."""
    document = bootstrap.describe_api()
    needed = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation or "{" in path
    }
    assert needed <= set(RECORDED)
    assert set(RECORDED) <= set(routes(shown.app)), "asks for what is not there any more"
    for label in sorted(set(RECORDED) - {"POST /login/recovery", "GET /greeting"}):
        for make in RECORDED[label]:
            rest(shown)
            answer = send(shown.app, make(shown))
            two_alike = answer.status == 401 and answer.told["code"] == "username_needed"
            assert answer.status < 400 or two_alike, (label, answer.body)


def test_no_wrong_request_is_answered_by_a_fault(
    shown: World, caplog: pytest.LogCaptureFixture
) -> None:
    tally, faults = Tally(), list[str]()
    for number in range(int(FIRST), int(FIRST) + int(COUNT)):
        rest(shown)
        caplog.clear()
        label, sent = wrong(shown, number)
        started = time.monotonic()
        answer = send(shown.app, sent)
        tally.note(answer, time.monotonic() - started)
        logged = [record for record in caplog.records if record.exc_info]
        if answer.status >= 500 or logged:
            faults.append(
                f"FACELOGIN_TEST_FUZZ={SEED}:{number}:1 {label}: {answer.status} {logged}"
            )
    print(f"\n{tally}\n{dict(tally.codes.most_common())}")
    assert not faults, "\n".join(faults)
