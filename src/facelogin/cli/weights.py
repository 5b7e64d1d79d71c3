"""``facelogin weights``: the networks' files."""

from __future__ import annotations

import click

from facelogin.cli.loading import operator_settings
from facelogin.domain.errors import ConfigurationError


@click.group()
def weights() -> None:
    """Look after the networks' files."""


@weights.command()
def check() -> None:
    """Compare every weights file with its checksum."""
    from facelogin.bootstrap import pad_model_checks, recogniser_checks, weights_checks

    settings = operator_settings()
    checks = [
        *weights_checks(settings),
        *recogniser_checks(settings),
        *pad_model_checks(settings),
    ]
    for found in checks:
        click.echo(f"{found.file:<16}  {'ok' if found.ok else found.problem}")
    if not all(found.ok for found in checks):
        raise ConfigurationError("The weights can't be used as they are.")
