"""Registration: who may, what it needs, and that it leaves a whole user or nothing."""

from __future__ import annotations

import pytest

from doubles import NOTICE, SOMEBODY, Fakes, fake_services
from facelogin.domain.errors import (
    ConsentOutdated,
    ConsentRequired,
    EmailTaken,
    FaceloginError,
    FaceNotFound,
    InvalidRequest,
    RegistrationClosed,
    UsernameTaken,
)
from facelogin.domain.models import User
from facelogin.services.enrol import Application
from facelogin.settings import Settings
from people import a_user

ANA = b"person:ana"


def with_settings(**settings: object) -> Fakes:
    return fake_services(Settings(_env_file=None, **settings))  # type: ignore[arg-type]


@pytest.fixture
def fakes() -> Fakes:
    return with_settings()


def application(username: str = "ana", email: str = "ana@example.org", **more: str) -> Application:
    return Application(username=username, email=email, **more)


def test_a_new_user_has_a_template_of_this_engine(fakes: Fakes) -> None:
    user = fakes.services.enrol.register(application(), [ANA, ANA], SOMEBODY).user
    assert fakes.store.users.find_by_id(user.user_id) == user
    assert user.template.engine == fakes.services.engine.ref
    assert user.template.image_count == 2
    assert user.created_at == fakes.clock.now()


def test_every_user_and_template_has_an_id_of_its_own(fakes: Fakes) -> None:
    one = fakes.services.enrol.register(application("one", "one@example.org"), [ANA], SOMEBODY).user
    two = fakes.services.enrol.register(application("two", "two@example.org"), [ANA], SOMEBODY).user
    assert one.user_id != two.user_id
    assert one.template.template_id != two.template.template_id


def test_a_username_is_kept_as_its_owner_writes_it(fakes: Fakes) -> None:
    assert (
        fakes.services.enrol.register(application("Ana.B"), [ANA], SOMEBODY).user.username
        == "Ana.B"
    )


def test_registration_can_be_closed_and_the_operator_still_enrols() -> None:
    fakes = with_settings(registration="closed")
    with pytest.raises(RegistrationClosed):
        fakes.services.enrol.register(application(), [ANA], SOMEBODY)
    assert fakes.services.enrol.enrol(application(), [ANA]).user.username == "ana"


def test_consent_is_kept_with_its_version_and_time() -> None:
    fakes = with_settings(consent_required=True)
    user = fakes.services.enrol.register(application(consent=NOTICE.version), [ANA], SOMEBODY).user
    assert user.consent is not None
    assert user.consent.notice_version == NOTICE.version
    assert user.consent.given_at == fakes.clock.now()


@pytest.mark.parametrize(
    ("consent", "error"), [({}, ConsentRequired), ({"consent": "old"}, ConsentOutdated)]
)
def test_without_current_consent_no_image_is_looked_at(
    consent: dict[str, str], error: type[FaceloginError]
) -> None:
    fakes = with_settings(consent_required=True)
    with pytest.raises(error):
        fakes.services.enrol.register(application(**consent), [b"not an image"], SOMEBODY)
    assert fakes.store.users.count() == 0


@pytest.mark.parametrize(
    ("again", "error"),
    [
        (application("ANA", "other@example.org"), UsernameTaken),
        (application("other", "ANA@example.org"), EmailTaken),
    ],
)
def test_a_taken_name_is_refused_before_an_image_is_looked_at(
    fakes: Fakes, again: Application, error: type[FaceloginError]
) -> None:
    fakes.services.enrol.register(application(), [ANA], SOMEBODY)
    with pytest.raises(error):
        fakes.services.enrol.register(again, [b"not an image"], SOMEBODY)
    assert fakes.store.users.count() == 1


@pytest.mark.parametrize(
    ("images", "error"),
    [
        ([], InvalidRequest),
        ([b"nobody"], FaceNotFound),
        ([ANA, b"nobody"], FaceNotFound),
        ([ANA, b"person:eve"], InvalidRequest),
    ],
)
def test_images_that_cannot_be_used_leave_no_user(
    fakes: Fakes, images: list[bytes], error: type[FaceloginError]
) -> None:
    with pytest.raises(error):
        fakes.services.enrol.register(application(), images, SOMEBODY)
    assert fakes.store.users.count() == 0


def test_of_two_names_that_are_taken_between_two_looks_the_username_is_named(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = fakes.store.users
    rival = a_user(username="ana")

    class Watched:
        """The users, among whom the rival is as soon as somebody has looked."""

        def find_by_username(self, username: str) -> User | None:
            found = users.find_by_username(username)
            users.create(rival)
            return found

        def find_by_email(self, email: str) -> User | None:
            found = users.find_by_email(email)
            users.create(rival)
            return found

    monkeypatch.setattr(fakes.services.enrol, "_users", Watched())

    with pytest.raises(UsernameTaken):
        fakes.services.enrol.register(application(), [ANA], SOMEBODY)
