"""``facelogin run`` for the person who tries it, ``facelogin serve`` for production."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

import facelogin
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.identification import IdentificationMode
from facelogin.logs import configure_logging
from facelogin.settings import Profile, Settings

if TYPE_CHECKING:
    from socket import socket

    from facelogin.domain.models import EngineRef

_DEFAULT_PORT = 5000
_LOOPBACK = "127.0.0.1"


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Listen here. Without it: {_DEFAULT_PORT} or the next free one.",
)
@click.option(
    "--identify",
    is_flag=True,
    help="Let people sign in without a username (FACELOGIN_IDENTIFICATION=on).",
)
def run(port: int | None, identify: bool) -> None:
    """Run on this machine, for development: loopback only, a photo is enough to sign in."""
    from facelogin.server import Server, listen

    wanted_settings = {"identification": IdentificationMode.ON} if identify else {}
    settings = Settings.load(Profile.DEVELOPMENT, **wanted_settings)
    configure_logging(as_json=False)
    found = _check(settings)
    wanted = _DEFAULT_PORT if port is None else port
    with listen(_LOOPBACK, wanted, or_next=port is None) as listener, _metrics(settings) as metrics:
        bound_port = listener.getsockname()[1]
        address = f"http://localhost:{bound_port}{settings.public_path}"
        metrics_port = metrics.getsockname()[1] if metrics else None

        def say_where() -> None:
            click.echo(f"facelogin {facelogin.__version__} runs at {address}  (Ctrl-C stops it)")
            if port is None and bound_port != _DEFAULT_PORT:
                click.echo(f"  port   {bound_port}, because {_DEFAULT_PORT} is in use")
            click.echo(f"  store  {found.store}")
            click.echo(f"  keys   {settings.effective_keyring_file.absolute()}")
            _say_metrics(metrics_port)
            if found.too_many is not None:
                click.echo(found.too_many, err=True)

        Server(
            settings,
            listener,
            workers=1,
            when_ready=say_where,
            beside=found.beside,
            metrics=metrics,
            address=settings.public_url or address,
        ).run()


@click.command()
@click.option("--host", default=_LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), help="Processes (FACELOGIN_WORKERS).")
def serve(host: str, port: int, workers: int | None) -> None:
    """Serve in production, behind a proxy that speaks HTTPS.

    Refuses to start without FACELOGIN_PUBLIC_URL, FACELOGIN_KEYRING_FILE, FACELOGIN_NOTICE_FILE
    and an assurance that this version can give; and, where people may sign in without a username,
    with more of them than the thresholds were measured for.
    """
    from facelogin.server import Server, listen

    settings = Settings.load(Profile.PRODUCTION)
    configure_logging(as_json=True)
    found = _check(settings)
    if found.too_many is not None:
        raise ConfigurationError(found.too_many)
    with listen(host, port, or_next=False) as listener, _metrics(settings) as metrics:
        where = f"{host}:{listener.getsockname()[1]}"
        metrics_port = metrics.getsockname()[1] if metrics else None

        def say_where() -> None:
            click.echo(f"facelogin {facelogin.__version__} serves {settings.public_url} on {where}")
            click.echo(f"  store  {found.store}")
            _say_metrics(metrics_port)

        Server(
            settings,
            listener,
            workers=workers or settings.workers,
            when_ready=say_where,
            beside=found.beside,
            metrics=metrics,
        ).run()


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found out before the first worker starts.

    ``store`` describes it; ``too_many`` says why there are too many people to sign in without a
    username, if so; ``beside`` are the engines of their templates, apart from the default one.
    """

    store: str
    too_many: str | None
    beside: tuple[EngineRef, ...]


def _metrics(settings: Settings) -> AbstractContextManager[socket | None]:
    from facelogin.server import listen

    if settings.metrics_port is None:
        return nullcontext()
    setting = "FACELOGIN_METRICS_PORT"
    return listen(_LOOPBACK, settings.metrics_port, or_next=False, chosen_with=setting)


def _say_metrics(port: int | None) -> None:
    if port is not None:
        click.echo(f"  metrics  http://{_LOOPBACK}:{port}/metrics")


def _check(settings: Settings) -> _Found:
    """Find out before the first worker starts whether all that it needs is there.

    That is store, keys, weights, the operator's own recogniser, and thresholds, also those of
    engines whose templates the store has. No network is loaded and no connection stays open:
    workers fork from this process.
    """
    from facelogin.bootstrap import (
        calibration_of,
        calibrations_of,
        engines_in,
        key_binding,
        open_keyring,
        pad_model_checks,
        prepared_store,
        recogniser_checks,
        too_many_to_identify,
        weights_checks,
    )
    from facelogin.services.census import census_of

    checks = (*weights_checks(settings), *recogniser_checks(settings))
    for found in (*checks, *pad_model_checks(settings)):
        if found.problem is not None:
            raise ConfigurationError(found.problem)
    calibration = calibration_of(settings)
    keyring = open_keyring(settings)
    store = prepared_store(settings, for_writing=True)
    try:
        key_binding(keyring, store).check()
        beside = engines_in(store, settings)
        calibrations_of(settings, beside=beside)
        if settings.identification is not IdentificationMode.ON:
            return _Found(store.describe(), None, beside)
        census = census_of(store.users, (calibration.engine, *beside))
        return _Found(store.describe(), too_many_to_identify(settings, census), beside)
    finally:
        store.close()
