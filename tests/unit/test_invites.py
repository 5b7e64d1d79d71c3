"""Registration by invitation: each makes one user at the most, and is never lost for nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from doubles import SOMEBODY, Fakes, fake_services
from facelogin.domain.errors import (
    EmailTaken,
    FaceloginError,
    FaceNotFound,
    NotFound,
    RegistrationClosed,
    StoreUnavailable,
    UsernameTaken,
)
from facelogin.domain.models import User
from facelogin.services.enrol import Application, Enrolled
from facelogin.services.invites import NewInvite
from facelogin.settings import Settings

WEEK = timedelta(days=7)
CLAIM = timedelta(minutes=1)
ANA = b"person:ana"
NEEDED = "Registration is by invitation here. Ask the operator for one."
NOT_GOOD = (
    "This invitation does not exist, has been used or is too old. Ask the operator for a new one."
)


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None, registration="invite"))


@pytest.fixture
def new(fakes: Fakes) -> NewInvite:
    return fakes.services.invites.issue(lasts=WEEK)


def register(
    fakes: Fakes, token: str | None, username: str = "ana", *, image: bytes = ANA, **more: str
) -> Enrolled:
    email = more.get("email", f"{username}@example.org")
    application = Application(username=username, email=email, invite=token)
    return fakes.services.enrol.register(application, [image], SOMEBODY)


def refused(fakes: Fakes, token: str | None, username: str = "ana") -> str:
    with pytest.raises(RegistrationClosed) as told:
        register(fakes, token, username)
    return told.value.message


def test_an_invitation_makes_one_user_and_no_second(fakes: Fakes, new: NewInvite) -> None:
    user = register(fakes, new.token).user
    assert fakes.store.users.find_by_id(user.user_id) == user
    assert refused(fakes, new.token, "ben") == NOT_GOOD
    assert fakes.store.users.count() == 1
    assert fakes.store.invites.every() == []


@pytest.mark.parametrize("token", [None, ""])
def test_without_an_invitation_the_refusal_says_that_one_is_needed(
    fakes: Fakes, token: str | None
) -> None:
    assert refused(fakes, token) == NEEDED


@pytest.mark.parametrize("token", ["unknown", "é", "x" * 128])
def test_an_invitation_that_nobody_issued_is_refused(
    fakes: Fakes, new: NewInvite, token: str
) -> None:
    assert refused(fakes, token) == NOT_GOOD
    assert refused(fakes, new.token + "A") == NOT_GOOD
    assert refused(fakes, new.invite.invite_id) == NOT_GOOD


def test_an_invitation_expires(fakes: Fakes, new: NewInvite) -> None:
    fakes.clock.moment += WEEK - timedelta(milliseconds=1)
    assert len(fakes.services.invites.usable()) == 1
    fakes.clock.moment += timedelta(milliseconds=1)
    assert refused(fakes, new.token) == NOT_GOOD
    assert fakes.services.invites.usable() == []


def test_only_the_hash_of_a_token_is_kept_and_it_has_over_128_bits(
    fakes: Fakes, new: NewInvite
) -> None:
    assert fakes.store.invites.every() == [new.invite]
    assert new.invite.token_sha256 == hashlib.sha256(new.token.encode()).digest()
    assert len(new.token) * 6 >= 128
    assert new.token not in repr(new)
    assert len({fakes.services.invites.issue(lasts=WEEK).token for _ in range(50)}) == 50


@pytest.mark.parametrize("token", [None, "unknown"])
def test_without_a_good_invitation_no_image_and_no_name_is_looked_at(
    fakes: Fakes, new: NewInvite, token: str | None
) -> None:
    register(fakes, new.token)
    with pytest.raises(RegistrationClosed):
        register(fakes, token, "ana", image=b"not an image")


@pytest.mark.parametrize(
    ("username", "email", "image", "error"),
    [
        ("ana", "free@example.org", ANA, UsernameTaken),
        ("free", "ana@example.org", ANA, EmailTaken),
        ("free", "free@example.org", b"nobody", FaceNotFound),
    ],
)
def test_a_registration_that_is_refused_leaves_the_invitation_as_good_as_before(
    fakes: Fakes, username: str, email: str, image: bytes, error: type[FaceloginError]
) -> None:
    register(fakes, fakes.services.invites.issue(lasts=WEEK).token)
    new = fakes.services.invites.issue(lasts=WEEK)
    with pytest.raises(error):
        register(fakes, new.token, username, image=image, email=email)
    assert fakes.store.invites.every() == [new.invite]
    assert register(fakes, new.token, "ben").user.username == "ben"


def test_a_name_that_is_taken_at_the_last_moment_leaves_the_invitation_too(
    fakes: Fakes, new: NewInvite, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_create(fakes, monkeypatch, _raise(UsernameTaken))
    with pytest.raises(UsernameTaken):
        register(fakes, new.token)
    monkeypatch.undo()
    assert register(fakes, new.token).user.username == "ana"


def test_a_registration_that_died_before_its_user_was_made_holds_others_up_for_a_minute(
    fakes: Fakes, new: NewInvite, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_create(fakes, monkeypatch, _raise(StoreUnavailable))
    with pytest.raises(StoreUnavailable):
        register(fakes, new.token)
    monkeypatch.undo()
    fakes.clock.moment += CLAIM - timedelta(milliseconds=1)
    assert refused(fakes, new.token, "ben") == NOT_GOOD
    fakes.clock.moment += timedelta(milliseconds=1)
    assert register(fakes, new.token, "ben").user.username == "ben"
    assert refused(fakes, new.token, "eve") == NOT_GOOD


def test_a_registration_that_died_after_its_user_was_made_has_used_the_invitation(
    fakes: Fakes, new: NewInvite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fakes.store.invites, "redeem", _raise(StoreUnavailable))
    with pytest.raises(StoreUnavailable):
        register(fakes, new.token)
    monkeypatch.undo()
    assert fakes.store.users.count() == 1
    fakes.clock.moment += CLAIM
    assert refused(fakes, new.token, "ben") == NOT_GOOD
    assert fakes.services.invites.usable() == []


def test_whoever_sleeps_through_the_minute_does_not_make_a_second_user(
    fakes: Fakes, new: NewInvite, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = fakes.store.users
    create = users.create

    def after_a_long_sleep(user: User) -> None:
        monkeypatch.undo()
        fakes.clock.moment += CLAIM
        register(fakes, new.token, "ben")
        create(user)

    monkeypatch.setattr(users, "create", after_a_long_sleep)
    assert refused(fakes, new.token, "ana") == NOT_GOOD
    assert [user.username for user in users.page(after=None, limit=9)] == ["ben"]


def test_of_two_who_find_a_dead_claim_one_takes_it_over(
    fakes: Fakes, new: NewInvite, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_create(fakes, monkeypatch, _raise(StoreUnavailable))
    with pytest.raises(StoreUnavailable):
        register(fakes, new.token)
    monkeypatch.undo()
    fakes.clock.moment += CLAIM
    claim = fakes.store.invites.claim

    def after_another(*args: Any, **named: Any) -> bool:
        monkeypatch.undo()
        register(fakes, new.token, "ben")
        return claim(*args, **named)

    monkeypatch.setattr(fakes.store.invites, "claim", after_another)
    assert refused(fakes, new.token, "eve") == NOT_GOOD
    assert fakes.store.users.count() == 1


def test_an_invitation_revoked_while_somebody_registers_makes_no_user(
    fakes: Fakes, new: NewInvite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def revoked_meanwhile(user: User) -> None:
        fakes.services.invites.revoke(new.invite.invite_id)
        monkeypatch.undo()
        fakes.store.users.create(user)

    at_create(fakes, monkeypatch, revoked_meanwhile)
    assert refused(fakes, new.token) == NOT_GOOD
    assert fakes.store.users.count() == 0


def test_the_operator_sees_what_is_open_and_revokes_it(fakes: Fakes) -> None:
    invites = fakes.services.invites
    late, early = invites.issue(lasts=WEEK), invites.issue(lasts=timedelta(days=1))
    assert invites.usable() == [early.invite, late.invite]
    invites.revoke(early.invite.invite_id)
    assert invites.usable() == [late.invite]
    assert refused(fakes, early.token) == NOT_GOOD
    with pytest.raises(NotFound):
        invites.revoke(early.invite.invite_id)


def test_expired_invitations_are_erased_when_new_ones_are_made(
    fakes: Fakes, new: NewInvite
) -> None:
    fakes.clock.moment += WEEK
    newer = fakes.services.invites.issue(lasts=WEEK)
    assert fakes.store.invites.every() == [newer.invite]


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_where_none_is_asked_for_an_invitation_changes_nothing(mode: str) -> None:
    fakes = fake_services(Settings(_env_file=None, registration=mode))
    new = fakes.services.invites.issue(lasts=WEEK)
    if mode == "open":
        for username, token in (("ana", new.token), ("ben", new.token), ("eve", "unknown")):
            assert register(fakes, token, username).user.username == username
    else:
        assert refused(fakes, new.token) == RegistrationClosed.sentence
    assert fakes.services.invites.usable() == [new.invite]


def test_the_operator_enrols_without_an_invitation(fakes: Fakes) -> None:
    enrolled = fakes.services.enrol.enrol(Application("ana", "ana@example.org"), [ANA])
    assert enrolled.user.username == "ana"


def at_create(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, instead: Callable[[User], None]
) -> None:
    monkeypatch.setattr(fakes.store.users, "create", instead)


def _raise(error: type[FaceloginError]) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail
