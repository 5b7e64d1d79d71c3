"""``facelogin evaluate latency``: how fast logins are on this machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from facelogin.cli.loading import operator_settings
from facelogin.cli.picture_files import read_pictures


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    multiple=True,
    help="Processes at once; may be given several times. [default: 1, then FACELOGIN_WORKERS]",
)
@click.option(
    "--count", type=click.IntRange(20, 100_000), default=200, show_default=True, help="Per worker."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def latency(image: Path, workers: tuple[int, ...], count: int, as_json: bool) -> None:
    """Sign in again and again with a picture of one face, and tell how long each stage takes.

    Nothing is changed in your store: the logins are on one of their own, in a temporary folder.
    """
    from facelogin.evaluation.latency import measure_latency

    settings = operator_settings()
    asked = workers or tuple(sorted({1, settings.workers}))
    with read_pictures([image]) as (content,):
        found = [
            measure_latency(content, workers=number, count=count, engine=settings.engine)
            for number in asked
        ]
    if as_json:
        click.echo(json.dumps({"runs": [asdict(one) for one in found]}, indent=2))
        return
    for one in found:
        click.echo(
            f"{one.workers} worker(s): {one.per_s:.1f} logins/s ({one.logins:,} logins), "
            f"at most {one.peak_mb:.0f} MB each"
        )
        for stage, at in one.stages.items():
            click.echo(
                f"  {stage:<12} p50 {at.p50_ms:7.2f}  p95 {at.p95_ms:7.2f}  p99 {at.p99_ms:7.2f} ms"
            )
