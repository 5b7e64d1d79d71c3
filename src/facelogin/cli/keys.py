"""``facelogin keys``: the key ring file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facelogin.cli.asking import confirm
from facelogin.cli.key_progress import RotationTeller
from facelogin.cli.loading import operator_services, operator_settings
from facelogin.domain.errors import KeyChangeRefused, StillInFiles
from facelogin.domain.keys import KeyFacts, Purpose

if TYPE_CHECKING:
    from facelogin.services.key_rotation import KeyRotation
    from facelogin.stores.keyring_edit import KeyRingEditor

_PURPOSE = click.Choice([purpose.value for purpose in Purpose])
_NO = 1
_MISSING = {
    "kid": None,
    "purpose": Purpose.KEK.value,
    "state": "missing",
    "created_at": None,
    "retired_at": None,
}
"""What is listed in the place of keys that templates need and the ring lacks."""
_BACKUP = "Back up the key ring now, apart from the store's backups."
_LOST_WITH = {
    Purpose.KEK: "Backups of the store from before the rotation can't be read without it.",
    Purpose.DEVICE: "Devices that last signed in before the rotation are unknown from then on.",
    Purpose.CHALLENGE: "Nothing is lost.",
    Purpose.AUDIT: "The part of the audit log that it chains can't be verified without it.",
    Purpose.PSEUDONYM: "Nothing is lost that the rotation did not lose.",
}
_NEW_PSEUDONYMS = (
    "With another key every counter of wrong tries that is kept by name or network begins at "
    "zero, people no longer see their activity from before, and nothing in the audit log from "
    "before can be matched with what comes after."
)


@click.group()
def keys() -> None:
    """Make, look at and change the key ring that seals templates."""


@keys.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def new(path: Path) -> None:
    """Write a new key ring to PATH, readable by its owner only. Never overwrites one."""
    from facelogin.stores.keyring import create_keyring

    if not create_keyring(path):
        raise click.UsageError(f"{path} exists. A key ring that is lost can't be made again.")
    click.echo(f"New key ring: {path}")
    click.echo("Keep a copy apart from the store's backups: without it no template can be read.")


@keys.command("list")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_keys(path: Path | None, as_json: bool) -> None:
    """List the keys, never their secrets, and how many templates each opens.

    With PATH that file is listed, and the store is not asked. Without it, the exit code is 1 if
    the store holds what none of them opens.
    """
    if path is not None:
        _print_keys(_editor(path).every(), {}, as_json=as_json)
        return
    editor = _editor(operator_settings().effective_keyring_file)
    with _rotation(any_keyring=True) as rotation:
        unopened, problem = rotation.unopened(), rotation.problem()
        _print_keys(editor.every(), rotation.uses(), as_json=as_json, unopened=unopened)
    if unopened:
        click.echo(f"{unopened:,} template(s) are sealed with keys that are not here.", err=True)
    if problem is not None:
        click.echo(problem, err=True)
    if unopened or problem is not None:
        sys.exit(_NO)


@keys.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def bind(yes: bool) -> None:
    """Take this key ring for the store's, though the one that sealed its templates is lost.

    Without it nothing starts beside templates that the key ring does not open. Those stay closed:
    their people sign in by a recovery code and enrol anew.
    """
    with _rotation(any_keyring=True) as rotation:
        if rotation.problem() is None:
            click.echo("The key ring is the store's already. Nothing is changed.")
            return
        lost = rotation.unopened()
        confirm(
            f"Give up the key ring that sealed what this store holds? {lost:,} template(s) of it "
            "open with no key of the present one.",
            yes=yes,
        )
        rotation.bind()
    click.echo("The store belongs to this key ring now.")
    click.echo(_BACKUP)


@keys.command()
@click.option("--purpose", type=_PURPOSE, default=Purpose.KEK.value, show_default=True)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="Seconds to wait for every worker to know the new key.",
)
@click.option("--yes", is_flag=True, help="Rotate a key whose rotation loses something.")
def rotate(purpose: str, timeout: float, yes: bool) -> None:
    """Have a new key take over while the server serves. End it at any time and run it again.

    With the purpose kek every template's key is wrapped anew; no face is needed for that.
    """
    chosen = Purpose(purpose)
    if chosen is Purpose.PSEUDONYM and not yes:
        raise KeyChangeRefused(f"{_NEW_PSEUDONYMS} If that is meant, add --yes.")
    teller = RotationTeller(chosen)
    with _rotation() as rotation:
        try:
            rotated = rotation.rotate(chosen, patience_s=timeout, tell=teller.tell)
        except KeyboardInterrupt:
            click.echo("\nInterrupted. Nothing is lost: run it again and it goes on from here.")
            raise click.Abort from None
    teller.finish(rotated)
    click.echo(_BACKUP)
    if rotated.unmovable:
        raise KeyChangeRefused(
            f"The templates of {len(rotated.unmovable)} user(s) can't be opened with any key of "
            f"the ring and were left as they are: {', '.join(rotated.unmovable)}"
        )
    if not rotated.scrubbed:
        raise StillInFiles


@keys.command()
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Do not ask.")
def retire(kid: str, yes: bool) -> None:
    """Take a retired key that no template needs out of the file, for good."""
    with _rotation() as rotation:
        key = rotation.removable(kid)
        confirm(f"{_LOST_WITH[key.purpose]} Remove {kid}?", yes=yes)
        rotation.retire(kid)
    click.echo(f"{kid} is removed.")
    click.echo(_BACKUP)


@keys.command()
@click.option("--purpose", type=_PURPOSE, required=True)
def add(purpose: str) -> None:
    """Give a key ring that lacks a key of this purpose its first one."""
    editor = _editor(operator_settings().effective_keyring_file)
    click.echo(f"New key: {editor.add_first(Purpose(purpose)).kid}")
    click.echo(_BACKUP)


@contextmanager
def _rotation(*, any_keyring: bool = False) -> Iterator[KeyRotation]:
    from facelogin.bootstrap import build_key_rotation

    with operator_services(any_keyring=any_keyring) as services:
        yield build_key_rotation(operator_settings(), services)


def _editor(path: Path) -> KeyRingEditor:
    """Return the ring at ``path`` as it is: what production would refuse can be mended with it."""
    from facelogin.clock import SystemClock
    from facelogin.stores.keyring import KeyRing
    from facelogin.stores.keyring_edit import KeyRingEditor

    return KeyRingEditor(KeyRing.load(path), SystemClock())


def _print_keys(
    listed: tuple[KeyFacts, ...], uses: Mapping[str, int], *, as_json: bool, unopened: int = 0
) -> None:
    if as_json:
        facts = [_facts(key, uses.get(key.kid)) for key in listed]
        missing = [_MISSING | {"templates": unopened}] if unopened else []
        click.echo(json.dumps([*facts, *missing], indent=2))
        return
    click.echo(f"{'KID':<28}  {'PURPOSE':<9}  {'STATE':<8}  {'CREATED':<20}  TEMPLATES")
    for key in listed:
        created = f"{key.created_at:%Y-%m-%dT%H:%M:%SZ}"
        used = uses.get(key.kid)
        click.echo(
            f"{key.kid:<28}  {key.purpose:<9}  {key.state:<8}  {created:<20}  "
            f"{'-' if used is None else format(used, ',')}"
        )
    if unopened:
        click.echo(
            f"{'(not in this ring)':<28}  {'kek':<9}  {'missing':<8}  {'-':<20}  {unopened:,}"
        )


def _facts(key: KeyFacts, templates: int | None) -> dict[str, str | int | None]:
    return {
        "kid": key.kid,
        "purpose": key.purpose.value,
        "state": key.state.value,
        "created_at": key.created_at.isoformat(),
        "retired_at": key.retired_at.isoformat() if key.retired_at else None,
        "templates": templates,
    }
