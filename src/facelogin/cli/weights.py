"""``facelogin weights``: the networks' files."""

from __future__ import annotations

import click

from facelogin.cli.loading import operator_settings


@click.group()
def weights() -> None:
    """Look after the networks' files."""


@weights.command()
def check() -> None:
    """Compare every weights file with its checksum."""
    from facelogin.bootstrap import check_weights

    for name in check_weights(operator_settings()):
        click.echo(f"{name}  ok")
