"""Sessions: how long they last, what ends them, and what is kept of their token."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from doubles import SOMEBODY, Fakes, fake_services
from facelogin.domain.errors import NotFound, SessionRequired
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.services.enrol import Application
from facelogin.services.sessions import Issued
from facelogin.settings import Settings


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


@pytest.fixture
def ana(fakes: Fakes) -> User:
    return fakes.services.enrol.register(
        Application("ana", "ana@example.org"), [b"person:ana"], SOMEBODY
    ).user


@pytest.fixture
def issued(fakes: Fakes, ana: User) -> Issued:
    return issue(fakes, ana)


def issue(fakes: Fakes, user: User) -> Issued:
    return fakes.services.sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO)


def is_signed_in(fakes: Fakes, token: str | None) -> bool:
    try:
        fakes.services.sessions.resolve(token)
    except SessionRequired:
        return False
    return True


def test_a_token_names_its_session_and_user(fakes: Fakes, ana: User, issued: Issued) -> None:
    who = fakes.services.sessions.resolve(issued.token)
    assert (who.user, who.session) == (ana, issued.session)


def test_only_a_hash_of_the_token_is_kept(issued: Issued) -> None:
    assert issued.session.token_sha256 == hashlib.sha256(issued.token.encode()).digest()
    assert issued.token not in repr(issued)
    assert len(issued.token) >= 43  # 256 bits in base64


def test_tokens_differ(fakes: Fakes, ana: User) -> None:
    assert len({issue(fakes, ana).token for _ in range(100)}) == 100


@pytest.mark.parametrize("token", [None, "", "guess", "é" * 50])
def test_a_token_that_was_never_issued_names_nobody(
    fakes: Fakes, issued: Issued, token: str | None
) -> None:
    assert not is_signed_in(fakes, token)


def test_a_session_ends_after_thirty_idle_minutes(fakes: Fakes, issued: Issued) -> None:
    fakes.clock.moment += timedelta(minutes=29, seconds=59)
    assert is_signed_in(fakes, issued.token)
    fakes.clock.moment += timedelta(minutes=30)
    assert not is_signed_in(fakes, issued.token)


def test_a_session_in_use_ends_after_twelve_hours(fakes: Fakes, issued: Issued) -> None:
    for _ in range(35):
        fakes.clock.moment += timedelta(minutes=20)
        assert is_signed_in(fakes, issued.token)
    fakes.clock.moment += timedelta(minutes=20)
    assert not is_signed_in(fakes, issued.token)


def test_a_busy_session_is_not_written_on_every_request(fakes: Fakes, issued: Issued) -> None:
    fakes.clock.moment += timedelta(seconds=10)
    before = fakes.services.sessions.resolve(issued.token).session
    assert fakes.store.sessions.find(before.token_sha256) == issued.session


def test_a_login_is_fresh_for_five_minutes(fakes: Fakes, issued: Issued) -> None:
    assert issued.session.fresh_until == fakes.clock.now() + timedelta(minutes=5)


def test_a_revoked_session_stays_revoked(fakes: Fakes, issued: Issued) -> None:
    fakes.services.sessions.revoke(issued.token)
    assert not is_signed_in(fakes, issued.token)
    fakes.services.sessions.revoke(issued.token)
    fakes.services.sessions.revoke(None)


def test_disabling_an_account_ends_its_sessions(fakes: Fakes, ana: User, issued: Issued) -> None:
    fakes.services.accounts.disable(ana)
    assert not is_signed_in(fakes, issued.token)
    fakes.services.accounts.enable(ana)
    assert not is_signed_in(fakes, issued.token)


def test_a_session_of_a_disabled_account_is_worth_nothing(
    fakes: Fakes, ana: User, issued: Issued
) -> None:
    fakes.store.users.set_disabled(ana.user_id, disabled_at=fakes.clock.now())
    assert not is_signed_in(fakes, issued.token)


def test_erasing_an_account_ends_its_sessions(fakes: Fakes, ana: User, issued: Issued) -> None:
    fakes.services.accounts.erase(ana)
    assert not is_signed_in(fakes, issued.token)
    assert fakes.store.users.count() == 0


def test_a_later_login_erases_the_sessions_that_have_ended_and_no_other(
    fakes: Fakes, ana: User, issued: Issued
) -> None:
    fakes.clock.moment += timedelta(minutes=25)
    alive = issue(fakes, ana)
    fakes.clock.moment += timedelta(minutes=15)
    issue(fakes, ana)
    assert fakes.store.sessions.find(issued.session.token_sha256) is None
    assert is_signed_in(fakes, alive.token)


def test_live_sessions_are_listed_newest_first(fakes: Fakes, ana: User, issued: Issued) -> None:
    fakes.clock.moment += timedelta(minutes=1)
    later = issue(fakes, ana)

    assert fakes.services.sessions.live(ana) == [later.session, issued.session]


def test_ended_and_idle_sessions_are_not_listed(fakes: Fakes, ana: User, issued: Issued) -> None:
    fakes.clock.moment += timedelta(minutes=30)

    assert fakes.store.sessions.list_for(ana.user_id) == [issued.session]
    assert fakes.services.sessions.live(ana) == []


def test_a_session_is_ended_by_its_id(fakes: Fakes, ana: User, issued: Issued) -> None:
    fakes.services.sessions.end(ana, issued.session.session_id, SOMEBODY)

    assert not is_signed_in(fakes, issued.token)


def test_another_users_session_is_as_unknown_as_none(
    fakes: Fakes, ana: User, issued: Issued
) -> None:
    ben = fakes.services.enrol.register(
        Application("ben", "ben@example.org"), [b"person:ben"], SOMEBODY
    ).user

    sentences = set()
    for session_id in (issued.session.session_id, "unknown"):
        with pytest.raises(NotFound) as refused:
            fakes.services.sessions.end(ben, session_id, SOMEBODY)
        sentences.add(refused.value.message)

    assert len(sentences) == 1
    assert is_signed_in(fakes, issued.token)
