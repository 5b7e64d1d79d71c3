"""``facelogin users invite`` and ``invites``: who may register where an invitation is needed."""

from __future__ import annotations

import json
from datetime import timedelta

import click

from facelogin.cli.loading import operator_services, operator_settings
from facelogin.domain.models import Invite
from facelogin.domain.policy import RegistrationMode
from facelogin.settings import Settings

_DEVELOPMENT_URL = "http://localhost:5000"
"""Where `facelogin run` listens unless it is told otherwise or the port is taken. Only for want of
better: a server that runs says in the store where it is."""
_MAX_DAYS = 365
_MAX_COUNT = 1000


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, _MAX_DAYS),
    default=7,
    show_default=True,
    help="How long it can be used.",
)
@click.option("--count", type=click.IntRange(1, _MAX_COUNT), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--revoke", metavar="ID", help="Make the invitation of that id worthless instead.")
def invite(days: int, count: int, as_json: bool, revoke: str | None) -> None:
    """Print links with which one person each may register (FACELOGIN_REGISTRATION=invite).

    A link is shown only now. The token in it stays in the browser: what follows the # is sent to
    no server and reaches no log.
    """
    if revoke is not None:
        with operator_services() as services:
            services.invites.revoke(revoke)
        click.echo(f"The invitation {revoke} is worthless now.")
        return
    settings = operator_settings()
    with operator_services() as services:
        running = settings.public_url or services.presence.address()
        for _ in range(count):
            new = services.invites.issue(lasts=timedelta(days=days))
            link = f"{running or _DEVELOPMENT_URL}/sign-up#invite={new.token}"
            facts = _facts(new.invite) | {"link": link}
            click.echo(json.dumps(facts) if as_json else link)
    each = "It" if count == 1 else "Each"
    click.echo(
        f"{each} can be used once, until {new.invite.expires_at:%Y-%m-%d %H:%M} UTC.", err=True
    )
    if running is None:
        click.echo(
            f"No server is running here and FACELOGIN_PUBLIC_URL is not set, so {_DEVELOPMENT_URL} "
            "is assumed.",
            err=True,
        )
    _warn_where_no_invitation_is_asked_for(settings)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def invites(as_json: bool) -> None:
    """List the invitations that can still be used."""
    with operator_services() as services:
        for one in services.invites.usable():
            facts = _facts(one)
            line = f"{facts['invite_id']}  expires {facts['expires_at']}"
            click.echo(json.dumps(facts) if as_json else line)


def _facts(one: Invite) -> dict[str, str]:
    return {
        "invite_id": one.invite_id,
        "created_at": one.created_at.isoformat(timespec="seconds"),
        "expires_at": one.expires_at.isoformat(timespec="seconds"),
    }


def _warn_where_no_invitation_is_asked_for(settings: Settings) -> None:
    mode = settings.effective_registration
    if mode is not RegistrationMode.INVITE:
        click.echo(
            f"Registration is {mode.value} under these settings; invitations count where "
            "FACELOGIN_REGISTRATION=invite is set.",
            err=True,
        )
