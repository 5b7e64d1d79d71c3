"""Several frames of one moment are worth one image: wherever a face is read, kept or searched."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from doubles import SOMEBODY, FakeEngine, Fakes, fake_services
from facelogin.domain.calibration import Calibration, Point
from facelogin.domain.errors import NotRecognised
from facelogin.domain.identification import IdentificationMode
from facelogin.domain.matching import normalise
from facelogin.domain.models import Embedding, User
from facelogin.domain.observation import Face, Observation
from facelogin.domain.policy import Assurance
from facelogin.services.enrol import Application
from facelogin.settings import Settings

FRAME = 0.2
"""How much a frame differs, where a day differs by 1 and two days lie 1 apart."""
THRESHOLDS = {(1, 1): 1.1, (2, 1): 0.98, (2, 2): 0.93, (3, 1): 0.95, (3, 2): 0.88, (3, 3): 0.82}
TABLE = Calibration(
    engine=FakeEngine.ref,
    cells={
        images: (Point(1e-2, limit + 0.05), Point(1e-5, limit))
        for images, limit in THRESHOLDS.items()
    },
    one_person=1.35,
    data_set="made up",
    fitted_on=FakeEngine.calibration.fitted_on,
    days_apart=1.0,
)


class DayEngine(FakeEngine):
    """``person:ana 2 3`` is ana on the second day, in the third frame."""

    calibration = TABLE

    def embed(self, observation: Observation, face: Face, **_: object) -> Embedding:
        name, day, frame = observation.pixels.tobytes().decode().split()
        parts = [name, f"{name} {day}", f"{name} {day} {frame}"]
        own, of_day, of_frame = map(_direction, parts)
        return normalise(own + of_day + FRAME * of_frame)


def _direction(text: str) -> Embedding:
    return normalise(np.random.default_rng(zlib.crc32(text.encode())).standard_normal(128))


def burst(name: str, day: int, frames: int = 3) -> list[bytes]:
    return [f"person:{name} {day} {frame}".encode() for frame in range(frames)]


def days(name: str, first: int, count: int = 3) -> list[bytes]:
    return [f"person:{name} {day} 0".encode() for day in range(first, first + count)]


@pytest.fixture
def fakes() -> Fakes:
    settings = Settings(_env_file=None, identification=IdentificationMode.ON)
    return fake_services(settings, engine=DayEngine())


def registered(fakes: Fakes, images: list[bytes]) -> User:
    application = Application("ana", "ana@example.org")
    return fakes.services.enrol.register(application, images, SOMEBODY).user


def signs_in(fakes: Fakes, images: list[bytes]) -> bool:
    try:
        fakes.services.login.login("ana", images, SOMEBODY)
    except NotRecognised:
        return False
    return True


@pytest.mark.parametrize("shown", [1, 2, 3])
@pytest.mark.parametrize("enrolled", [1, 3])
def test_more_frames_refuse_nobody_whom_one_lets_in(
    fakes: Fakes, enrolled: int, shown: int
) -> None:
    user = registered(fakes, burst("ana", 1, enrolled))
    assert user.template.image_count == 1
    assert signs_in(fakes, burst("ana", 2, shown))
    assert not signs_in(fakes, burst("eve", 2, shown))


def test_a_burst_on_a_template_of_days_counts_as_one(fakes: Fakes) -> None:
    assert registered(fakes, days("ana", 1)).template.image_count == 3
    assert signs_in(fakes, burst("ana", 5))


def test_images_of_different_days_gain_as_before(fakes: Fakes) -> None:
    registered(fakes, days("ana", 1))
    shown = days("ana", 8)
    assert signs_in(fakes, shown)
    assert not signs_in(fakes, days("eve", 8))
    probe = fakes.services.enrol._templates._reader.read(shown, SOMEBODY)
    assert probe.counted(TABLE) == 3


def test_a_replaced_face_counts_its_moments(fakes: Fakes) -> None:
    ana = registered(fakes, days("ana", 1))
    sessions = fakes.services.sessions
    session = sessions.resolve(sessions.issue(ana, amr=("face",), assurance=Assurance.PHOTO).token)
    replaced = fakes.services.reenrol.replace_face(session, burst("ana", 2), SOMEBODY)
    assert replaced.image_count == 1


def test_an_account_made_by_the_operator_counts_moments(fakes: Fakes) -> None:
    images = burst("ana", 1, 3) + burst("ana", 2, 3)
    made = fakes.services.enrol.enrol(Application("ana", "ana@example.org"), images)
    assert made.user.template.image_count == 2


@pytest.mark.parametrize("shown", [1, 2, 3])
def test_a_search_counts_a_burst_as_one(fakes: Fakes, shown: int) -> None:
    ana = registered(fakes, burst("ana", 1))
    found = fakes.services.identify.identify(burst("ana", 2, shown), SOMEBODY)
    assert found.user_id == ana.user_id
    with pytest.raises(NotRecognised):
        fakes.services.identify.identify(burst("eve", 2, shown), SOMEBODY)
