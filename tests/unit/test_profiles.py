"""Changing one's own names."""

from __future__ import annotations

import pytest

from doubles import SOMEBODY, Fakes, fake_services
from facelogin.domain.errors import (
    EmailTaken,
    FaceloginError,
    InvalidRequest,
    SessionRequired,
    StoreUnavailable,
    UsernameTaken,
)
from facelogin.domain.policy import Assurance
from facelogin.services.enrol import Application
from facelogin.services.profiles import ProfileChange
from facelogin.services.sessions import SignedIn
from facelogin.settings import Settings

ANA, BEN = b"person:ana", b"person:ben"


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


@pytest.fixture
def ana(fakes: Fakes) -> SignedIn:
    services = fakes.services
    services.enrol.register(Application("ben", "ben@example.org"), [BEN], SOMEBODY)
    user = services.enrol.register(Application("ana", "ana@example.org"), [ANA], SOMEBODY).user
    issued = services.sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO)
    return services.sessions.resolve(issued.token)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (ProfileChange(username="ana.b"), ("ana.b", "ana@example.org")),
        (ProfileChange(email="b@example.org"), ("ana", "b@example.org")),
        (ProfileChange("ana.b", "b@example.org"), ("ana.b", "b@example.org")),
        (ProfileChange(username="ANA"), ("ANA", "ana@example.org")),
        (ProfileChange(username="ａｎａ"), ("ana", "ana@example.org")),
    ],
)
def test_what_is_given_is_changed(
    fakes: Fakes, ana: SignedIn, change: ProfileChange, names: tuple[str, str]
) -> None:
    changed = fakes.services.profiles.change(ana, change, SOMEBODY)

    assert (changed.username, changed.email) == names
    assert fakes.store.users.find_by_id(ana.user.user_id) == changed


def test_the_face_signs_in_under_the_new_name_and_not_under_the_old_one(
    fakes: Fakes, ana: SignedIn
) -> None:
    changed = fakes.services.profiles.change(ana, ProfileChange(username="countess"), SOMEBODY)

    assert fakes.services.login.login("countess", [ANA], SOMEBODY) == changed
    with pytest.raises(FaceloginError):
        fakes.services.login.login("ana", [ANA], SOMEBODY)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (ProfileChange(), InvalidRequest),
        (ProfileChange(username="a b"), InvalidRequest),
        (ProfileChange("no/name", "free@example.org"), InvalidRequest),
        (ProfileChange(username="BEN"), UsernameTaken),
        (ProfileChange(email="BEN@example.org"), EmailTaken),
        (ProfileChange("free", "ben@example.org"), EmailTaken),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    fakes: Fakes, ana: SignedIn, change: ProfileChange, refusal: type[FaceloginError]
) -> None:
    with pytest.raises(refusal):
        fakes.services.profiles.change(ana, change, SOMEBODY)

    assert fakes.store.users.find_by_id(ana.user.user_id) == ana.user


def test_somebody_who_was_erased_meanwhile_changes_nothing(fakes: Fakes, ana: SignedIn) -> None:
    fakes.services.accounts.erase(ana.user)

    with pytest.raises(SessionRequired):
        fakes.services.profiles.change(ana, ProfileChange(username="ana.b"), SOMEBODY)


def test_without_a_store_nothing_is_changed(fakes: Fakes, ana: SignedIn) -> None:
    fakes.store.switch.down = True

    with pytest.raises(StoreUnavailable):
        fakes.services.profiles.change(ana, ProfileChange(username="ana.b"), SOMEBODY)
