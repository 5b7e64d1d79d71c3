"""``facelogin evaluate pad``: attacks on the live capture, and rendered people who pass it."""

from __future__ import annotations

from pathlib import Path

import click

from facelogin.cli.evaluate_options import clips_option, half_option, portraits_option

_OUT = click.Path(file_okay=False, path_type=Path)


@click.command()
@portraits_option
@clips_option
@click.option("--presentations", default=20, show_default=True, help="How many of each species.")
@click.option("--over-socket", default=0, help="How many of each in real time, over a socket.")
@click.option("--species", help="Which, separated by commas (default: all).")
@click.option("--people", default=100, show_default=True, help="How many people take part.")
@click.option(
    "--skip",
    default=0,
    show_default=True,
    help="How many people to leave out first: those whom earlier runs have looked at.",
)
@half_option
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--out",
    type=_OUT,
    default=Path("facelogin-evaluation/pad"),
    show_default=True,
    help="Where the report goes. A run that was interrupted goes on from what is there.",
)
def pad(
    *,
    portraits: Path,
    clips: Path | None,
    presentations: int,
    over_socket: int,
    species: str | None,
    people: int,
    skip: int,
    half: str,
    seed: int,
    out: Path,
) -> None:
    """Present attacks and rendered people to the live capture, and count who is let in.

    A synthetic attack suite with ISO 30107-3-style figures, through the whole application: no
    claim of conformance, and no rate for human beings. Your own store is not touched.
    """
    from facelogin.evaluation.presentations.people import Half
    from facelogin.evaluation.presentations.plan import BY_PRIORITY
    from facelogin.evaluation.presentations.report import write_report
    from facelogin.evaluation.presentations.run import Order, measure
    from facelogin.face.engine import OnnxFaceEngine

    order = Order(
        portraits=portraits,
        clips=clips,
        names=[name.strip() for name in species.split(",")] if species else BY_PRIORITY,
        presentations=presentations,
        over_socket=over_socket,
        people=people,
        skip=skip,
        half=Half(half),
        seed=seed,
    )
    engine = OnnxFaceEngine()
    engine.load()
    kept = measure(
        order, engine, out / "presentations.jsonl", lambda said: click.echo(said, err=True)
    )
    click.echo(write_report(out, order, kept.rows))
