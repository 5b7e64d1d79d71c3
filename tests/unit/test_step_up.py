"""Step-up: the session's own face makes it fresh, under a new token."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doubles import SOMEBODY, ClearSealer, Fakes, fake_services
from facelogin.domain.errors import (
    FaceloginError,
    FaceNotFound,
    FreshLoginRequired,
    InvalidRequest,
    LivenessRequired,
    NotRecognised,
    SealError,
    SessionRequired,
)
from facelogin.domain.models import SealedTemplate, Template
from facelogin.domain.policy import Assurance
from facelogin.services.comparison import TemplateComparer
from facelogin.services.enrol import Application
from facelogin.services.sessions import Issued
from facelogin.settings import Settings

ANA, EVE = b"person:ana", b"person:eve"


class BrokenSealer(ClearSealer):
    """Finds every record tampered with."""

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        raise SealError("the record was changed")


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


@pytest.fixture
def issued(fakes: Fakes) -> Issued:
    user = fakes.services.enrol.register(
        Application("ana", "ana@example.org"), [ANA], SOMEBODY
    ).user
    return fakes.services.sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO)


def step_up(fakes: Fakes, issued: Issued, *images: bytes) -> Issued:
    signed_in = fakes.services.sessions.resolve(issued.token)
    return fakes.services.step_up.confirm(signed_in, images, SOMEBODY)


def test_a_session_is_fresh_for_five_minutes_and_no_longer(fakes: Fakes, issued: Issued) -> None:
    fakes.clock.moment += timedelta(minutes=4, seconds=59)
    fakes.services.sessions.resolve_fresh(issued.token)
    fakes.clock.moment += timedelta(seconds=1)
    with pytest.raises(FreshLoginRequired):
        fakes.services.sessions.resolve_fresh(issued.token)
    fakes.services.sessions.resolve(issued.token)


@pytest.mark.parametrize("token", [None, "guess"])
def test_nobody_is_never_fresh(fakes: Fakes, issued: Issued, token: str | None) -> None:
    with pytest.raises(SessionRequired):
        fakes.services.sessions.resolve_fresh(token)


def test_the_own_face_makes_it_fresh_again_under_a_new_token(fakes: Fakes, issued: Issued) -> None:
    fakes.clock.moment += timedelta(minutes=20)

    renewed = step_up(fakes, issued, ANA)

    assert renewed.token != issued.token
    assert renewed.session.session_id != issued.session.session_id
    assert renewed.session.fresh_until == fakes.clock.now() + timedelta(minutes=5)
    assert renewed.session.expires_at == fakes.clock.now() + timedelta(hours=12)
    fakes.services.sessions.resolve_fresh(renewed.token)


def test_the_old_token_is_worth_nothing_afterwards(fakes: Fakes, issued: Issued) -> None:
    renewed = step_up(fakes, issued, ANA)

    with pytest.raises(SessionRequired):
        fakes.services.sessions.resolve(issued.token)
    assert fakes.store.sessions.list_for(renewed.session.user_id) == [renewed.session]


@pytest.mark.parametrize(
    ("image", "refusal"),
    [(EVE, NotRecognised), (b"nobody", FaceNotFound)],
)
def test_a_face_that_is_not_taken_leaves_the_session_as_it_was(
    fakes: Fakes, issued: Issued, image: bytes, refusal: type[FaceloginError]
) -> None:
    with pytest.raises(refusal):
        step_up(fakes, issued, image)

    assert fakes.services.sessions.resolve(issued.token).session == issued.session


def test_somebody_elses_face_does_not_make_it_theirs(fakes: Fakes, issued: Issued) -> None:
    fakes.services.enrol.register(Application("eve", "eve@example.org"), [EVE], SOMEBODY)

    with pytest.raises(NotRecognised):
        step_up(fakes, issued, EVE)


def test_a_step_up_needs_an_image(fakes: Fakes, issued: Issued) -> None:
    with pytest.raises(InvalidRequest):
        step_up(fakes, issued)


def test_a_session_that_has_ended_meanwhile_is_not_renewed(fakes: Fakes, issued: Issued) -> None:
    signed_in = fakes.services.sessions.resolve(issued.token)
    fakes.services.sessions.revoke(issued.token)

    with pytest.raises(SessionRequired):
        fakes.services.step_up.confirm(signed_in, [ANA], SOMEBODY)

    assert fakes.store.sessions.list_for(signed_in.user.user_id) == []


def test_a_template_that_cannot_be_opened_confirms_nobody(fakes: Fakes, issued: Issued) -> None:
    engine = fakes.services.engine
    fakes.services.step_up._comparer = TemplateComparer(
        engine=engine, sealer=BrokenSealer(), audit=fakes.services.audit
    )

    with pytest.raises(NotRecognised):
        step_up(fakes, issued, ANA)


def test_a_photo_is_not_enough_where_live_capture_is_required(fakes: Fakes, issued: Issued) -> None:
    fakes.services.step_up._required_assurance = Assurance.LIVE

    with pytest.raises(LivenessRequired):
        step_up(fakes, issued, ANA)
