"""``facelogin evaluate gates``: what quality limits refuse, and whether it would have matched."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facelogin.cli.evaluate_options import dataset_argument
from facelogin.cli.loading import operator_settings

if TYPE_CHECKING:
    from facelogin.evaluation.gates import Row, Seen

_QUARTER_NAMES = ("darkest quarter", "second", "third", "lightest quarter")


@click.command()
@dataset_argument
@click.option(
    "--dim",
    type=click.IntRange(0, 8),
    multiple=True,
    help="Stops of light to take away; may be given several times. [default: 0 to 5]",
)
@click.option(
    "--people",
    type=click.IntRange(4, 100_000),
    default=400,
    show_default=True,
    help="How many people's pictures are dimmed at most, one of each.",
)
def gates(dataset: Path, dim: tuple[int, ...], people: int) -> None:
    """Tell what the limits on light, pose, size and blur refuse, and what would have matched.

    DATASET is a folder with a folder of pictures for each person. FNMR is the share of pictures
    that do not match another picture of the same person which passes, at the threshold for one
    image against one. Faces are put in quarters by their luma before they are dimmed, by so many
    stops and with a webcam's noise: at equal FNMR they should be refused equally. Nothing is kept.
    """
    from facelogin.bootstrap import build_engine
    from facelogin.domain.policy import CapturePolicy
    from facelogin.evaluation.datasets import read_data_set
    from facelogin.evaluation.gates import MEASURES, Gates, dimmed, look_at

    settings = operator_settings()
    data = read_data_set(dataset)
    engine, policy = build_engine(settings), CapturePolicy()
    engine.load()
    threshold = engine.calibration.threshold(target_fmr=settings.target_fmr, enrolled=1, probe=1)
    seen = _told(look_at(data.images, engine, policy), len(data.images), "Looking")
    found = Gates(seen, threshold=threshold)
    _tell(f"{len(seen):,} pictures, threshold {threshold:.4f}", found.by_refusal())
    for measure in MEASURES:
        _tell(measure.name, found.by_measure(measure))
    quarters = found.quarters(people)
    for stops in dim or range(6):
        rows = []
        for name, quarter in zip(_QUARTER_NAMES, quarters, strict=True):
            darker = dimmed(quarter, engine, policy, stops=stops)
            rows.append(found.row(name, _told(darker, len(quarter), f"Dimming {stops}")))
        _tell(f"dimmed {stops} stops", rows)


def _told(found: Iterable[Seen], total: int, label: str) -> list[Seen]:
    """Collect what is found, with a bar if somebody is watching."""
    if not sys.stderr.isatty():
        return list(found)
    with click.progressbar(found, length=total, label=label, file=sys.stderr) as bar:
        return list(bar)


def _tell(title: str, rows: list[Row]) -> None:
    click.echo(f"\n{title:<34}{'pictures':>10}{'refused':>10}{'FNMR':>8}")
    for row in rows:
        fnmr = "-" if row.fnmr is None else f"{row.fnmr:.3f}"
        click.echo(f"  {row.name:<32}{row.pictures:>10,}{row.refused:>10.3f}{fnmr:>8}")
