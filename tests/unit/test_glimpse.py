"""How much of a face is embedded before a login is decided: half where that half is plain."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pytest

from doubles import SOMEBODY, ClearSealer, FakeEngine, Fakes, fake_services
from facelogin.domain.errors import Busy, NotRecognised, SealError
from facelogin.domain.matching import Glimpse, normalise
from facelogin.domain.models import Embedding, SealedTemplate, Template
from facelogin.domain.observation import Face, Observation
from facelogin.domain.policy import CapturePolicy
from facelogin.services.capture import CaptureReader
from facelogin.services.enrol import Application
from facelogin.services.face_work import FaceWork
from facelogin.settings import Settings

BELOW, BEYOND = 0.1, 0.2
NEAR, NEARLY, HARDLY, FAR = 0.2, 0.45, 0.65, 0.75
"""Distances of a glimpse from the whole embedding; the fake engine's threshold is 0.5."""


@dataclass
class HalvingEngine(FakeEngine):
    """Sees in ``person:ana`` a glimpse at ``gap`` from ana's whole embedding."""

    gap: float = NEAR
    asked: list[str] = field(default_factory=list)

    def glimpse(self, observation: Observation, face: Face) -> Glimpse | None:
        self.asked.append("glimpse")
        whole = super().embed(observation, face)
        aside = normalise(np.roll(whole, 1) - np.dot(np.roll(whole, 1), whole) * whole)
        cosine = 1 - self.gap**2 / 2
        return Glimpse(normalise(cosine * whole + np.sqrt(1 - cosine**2) * aside), BELOW, BEYOND)

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        self.asked.append("whole" if begun is None else "rest")
        return super().embed(observation, face)


@pytest.fixture
def engine() -> HalvingEngine:
    return HalvingEngine()


@pytest.fixture
def fakes(engine: HalvingEngine) -> Fakes:
    made = fake_services(Settings(_env_file=None), engine=engine)
    made.services.enrol.register(Application("ana", "ana@example.org"), [b"person:ana"], SOMEBODY)
    engine.asked.clear()
    return made


def try_to_sign_in(fakes: Fakes, name: str, *images: bytes) -> bool:
    with suppress(NotRecognised):
        fakes.services.login.login(name, images, SOMEBODY)
        return True
    return False


def test_a_plain_match_is_decided_at_a_glimpse(fakes: Fakes, engine: HalvingEngine) -> None:
    assert try_to_sign_in(fakes, "ana", b"person:ana")
    assert engine.asked == ["glimpse"]


@pytest.mark.parametrize("gap", [NEARLY, HARDLY])
def test_a_glimpse_in_doubt_leaves_the_decision_to_the_whole_embedding(
    fakes: Fakes, engine: HalvingEngine, gap: float
) -> None:
    engine.gap = gap
    assert try_to_sign_in(fakes, "ana", b"person:ana")
    assert engine.asked == ["glimpse", "rest"]


def test_a_glimpse_far_beyond_the_threshold_is_a_refusal(
    fakes: Fakes, engine: HalvingEngine
) -> None:
    engine.gap = FAR
    assert not try_to_sign_in(fakes, "ana", b"person:ana")
    assert engine.asked == ["glimpse"]


@pytest.mark.parametrize("face", [b"person:ana", b"person:eve"])
def test_an_unknown_name_is_refused_at_a_glimpse_as_a_wrong_face_is(
    fakes: Fakes, engine: HalvingEngine, face: bytes
) -> None:
    assert not try_to_sign_in(fakes, "ana", b"person:eve")
    assert not try_to_sign_in(fakes, "nobody", face)
    assert engine.asked == ["glimpse", "glimpse"]


def test_several_images_are_embedded_whole(fakes: Fakes, engine: HalvingEngine) -> None:
    assert try_to_sign_in(fakes, "ana", b"person:ana", b"person:ana")
    assert engine.asked == ["whole", "whole"]


def test_what_is_enrolled_is_embedded_whole(fakes: Fakes, engine: HalvingEngine) -> None:
    fakes.services.enrol.register(Application("eve", "eve@example.org"), [b"person:eve"], SOMEBODY)
    assert engine.asked == ["whole"]


def test_a_template_that_cannot_be_opened_costs_what_a_wrong_face_costs(
    fakes: Fakes, engine: HalvingEngine
) -> None:
    class Broken(ClearSealer):
        def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
            raise SealError("the record was changed")

    fakes.services.login._comparer._sealer = Broken()
    assert not try_to_sign_in(fakes, "ana", b"person:ana")
    assert engine.asked == ["glimpse"]


def test_an_engine_without_a_glimpse_embeds_whole(fakes: Fakes, engine: HalvingEngine) -> None:
    engine.glimpse = lambda *_: None  # type: ignore[method-assign]
    assert try_to_sign_in(fakes, "ana", b"person:ana")
    assert engine.asked == ["whole"]


def test_the_rest_is_made_once_however_often_it_is_asked_for(engine: HalvingEngine) -> None:
    reader = CaptureReader(engine, CapturePolicy(), FaceWork(running=1, waiting=0, cpu_s=float))
    with reader.look([b"person:ana"], SOMEBODY) as shown:
        assert shown.whole() is shown.whole()
    assert engine.asked == ["glimpse", "rest"]


def test_the_rest_is_never_refused_for_want_of_a_place(engine: HalvingEngine) -> None:
    """A guess is booked between the two halves: whoever came later has to be refused instead."""
    work = FaceWork(running=1, waiting=0, cpu_s=float)
    reader = CaptureReader(engine, CapturePolicy(), work)
    with reader.look([b"person:ana"], SOMEBODY) as shown:
        with pytest.raises(Busy), reader.look([b"person:eve"], SOMEBODY):
            pass
        assert shown.whole().image_count == 1
    with reader.look([b"person:eve"], SOMEBODY) as shown:
        assert shown.whole().image_count == 1
