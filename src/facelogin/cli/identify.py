"""``facelogin identify``: whose face a picture shows, and how often that goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facelogin.cli.loading import operator_services, operator_settings
from facelogin.cli.picture_files import file_of, read_pictures
from facelogin.domain.errors import (
    IdentificationUnavailable,
    ImageRefused,
    NotRecognised,
    Refusal,
    UsernameNeeded,
)
from facelogin.domain.identification import Verdict, people_in, search_fpir
from facelogin.domain.odds import (
    Group,
    Odds,
    groups_of,
    least_fpir,
    limiting,
    lowest_rate,
    most_people,
    odds,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facelogin.services.wiring import Services

_MAX_IMAGES = 3
_IMAGE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SIZES = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


class _ImagesOrCommand(click.Group):
    """A group of which anything that is no command of it is an image."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the hidden command for images before what names none."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = ["image", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_ImagesOrCommand, subcommand_metavar="[--json] IMAGE... | odds", invoke_without_command=True
)
@click.pass_context
def identify(ctx: click.Context) -> None:
    """Tell whose face image files show, of all that are enrolled (exit 0 found, 1 not).

    `facelogin identify odds` tells how often that goes wrong among so many people.
    """
    if ctx.invoked_subcommand is None:
        raise click.UsageError("Name an image.")


@identify.command("image", hidden=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=_IMAGE)
def image(as_json: bool, images: tuple[Path, ...]) -> None:
    """Tell whose face these image files of one person show."""
    if len(images) > _MAX_IMAGES:
        raise click.UsageError(f"{_MAX_IMAGES} images at most.")
    try:
        with read_pictures(images) as pictures, operator_services(gallery="search") as services:
            username = _username(services, pictures)
    except (ImageRefused, NotRecognised, UsernameNeeded, IdentificationUnavailable) as refusal:
        if as_json:
            click.echo(json.dumps({"match": False, "code": refusal.code} | file_of(refusal)))
        raise
    found = {"match": True, "username": username}
    click.echo(json.dumps(found) if as_json else f"That is {username}.")


@identify.command("odds")
@click.option("--people", type=click.IntRange(1), help="Among so many. Default: as many as are.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_odds(people: int | None, as_json: bool) -> None:
    """Tell how many strangers are let in, and how many people are not found, by their number."""
    from facelogin.bootstrap import identification_rules
    from facelogin.services.census import census_of

    policy = identification_rules(operator_settings())
    with operator_services() as services:
        recognisers = (services.engine, *services.engine.others)
        census = census_of(services.store.users, [one.ref for one in recognisers])
        groups = groups_of([one.calibration for one in recognisers], census, policy)
    there = people_in(census)
    rows = [odds(policy, groups, size) for size in sorted({*_SIZES, people or there or 1})]
    most = most_people(policy, groups)
    if as_json:
        facts = {
            "people": there,
            "people_by_engine": {ref.id: sum(some.values()) for ref, some in census.items()},
            "target_fpir": policy.target_fpir,
            "most_people": most,
        }
        click.echo(json.dumps(facts | {"odds": [_facts(row) for row in rows]}))
        return
    click.echo(
        f"{there} people are enrolled. At FACELOGIN_TARGET_FPIR={policy.target_fpir:g} up to "
        f"{most} can be searched: thresholds were measured down to\na false-match rate of "
        f"{lowest_rate(groups):g} ({limiting(groups).calibration.data_set}).\n"
    )
    if len(groups) > 1:
        under = (f"{one.people} by engine {one.calibration.engine.id}" for one in groups)
        click.echo(f"Searched are {', '.join(under)}. Shares are of all of them together.\n")
    _print_table(rows, groups)


def _username(services: Services, images: list[bytes]) -> str:
    try:
        found = services.identify.look_up(images)
    except IdentificationUnavailable as refusal:
        raise _explained(refusal, services) from refusal
    if found.user is None or found.verdict is Verdict.UNKNOWN:
        raise NotRecognised("That is nobody who is enrolled here.")
    if found.verdict is Verdict.DOUBTFUL:
        raise UsernameNeeded(
            f"That may be {found.user.username}, or somebody else who looks much like them."
        )
    return found.user.username


def _explained(refusal: Refusal, services: Services) -> Refusal:
    from facelogin.bootstrap import too_many_to_identify
    from facelogin.services.census import census_of

    engines = [one.ref for one in (services.engine, *services.engine.others)]
    census = services.gallery.census() or census_of(services.store.users, engines)
    why = too_many_to_identify(operator_settings(), census)
    return refusal if why is None else IdentificationUnavailable(why)


def _facts(row: Odds) -> dict[str, Any]:
    fnir = {f"{enrolled}+{shown}": rate for (enrolled, shown), rate in row.fnir.items()}
    return {
        "people": row.people,
        "fmr": row.fmr,
        "fpir": row.fpir,
        "reachable": row.reachable,
        "fnir": fnir,
    }


def _print_table(rows: list[Odds], groups: Sequence[Group]) -> None:
    images = [f"{enrolled}+{shown}" for enrolled, shown in rows[0].fnir]
    titles = ["people", "FMR needed", "strangers let in", *(f"missed {one}" for one in images)]
    click.echo("  ".join(f"{title:>16}" for title in titles))
    for row in rows:
        cells = [f"{row.people:,}", f"{row.fmr:.1e}"]
        if row.reachable:
            cells += [f"1 in {1 / row.fpir:,.0f}", *(_percent(rate) for rate in row.fnir.values())]
        else:
            least = search_fpir(fmr=lowest_rate(groups), people=row.people)
            set_to = least_fpir(groups, row.people)
            cells.append(f"1 in {1 / least:,.3g} at the least: FACELOGIN_TARGET_FPIR={set_to:.2g}")
        click.echo("  ".join(f"{cell:>16}" for cell in cells))
    click.echo(
        "\nmissed a+b: people with a images enrolled who show b, all of different days, and are "
        "not found; - where nobody measured it. Frames of one moment count as one image."
    )


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1%}"
