"""The clock is moved under services on real stores: nothing lasts longer, nobody waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from contract.backends import Backend, MongoBackend, SqliteBackend
from doubles import (
    NOTICE,
    ClearBox,
    ClearSealer,
    FakeEngine,
    FixedAuditKeys,
    HandClock,
    HandTimers,
    NoKeys,
    PlainDeviceTokens,
    PlainPseudonyms,
    QuickCodes,
)
from facelogin.bootstrap import rules_of
from facelogin.domain.errors import (
    NotRecognised,
    RegistrationClosed,
    SessionRequired,
    TooManyAttempts,
)
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance, RegistrationMode
from facelogin.domain.requester import Requester
from facelogin.services.enrol import Application
from facelogin.services.wiring import Adapters, Services, wire
from facelogin.settings import Settings
from people import a_user

STRANGER = Requester(network="198.51.100.7/32", request_id="request")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEARS = 3650 * DAY
ABSOLUTE = 12 * HOUR
FREE, FIRST_WAIT = 5, timedelta(seconds=30)
BACK = [-2 * MINUTE, -2 * HOUR, -DAY, -YEARS]
"""Beyond what the clocks of two machines may differ."""


@dataclass(frozen=True)
class Watch:
    """Services on a real store whose clock is in the test's hand."""

    services: Services
    clock: HandClock
    timers: HandTimers

    def jump(self, by: timedelta) -> None:
        self.clock.moment += by

    def sign_up(self, name: str, invite: str | None = None) -> None:
        application = Application(name, f"{name}@example.org", invite=invite)
        self.services.enrol.register(application, [b"person:ana"], STRANGER)

    @property
    def ana(self) -> User:
        ana = self.services.accounts.find("ana")
        assert ana is not None
        return ana

    def token(self) -> str:
        issued = self.services.sessions.issue(self.ana, amr=("face",), assurance=Assurance.PHOTO)
        return issued.token

    def is_signed_in(self, token: str) -> bool:
        try:
            self.services.sessions.resolve(token)
        except SessionRequired:
            return False
        return True

    def guess(self) -> int:
        """Show a wrong face; return how long to wait in seconds, 0 where it was looked at."""
        with pytest.raises((NotRecognised, TooManyAttempts)) as refusal:
            self.services.login.login("ana", [b"person:eve"], STRANGER)
        return refusal.value.retry_after_s or 0

    def guesses(self) -> int:
        """How many wrong faces are looked at before the first is not."""
        count = 0
        while not self.guess():
            count += 1
        return count


@pytest.fixture(params=["sqlite", "mongo"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return SqliteBackend(tmp_path / "data" / "facelogin.db")
    return MongoBackend(request.getfixturevalue("mongo_uri"))


def watch_on(backend: Backend, registration: RegistrationMode) -> Iterator[Watch]:
    clock, timers = HandClock(), HandTimers()
    adapters = Adapters(
        store=backend.open(),
        engine=FakeEngine(),
        sealer=ClearSealer(),
        pseudonyms=PlainPseudonyms(),
        devices=PlainDeviceTokens(),
        challenge_box=ClearBox(),
        keys=NoKeys(),
        audit_keys=FixedAuditKeys(),
        clock=clock,
        later=timers,
        code_hasher=QuickCodes(),
    )
    settings = Settings(_env_file=None, registration=registration)
    services = wire(adapters, rules_of(settings, NOTICE), NOTICE)
    yield Watch(services, clock, timers)
    services.store.close()


@pytest.fixture
def watch(backend: Backend) -> Iterator[Watch]:
    for watch in watch_on(backend, RegistrationMode.OPEN):
        watch.sign_up("ana")
        yield watch


@pytest.fixture
def by_invitation(backend: Backend) -> Iterator[Watch]:
    yield from watch_on(backend, RegistrationMode.INVITE)


def truly_alive(watch: Watch, jump: timedelta) -> timedelta:
    """How long a session in constant use lives by a true clock, if ours jumps after an hour."""
    token, lived, step = watch.token(), timedelta(), 20 * MINUTE
    while watch.is_signed_in(token):
        if lived == HOUR:
            watch.jump(jump)
            if not watch.is_signed_in(token):
                break
        watch.jump(step)
        lived += step
        assert lived < 2 * ABSOLUTE, "it does not end"
    return lived


@pytest.mark.parametrize("jump", [*BACK, -30 * timedelta(seconds=1), MINUTE, HOUR, DAY, YEARS])
def test_no_jump_of_the_clock_makes_a_session_live_longer(watch: Watch, jump: timedelta) -> None:
    assert truly_alive(watch, jump) <= ABSOLUTE + 20 * MINUTE


@pytest.mark.parametrize("ahead", [2 * MINUTE, DAY, YEARS])
def test_a_session_of_a_clock_that_was_ahead_ends_when_the_clock_is_put_right(
    watch: Watch, ahead: timedelta
) -> None:
    watch.jump(ahead)
    token = watch.token()
    assert watch.is_signed_in(token)
    watch.jump(-ahead)
    assert not watch.is_signed_in(token)
    assert watch.is_signed_in(watch.token())  # and whoever signs in again is signed in


def test_clocks_that_differ_a_little_sign_nobody_out(watch: Watch) -> None:
    token = watch.token()
    watch.jump(-MINUTE)
    assert watch.is_signed_in(token)


@pytest.mark.parametrize("jump", BACK)
def test_a_clock_that_goes_back_gives_no_guess_and_makes_no_wait_longer(
    watch: Watch, jump: timedelta
) -> None:
    assert watch.guesses() == FREE
    watch.jump(jump)
    assert 0 < watch.guess() <= FIRST_WAIT.total_seconds()
    watch.jump(FIRST_WAIT)
    assert watch.guesses() == 1
    assert watch.guess() <= 2 * FIRST_WAIT.total_seconds()


def test_a_clock_that_goes_forth_and_back_gives_at_most_one_budget_more(watch: Watch) -> None:
    assert watch.guesses() == FREE
    watch.jump(YEARS)
    assert watch.guesses() <= FREE
    watch.jump(-YEARS)
    assert watch.guesses() == 0
    watch.jump(2 * FIRST_WAIT)
    assert watch.guess() == 0


def test_the_audit_log_is_sound_whatever_the_clock_did(watch: Watch) -> None:
    for jump in (YEARS, -2 * YEARS, DAY, -HOUR, YEARS):
        watch.jump(jump)
        watch.services.accounts.unlock(watch.ana)
        watch.timers.fire()
        watch.timers.fire()
    watch.services.audit.close()
    report = watch.services.audit_log.check()
    assert (report.findings, report.uncovered) == ((), 0)
    assert report.rows > 5


def test_an_invitation_lives_no_longer_by_a_clock_that_was_ahead(by_invitation: Watch) -> None:
    by_invitation.jump(YEARS)
    token = by_invitation.services.invites.issue(lasts=DAY).token
    by_invitation.jump(-YEARS)
    with pytest.raises(RegistrationClosed):
        by_invitation.sign_up("ben", token)


def test_a_claim_from_a_clock_that_was_ahead_holds_nobody_off(by_invitation: Watch) -> None:
    new = by_invitation.services.invites.issue(lasts=DAY)
    ahead = by_invitation.clock.now() + YEARS
    claim = by_invitation.services.store.invites.claim
    assert claim(
        new.invite.token_sha256, user_id=a_user().user_id, claimed_at=ahead, instead_of=None
    )
    by_invitation.sign_up("ben", new.token)
    with pytest.raises(RegistrationClosed):
        by_invitation.sign_up("eve", new.token)
