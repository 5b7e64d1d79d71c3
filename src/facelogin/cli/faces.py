"""``facelogin enrol`` and ``facelogin verify``: register and compare from image files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from facelogin.cli.accounts import existing
from facelogin.cli.loading import operator_services, operator_settings
from facelogin.cli.picture_files import file_of, read_pictures
from facelogin.cli.recovery import print_codes
from facelogin.domain.errors import AccountDisabled, ImageRefused, NotFound, NotRecognised
from facelogin.emails import parse_email
from facelogin.services.enrol import Application

_MAX_IMAGES = 5
_IMAGE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--username", required=True)
@click.option("--email", required=True)
@click.option(
    "--consent",
    metavar="VERSION",
    help="The version of the privacy notice that the person agreed to (`facelogin notice`).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=_IMAGE)
def enrol(
    username: str, email: str, consent: str | None, as_json: bool, images: tuple[Path, ...]
) -> None:
    """Register a person from 1 to 5 image files, on the operator's word.

    In production the person's consent to the privacy notice is needed here as it is in the app.
    """
    if len(images) > _MAX_IMAGES:
        raise click.UsageError(f"{_MAX_IMAGES} images at most.")
    private_domains = operator_settings().effective_email_private_domains
    address = parse_email(email, private_domains=private_domains)
    application = Application(username=username, email=address, consent=consent)
    with read_pictures(images) as pictures, operator_services() as services:
        enrolled = services.enrol.enrol(application, pictures)
    user, codes = enrolled.user, enrolled.recovery_codes
    if as_json:
        facts = {"user_id": user.user_id, "username": user.username, "recovery_codes": codes}
        click.echo(json.dumps(facts))
    else:
        click.echo(f"{user.username} is enrolled with {len(images)} image(s).")
        print_codes(user, codes)


@click.command()
@click.option("--username", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=_IMAGE)
def verify(username: str, as_json: bool, images: tuple[Path, ...]) -> None:
    """Tell whether image files show the person of that name (exit 0 yes, 1 no, or nobody's)."""
    try:
        with read_pictures(images) as pictures, operator_services() as services:
            named = existing(services.accounts, username)
            user = services.login.verify(named.username, pictures)
    except (ImageRefused, NotFound, NotRecognised, AccountDisabled) as refusal:
        if as_json:
            click.echo(json.dumps({"match": False, "code": refusal.code} | file_of(refusal)))
        raise
    click.echo(
        json.dumps({"match": True, "username": user.username})
        if as_json
        else f"That is {user.username}."
    )
