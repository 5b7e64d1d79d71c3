"""Enrolling anew: one face for another, whole or not at all."""

from __future__ import annotations

import pytest

from doubles import SOMEBODY, Fakes, fake_services
from facelogin.domain.errors import (
    FaceloginError,
    FaceNotFound,
    InvalidRequest,
    LivenessRequired,
    NotRecognised,
    SessionRequired,
    StoreUnavailable,
    TemplateSuperseded,
)
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.services.enrol import Application
from facelogin.services.sessions import SignedIn
from facelogin.settings import Settings

ANA, NEW = b"person:ana", b"person:ana with glasses"


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


@pytest.fixture
def user(fakes: Fakes) -> User:
    return fakes.services.enrol.register(
        Application("ana", "ana@example.org"), [ANA], SOMEBODY
    ).user


@pytest.fixture
def ana(fakes: Fakes, user: User) -> SignedIn:
    return sign_in(fakes, user)


def sign_in(fakes: Fakes, user: User) -> SignedIn:
    sessions = fakes.services.sessions
    return sessions.resolve(sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO).token)


def kept(fakes: Fakes, user: User) -> User:
    found = fakes.store.users.find_by_id(user.user_id)
    assert found is not None
    return found


def test_the_new_face_signs_in_and_the_old_one_does_not(fakes: Fakes, ana: SignedIn) -> None:
    fakes.services.reenrol.replace_face(ana, [NEW], SOMEBODY)

    assert fakes.services.login.login("ana", [NEW], SOMEBODY).user_id == ana.user.user_id
    with pytest.raises(NotRecognised):
        fakes.services.login.login("ana", [ANA], SOMEBODY)


def test_the_new_template_has_an_id_of_its_own_and_the_user_stays(
    fakes: Fakes, ana: SignedIn
) -> None:
    template = fakes.services.reenrol.replace_face(ana, [NEW, NEW], SOMEBODY)

    user = kept(fakes, ana.user)
    assert user.template == template
    assert template.template_id != ana.user.template.template_id
    assert template.image_count == 2
    assert template.created_at == fakes.clock.now()
    assert (user.user_id, user.username, user.consent) == (
        ana.user.user_id, ana.user.username, ana.user.consent,
    )  # fmt: skip


def test_every_other_session_of_the_account_ends_and_nobody_elses(
    fakes: Fakes, ana: SignedIn
) -> None:
    ben = fakes.services.enrol.register(
        Application("ben", "ben@example.org"), [b"person:ben"], SOMEBODY
    ).user
    sign_in(fakes, ana.user)
    bens = sign_in(fakes, ben)

    fakes.services.reenrol.replace_face(ana, [NEW], SOMEBODY)

    assert fakes.services.sessions.live(ana.user) == [ana.session]
    assert fakes.services.sessions.live(ben) == [bens.session]


@pytest.mark.parametrize(
    ("images", "refusal"),
    [
        ([], InvalidRequest),
        ([b"nobody"], FaceNotFound),
        ([NEW, b"nobody"], FaceNotFound),
        ([NEW, b"person:eve"], InvalidRequest),
    ],
)
def test_images_that_cannot_be_used_change_nothing(
    fakes: Fakes, ana: SignedIn, images: list[bytes], refusal: type[FaceloginError]
) -> None:
    other = sign_in(fakes, ana.user)

    with pytest.raises(refusal):
        fakes.services.reenrol.replace_face(ana, images, SOMEBODY)

    assert kept(fakes, ana.user) == ana.user
    assert other.session in fakes.services.sessions.live(ana.user)


def test_whoever_comes_second_replaces_nothing_and_ends_nothing(
    fakes: Fakes, ana: SignedIn
) -> None:
    template = fakes.services.reenrol.replace_face(ana, [NEW], SOMEBODY)
    other = sign_in(fakes, ana.user)

    with pytest.raises(TemplateSuperseded):
        fakes.services.reenrol.replace_face(ana, [b"person:eve"], SOMEBODY)

    assert kept(fakes, ana.user).template == template
    assert other.session in fakes.services.sessions.live(ana.user)


def test_whoever_loses_at_the_last_moment_replaces_nothing(
    fakes: Fakes, ana: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = fakes.store.users
    write = users.replace_template
    quicker = fakes.services.reenrol._templates.make([NEW], SOMEBODY, user_id=ana.user.user_id)

    def late(user_id: str, **named: object) -> bool:
        old_id = ana.user.template.template_id
        assert write(user_id, old_template_id=old_id, template=quicker)
        return write(user_id, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(users, "replace_template", late)

    with pytest.raises(TemplateSuperseded):
        fakes.services.reenrol.replace_face(ana, [b"person:eve"], SOMEBODY)

    assert kept(fakes, ana.user).template == quicker


def test_a_session_that_begins_meanwhile_ends_too(
    fakes: Fakes, ana: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = fakes.store.users.replace_template

    def slow(user_id: str, **named: object) -> bool:
        sign_in(fakes, ana.user)
        return write(user_id, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(fakes.store.users, "replace_template", slow)

    fakes.services.reenrol.replace_face(ana, [NEW], SOMEBODY)

    assert fakes.services.sessions.live(ana.user) == [ana.session]


def test_a_store_that_breaks_half_way_leaves_no_other_session_beside_a_new_face(
    fakes: Fakes, ana: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = fakes.store.users.replace_template
    sign_in(fakes, ana.user)

    def breaks(user_id: str, **named: object) -> bool:
        write(user_id, **named)  # type: ignore[arg-type]
        raise StoreUnavailable

    monkeypatch.setattr(fakes.store.users, "replace_template", breaks)

    with pytest.raises(StoreUnavailable):
        fakes.services.reenrol.replace_face(ana, [NEW], SOMEBODY)

    assert fakes.services.sessions.live(ana.user) == [ana.session]


def test_somebody_who_was_erased_meanwhile_gets_no_new_face(fakes: Fakes, ana: SignedIn) -> None:
    fakes.services.accounts.erase(ana.user)

    with pytest.raises(SessionRequired):
        fakes.services.reenrol.replace_face(ana, [NEW], SOMEBODY)

    assert fakes.store.users.count() == 0


def test_a_photo_is_not_enough_where_live_capture_is_required(fakes: Fakes, ana: SignedIn) -> None:
    fakes.services.reenrol._required_assurance = Assurance.LIVE

    with pytest.raises(LivenessRequired):
        fakes.services.reenrol.replace_face(ana, [NEW], SOMEBODY)
