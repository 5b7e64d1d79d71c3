"""P12: captures of a live person that are not worth anything any more, or to somebody else.

Nothing is left to the pictures: each way begins with a capture that was, or would be, passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from facelogin.domain.errors import ConfigurationError
from facelogin.evaluation.capture_client import CaptureClient, Captured, Perform, Shot, ShownStep
from facelogin.evaluation.pad.genuine import rendered_person
from facelogin.evaluation.presentations.browsers import Browser
from facelogin.evaluation.presentations.people import Person
from facelogin.evaluation.presentations.presenting import GRANTED, Presented, performing
from facelogin.evaluation.presentations.trial_app import TrialApp

_TRIES = 8
_PEOPLE_EACH = 3
_TOO_LONG_MS = 61_000


@dataclass(frozen=True, slots=True)
class _Try:
    """Somebody who is live, and somebody who wants into ``victim``'s account with that."""

    app: TrialApp
    victim: Person
    attacker: Person
    rng: np.random.Generator
    browser: Browser = field(repr=False)

    def capture(self, person: Person, **wanted: object) -> Captured:
        """Return a capture that ``person`` passed in this browser; a slip is tried again."""
        asked = {"purpose": "login", "username": person.username} | wanted
        for _ in range(_TRIES):
            captured = self.client().capture(self.live(person), **asked)
            if captured.outcome == "passed":
                return captured
        raise ConfigurationError(f"{person.identity} passes no capture, so P12 can't be shown")

    def client(self, browser: Browser | None = None) -> CaptureClient:
        """Return a capture client of that browser."""
        return CaptureClient(browser or self.browser, self.app.clock.wait)

    def live(self, person: Person) -> Perform:
        """Return ``person``, who does what is asked."""
        return performing(rendered_person(person.portrait, self.rng))

    def sign_in(self, challenge_id: str, browser: Browser | None = None) -> Presented:
        """Try to sign in as the victim with that challenge."""
        body = {"username": self.victim.username, "challenge_id": challenge_id}
        status, answer = (browser or self.browser).post_json("/login", body)
        if status == 200:
            return Presented(GRANTED, None, None, ())
        return Presented("refused", answer.get("code"), None, ())


def _expired(one: _Try) -> Presented:
    captured = one.capture(one.victim)
    one.app.clock.wait(_TOO_LONG_MS)
    return one.sign_in(captured.challenge_id)


def _reused(one: _Try) -> Presented:
    captured = one.capture(one.victim)
    if not one.sign_in(captured.challenge_id).granted:
        raise ConfigurationError(f"{one.victim.identity} can't sign in, so P12 can't be shown")
    return one.sign_in(captured.challenge_id)


def _another_users(one: _Try) -> Presented:
    return one.sign_in(one.capture(one.attacker).challenge_id)


def _another_browsers(one: _Try) -> Presented:
    return one.sign_in(one.capture(one.victim).challenge_id, one.app.browser())


def _another_browsers_cookie(one: _Try) -> Presented:
    captured = one.capture(one.victim)
    other = one.app.browser()
    one.client(other).capture(one.live(one.attacker), purpose="login", username="nobody")
    return one.sign_in(captured.challenge_id, other)


def _another_purposes(one: _Try) -> Presented:
    names = {"username": f"new{one.victim.username}", "email": "new@example.org"}
    captured = one.capture(one.victim, purpose="register", **names)
    return one.sign_in(captured.challenge_id)


def _superseded(one: _Try) -> Presented:
    captured = one.capture(one.victim)
    body = {"purpose": "login", "username": one.victim.username}
    one.browser.post_json("/challenges", body)
    return one.sign_in(captured.challenge_id)


def _unfinished(one: _Try) -> Presented:
    """Only the first step is done."""
    transport = _Interrupted(one.browser, after=1)
    capture = CaptureClient(transport, one.app.clock.wait)
    captured = capture.capture(one.live(one.victim), purpose="login", username=one.victim.username)
    return one.sign_in(captured.challenge_id)


def _failed(one: _Try) -> Presented:
    """A capture that was failed, by looking straight ahead all the time."""
    person = one.live(one.victim)

    def staring(step: ShownStep) -> Sequence[Shot]:
        asked = ShownStep(step.n, None, step.max_ms)
        return [*person(asked), *_later(person(asked))][:8]

    captured = one.client().capture(staring, purpose="login", username=one.victim.username)
    return one.sign_in(captured.challenge_id)


def _later(shots: Sequence[Shot]) -> Sequence[Shot]:
    return [_Moved(shot.t_ms + 900, shot.jpeg) for shot in shots]


@dataclass(frozen=True, slots=True)
class _Moved:
    t_ms: int
    jpeg: bytes = field(repr=False)


def _replayed(one: _Try) -> Presented:
    """The very frames of a passed capture, and the order happens to be the same."""
    person, film = one.live(one.victim), list[Sequence[Shot]]()

    def filmed(step: ShownStep) -> Sequence[Shot]:
        film.append(person(step))
        return film[-1]

    wanted = {"purpose": "login", "username": one.victim.username}
    for _ in range(_TRIES):
        film.clear()
        one.app.seed(np.random.default_rng(0))
        if one.client().capture(filmed, **wanted).outcome == "passed":
            break
    played = iter(film)
    one.app.seed(np.random.default_rng(0))
    other = one.app.browser()
    captured = one.client(other).capture(lambda _step: next(played, film[-1]), **wanted)
    return one.sign_in(captured.challenge_id, other)


@dataclass(slots=True)
class _Interrupted:
    """A connection that is lost after some steps."""

    transport: Browser
    after: int

    def post_json(self, path: str, body: Mapping[str, object]) -> tuple[int, Mapping[str, object]]:
        return self.transport.post_json(path, body)

    def post_parts(
        self, path: str, meta: str, parts: Mapping[str, bytes]
    ) -> tuple[int, Mapping[str, object]]:
        if self.after == 0:
            return 503, {"code": "connection_lost"}
        self.after -= 1
        return self.transport.post_parts(path, meta, parts)


_WAYS: Mapping[str, Callable[[_Try], Presented]] = {
    "expired": _expired,
    "used before": _reused,
    "another user's": _another_users,
    "another browser's, without a cookie": _another_browsers,
    "another browser's, with its own cookie": _another_browsers_cookie,
    "made for a registration": _another_purposes,
    "superseded": _superseded,
    "unfinished": _unfinished,
    "failed": _failed,
    "the same frames again": _replayed,
}
WAYS = tuple(_WAYS) * _PEOPLE_EACH
"""The ways of one run, in order."""


def present_stale(
    app: TrialApp, people: Sequence[Person], number: int, seed: int
) -> tuple[str, Presented]:
    """Return the way of that number, and how it ended.

    Raises ConfigurationError where even the live person is not let in.
    """
    victim = people[(number // len(_WAYS)) % len(people)]
    attacker = people[(number // len(_WAYS) + 1) % len(people)]
    rng = np.random.default_rng([seed, number, 12])
    app.seed(rng)
    way = WAYS[number]
    return way, _WAYS[way](_Try(app, victim, attacker, rng, app.browser()))
