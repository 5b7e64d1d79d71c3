"""A whole application to try things on: real networks, real store, time that is moved by hand.

Guessing is not limited here, else a suite would lock its own victims out after five attacks. That
is wired in this module alone: no setting of a served application leads to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Protocol

import numpy as np
from flask import Flask

from facelogin.api.app import create_app
from facelogin.bootstrap import rules_of
from facelogin.domain.audit import event_of
from facelogin.domain.challenge import Direction
from facelogin.domain.liveness_policy import LivenessPolicy
from facelogin.domain.policy import Assurance, RegistrationMode
from facelogin.domain.ports import FaceEngine, Store
from facelogin.domain.throttle import AccountLimits, ThrottlePolicy, WindowLimits
from facelogin.evaluation.presentations.browsers import FlaskBrowser
from facelogin.notice_files import sample_notice
from facelogin.services.enrol import Application
from facelogin.services.wiring import Adapters, Services, wire
from facelogin.settings import Settings
from facelogin.stores.audit_keys import KeyRingAuditKeys
from facelogin.stores.challenge_box import SealedChallenges
from facelogin.stores.code_hashes import Argon2Codes
from facelogin.stores.device_tokens import SignedDeviceTokens
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.open import open_store
from facelogin.stores.pseudonyms import KeyedPseudonyms
from facelogin.stores.sealed import TemplateSealer

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_ANY_NUMBER = 10**9
_DEVICES_FOR = timedelta(days=400)


class Time(Protocol):
    """A clock, and how time passes by it."""

    def now(self) -> datetime:
        """Return the present moment."""
        ...

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        ...


class RealTime:
    """The machine's time: whoever waits sleeps."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)

    def wait(self, milliseconds: int) -> None:
        """Sleep."""
        sleep(milliseconds / 1000)


@dataclass(slots=True)
class TrialClock:
    """Tells the time that it was set to."""

    moment: datetime = _BEGINNING

    def now(self) -> datetime:
        """Return the present moment."""
        return self.moment

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        self.moment += timedelta(milliseconds=milliseconds)


class _Never:
    """A ``Later`` that does nothing: a trial's audit log needs no checkpoints."""

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        """Forget it."""


@dataclass(slots=True)
class _Chance:
    """The random source of an application, set anew for each presentation."""

    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    asked: tuple[Direction, ...] | None = None

    def order(self, orders: Sequence[tuple[Direction, ...]]) -> tuple[Direction, ...]:
        if self.asked is not None:
            return self.asked
        return orders[int(self.rng.integers(len(orders)))]

    def colour(self, colours: Sequence[str]) -> str:
        return colours[int(self.rng.integers(len(colours)))]


@dataclass(frozen=True, slots=True)
class TrialApp:
    """An application where a photo is not enough, and what its operator can see of it."""

    app: Flask
    services: Services
    clock: Time
    _chance: _Chance = field(repr=False)

    def browser(self) -> FlaskBrowser:
        """Return a browser that has never been here."""
        return FlaskBrowser(self.app.test_client())

    def seed(self, rng: np.random.Generator) -> None:
        """Draw orders of turns and colours from ``rng`` from here on."""
        self._chance.rng, self._chance.asked = rng, None

    def ask(self, order: tuple[Direction, ...]) -> None:
        """Ask for these turns in each challenge, until ``seed`` is called."""
        self._chance.asked = order

    def enrol(self, username: str, images: Sequence[bytes]) -> None:
        """Make an account on the operator's word. Raises an ImageRefused for a bad image."""
        application = Application(username, f"{username}@example.org")
        self.services.enrol.enrol(application, images)

    def last_reason(self) -> str | None:
        """Return the reason that the audit log gives for what it recorded last."""
        rows = self.services.store.audit.newest(subject=None, before=None, limit=1)
        event = event_of(rows[0]) if rows else None
        return None if event is None else event.reason


def open_trial_apps(
    folder: Path,
    engine: FaceEngine,
    *,
    policy: LivenessPolicy | None = None,
    clock: Time | None = None,
) -> tuple[TrialApp, TrialApp]:
    """Return an application without a flash and one with it, on one store in ``folder``.

    Time is moved by hand, unless there is another ``clock``.

    Raises ConfigurationError or StoreUnavailable where that can't be made.
    """
    keyring_file = folder / "keyring.json"
    create_keyring(keyring_file)
    store = open_store(f"sqlite:///{(folder / 'trial.db').absolute()}")
    store.prepare()
    time, rules = clock or TrialClock(), policy or LivenessPolicy()
    adapters = _adapters(store, KeyRing.load(keyring_file), engine, time)
    plain, flashing = (_trial_app(adapters, time, rules, flash=on) for on in (False, True))
    return plain, flashing


def _adapters(store: Store, keyring: KeyRing, engine: FaceEngine, clock: Time) -> Adapters:
    return Adapters(
        store=store,
        engine=engine,
        sealer=TemplateSealer(keyring, store.installation_id),
        pseudonyms=KeyedPseudonyms(keyring),
        devices=SignedDeviceTokens(keyring, clock, max_age=_DEVICES_FOR),
        challenge_box=SealedChallenges(keyring),
        keys=keyring,
        audit_keys=KeyRingAuditKeys(keyring),
        clock=clock,
        later=_Never(),
        code_hasher=Argon2Codes(),
    )


def _trial_app(adapters: Adapters, clock: Time, policy: LivenessPolicy, *, flash: bool) -> TrialApp:
    chance, notice = _Chance(), sample_notice()
    settings = Settings.model_construct(  # as by default, whatever this machine's own server has
        required_assurance=Assurance.LIVE, registration=RegistrationMode.OPEN, flash=flash
    )
    rules = replace(rules_of(settings, notice), throttle=_without_limits(), liveness=policy)
    drawn = replace(adapters, draw=chance.order, draw_colour=chance.colour)
    services = wire(drawn, rules, notice)
    return TrialApp(create_app(services, settings), services, clock, chance)


def _without_limits() -> ThrottlePolicy:
    account = AccountLimits(free_failures=_ANY_NUMBER, close_after=_ANY_NUMBER, closes=False)
    network = WindowLimits(_ANY_NUMBER, timedelta(seconds=10))
    return ThrottlePolicy(
        face=account,
        code=account,
        network_failures=network,
        network_challenges=network,
        network_registrations=network,
        network_registration_checks=network,
        account_challenges=network,
        sign_ins=network,
        sign_ins_a_day=network,
    )
