"""Consent comes before a picture is looked at, and lasts while the notice changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doubles import NOTICE, SOMEBODY, FakeEngine, Fakes, fake_services
from facelogin import Settings
from facelogin.domain.errors import ConsentOutdated, ConsentRequired
from facelogin.domain.models import Consent
from facelogin.domain.observation import Observation
from facelogin.services.enrol import Application

IMAGES = [b"person:ana"]


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None, consent_required=True))


def application(consent: str | None) -> Application:
    return Application(username="ana", email="ana@example.org", consent=consent)


@pytest.fixture
def looks(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every image that is looked at, which takes a second each time."""
    seen: list[bytes] = []
    observe = FakeEngine.observe

    def slowly(engine: FakeEngine, image: bytes) -> Observation:
        seen.append(image)
        fakes.clock.moment += timedelta(seconds=1)
        return observe(engine, image)

    monkeypatch.setattr(FakeEngine, "observe", slowly)
    return seen


def test_consent_bears_the_time_before_the_first_look(fakes: Fakes, looks: list[bytes]) -> None:
    before = fakes.clock.moment
    user = fakes.services.enrol.register(application(NOTICE.version), IMAGES, SOMEBODY).user
    assert looks == IMAGES
    assert user.consent == Consent(NOTICE.version, before)
    kept = fakes.store.users.find_by_id(user.user_id)
    assert kept is not None
    assert kept.consent == user.consent


@pytest.mark.parametrize(
    ("consent", "error"), [(None, ConsentRequired), ("another version", ConsentOutdated)]
)
def test_without_consent_nothing_is_looked_at(
    fakes: Fakes, looks: list[bytes], consent: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        fakes.services.enrol.register(application(consent), IMAGES, SOMEBODY)
    assert looks == []
    assert fakes.store.users.count() == 0


def test_a_refused_registration_leaves_no_consent_either(fakes: Fakes, looks: list[bytes]) -> None:
    with pytest.raises(Exception, match="can't be read"):
        fakes.services.enrol.register(application(NOTICE.version), [b"?"], SOMEBODY)
    assert looks == [b"?"]
    assert fakes.store.users.count() == 0
