"""How a command asks before it does what can't be undone."""

from __future__ import annotations

import click


def confirm(question: str, *, yes: bool) -> None:
    """Return if the operator agrees, or has agreed by ``--yes``; else end the command.

    The question goes to standard error, so that standard output holds the result and nothing else.
    """
    if yes:
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)
        raise click.ClickException(
            "Nobody answered, and nothing is changed. In a script, add --yes."
        ) from None
    if not agreed:
        raise click.Abort
