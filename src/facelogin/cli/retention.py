"""``facelogin retention``: accounts that nobody uses any more are not kept for ever."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from facelogin.cli.loading import operator_services, operator_settings
from facelogin.domain.errors import StillInFiles
from facelogin.services.erasure import last_use

if TYPE_CHECKING:
    from facelogin.domain.models import User
    from facelogin.services.audit_rotation import AuditRotation
    from facelogin.services.retention import Retention, Swept

_FEW = 10
_TELL_EVERY = 100


@click.group()
def retention() -> None:
    """Erase accounts that were not used for FACELOGIN_RETENTION_DAYS."""


@retention.command()
@click.option("--list", "as_list", is_flag=True, help="List the accounts, one a line.")
@click.option("--erase", is_flag=True, help="Erase them. Without this nothing is changed.")
@click.option(
    "--most", is_flag=True, help="Erase them even where that is more than half of all accounts."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run(as_list: bool, erase: bool, most: bool, as_json: bool) -> None:
    """Tell how many accounts were not used for so long, and with --erase erase them.

    Used is an account that has signed in, or was made, within that time. --erase also erases what
    has expired (sessions, counters, invitations), drops audit records of more than
    FACELOGIN_AUDIT_RETENTION_DAYS, and overwrites what was erased in the store's files. It may be
    interrupted and run again. A clock that is wrong makes every account look unused, so more than
    half of them (and more than 10) are erased only with --most.
    """
    with operator_services() as services:
        keeper = services.retention
        since = keeper.since()
        unused = _found(keeper, since, as_list=as_list and not as_json)
        facts: dict[str, object] = {"unused": unused, "not_used_since": since.isoformat()}
        if as_list and as_json:
            facts["accounts"] = [_facts(user) for user in keeper.unused(since=since)]
        if not as_json:
            click.echo(f"{unused} account(s) not used since {since:%Y-%m-%d %H:%M} UTC.")
        if erase:
            _refuse_most(unused, services.store.users.count(), most=most)
            facts |= _erase(keeper, since, unused, quiet=as_json)
            facts |= _drop_records(services.audit_rotation, quiet=as_json)
        elif not as_json:
            click.echo("Nothing was changed. --erase erases them.")
    if as_json:
        click.echo(json.dumps(facts))
    if facts.get("scrubbed") is False:
        raise StillInFiles


def _found(keeper: Retention, since: datetime, *, as_list: bool) -> int:
    count = 0
    for user in keeper.unused(since=since):
        count += 1
        if as_list:
            click.echo(f"{user.username:<32}  {user.email:<40}  {last_use(user):%Y-%m-%d}")
    return count


def _refuse_most(unused: int, everybody: int, *, most: bool) -> None:
    if unused > _FEW and unused * 2 > everybody and not most:
        raise click.ClickException(
            f"That would erase {unused} of {everybody} accounts, so nothing was changed. Is the "
            "clock right? --most erases them all the same."
        )


def _drop_records(rotation: AuditRotation, *, quiet: bool) -> dict[str, object]:
    """Drop the part of the audit log whose time is over, if the operator has set one."""
    days = operator_settings().audit_retention_days
    if days is None:
        return {}
    rotation.finish()
    segment = rotation.segment(until=datetime.now(UTC) - timedelta(days=days))
    if segment is not None:
        rotation.drop(segment)
    rows = 0 if segment is None else segment.rows
    if not quiet:
        click.echo(f"{rows:,} audit record(s) of more than {days} days ago dropped.")
    return {"audit_records_dropped": rows}


def _erase(keeper: Retention, since: datetime, total: int, *, quiet: bool) -> dict[str, object]:
    erased = kept = 0
    for done in keeper.erase(since=since):
        erased, kept = erased + done, kept + (not done)
        if not quiet and (erased + kept) % _TELL_EVERY == 0:
            click.echo(f"  {erased + kept} of {max(total, erased + kept)}")
    swept = keeper.sweep()
    if not quiet:
        _tell(erased, kept, swept)
    return {
        "erased": erased,
        "used_meanwhile": kept,
        "expired_sessions": swept.sessions,
        "expired_counters": swept.counters,
        "expired_invitations": swept.invites,
        "scrubbed": swept.scrubbed,
    }


def _tell(erased: int, kept: int, swept: Swept) -> None:
    click.echo(f"{erased} erased, {kept} kept because they were used meanwhile.")
    click.echo(
        f"Expired and erased: {swept.sessions} session(s), {swept.counters} counter(s), "
        f"{swept.invites} invitation(s)."
    )


def _facts(user: User) -> dict[str, str]:
    return {
        "user_id": user.user_id,
        "username": user.username,
        "email": user.email,
        "last_used_at": last_use(user).isoformat(),
    }
