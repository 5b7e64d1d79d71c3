"""``facelogin keys``: the key ring file."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def keys() -> None:
    """Make the key ring that seals templates."""


@keys.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def new(path: Path) -> None:
    """Write a new key ring to PATH, readable by its owner only. Never overwrites one."""
    from facelogin.stores.keyring import create_keyring

    if not create_keyring(path):
        raise click.UsageError(f"{path} exists. A key ring that is lost can't be made again.")
    click.echo(f"New key ring: {path}")
    click.echo("Keep a copy apart from the store's backups: without it no template can be read.")
