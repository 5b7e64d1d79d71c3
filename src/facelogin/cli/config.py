"""``facelogin config``: the effective settings, secrets masked."""

from __future__ import annotations

import json

import click

from facelogin.cli.loading import operator_settings
from facelogin.settings import Profile, Settings, masked


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    help="As `run` (development) or `serve` (production) would see them.",
)
def config(as_json: bool, profile: str | None) -> None:
    """Print the effective settings, secrets masked."""
    values = masked(Settings.load(Profile(profile)) if profile else operator_settings())
    if as_json:
        click.echo(json.dumps(values, default=str, indent=2))
        return
    width = max(map(len, values))
    for name, value in values.items():
        click.echo(f"{name:<{width}}  {_shown(value)}")


def _shown(value: object) -> str:
    if value is None:
        return "(not set)"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "(none)"
    return str(value).lower() if isinstance(value, bool) else str(value)
