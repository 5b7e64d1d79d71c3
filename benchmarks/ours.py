"""Ours: the same login through facelogin's services, on a store with sealed templates."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time

import psutil

from benchmarks.stages import ALL, DECIDE, DECODE, EMBED, FIND, Stages, timed
from facelogin import bootstrap
from facelogin.domain.errors import NotRecognised
from facelogin.domain.matching import Glimpse
from facelogin.domain.models import Embedding, User
from facelogin.domain.observation import Face, Observation
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import FaceEngine
from facelogin.domain.requester import Device, Requester
from facelogin.evaluation.engine_within import EngineWithin
from facelogin.face.images import decode
from facelogin.services.enrol import Application
from facelogin.settings import EngineName, Profile, Settings
from facelogin.stores.sqlite_rows import INSERT_TEMPLATE, INSERT_USER, template_row, user_row


class TimedEngine(EngineWithin):
    """A face engine that keeps the time its stages take."""

    def __init__(self, engine: FaceEngine) -> None:
        super().__init__(engine)
        self.stages: Stages = {}

    def observe(self, image: bytes) -> Observation:
        """As the engine within, timed."""
        with timed(self.stages, FIND):
            return super().observe(image)

    def glimpse(self, observation: Observation, face: Face) -> Glimpse | None:
        """As the engine within, timed."""
        with timed(self.stages, EMBED):
            return super().glimpse(observation, face)

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        """As the engine within, timed."""
        with timed(self.stages, EMBED):
            return super().embed(observation, face, begun=begun)


class Ours:
    """Knows one person by name among ``users`` accounts in an SQLite file.

    A login is the decision: decode, find, embed, read the user, unseal, compare. Where it is
    ``served`` it is everything that a request does between its parsing and its answer: limits,
    audit and session, pictures decoded in a process of their own.
    """

    def __init__(
        self,
        folder: Path,
        *,
        enrolled: bytes,
        users: int,
        engine: EngineName = "sface",
        served: bool = False,
    ) -> None:
        settings = Settings.load(
            Profile.DEVELOPMENT,
            _env_file=None,
            data_dir=folder,
            engine=engine,
            decoder="isolated" if served else "inline",
            account_failures=100,
            account_close_after=1000,
            network_failures=1_000_000,
            account_sign_ins=1_000_000,
            account_sign_ins_a_day=1_000_000,
        )
        self._served = served
        self._engine = TimedEngine(bootstrap.build_engine(settings))
        before = set(psutil.Process().children())
        self._engine.load()
        self._decoders = set(psutil.Process().children()) - before
        self._services = bootstrap.build_services(settings, engine=self._engine)
        application = Application("person", "person@example.org")
        first = self._services.enrol.enrol(application, [enrolled]).user
        _add_others(folder / "facelogin.db", first, users - 1)
        device = Device("d" * 32, (first.user_id,))
        self._requester = Requester("192.0.2.7/32", device, "request")

    def login(self, jpeg: bytes) -> tuple[bool, Stages]:
        """Return whether the face is the person's, and the time of each stage."""
        apart: Stages = {}
        with timed(apart, DECODE):
            decode(jpeg)
        self._engine.stages = {}
        with timed(apart, "whole"):
            found = self._sign_in(jpeg)
        stages = self._engine.stages
        stages[DECIDE] = apart["whole"] - stages[FIND] - stages[EMBED]
        stages[FIND] -= apart[DECODE]
        stages[DECODE] = apart[DECODE]
        return found, {name: stages[name] for name in ALL}

    def cpu_s(self) -> float:
        """Processor seconds of this process and of what decodes for it."""
        apart = (child.cpu_times() for child in self._decoders)
        return process_time() + sum(times.user + times.system for times in apart)

    def close(self) -> None:
        """Let go of the store."""
        self._services.close()

    def _sign_in(self, jpeg: bytes) -> bool:
        try:
            if not self._served:
                self._services.login.verify("person", [jpeg])
                return True
            user = self._services.login.login("person", [jpeg], self._requester)
        except NotRecognised:
            return False
        self._services.sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO)
        return True


def _add_others(database: Path, like: User, count: int) -> None:
    """Put accounts into the file beside the first, in one transaction: one by one takes minutes.

    Their templates are copies, which only their own user's name could open.
    """
    connection = sqlite3.connect(database)
    with connection:
        connection.executemany(INSERT_USER, (user_row(user) for user in _others(like, count)))
        connection.executemany(
            INSERT_TEMPLATE,
            (template_row(user.template, user_id=user.user_id) for user in _others(like, count)),
        )
    connection.close()


def _others(like: User, count: int) -> Iterator[User]:
    for number in range(count):
        name = f"other{number}"
        yield replace(
            like,
            user_id=f"{number:032x}",
            username=name,
            email=f"{name}@example.org",
            template=replace(like.template, template_id=f"{number:032x}"),
        )
