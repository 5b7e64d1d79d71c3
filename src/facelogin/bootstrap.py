"""Settings become a wired application. The only place that chooses adapters."""

from __future__ import annotations

import logging
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facelogin.clock import SystemClock
from facelogin.domain.errors import ConfigurationError, FaceloginError
from facelogin.domain.notice import Notice
from facelogin.domain.policy import RegistrationPolicy, SessionPolicy
from facelogin.services.wiring import Adapters, Rules, Services, wire

if TYPE_CHECKING:
    from flask import Flask

    from facelogin.domain.ports import FaceEngine, Store
    from facelogin.face.model_files import FileCheck
    from facelogin.settings import Settings
    from facelogin.stores.keyring import KeyRing

WEBAPP = Path(__file__).parent / "webapp"
"""Where the build puts the web app's files."""

_log = logging.getLogger(__name__)


def create_app(settings: Settings) -> Flask:
    """Return the WSGI application for these settings, its store prepared.

    Call it in the process that answers requests: networks and connections don't survive a fork.
    Raises ConfigurationError or StoreUnavailable where it can't start.
    """
    from facelogin.api.app import create_app as create_http_app

    return create_http_app(build_services(settings), settings, webapp=WEBAPP)


def describe_api() -> dict[str, Any]:
    """Return the OpenAPI document. Needs no store, no keys, no weights and no environment."""
    from facelogin.api.app import describe
    from facelogin.settings import Settings

    return describe(Settings.model_construct(), load_notice())


def build_services(
    settings: Settings, *, engine: FaceEngine | None = None, prepare: bool = True
) -> Services:
    """Return the services for these settings, their networks not loaded.

    ``engine`` takes the place of the one that the settings name. Without ``prepare`` the store is
    not touched before its first use, when it prepares itself.

    Raises ConfigurationError or StoreUnavailable where they can't be had.
    """
    from facelogin.stores.sealed import TemplateSealer

    notice = load_notice()
    engine = engine or build_engine(settings)
    keyring = open_keyring(settings)
    store = prepared_store(settings) if prepare else open_store_of(settings)
    sealer = TemplateSealer(keyring, store.installation_id)
    adapters = Adapters(store=store, engine=engine, sealer=sealer, clock=SystemClock())
    return wire(adapters, rules_of(settings, notice), notice)


def open_store_of(settings: Settings) -> Store:
    """Return the store that the settings name, not connected to yet."""
    from facelogin.stores.open import open_store

    return open_store(settings.effective_database_url)


def prepared_store(settings: Settings) -> Store:
    """Return the store that the settings name, its tables and indexes in place."""
    store = open_store_of(settings)
    try:
        store.prepare()
    except FaceloginError:
        store.close()
        raise
    return store


def build_engine(settings: Settings) -> FaceEngine:
    """Return the face engine that the settings name, its networks not loaded yet."""
    if settings.engine == "reference":
        from facelogin.face.reference import ReferenceFaceEngine

        return ReferenceFaceEngine(max_pixels=_max_pixels(settings))
    from facelogin.face.engine import OnnxFaceEngine

    return OnnxFaceEngine(weights_folder=settings.weights_dir, max_pixels=_max_pixels(settings))


def weights_checks(settings: Settings) -> list[FileCheck]:
    """Compare every weights file with its checksum; loads no network and starts no thread."""
    from facelogin.face.model_files import check_weights

    return check_weights(settings.weights_dir)


def open_keyring(settings: Settings) -> KeyRing:
    """Return the key ring; development makes one where there is none, and says so."""
    from facelogin.stores.keyring import KeyRing, create_keyring

    path = settings.effective_keyring_file
    may_make = not settings.in_production and settings.keyring_file is None
    if may_make and create_keyring(path):
        _log.warning("made a development key ring", extra={"keyring_file": str(path)})
    return KeyRing.load(path)


def load_notice() -> Notice:
    """Return the privacy notice that comes with the package."""
    text = resources.files("facelogin").joinpath("notices/en.md").read_text(encoding="utf-8")
    if not text.strip():
        raise ConfigurationError("The privacy notice is empty. Install facelogin again.")
    return Notice(language="en", text=text)


def rules_of(settings: Settings, notice: Notice) -> Rules:
    """Return what these settings demand of a registration, a login and a session."""
    return Rules(
        registration=RegistrationPolicy(
            open=settings.effective_registration == "open",
            required_assurance=settings.effective_required_assurance,
            consent_required=settings.effective_consent_required,
            notice_version=notice.version,
        ),
        session=SessionPolicy(
            idle=timedelta(seconds=settings.session_idle_s),
            absolute=timedelta(seconds=settings.session_absolute_s),
            fresh=timedelta(seconds=settings.session_fresh_s),
        ),
    )


def _max_pixels(settings: Settings) -> int:
    return int(settings.max_megapixels * 1_000_000)
