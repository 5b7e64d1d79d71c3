"""``facelogin users``: look at accounts, change and erase them, and invite people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from facelogin.cli.accounts import existing
from facelogin.cli.asking import confirm
from facelogin.cli.invites import invite, invites
from facelogin.cli.loading import operator_services
from facelogin.cli.lock_words import lock_words, locks_json
from facelogin.cli.recovery import print_bare_codes
from facelogin.domain.errors import StillInFiles
from facelogin.domain.models import User
from facelogin.services.accounts import Accounts
from facelogin.services.locks import Lock

_PAGE = 500


@click.group()
def users() -> None:
    """Look at accounts, change and erase them, and invite people."""


@users.command("list")
@click.option("--match", metavar="TEXT", help="Only accounts with TEXT in the username or email.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@click.option("--after", metavar="USERNAME", help="Go on after this account, the last one listed.")
@click.option("--count", "only_count", is_flag=True, help="Print how many they are, and no more.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_users(
    match: str | None, limit: int | None, after: str | None, only_count: bool, as_json: bool
) -> None:
    """List the accounts, and which are locked until when, in the order of their ids."""
    with operator_services() as services:
        accounts = services.accounts
        if only_count:
            click.echo(accounts.count(match=match))
            return
        begin = None if after is None else existing(accounts, after).user_id
        for page in _pages(accounts, after=begin, limit=limit, match=match):
            locks = services.locks.of(page)
            lines = [_listed(user, locks.get(user.user_id, []), as_json=as_json) for user in page]
            click.echo("\n".join(lines))


@users.command()
@click.argument("username")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(username: str, as_json: bool) -> None:
    """Show one account: what is stored, never the template itself."""
    with operator_services() as services:
        user = existing(services.accounts, username)
        locks = services.locks.of([user]).get(user.user_id, [])
    facts = _facts(user)
    if as_json:
        click.echo(json.dumps(facts | {"locks": locks_json(locks)}, indent=2))
        return
    facts["locks"] = ", ".join(map(lock_words, locks)) or None
    width = max(map(len, facts))
    for name, value in facts.items():
        click.echo(f"{name:<{width}}  {'-' if value is None else value}")


@users.command()
@click.argument("username")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(username: str, yes: bool) -> None:
    """Erase an account with its template and sessions."""
    with operator_services() as services:
        user = existing(services.accounts, username)
        confirm(f"Erase {user.username} and everything kept about them?", yes=yes)
        services.accounts.erase(user)
        scrubbed = services.store.scrub()
    click.echo(f"{user.username} is erased.")
    if not scrubbed:
        raise StillInFiles


@users.command()
@click.argument("username")
def disable(username: str) -> None:
    """Refuse an account's logins and end its sessions."""
    with operator_services() as services:
        user = existing(services.accounts, username)
        services.accounts.disable(user)
    if user.disabled:
        click.echo(f"{user.username} was disabled already, and is signed out everywhere.")
    else:
        click.echo(f"{user.username} is disabled and signed out everywhere.")


@users.command()
@click.argument("username")
def enable(username: str) -> None:
    """Let a disabled account sign in again."""
    with operator_services() as services:
        user = existing(services.accounts, username)
        services.accounts.enable(user)
    if user.disabled:
        click.echo(f"{user.username} can sign in again.")
    else:
        click.echo(f"{user.username} was not disabled.")


@users.command()
@click.argument("username")
def unlock(username: str) -> None:
    """Let a locked account be tried again at once, from every device."""
    with operator_services() as services:
        user = existing(services.accounts, username)
        locks = services.locks.of([user])
        services.accounts.unlock(user)
    if locks:
        click.echo(f"{user.username} is unlocked.")
    else:
        click.echo(f"{user.username} was not locked. Failed tries so far no longer count.")


@users.command("recovery-codes")
@click.argument("username")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def recovery_codes(username: str, yes: bool, as_json: bool) -> None:
    """Make new recovery codes for an account and print them, once.

    Whoever holds one of them can sign in as this person. Standard output gets the codes, one a
    line, and nothing else; with --yes nothing is asked.
    """
    with operator_services() as services:
        user = existing(services.accounts, username)
        confirm(
            f"Replace the recovery codes of {user.username}? The old ones stop working.", yes=yes
        )
        codes = services.recovery.renew_for(user)
    if as_json:
        click.echo(json.dumps({"username": user.username, "recovery_codes": codes}))
    else:
        print_bare_codes(user, codes)


@users.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def duplicates(as_json: bool) -> None:
    """List pairs of accounts whose faces pass for one another: enrolled twice, or look alike."""
    with operator_services(gallery="compare") as services:
        for pair in services.duplicates.pairs():
            one, other = sorted(pair, key=lambda user: user.created_at)
            if as_json:
                names = [one.username, other.username]
                click.echo(json.dumps({"usernames": names, "ids": [one.user_id, other.user_id]}))
            else:
                click.echo(f"{one.username:<32}  {other.username}")


users.add_command(invite)
users.add_command(invites)


def _pages(
    accounts: Accounts, *, after: str | None, limit: int | None, match: str | None
) -> Iterator[list[User]]:
    left = sys.maxsize if limit is None else limit
    while left and (page := accounts.page(after=after, limit=min(left, _PAGE), match=match)):
        yield page
        left, after = left - len(page), page[-1].user_id


def _listed(user: User, locks: Sequence[Lock], *, as_json: bool) -> str:
    if as_json:
        return json.dumps(_facts(user) | {"locks": locks_json(locks)})
    return _line(user, locks)


def _line(user: User, locks: Sequence[Lock]) -> str:
    state = "disabled" if user.disabled else "locked" if locks else "active"
    engines = "+".join(one.engine.id for one in user.templates)
    line = f"{user.username:<32}  {user.email:<40}  {state:<8}  {engines}"
    return f"{line}  {lock_words(locks[0])}" if locks else line


def _facts(user: User) -> dict[str, Any]:
    template = user.template
    return {
        "user_id": user.user_id,
        "username": user.username,
        "email": user.email,
        "created_at": user.created_at.isoformat(),
        "disabled_at": user.disabled_at.isoformat() if user.disabled_at else None,
        "consent_to": user.consent.notice_version if user.consent else None,
        "consent_at": user.consent.given_at.isoformat() if user.consent else None,
        "template_engine": f"{template.engine.id} {template.engine.version}",
        "added_template_engines": ", ".join(
            f"{one.engine.id} {one.engine.version}" for one in user.added
        )
        or None,
        "template_images": template.image_count,
        "template_made_at": template.created_at.isoformat(),
        "template_sealed_with_key": template.record.kid,
        "recovery_codes_left": user.recovery.left if user.recovery else 0,
    }
