"""Embedding a data set, told as it goes on: a bar at a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from pathlib import Path

    from facelogin.domain.models import Embedding
    from facelogin.domain.ports import FaceEngine
    from facelogin.evaluation.datasets import Image
    from facelogin.evaluation.embedding import Embedded

_Found = TypeVar("_Found")
EXIT_INTERRUPTED = 130
_EVERY_S = 2.0


def embed_telling(images: Sequence[Image], engine: FaceEngine, cache_file: Path) -> Embedded:
    """Embed every image once; what was done before an interrupt need not be done again.

    Ends the process where it is interrupted. Raises EvaluationRefused.
    """
    from facelogin.evaluation.embedding import embed_all, gather
    from facelogin.evaluation.embedding_cache import EmbeddingCache

    engine.load()
    name = f"{engine.ref.id} {engine.ref.version}, nearest the centre"
    outcomes: list[Embedding | str] = []
    with EmbeddingCache(cache_file, name) as cache:
        collect_telling(embed_all(images, engine, cache), outcomes, len(images))
    embedded = gather(images, outcomes)
    _say_left_out(embedded)
    return embedded


@contextmanager
def _interruptible(outcomes: Sequence[object], total: int) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        click.echo(
            f"\nStopped after {len(outcomes):,} of {total:,} images. The same command goes on "
            "from there.",
            err=True,
        )
        sys.exit(EXIT_INTERRUPTED)


def collect_telling(found: Iterator[_Found], outcomes: list[_Found], total: int) -> None:
    """Take in what is found, one for each image, and tell how far that is.

    Ends the process where it is interrupted, saying that the same command goes on from there.
    """
    with _interruptible(outcomes, total):
        _collect(found, outcomes, total)


def _collect(found: Iterator[_Found], outcomes: list[_Found], total: int) -> None:
    began = told = time.monotonic()

    def rate() -> float:
        return len(outcomes) / max(time.monotonic() - began, 1e-6)

    if sys.stderr.isatty():
        with click.progressbar(
            found,
            length=total,
            label="Embedding",
            show_pos=True,
            show_eta=True,
            item_show_func=lambda _: f"{rate():,.0f} images/s",
            file=sys.stderr,
        ) as bar:
            outcomes.extend(bar)
        return
    for outcome in found:
        outcomes.append(outcome)
        if time.monotonic() - told >= _EVERY_S:
            told = time.monotonic()
            left_s = (total - len(outcomes)) / rate()
            click.echo(
                f"{len(outcomes):,} of {total:,} images, {rate():,.0f} a second, "
                f"{left_s:,.0f} s left",
                err=True,
            )
    click.echo(f"{total:,} images embedded, {rate():,.0f} a second", err=True)


def _say_left_out(embedded: Embedded) -> None:
    from facelogin.evaluation.datasets import some

    for names, why in (
        (embedded.undetected, "show no face that was found"),
        (embedded.unreadable, "can't be read as images"),
        (embedded.repeated, "are copies of another picture"),
    ):
        if names:
            click.echo(f"{len(names)} files {why} and are left out: {some(names)}", err=True)
