"""``facelogin evaluate identify``: strangers taken for somebody, and people not found."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from facelogin.cli.evaluate_options import (
    cache_option,
    dataset_argument,
    embed_into,
    out_option,
    writing,
)
from facelogin.cli.loading import operator_settings

_TITLES = ("people", "images", "FMR", "threshold", "FPIR", "95 %", "FNIR", "95 %")


@click.command()
@dataset_argument
@out_option
@cache_option
@click.option(
    "--draws", type=click.IntRange(10, 10_000), default=200, show_default=True, help="Random draws."
)
def identify(dataset: Path, out: Path, cache: Path | None, draws: int) -> None:
    """Tell how often strangers are taken for somebody and people are not found, by gallery size.

    DATASET is a folder with a folder of pictures for each person. Up to half of the people are
    enrolled, the others are strangers, over many random draws, at FACELOGIN_TARGET_FPIR. Every
    picture is embedded once. The file of embeddings holds biometric data: erase it when you are
    done.
    """
    from facelogin.bootstrap import build_engine, identification_rules
    from facelogin.evaluation.datasets import read_data_set
    from facelogin.evaluation.identification import evaluate
    from facelogin.evaluation.identification_report import as_html, as_json, cells, draw
    from facelogin.evaluation.plots import HOW_TO_INSTALL, can_plot

    settings = operator_settings()
    data = read_data_set(dataset)
    engine = build_engine(settings, every_face=True)
    policy = identification_rules(settings)
    embedded = embed_into(out, data.images, engine, cache)
    found = evaluate(embedded, calibration=engine.calibration, policy=policy, draws=draws)
    with writing():
        plots = draw(found, out) if can_plot() else ()
    day, title = datetime.now(UTC).date(), f"Identification on {dataset.name}"
    page = as_html(found, policy, title=title, day=day, plots=plots)
    report = json.dumps(as_json(found, policy), indent=2) + "\n"
    with writing():
        (out / "identification.html").write_text(page, "utf-8")
        (out / "identification.json").write_text(report, "utf-8")
    for row in (_TITLES, *map(cells, found)):
        click.echo("  ".join(f"{cell:>16}" for cell in row))
    if not plots:
        click.echo(HOW_TO_INSTALL, err=True)
    click.echo(f"The whole report: {out / 'identification.html'}")
