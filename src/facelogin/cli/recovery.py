"""How the command line shows recovery codes: once."""

from __future__ import annotations

from collections.abc import Sequence

import click

from facelogin.domain.models import User


def print_bare_codes(user: User, codes: Sequence[str]) -> None:
    """Print codes one a line, for a script to read; what they are goes to standard error."""
    click.echo(f"New recovery codes for {user.username}, shown only now:", err=True)
    for code in codes:
        click.echo(code)


def print_codes(user: User, codes: Sequence[str]) -> None:
    """Print codes that nobody can read again."""
    click.echo(
        f"Recovery codes for {user.username}, each good for one sign-in without a face. "
        "They are shown only now:"
    )
    for code in codes:
        click.echo(f"  {code}")
