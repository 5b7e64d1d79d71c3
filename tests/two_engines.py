"""A stand-in engine beside which an older one runs, because people have templates of that."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from apps import FakeApp
from doubles import ClearSealer, FakeEngine
from facelogin.domain.calibration import Calibration
from facelogin.domain.matching import normalise
from facelogin.domain.models import Embedding, EngineRef, Template
from facelogin.domain.observation import Face, Observation

OLD = EngineRef("fake-old", "1")
OLD_DIMENSION = 64


class OldRecogniser:
    """Embeds in fewer numbers, which have nothing to do with the default engine's."""

    ref = OLD
    dimension = OLD_DIMENSION
    calibration: Calibration = replace(FakeEngine.calibration, engine=OLD)

    def __init__(self) -> None:
        self.embedded = 0

    def load(self) -> None:
        """Nothing to load."""

    def embed(self, observation: Observation, face: Face) -> Embedding:
        self.embedded += 1
        return old_embedding(observation.pixels.tobytes().decode())


class TwoEngines(FakeEngine):
    """The stand-in engine with the older one beside it."""

    def __init__(self) -> None:
        self.old = OldRecogniser()
        self.others = (self.old,)
        self.embedded = 0

    def embed(self, observation: Observation, face: Face, **begun: object) -> Embedding:
        self.embedded += 1
        return super().embed(observation, face)


def old_embedding(name: str) -> Embedding:
    """What the older engine sees in a face of that name."""
    seed = zlib.crc32(b"old " + name.encode())
    return normalise(np.random.default_rng(seed).standard_normal(OLD_DIMENSION))


def with_old_template(app: FakeApp, username: str) -> None:
    """Give somebody who is registered a template of the older engine in place of the present."""
    users = app.fakes.store.users
    user = users.find_by_username(username)
    assert user is not None
    template = ClearSealer().seal(
        Template(
            template_id=f"old template of {username}",
            engine=OLD,
            embedding=old_embedding(username),
            image_count=1,
            created_at=app.fakes.clock.now(),
        ),
        user_id=user.user_id,
    )
    assert users.replace_template(
        user.user_id, old_template_id=user.template.template_id, template=template
    )
