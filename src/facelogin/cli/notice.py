"""``facelogin notice``: the privacy notice that people agree to."""

from __future__ import annotations

import click


@click.command()
def notice() -> None:
    """Print the privacy notice, its version on the first line."""
    from facelogin.bootstrap import load_notice

    current = load_notice()
    click.echo(f"version {current.version}\n\n{current.text}")
