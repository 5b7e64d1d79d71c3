"""``facelogin evaluate bursts``: what several frames of one moment do to both error rates."""

from __future__ import annotations

from pathlib import Path

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

_CACHE_NAME = "bursts.sqlite"


@click.command()
@dataset_argument
@out_option
@engines_option
@sample_option
@name_option
def bursts(
    *, dataset: Path, out: Path, engines: tuple[str, ...], sample: int | None, name: str | None
) -> None:
    """Tell what several frames of one moment are worth.

    DATASET is a folder with a folder of pictures for each person, taken on different days. Each
    picture becomes a burst of frames as a webcam takes them. Ends with exit code 1 if bursts let
    strangers in beyond the target, or refuse people more often than one frame does. The file of
    embeddings holds biometric data: erase it when you are done.
    """
    from facelogin.evaluation.bursts import FRAMES, as_markdown, measure, refuse_worse

    settings = operator_settings()
    images = sampled_images(dataset, sample)
    built = build_engines(settings, engines)
    make_folder(out)
    pages, every = [], []
    for engine in built:
        calibration = engine.calibration
        taken = take_under(FRAMES, images, engine, out / _CACHE_NAME)
        rates = measure(taken, calibration, target_fmr=settings.target_fmr)
        title = f"{engine.ref.id} {engine.ref.version} on {name or dataset.name}, target "
        pages.append(f"{title}{settings.target_fmr:.0e}:\n\n{as_markdown(rates)}")
        every.append(rates)
    page = "\n\n".join(pages)
    with writing():
        (out / "bursts.md").write_text(page + "\n", encoding="utf-8")
    click.echo(page)
    for rates in every:
        refuse_worse(rates, target_fmr=settings.target_fmr)
