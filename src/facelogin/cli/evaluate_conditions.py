"""``facelogin evaluate conditions``: error rates of careless captures, and a guard on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facelogin.cli.evaluate_options import (
    build_engines,
    dataset_argument,
    engines_option,
    make_folder,
    name_option,
    out_option,
    sample_option,
    sampled_images,
    take_under,
    writing,
)
from facelogin.cli.loading import operator_settings

if TYPE_CHECKING:
    from facelogin.domain.ports import FaceEngine
    from facelogin.evaluation.conditions.report import Run
    from facelogin.evaluation.datasets import Image

_CACHE_NAME = "conditions.sqlite"


@click.command()
@dataset_argument
@out_option
@engines_option
@click.option("--only", help="Which conditions, separated by commas. [default: all]")
@sample_option
@name_option
@click.option(
    "--into",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Markdown page to write the table into, between its markers for conditions.",
)
def conditions(
    *,
    dataset: Path,
    out: Path,
    engines: tuple[str, ...],
    only: str | None,
    sample: int | None,
    name: str | None,
    into: Path | None,
) -> None:
    """Tell what careless captures do: rolled, dark, blurred, small, covered, compressed.

    DATASET is a folder with a folder of pictures for each person. Each picture is put under every
    condition and read as at a sign-in. Ends with exit code 1 if pictures under some condition pass
    the gates and let strangers in more than twice as often as the target allows. Interrupt it, and
    the same command goes on where it was. The file of embeddings holds biometric data: erase it
    when you are done.
    """
    from facelogin.evaluation.conditions.report import as_json, as_markdown, refuse_exceeding

    settings = operator_settings()
    images = sampled_images(dataset, sample)
    built = build_engines(settings, engines)
    make_folder(out)
    runs = [_measured(engine, images, only, out, name or dataset.name) for engine in built]
    table = as_markdown(runs)
    with writing():
        report = json.dumps(as_json(runs), indent=2) + "\n"
        (out / "conditions.json").write_text(report, encoding="utf-8")
        (out / "conditions.md").write_text(table + "\n", encoding="utf-8")
    if into is not None:
        _write_into(into, table)
    click.echo(table)
    refuse_exceeding(runs)


def _measured(
    engine: FaceEngine, images: Sequence[Image], only: str | None, out: Path, data_set: str
) -> Run:
    from facelogin.evaluation.conditions.catalogue import chosen
    from facelogin.evaluation.conditions.rates import measure
    from facelogin.evaluation.conditions.report import Run

    target_fmr = operator_settings().target_fmr
    threshold = engine.calibration.threshold(target_fmr=target_fmr, enrolled=1, probe=1)
    picked = chosen(only)
    taken = take_under(picked, images, engine, out / _CACHE_NAME)
    return Run(
        engine=engine.ref,
        data_set=data_set,
        day=datetime.now(UTC).date(),
        target_fmr=target_fmr,
        threshold=threshold,
        rates=measure(taken, picked, threshold=threshold),
    )


def _write_into(page: Path, table: str) -> None:
    from facelogin.evaluation.conditions.report import put_between_markers

    with writing():
        text = put_between_markers(page.read_text("utf-8"), table, name=str(page))
        page.write_text(text, encoding="utf-8")
