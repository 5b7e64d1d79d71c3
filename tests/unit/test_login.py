"""How a login is decided: who is let in, who is not, and what is never told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles import SOMEBODY, ClearSealer, Fakes, fake_services
from facelogin.domain.errors import (
    AccountDisabled,
    FaceNotFound,
    InvalidRequest,
    LivenessRequired,
    NotRecognised,
    SealError,
    StoreUnavailable,
    UnknownKey,
)
from facelogin.domain.matching import verify
from facelogin.domain.models import SealedTemplate, Template, User
from facelogin.domain.policy import Assurance
from facelogin.services.comparison import TemplateComparer
from facelogin.services.decoy import Decoy
from facelogin.services.enrol import Application
from facelogin.services.login import Login
from facelogin.settings import Settings

ANA, EVE = b"person:ana", b"person:eve"


class CountingSealer(ClearSealer):
    """Counts what is unsealed, and for whom."""

    def __init__(self) -> None:
        self.unsealed_for: list[str] = []

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        self.unsealed_for.append(user_id)
        return super().unseal(sealed, user_id=user_id)


class BrokenSealer(ClearSealer):
    """Finds every record tampered with."""

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        raise SealError("the record was changed")


class RotatingSealer(ClearSealer):
    """Has one key at a time, and counts how often it was asked for another one."""

    def __init__(self) -> None:
        self.kid = 1
        self.unknown = 0

    def rotate(self) -> None:
        self.kid += 1

    def seal(self, template: Template, *, user_id: str) -> SealedTemplate:
        sealed = super().seal(template, user_id=user_id)
        return replace(sealed, record=replace(sealed.record, kid=str(self.kid)))

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        if sealed.record.kid != str(self.kid):
            self.unknown += 1
            raise UnknownKey("no such key")
        return super().unseal(sealed, user_id=user_id)


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


@pytest.fixture
def ana(fakes: Fakes) -> User:
    return fakes.services.enrol.register(
        Application("ana", "ana@example.org"), [ANA], SOMEBODY
    ).user


def login_with(fakes: Fakes, sealer: ClearSealer) -> Login:
    services = fakes.services
    comparer = TemplateComparer(engine=services.engine, sealer=sealer, audit=services.audit)
    return Login(
        users=services.store.users,
        reader=services.login._reader,
        comparer=comparer,
        decoy=Decoy(engine=services.engine, sealer=sealer, comparer=comparer, clock=fakes.clock),
        challenges=services.login._challenges,
        consents=services.sign_in_consent,
        required_assurance=Assurance.PHOTO,
        throttle=services.throttle,
        engine_move=services.login._engine_move,
        audit=services.audit,
        clock=fakes.clock,
    )


def test_the_right_face_is_let_in_whatever_the_case_of_the_name(fakes: Fakes, ana: User) -> None:
    assert fakes.services.login.login("ANA", [ANA], SOMEBODY) == ana


def test_a_wrong_face_is_refused(fakes: Fakes, ana: User) -> None:
    with pytest.raises(NotRecognised):
        fakes.services.login.login("ana", [EVE], SOMEBODY)


@pytest.mark.parametrize("name", ["nobody", "", "a b", "x" * 320])
def test_a_name_that_nobody_has_is_refused_like_a_wrong_face(fakes: Fakes, name: str) -> None:
    with pytest.raises(NotRecognised) as refused:
        fakes.services.login.login(name, [ANA], SOMEBODY)
    assert refused.value.message == NotRecognised.sentence


def test_an_unknown_name_costs_the_same_work_as_a_known_one(fakes: Fakes, ana: User) -> None:
    sealer = CountingSealer()
    login = login_with(fakes, sealer)
    for name in ("ana", "nobody"):
        with pytest.raises(NotRecognised):
            login.login(name, [EVE], SOMEBODY)
    assert sealer.unsealed_for == [ana.user_id, "decoy"]


def test_a_decoy_whose_key_has_gone_is_sealed_anew_and_nothing_is_logged(
    fakes: Fakes, ana: User, caplog: pytest.LogCaptureFixture
) -> None:
    sealer = RotatingSealer()
    login = login_with(fakes, sealer)
    for retired in (False, True, False):
        if retired:
            sealer.rotate()
        sealer.unknown = 0
        with pytest.raises(NotRecognised):
            login.login("nobody", [ANA], SOMEBODY)
        assert sealer.unknown == int(retired)
    assert not caplog.records


def test_the_decoy_is_refused_even_by_a_face_that_matches_it(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything_matches(*args: object, **named: object) -> object:
        return replace(verify(*args, **named), accepted=True)  # type: ignore[arg-type]

    monkeypatch.setattr("facelogin.services.comparison.matching.verify", everything_matches)
    with pytest.raises(NotRecognised):
        fakes.services.login.login("nobody", [ANA], SOMEBODY)


def test_a_disabled_account_is_told_only_to_its_own_face(fakes: Fakes, ana: User) -> None:
    fakes.services.accounts.disable(ana)
    with pytest.raises(AccountDisabled):
        fakes.services.login.login("ana", [ANA], SOMEBODY)
    with pytest.raises(NotRecognised):
        fakes.services.login.login("ana", [EVE], SOMEBODY)


def test_a_template_that_cannot_be_opened_lets_nobody_in(fakes: Fakes, ana: User) -> None:
    with pytest.raises(NotRecognised):
        login_with(fakes, BrokenSealer()).login("ana", [ANA], SOMEBODY)


def test_images_of_two_people_are_refused(fakes: Fakes, ana: User) -> None:
    with pytest.raises(InvalidRequest) as refused:
        fakes.services.login.login("ana", [ANA, EVE], SOMEBODY)
    assert refused.value.fields == {"images": "These images do not show one person."}


def test_a_login_needs_an_image(fakes: Fakes, ana: User) -> None:
    with pytest.raises(InvalidRequest):
        fakes.services.login.login("ana", [], SOMEBODY)


def test_an_image_without_a_face_says_so_for_known_and_unknown_names(
    fakes: Fakes, ana: User
) -> None:
    for name in ("ana", "nobody"):
        with pytest.raises(FaceNotFound):
            fakes.services.login.login(name, [b"nobody"], SOMEBODY)


def test_a_photo_is_not_enough_where_live_capture_is_required(fakes: Fakes, ana: User) -> None:
    fakes.services.login._required_assurance = Assurance.LIVE
    with pytest.raises(LivenessRequired):
        fakes.services.login.login("ana", [ANA], SOMEBODY)


def test_a_store_that_is_away_lets_nobody_in(fakes: Fakes, ana: User) -> None:
    fakes.store.switch.down = True
    with pytest.raises(StoreUnavailable):
        fakes.services.login.login("ana", [ANA], SOMEBODY)
