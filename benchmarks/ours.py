"""Ours: the same login through facelogin's services, on a store with sealed templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.stages import ALL, DECIDE, DECODE, EMBED, FIND, Stages, timed
from facelogin import bootstrap
from facelogin.domain.calibration import Calibration
from facelogin.domain.errors import NotRecognised
from facelogin.domain.models import Embedding, EngineRef
from facelogin.domain.observation import Face, Glow, Observation, Sighting
from facelogin.domain.ports import FaceEngine
from facelogin.face.images import decode
from facelogin.services.enrol import Application
from facelogin.settings import Profile, Settings


class TimedEngine:
    """A face engine that keeps the time its stages take."""

    def __init__(self, engine: FaceEngine) -> None:
        self._engine = engine
        self.stages: Stages = {}

    @property
    def ref(self) -> EngineRef:
        """As the engine within."""
        return self._engine.ref

    @property
    def calibration(self) -> Calibration:
        """As the engine within."""
        return self._engine.calibration

    @property
    def min_sharpness(self) -> float:
        """As the engine within."""
        return self._engine.min_sharpness

    def load(self) -> None:
        """As the engine within."""
        self._engine.load()

    def observe(self, image: bytes) -> Observation:
        """As the engine within, timed."""
        with timed(self.stages, FIND):
            return self._engine.observe(image)

    def embed(self, observation: Observation, face: Face) -> Embedding:
        """As the engine within, timed."""
        with timed(self.stages, EMBED):
            return self._engine.embed(observation, face)

    def follow(self, images: Sequence[bytes]) -> tuple[Sighting, ...]:
        """As the engine within."""
        return self._engine.follow(images)

    def glow(self, observation: Observation, face: Face) -> Glow | None:
        """As the engine within."""
        return self._engine.glow(observation, face)


class Ours:
    """Knows one person by name among ``users`` accounts in an SQLite file."""

    def __init__(self, folder: Path, *, enrolled: bytes, users: int) -> None:
        settings = Settings.load(Profile.DEVELOPMENT, data_dir=folder)
        self._engine = TimedEngine(bootstrap.build_engine(settings))
        self._services = bootstrap.build_services(settings, engine=self._engine)
        application = Application("person", "person@example.org")
        first = self._services.enrol.enrol(application, [enrolled]).user
        for number in range(users - 1):
            name = f"other{number}"
            other = replace(
                first,
                user_id=f"{number:032x}",
                username=name,
                email=f"{name}@example.org",
                template=replace(first.template, template_id=f"{number:032x}"),
            )
            self._services.store.users.create(other)

    def login(self, jpeg: bytes) -> tuple[bool, Stages]:
        """Return whether the face is the person's, and the time of each stage."""
        apart: Stages = {}
        with timed(apart, DECODE):
            decode(jpeg)
        self._engine.stages = {}
        with timed(apart, "whole"):
            found = self._verify(jpeg)
        stages = self._engine.stages
        stages[DECIDE] = apart["whole"] - stages[FIND] - stages[EMBED]
        stages[FIND] -= apart[DECODE]
        stages[DECODE] = apart[DECODE]
        return found, {name: stages[name] for name in ALL}

    def close(self) -> None:
        """Let go of the store."""
        self._services.close()

    def _verify(self, jpeg: bytes) -> bool:
        try:
            self._services.login.verify("person", [jpeg])
        except NotRecognised:
            return False
        return True
