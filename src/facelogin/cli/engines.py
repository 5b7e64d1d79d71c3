"""``facelogin engines``: which engines' templates people have, and how far a change is."""

from __future__ import annotations

import json
import sys

import click

from facelogin.cli.asking import confirm
from facelogin.cli.loading import operator_services
from facelogin.domain.errors import StillInFiles

_TELL_EVERY = 1000


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def engines(context: click.Context, as_json: bool) -> None:
    """List the engines that made people's templates, and how many people are still to move."""
    if context.invoked_subcommand is not None:
        return
    with operator_services() as services:
        counts = services.engine_use.counts()
        default = services.engine_use.default
        to_move = services.engine_use.people_to_move()
        running = {services.engine.ref, *(one.ref for one in services.engine.others)}
    listed = [
        {
            "engine": engine.id,
            "version": engine.version,
            "templates": count,
            "default": engine == default,
            "running": engine in running,
        }
        for engine, count in counts.items()
    ]
    if as_json:
        click.echo(json.dumps({"engines": listed, "people_to_move": to_move}, indent=2))
        return
    click.echo(f"{'ENGINE':<20}  {'VERSION':<22}  {'TEMPLATES':>9}")
    for one in listed:
        mark = "default" if one["default"] else "" if one["running"] else "not running"
        click.echo(f"{one['engine']:<20}  {one['version']:<22}  {one['templates']:>9,}  {mark}")
    if to_move:
        click.echo(
            f"{to_move:,} people have no template of {default.id} yet. They get one when they sign "
            "in live from a device that has signed in to their account before "
            "(FACELOGIN_ENGINE_MOVE=known_devices)."
        )
    elif len(listed) > 1:
        click.echo(
            f"Everybody has a template of {default.id}. `facelogin engines retire ENGINE` erases "
            "those of another engine; the version of facelogin before can't be gone back to then."
        )


@engines.command()
@click.argument("engine")
@click.option("--yes", is_flag=True, help="Do not ask.")
def retire(engine: str, yes: bool) -> None:
    """Erase the templates of ENGINE of all who have one of the default engine as well.

    ENGINE is a name as `facelogin engines` lists it, or as in FACELOGIN_ENGINE. End it at any time
    and run it again.
    """
    from facelogin.face.engines import engine_id

    with operator_services() as services:
        use = services.engine_use
        wanted = engine_id(engine)
        if wanted not in {one.id for one in use.counts() if one != use.default}:
            raise click.UsageError(
                f"{engine} is the default engine: it makes new templates."
                if wanted == use.default.id
                else f"Nobody has a template of {engine}."
            )
        confirm(
            f"Erase the templates of {wanted} of everybody who has one of {use.default.id} "
            f"{use.default.version}? They can't be made again without these people.",
            yes=yes,
        )
        retired = use.retire(wanted, _tell)
    click.echo(f"{retired.erased:,} templates of {wanted} are erased.")
    if retired.kept:
        click.echo(
            f"{retired.kept:,} people have no other template and keep theirs. Run this again once "
            "they have moved."
        )
    if not retired.scrubbed:
        raise StillInFiles


def _tell(looked_at: int) -> None:
    if looked_at % _TELL_EVERY == 0:
        click.echo(f"  {looked_at:,} people looked at", file=sys.stderr)
