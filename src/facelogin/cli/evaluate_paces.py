"""``facelogin evaluate paces``: how slow a turn may be, and how few frames of it there may be."""

from __future__ import annotations

from pathlib import Path

import click

from facelogin.cli.evaluate_options import clips_option, half_option, portraits_option


@click.command()
@portraits_option
@clips_option
@click.option("--people", default=12, show_default=True, help="How many people are rendered.")
@half_option
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("facelogin-evaluation/paces"),
    show_default=True,
    help="Where the report goes.",
)
def paces(
    *, portraits: Path, clips: Path | None, people: int, half: str, seed: int, out: Path
) -> None:
    """Let people turn their heads fast and slowly, before cameras of 5 to 30 frames a second.

    Counts the turns that are accepted, by pace, by how long the head rests, and by how many frames
    are lost. Your own store is not touched.
    """
    from facelogin.evaluation.paces.people import filmed_people, rendered_people
    from facelogin.evaluation.paces.report import write_report
    from facelogin.evaluation.paces.run import turn_heads
    from facelogin.evaluation.presentations.people import Half
    from facelogin.face.engine import OnnxFaceEngine

    engine = OnnxFaceEngine()
    engine.load()
    turners = rendered_people(portraits, Half(half), engine, most=people, seed=seed)
    click.echo(write_report(out, list(turn_heads(turners, engine, seed=seed))))
    if clips is not None:
        turns = list(turn_heads(filmed_people(clips, engine), engine, seed=seed))
        click.echo(write_report(out / "clips", turns))
