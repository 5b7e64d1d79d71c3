"""Applications on one real database, as worker processes are; only their eyes are fake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from contract.backends import Backend
from doubles import NOTICE, HandClock, HandTimers, fake_adapters, fake_gallery
from facelogin.api.app import create_app
from facelogin.bootstrap import rules_of
from facelogin.domain.identification import IdentificationMode
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import Store
from facelogin.services.wiring import Services, wire
from facelogin.settings import Settings
from facelogin.stores.challenge_box import SealedChallenges
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.open import open_store


@dataclass(frozen=True)
class Worker:
    """One application. ``clock`` is everybody's."""

    app: Flask
    services: Services
    clock: HandClock

    def browser(self, *cookies: tuple[str, str]) -> FlaskClient:
        """A client of this worker that holds these cookies."""
        client = self.app.test_client()
        for name, value in cookies:
            client.set_cookie(name, value)
        return client


@contextmanager
def live_workers(
    backend: Backend, keyring_file: Path, *, count: int = 2, **settings: Any
) -> Iterator[list[Worker]]:
    """Applications where a photo is not enough, with one database and one key ring."""
    create_keyring(keyring_file)
    options: dict[str, Any] = {"_env_file": None, "required_assurance": Assurance.LIVE} | settings
    effective, clock = Settings(**options), HandClock()
    opened = [open_store(_patient(backend.url)) for _ in range(count)]
    opened[0].prepare()
    try:
        yield [_worker(store, clock, keyring_file, effective) for store in opened]
    finally:
        for store in opened:
            store.close()


def _worker(store: Store, clock: HandClock, keyring_file: Path, settings: Settings) -> Worker:
    box = SealedChallenges(KeyRing.load(keyring_file))
    adapters = replace(fake_adapters(store, clock, HandTimers()), challenge_box=box)
    if settings.identification is IdentificationMode.ON:
        adapters = replace(adapters, gallery=fake_gallery(adapters, clock))
    services = wire(adapters, rules_of(settings, NOTICE), NOTICE)
    return Worker(create_app(services, settings), services, clock)


def _patient(database_url: str) -> str:
    """The same database; MongoDB's client lets many threads queue for its connections."""
    if not database_url.startswith("mongodb"):
        return database_url
    return f"{database_url}{'&' if '?' in database_url else '?'}timeoutMS=60000"
