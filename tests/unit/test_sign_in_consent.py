"""Who is asked for consent at a sign-in, and when the store is asked who has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doubles import NOTICE, SOMEBODY, Fakes, MemoryUsers, fake_services
from facelogin import Settings
from facelogin.domain.errors import ConsentOutdated, ConsentRequired, NotRecognised
from facelogin.domain.models import Consent, User
from facelogin.domain.requester import Device
from facelogin.services.sign_in_consent import SignInConsent
from people import a_user

OLD = replace(a_user(username="old"), consent=None)
KNOWING_OLD = replace(SOMEBODY, device=Device("device", (OLD.user_id,)))
KNOWING_ANOTHER = replace(SOMEBODY, device=Device("device", ("another",)))


def with_settings(**settings: object) -> Fakes:
    return fake_services(Settings(_env_file=None, **settings))  # type: ignore[arg-type]


@pytest.fixture
def fakes() -> Fakes:
    return with_settings(consent_required=True)


@pytest.fixture
def consents(fakes: Fakes) -> SignInConsent:
    return fakes.services.sign_in_consent


@pytest.fixture
def old(fakes: Fakes) -> User:
    """An account without consent."""
    fakes.store.users.create(OLD)
    return OLD


@pytest.fixture
def asked_the_store(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each time that the store was asked."""
    asked: list[None] = []
    really = MemoryUsers.any_without_consent

    def ask(users: MemoryUsers) -> bool:
        asked.append(None)
        return really(users)

    monkeypatch.setattr(MemoryUsers, "any_without_consent", ask)
    return asked


def test_nobody_is_asked_while_everybody_has_consented(
    fakes: Fakes, consents: SignInConsent
) -> None:
    fakes.store.users.create(a_user())
    assert not consents.asked()
    assert consents.given(None, SOMEBODY, user=None) is None


@pytest.mark.usefixtures("old")
def test_one_account_without_consent_is_enough_to_ask(consents: SignInConsent) -> None:
    assert consents.asked()


def test_nobody_is_asked_if_consent_is_not_required(asked_the_store: list[None]) -> None:
    fakes = with_settings()
    fakes.store.users.create(OLD)
    assert not fakes.services.sign_in_consent.asked()
    assert asked_the_store == []


@pytest.mark.usefixtures("old")
def test_the_store_is_asked_once_a_minute(
    fakes: Fakes, consents: SignInConsent, asked_the_store: list[None]
) -> None:
    for _ in range(5):
        assert consents.asked()
    fakes.clock.moment += timedelta(seconds=59)
    fakes.store.users.set_consent(OLD.user_id, Consent(NOTICE.version, fakes.clock.now()))
    assert consents.asked()
    assert len(asked_the_store) == 1
    fakes.clock.moment += timedelta(seconds=1)
    assert not consents.asked()
    assert len(asked_the_store) == 2


def test_a_clock_that_is_put_back_asks_again(
    fakes: Fakes, consents: SignInConsent, asked_the_store: list[None]
) -> None:
    consents.asked()
    fakes.clock.moment -= timedelta(days=1)
    consents.asked()
    assert len(asked_the_store) == 2


def test_a_store_that_does_not_answer_means_asking(fakes: Fakes, consents: SignInConsent) -> None:
    fakes.store.switch.down = True
    assert consents.asked()
    fakes.store.switch.down = False
    fakes.clock.moment += timedelta(minutes=1)
    assert not consents.asked()


def test_every_name_is_asked_alike(consents: SignInConsent, old: User) -> None:
    consented = a_user()
    for user in (old, consented, None):
        for requester in (SOMEBODY, KNOWING_ANOTHER):
            with pytest.raises(ConsentRequired):
                consents.given(None, requester, user=user)
            with pytest.raises(ConsentOutdated):
                consents.given("another version", requester, user=user)


def test_a_device_that_knows_the_account_is_not_asked(consents: SignInConsent, old: User) -> None:
    assert consents.given(None, KNOWING_OLD, user=old) is None


@pytest.mark.usefixtures("old")
def test_without_a_name_any_device_that_has_signed_in_is_not_asked(consents: SignInConsent) -> None:
    assert consents.given_by_anybody(None, KNOWING_ANOTHER) is None
    with pytest.raises(ConsentRequired):
        consents.given_by_anybody(None, SOMEBODY)


def test_what_is_given_bears_the_time(fakes: Fakes, consents: SignInConsent) -> None:
    given = consents.given(NOTICE.version, SOMEBODY, user=None)
    assert given == Consent(NOTICE.version, fakes.clock.now())


def test_only_a_first_consent_is_recorded(fakes: Fakes, consents: SignInConsent, old: User) -> None:
    first = Consent(NOTICE.version, fakes.clock.now())
    changed = consents.settle(old, first, SOMEBODY)
    assert changed.consent == first
    fakes.clock.moment += timedelta(days=1)
    later = Consent(NOTICE.version, fakes.clock.now())
    assert consents.settle(changed, later, SOMEBODY).consent == first
    kept = fakes.store.users.find_by_id(old.user_id)
    assert kept is not None
    assert kept.consent == first


def test_who_was_recognised_without_any_is_refused(consents: SignInConsent, old: User) -> None:
    with pytest.raises(ConsentRequired):
        consents.settle(old, None, KNOWING_OLD)


def test_who_was_erased_meanwhile_is_not_recognised(fakes: Fakes, consents: SignInConsent) -> None:
    with pytest.raises(NotRecognised):
        consents.settle(OLD, Consent(NOTICE.version, fakes.clock.now()), SOMEBODY)
